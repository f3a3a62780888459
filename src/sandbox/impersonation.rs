//! Which provider of the catalog lives at an address of the sandbox.

use crate::catalog::{Catalog, Provider};

/// The provider with the most telling endpoint template that fits `https://HOST/PATH`.
pub(super) fn provider_at<'a>(catalog: &'a Catalog, host: &str, path: &str) -> Option<&'a Provider> {
    let address = format!("{host}{path}");
    let fits = |provider: &'a Provider| {
        let urls = &provider.urls;
        let optional = [&urls.refresh, &urls.revocation, &urls.userinfo].into_iter().flatten();
        let telling = [&urls.authorization, &urls.token].into_iter().chain(optional).filter_map(|template| {
            let pattern = pattern(template);
            matches(&pattern, &address).then(|| pattern.iter().map(|text| text.len()).sum::<usize>())
        });
        telling.max().map(|length| (length, provider))
    };
    // The first of equals: variants of one vendor share their hosts.
    catalog
        .iter()
        .filter_map(fits)
        .fold(None, |best: Option<(usize, &Provider)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, provider)| provider)
}

/// The texts between the `{variables}` of a template, without scheme and query.
fn pattern(template: &str) -> Vec<&str> {
    let address = template.strip_prefix("https://").unwrap_or(template);
    let address = address.split('?').next().unwrap_or(address);
    let mut texts = Vec::new();
    for part in address.split('{') {
        texts.push(part.split_once('}').map_or(part, |(_, text)| text));
    }
    texts
}

/// Whether `address` is the texts in order, with at least one character for each variable between them.
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
}
