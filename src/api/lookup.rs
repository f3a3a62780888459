//! Asks right after login which sites or tenants the token is valid for, and keeps the values of one (`[[post_auth]]`).

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use serde_json::value::RawValue;
use url::Url;

use super::body::Body;
use super::call::{ApiCaller, Call};
use crate::catalog::Lookup;
use crate::oauth::http::{BodyLimit, Http, Response, Reuse};
use crate::problem::{Kind, Problem};
use crate::raw_json::{at, elements, kind_of, members, text_of};

/// Longest label or value, in characters.
const MAX: usize = 255;
/// Most sites or tenants that are read.
const MAX_PLACES: usize = 1_000;

/// One site or tenant in a response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Tenant {
    /// The display name, escaped; if there is none, the first picked value.
    pub label: String,
    /// Values to keep, by our names.
    pub found: BTreeMap<String, String>,
}

/// Requests the sites or tenants.
///
/// # Errors
/// `Kind::Temporary` if there is no response, or it names none.
pub(crate) async fn tenants(
    http: &Http,
    caller: &ApiCaller<'_>,
    lookup: &Lookup,
    url: &Url,
    now: Timestamp,
) -> Result<Vec<Tenant>, Problem> {
    let template = lookup.template.as_deref();
    let (method, cap, reuse) = (Method::GET, BodyLimit::Api, Reuse::Never);
    let call = Call { method, template, headers: &[], body: None, now, cap, reuse };
    let response = caller.ask(http, url, call).await.map_err(|failure| failure.problem)?;
    if !(200..300).contains(&response.status) {
        return Err(unusable(url, &format!("The response was HTTP {}.", response.status)));
    }
    let body = Body::of(&response);
    let json = body.json().ok_or_else(|| unusable(url, "The response is not JSON."))?;
    let tenants = read(json, lookup, &response);
    if tenants.is_empty() {
        return Err(unusable(url, "Its response names none."));
    }
    Ok(tenants)
}

fn read(json: &RawValue, lookup: &Lookup, response: &Response) -> Vec<Tenant> {
    let Some(top) = lookup.list.as_deref().map_or(Some(json), |path| at(json, path)) else { return Vec::new() };
    let items = elements(top).unwrap_or_else(|| members(top).map_or_else(Vec::new, |_| vec![top]));
    items.into_iter().take(MAX_PLACES).filter_map(|item| place(item, lookup, response)).collect()
}

/// Reads a tenant that has every value the catalog wants; with only some of them, calls would mix two tenants.
fn place(item: &RawValue, lookup: &Lookup, response: &Response) -> Option<Tenant> {
    let mut found = BTreeMap::new();
    for (name, path) in &lookup.pick {
        let value = text_at(item, path).filter(|value| !value.is_empty() && value.len() <= MAX)?;
        if value.chars().any(char::is_control) {
            return None;
        }
        found.insert(name.clone(), value);
    }
    let named = lookup.label.as_ref().and_then(|path| text_at(item, path));
    let named = named.or_else(|| lookup.pick.first().and_then(|(name, _)| found.get(name).cloned()))?;
    Some(Tenant { label: response.quote(&named, MAX), found })
}

/// The text, number or boolean at a dotted path; for an array, its first element.
fn text_at(json: &RawValue, path: &str) -> Option<String> {
    let value = at(json, path)?;
    let first = elements(value).map_or(Some(value), |items| items.first().copied())?;
    text_of(first).filter(|_| kind_of(first) != "null")
}

fn unusable(url: &Url, why: &str) -> Problem {
    let host = url.host_str().unwrap_or("the provider");
    Problem::new(Kind::Temporary, format!("{host} did not name a site or tenant.")).why(why)
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::*;

    fn read(json: &Value, lookup: &Lookup) -> Vec<Tenant> {
        super::read(&to_raw_value(json).unwrap(), lookup, &Response::made(200, "", b""))
    }

    fn lookup(list: Option<&str>, pick: &[(&str, &str)]) -> Lookup {
        let pick = pick.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect();
        Lookup { list: list.map(str::to_owned), label: Some("name".to_owned()), pick, ..Lookup::default() }
    }

    #[test]
    fn a_list_at_the_top_below_it_or_one_object() {
        let sites = lookup(None, &[("cloud_id", "id")]);
        let read_sites = read(&json!([{ "id": "1", "name": "A" }, { "id": 2 }, { "name": "no id" }]), &sites);
        let labels: Vec<_> =
            read_sites.iter().map(|place| (place.label.as_str(), place.found["cloud_id"].as_str())).collect();
        assert_eq!(labels, [("A", "1"), ("2", "2")]);
        let below = lookup(Some("accounts"), &[("account_id", "id")]);
        assert_eq!(read(&json!({ "accounts": [{ "id": 7, "name": "B" }] }), &below)[0].label, "B");
        let one = lookup(None, &[("region", "apiHosts.dataRegion"), ("tenant", "id")]);
        let tenant = &read(&json!({ "id": "t", "apiHosts": { "dataRegion": "https://eu.example" } }), &one)[0];
        assert_eq!((tenant.label.as_str(), tenant.found.len()), ("https://eu.example", 2));
    }

    #[test]
    fn pr_13_what_names_no_place_is_none() {
        let sites = lookup(Some("accounts"), &[("id", "id")]);
        let long = "x".repeat(MAX + 1);
        for odd in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "accounts": 7 }),
            json!({ "accounts": [null, 1, "x", {}] }),
            json!({ "accounts": [{ "id": "" }, { "id": null }, { "id": [] }, { "id": "a\nb" }, { "id": long }] }),
        ] {
            assert!(read(&odd, &sites).is_empty(), "{odd}");
        }
        let hostile = read(&json!({ "accounts": [{ "id": 1, "name": "\u{1b}[2JAcme" }] }), &sites);
        assert!(hostile[0].label.chars().all(crate::printable::is_plain));
    }
}
