//! Finds the provider of the catalog that is impersonated at an address of the sandbox.

use crate::catalog::{Catalog, Provider};

/// The providers with the most specific endpoint template that matches `https://HOST/PATH`: one, or variants of one
/// vendor.
pub(super) fn providers_at<'a>(catalog: &'a Catalog, host: &str, path: &str) -> Vec<&'a Provider> {
    let address = format!("{host}{path}");
    let mut best = 0;
    let mut found = Vec::new();
    for provider in catalog.iter() {
        let length = telling(provider, &address);
        if length > best {
            best = length;
            found.clear();
        }
        if length > 0 && length == best {
            found.push(provider);
        }
    }
    found
}

/// Length of the literal parts of the provider's longest matching endpoint template; 0 if none matches.
fn telling(provider: &Provider, address: &str) -> usize {
    let urls = &provider.urls;
    let optional = [&urls.refresh, &urls.revocation, &urls.userinfo, &urls.device].into_iter().flatten();
    let templates = [&urls.authorization, &urls.token].into_iter().chain(optional);
    let fitting = templates.map(|template| pattern(template)).filter(|pattern| matches(pattern, address));
    fitting.map(|pattern| pattern.iter().map(|text| text.len()).sum()).max().unwrap_or(0)
}

/// Length of the literal parts of the catalog's longest endpoint template that matches an address; 0 if none matches.
pub(super) fn endpoint_length(catalog: &Catalog, address: &str) -> usize {
    catalog.iter().map(|provider| telling(provider, address)).max().unwrap_or(0)
}

/// Length of the literal parts of a template that matches an address; `None` if it does not match.
pub(super) fn address_fits(template: &str, address: &str) -> Option<usize> {
    let pattern = pattern(template);
    matches(&pattern, address).then(|| pattern.iter().map(|text| text.len()).sum())
}

/// Whether the provider's host can be any host that the customer chooses, so that an address alone does not identify
/// the provider.
pub(super) fn is_anywhere(provider: &Provider) -> bool {
    [&provider.urls.authorization, &provider.urls.token].into_iter().any(|template| {
        let address = template.strip_prefix("https://").unwrap_or(template);
        address.starts_with('{')
            && address.split_once('}').is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The literal parts between the `{variables}` of a template, without scheme and query.
fn pattern(template: &str) -> Vec<&str> {
    let address = template.strip_prefix("https://").unwrap_or(template);
    let address = address.split('?').next().unwrap_or(address);
    let mut texts = Vec::new();
    for part in address.split('{') {
        texts.push(part.split_once('}').map_or(part, |(_, text)| text));
    }
    texts
}

/// Whether `address` consists of the literal parts in order, with at least one character for each variable between
/// them.
fn matches(pattern: &[&str], address: &str) -> bool {
    let Some((first, others)) = pattern.split_first() else { return false };
    let Some(mut rest) = address.strip_prefix(first) else { return false };
    let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
    for text in middle {
        let from = rest.char_indices().nth(1).map_or(rest.len(), |(at, _)| at);
        let Some(at) = rest.get(from..).and_then(|tail| tail.find(text)) else { return false };
        rest = rest.get(from + at + text.len()..).unwrap_or_default();
    }
    rest.len() > last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Origin;

    #[test]
    fn a_template_fits_the_addresses_it_can_become() {
        let fits = |template, address| matches(&pattern(template), address);
        assert!(fits("https://{host}/oauth/v2/auth", "accounts.example/oauth/v2/auth"));
        assert!(fits("https://{a}.okta.com/{b}/v1/token?x=1", "acme.okta.com/oauth2/default/v1/token"));
        assert!(fits("https://api.notion.com/v1/oauth/token", "api.notion.com/v1/oauth/token"));
        assert!(!fits("https://api.notion.com/v1/oauth/token", "api.notion.com/v1/oauth/tokens"));
        assert!(!fits("https://{a}.okta.com/authorize", ".okta.com/authorize"));
        assert!(!fits("https://{host}/oauth/v2/auth", "/oauth/v2/auth"));
    }

    #[test]
    fn every_provider_is_found_at_each_of_its_endpoints() {
        let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
        let mut checked = 0;
        for provider in catalog.iter() {
            let example = |variable: &crate::catalog::Variable| {
                let value = variable.default.clone().unwrap_or_else(|| variable.example.clone());
                (variable.name.clone(), value)
            };
            let variables = provider.variables.iter().map(example).collect();
            let Ok(endpoints) = provider.endpoints(&variables, &Origin::Internet) else { continue };
            let optional = [
                endpoints.authorization,
                endpoints.refresh,
                endpoints.revocation,
                endpoints.userinfo,
                endpoints.device,
            ];
            for url in [endpoints.token].into_iter().chain(optional.into_iter().flatten()) {
                let found = providers_at(&catalog, url.host_str().unwrap(), url.path());
                let anywhere = is_anywhere(provider);
                assert!(anywhere || found.iter().any(|found| found.id == provider.id), "{}: {url}", provider.id);
                checked += 1;
            }
        }
        assert!(checked > 30, "{checked}");
    }
}
