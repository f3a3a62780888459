//! Turns templates into endpoints: values are checked again and inserted once, and the URL must be https.

use std::collections::BTreeMap;

use url::Url;

use super::normalize::host_name;
use super::origin::Origin;
use super::provider::Provider;
use super::secure_url::secure_url;
use super::template::{Piece, names, pieces};
use super::variable::{Variable, VariableKind};
use crate::model::credential::{Endpoints, GrantType};
use crate::problem::{Kind, Problem};

impl Provider {
    /// The endpoints with every variable filled in.
    ///
    /// # Errors
    /// `Kind::Usage`, naming the variable that is missing or not allowed; `Kind::Refused` for a sandbox that is not on
    /// loopback.
    pub fn endpoints(&self, variables: &BTreeMap<String, String>, origin: &Origin) -> Result<Endpoints, Problem> {
        if self.grant.is_static_secret() {
            let what = format!("{} signs in with {}: it has no authorization server.", self.name, self.grant_label);
            return Err(Problem::new(Kind::Usage, what));
        }
        let optional = |template: &Option<String>| -> Result<Option<Url>, Problem> {
            let Some(template) = template else { return Ok(None) };
            if self.is_left_out(template, variables)? {
                return Ok(None);
            }
            self.url(template, variables, origin).map(Some)
        };
        let issuer = match &self.urls.issuer {
            Some(template) if !self.is_left_out(template, variables)? => {
                // Compared byte for byte with `iss`, so it is checked but never rewritten.
                self.url(template, variables, &Origin::Internet)?;
                Some(self.in_url(template, variables)?)
            }
            _ => None,
        };
        Ok(Endpoints {
            grant_type: Some(self.grant),
            authorization: match self.grant {
                GrantType::AuthorizationCode => Some(self.url(&self.urls.authorization, variables, origin)?),
                _ => None,
            },
            token: self.url(&self.urls.token, variables, origin)?,
            refresh: optional(&self.urls.refresh)?,
            revocation: optional(&self.urls.revocation)?,
            userinfo: optional(&self.urls.userinfo)?,
            issuer,
            device: match self.grant {
                grant if grant.uses_client_credentials() => None,
                _ => optional(&self.urls.device)?,
            },
            lookups: self
                .lookups
                .iter()
                .map(|lookup| self.lookup_url(lookup, variables, origin))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The console's URL with every variable filled in; `None` if there is none.
    ///
    /// # Errors
    /// As [`endpoints`](Self::endpoints).
    pub fn console_url(&self, variables: &BTreeMap<String, String>, origin: &Origin) -> Result<Option<Url>, Problem> {
        let template = self.console.url.as_ref();
        template.map(|template| self.url(template, variables, origin)).transpose()
    }

    /// Fills `{name}` in a template with the variables, captured values and `client_id`. Inserted values are not
    /// expanded again.
    ///
    /// # Errors
    /// `Kind::Usage`, naming what is missing or contains a control character.
    pub fn fill(&self, template: &str, values: &BTreeMap<String, String>) -> Result<String, Problem> {
        let mut text = String::with_capacity(template.len());
        for piece in pieces(template).map_err(|_| Problem::internal("A template in the catalog is not valid."))? {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Name(name) => {
                    let value = match values.get(name) {
                        Some(value) => value.clone(),
                        None => self.value_of(name, values)?,
                    };
                    if value.chars().any(char::is_control) {
                        let what = format!("The value of {name} contains control characters.");
                        return Err(Problem::new(Kind::Usage, what));
                    }
                    text.push_str(&value);
                }
            }
        }
        Ok(text)
    }

    /// The value of a variable, checked again; its default; or what a choice sets.
    pub(super) fn value_of(&self, name: &str, values: &BTreeMap<String, String>) -> Result<String, Problem> {
        if let Some(variable) = self.variable(name) {
            return self.checked(variable, values);
        }
        for variable in &self.variables {
            let sets = |choice: &super::Choice| choice.sets.iter().any(|(set, _)| set == name);
            if variable.choices.iter().any(sets) {
                let value = self.checked(variable, values)?;
                let sets = variable.choice(&value).map(|choice| choice.sets.as_slice()).unwrap_or_default();
                let found = sets.iter().find(|(set, _)| set == name);
                return Ok(found.map(|(_, value)| value.clone()).unwrap_or_default());
            }
        }
        Err(Problem::new(Kind::Usage, format!("{} needs a value for {name}.", self.name)))
    }

    fn checked(&self, variable: &Variable, values: &BTreeMap<String, String>) -> Result<String, Problem> {
        let value = values.get(&variable.name).or(variable.default.as_ref()).map_or("", String::as_str);
        let normalized = variable.normalize(value)?;
        if normalized.value == value {
            return Ok(normalized.value);
        }
        let what = format!("{} of {} is not in its canonical form.", variable.label, self.name);
        Err(Problem::new(Kind::Usage, what).try_this(format!("Set it to {}.", normalized.value)))
    }

    /// Whether the template depends on an optional variable that is empty.
    pub(super) fn is_left_out(&self, template: &str, values: &BTreeMap<String, String>) -> Result<bool, Problem> {
        for name in names(template) {
            if self.variable(name).is_some_and(|variable| variable.optional) && self.value_of(name, values)?.is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn url(
        &self,
        template: &str,
        values: &BTreeMap<String, String>,
        origin: &Origin,
    ) -> Result<Url, Problem> {
        let text = self.in_url(template, values)?;
        let url = secure_url(&text)
            .map_err(|why| Problem::new(Kind::Usage, format!("{} cannot use the URL {text}.", self.name)).why(why))?;
        origin.locate(url)
    }

    /// Fills a URL template: a value before the path must consist of letters allowed in a host name; a value in the
    /// path is percent-encoded.
    fn in_url(&self, template: &str, values: &BTreeMap<String, String>) -> Result<String, Problem> {
        let mut text = String::with_capacity(template.len() + 32);
        for piece in pieces(template).map_err(|_| Problem::internal("A template in the catalog is not valid."))? {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Name(name) => {
                    let is_url = |variable: &Variable| variable.kind == VariableKind::Url;
                    let captured = values.get(name).filter(|_| self.variable(name).is_none() && self.is_captured(name));
                    let (value, whole) = if let Some(value) = captured {
                        (value.clone(), value.contains("://"))
                    } else {
                        (self.value_of(name, values)?, self.variable(name).is_some_and(is_url))
                    };
                    if text.is_empty() && whole {
                        text.push_str(value.strip_suffix('/').filter(|_| template.contains("}/")).unwrap_or(&value));
                    } else if in_authority(&text) {
                        let fits = !value.is_empty() && host_name(&format!("{value}.x")).is_ok();
                        if !fits {
                            let what = format!("The value of {name} cannot be part of a host name.");
                            return Err(Problem::new(Kind::Usage, what));
                        }
                        text.push_str(&value);
                    } else {
                        text.extend(percent_encoded(&value));
                    }
                }
            }
        }
        Ok(text)
    }
}

pub(super) fn in_authority(so_far: &str) -> bool {
    so_far.split_once("://").is_none_or(|(_, rest)| !rest.contains(['/', '?']))
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 section 2.3.
pub(super) fn percent_encoded(value: &str) -> impl Iterator<Item = String> + '_ {
    value.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    })
}
