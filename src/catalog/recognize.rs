//! Matches a URL of an imported file against a provider's endpoints, and derives the variables from it.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;
use url::Url;

use super::origin::Origin;
use super::provider::Provider;
use super::template::{Piece, names, pieces};
use super::variable::{Variable, VariableKind};

/// A URL that was recognized as one of a provider's endpoints.
#[derive(Clone, Debug, Default)]
pub struct Recognized {
    /// The variables that give the endpoint this host.
    pub variables: BTreeMap<String, String>,
    /// Whether the path is also that of the endpoint.
    pub whole: bool,
    /// Whether the catalog names the host or its domain, so that no other provider's URL looks the same.
    pub certain: bool,
}

impl Provider {
    /// The hosts of all endpoints with these variables, as in the catalog; empty if one of them cannot be filled in.
    #[must_use]
    pub fn hosts(&self, variables: &BTreeMap<String, String>) -> BTreeSet<String> {
        let Ok(endpoints) = self.endpoints(variables, &Origin::Internet) else { return BTreeSet::new() };
        let issuer = endpoints.issuer.as_deref().and_then(|issuer| Url::parse(issuer).ok());
        let all = [
            endpoints.authorization,
            Some(endpoints.token),
            endpoints.refresh,
            endpoints.revocation,
            endpoints.userinfo,
            endpoints.device,
            issuer,
        ];
        all.into_iter().flatten().filter_map(|url| authority(&url)).collect()
    }

    /// The host that the client's secret is sent to, with these variables.
    #[must_use]
    pub fn token_host(&self, variables: &BTreeMap<String, String>) -> Option<String> {
        let endpoints = self.endpoints(variables, &Origin::Internet).ok()?;
        authority(endpoints.refresh.as_ref().unwrap_or(&endpoints.token))
    }

    /// Recognizes the URL of this provider's token endpoint, or a URL on its host, for any values of the variables that
    /// are not `given`.
    #[must_use]
    pub(crate) fn recognize_token_url(&self, url: &Url, given: &BTreeMap<String, String>) -> Option<Recognized> {
        self.recognize(&self.urls.token, url, given)
    }

    /// As [`recognize_token_url`](Self::recognize_token_url), for any endpoint.
    #[must_use]
    pub(crate) fn recognize_url(&self, url: &Url, given: &BTreeMap<String, String>) -> Option<Recognized> {
        let urls = &self.urls;
        let optional = [&urls.refresh, &urls.issuer, &urls.userinfo, &urls.revocation];
        let all = [&urls.token, &urls.authorization].into_iter().chain(optional.into_iter().flatten());
        all.filter(|template| !template.is_empty()).find_map(|template| self.recognize(template, url, given))
    }

    /// The variable that a template consists of, if its value is a whole URL.
    #[must_use]
    pub(crate) fn variable_of_url<'a>(&'a self, template: &'a str) -> Option<&'a Variable> {
        match pieces(template).ok()?.as_slice() {
            [Piece::Name(name)] => self.variable(name).filter(|variable| variable.kind == VariableKind::Url),
            _ => None,
        }
    }

    fn recognize(&self, template: &str, url: &Url, given: &BTreeMap<String, String>) -> Option<Recognized> {
        if let Some(variable) = self.variable_of_url(template) {
            let value = variable.normalize(url.as_str()).ok()?.value;
            let variables = BTreeMap::from([(variable.name.clone(), value)]);
            return Some(Recognized { variables, whole: true, certain: false });
        }
        self.assignments(template, given).into_iter().find_map(|(values, captures)| {
            let pattern = |template: &str| self.pattern(template, &values, captures);
            let text = format!("{}://{}{}", url.scheme(), authority(url)?, url.path());
            let end = url.path().len();
            let host = host_of(template);
            let (pattern, whole) = match pattern(template).filter(|pattern| pattern.is_match(&text)) {
                Some(pattern) => (pattern, true),
                None => (pattern(host)?, false),
            };
            let text = if whole { text.as_str() } else { &text[..text.len() - end] };
            let mut variables = values.clone();
            let found = pattern.captures(text)?;
            for name in pattern.capture_names().flatten() {
                let value = self.variable(name)?.normalize(found.name(name)?.as_str()).ok()?.value;
                variables.insert(name.to_owned(), value);
            }
            let fixed = pieces(host).unwrap_or_default().into_iter().any(|piece| match piece {
                Piece::Text(text) => text.rsplit('/').next().is_some_and(|text| text.trim_matches('.').contains('.')),
                Piece::Name(name) => !(captures && self.variable(name).is_some_and(|one| one.choices.is_empty())),
            });
            Some(Recognized { variables, whole, certain: fixed })
        })
    }

    /// The values tried for a template: the given variables with the defaults, then each choice of a list, then a
    /// wildcard for anything not given.
    fn assignments(&self, template: &str, given: &BTreeMap<String, String>) -> Vec<(BTreeMap<String, String>, bool)> {
        let mut all = vec![(given.clone(), false)];
        let used: BTreeSet<&str> = names(host_of(template)).into_iter().collect();
        for variable in self.variables.iter().filter(|variable| !given.contains_key(&variable.name)) {
            let sets = |set: &(String, String)| used.contains(set.0.as_str());
            let is_used =
                used.contains(variable.name.as_str()) || variable.choices.iter().any(|c| c.sets.iter().any(sets));
            for choice in variable.choices.iter().filter(|_| is_used) {
                let mut values = given.clone();
                values.insert(variable.name.clone(), choice.value.clone());
                all.push((values, false));
            }
        }
        let captures = all.clone().into_iter().map(|(values, _)| (values, true));
        all.extend(captures.collect::<Vec<_>>());
        all
    }

    /// The template as a pattern, with known values filled in. With `captures`, a variable that has neither choices nor
    /// a value in `values` matches anything.
    fn pattern(&self, template: &str, values: &BTreeMap<String, String>, captures: bool) -> Option<Regex> {
        let (mut pattern, mut named) = ("^".to_owned(), BTreeSet::new());
        for piece in pieces(template).ok()? {
            let name = match piece {
                Piece::Text(text) => {
                    pattern.push_str(&regex_lite::escape(text));
                    continue;
                }
                Piece::Name(name) => name,
            };
            let free = self.variable(name).filter(|variable| variable.choices.is_empty() && !values.contains_key(name));
            match (free.filter(|_| captures), self.value_of(name, values)) {
                (Some(_), _) if named.insert(name) => pattern.extend(["(?P<", name, ">[^/?#]+)"]),
                (Some(_), _) => pattern.push_str("[^/?#]+"),
                (None, Ok(value)) if !value.is_empty() => pattern.push_str(&regex_lite::escape(&value)),
                (None, _) => return None,
            }
        }
        pattern.push_str("/?$");
        Regex::new(&pattern).ok()
    }
}

/// The template up to its path.
fn host_of(template: &str) -> &str {
    let start = template.find("://").map_or(0, |at| at + 3);
    template[start..].find(['/', '?']).map_or(template, |at| &template[..start + at])
}

/// The host, with a port other than the default one.
#[must_use]
pub fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}
