//! A call right after login: which sites or tenants the token opens, and what to keep of one (`[[post_auth]]`).

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::body::Body;
use super::call::{Call, Caller};
use crate::catalog::Lookup;
use crate::oauth::http::{Answer, Cap, Http, Reuse};
use crate::problem::{Kind, Problem};

/// Characters of a label or a value.
const MAX: usize = 255;
/// Sites or tenants that are looked at.
const MAX_PLACES: usize = 1_000;

/// One site or tenant of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// What a person knows it by, escaped; the first value kept of it where it has no name.
    pub label: String,
    /// What to keep: our name, its value.
    pub found: BTreeMap<String, String>,
}

/// Asks which sites or tenants there are.
///
/// # Errors
/// Temporary: no answer, or none that names one.
pub async fn places(
    http: &Http,
    caller: &Caller<'_>,
    lookup: &Lookup,
    url: &Url,
    now: Timestamp,
) -> Result<Vec<Place>, Problem> {
    let template = lookup.template.as_deref();
    let (method, cap, reuse) = (Method::GET, Cap::Api, Reuse::Never);
    let call = Call { method, template, headers: &[], body: None, now, cap, reuse };
    let answer = caller.ask(http, url, call).await.map_err(|failure| failure.problem)?;
    if !(200..300).contains(&answer.status) {
        return Err(unusable(url, &format!("The response was HTTP {}.", answer.status)));
    }
    let json: Option<Value> = Body::of(&answer).json().and_then(|json| serde_json::from_str(json.get()).ok());
    let json = json.ok_or_else(|| unusable(url, "The response is not JSON."))?;
    let places = read(&json, lookup, &answer);
    if places.is_empty() {
        return Err(unusable(url, "Its answer names none."));
    }
    Ok(places)
}

fn read(json: &Value, lookup: &Lookup, answer: &Answer) -> Vec<Place> {
    let top =
        lookup.list.as_deref().map_or(Some(json), |path| path.split('.').try_fold(json, |value, key| value.get(key)));
    let items: &[Value] = match top {
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    };
    items.iter().take(MAX_PLACES).filter_map(|item| place(item, lookup, answer)).collect()
}

/// Only a place of which everything is known will do: half a place would make calls to a mixture of two.
fn place(item: &Value, lookup: &Lookup, answer: &Answer) -> Option<Place> {
    let mut found = BTreeMap::new();
    for (name, path) in &lookup.pick {
        let value = at(item, path).and_then(text_of).filter(|value| !value.is_empty() && value.len() <= MAX)?;
        if value.chars().any(char::is_control) {
            return None;
        }
        found.insert(name.clone(), value);
    }
    let named = lookup.label.as_ref().and_then(|path| at(item, path)).and_then(text_of);
    let named = named.or_else(|| lookup.pick.first().and_then(|(name, _)| found.get(name).cloned()))?;
    Some(Place { label: answer.quote(&named, MAX), found })
}

/// The value at a dotted path; an array on the path is read as its first element.
fn at<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
    let first = |value: &'a Value| match value {
        Value::Array(items) => items.first(),
        value => Some(value),
    };
    path.split('.').try_fold(json, |value, key| first(value)?.get(key)).and_then(first)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn unusable(url: &Url, why: &str) -> Problem {
    let host = url.host_str().unwrap_or("the provider");
    Problem::new(Kind::Temporary, format!("{host} did not name a site or tenant.")).why(why)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &Value, lookup: &Lookup) -> Vec<Place> {
        super::read(json, lookup, &Answer::made(200, "", b""))
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
