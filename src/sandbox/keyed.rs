//! The APIs behind the catalog's test calls. Each authenticates the caller by key, password or token, where the
//! provider expects it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::impersonation::{address_fits, endpoint_length};
use super::recorded_request::RecordedRequest;
use super::response::Response;
use super::shared::Shared;
use crate::catalog::{AuthPlacement, AuthTemplate, KeyPlace, Lookup, Provider, TestCall};

/// Responds to a test call of the catalog; `None` if no test call has this address.
pub(super) fn respond(shared: &Shared, asked: &RecordedRequest) -> Option<Response> {
    let address = format!("{}{}", asked.host, asked.path);
    let calls = shared.catalog.iter().flat_map(|provider| {
        let calls = provider.tests.iter().filter(|call| call.method == asked.method.as_str());
        let fits = calls.map(|call| (address_fits(&call.url, &address), provider, call));
        // A custom API that the user described can be at any address, and identifies no provider.
        let fits = fits.filter_map(|(length, provider, call)| Some((length?, provider, call)));
        fits.filter(|(length, ..)| *length > 0).collect::<Vec<_>>()
    });
    // Variants of one vendor share a test call: the one whose credential was sent is meant.
    let rank = |(length, provider, call): &(usize, &Provider, &TestCall)| {
        (proves(shared, provider, call.template.as_deref(), asked), *length)
    };
    let calls: Vec<_> = calls.collect();
    let best = calls.iter().max_by_key(|call| rank(call))?;
    let (length, provider, call) = best;
    if *length <= endpoint_length(&shared.catalog, &address) {
        return None;
    }
    if let Some(response) = shared.script.next_call() {
        return Some(response);
    }
    if !proves(shared, provider, call.template.as_deref(), asked) {
        return Some(refusal());
    }
    let lookup = provider.lookups.iter().find(|lookup| address_fits(&lookup.url, &address).is_some());
    Some(lookup.map_or_else(|| welcome(call), places))
}

/// Whether every credential that the provider requires was sent and is valid. `template` replaces the value of the
/// first header.
pub(super) fn proves(shared: &Shared, provider: &Provider, template: Option<&str>, asked: &RecordedRequest) -> bool {
    provider.auth_placements().into_iter().enumerate().all(|(at, mut carrier)| {
        if let Some(template) = template.filter(|_| at == 0 && carrier.place == KeyPlace::Header) {
            carrier.value = AuthTemplate::Text(template);
        }
        presented(&carrier, asked).is_some_and(|values| {
            values.iter().all(|(name, value)| match name.as_str() {
                "access_token" => shared.ledger().bearer(value, shared.clock.now()).is_some(),
                "secret" => !value.is_empty() && !shared.script.is_ended(value),
                _ => !value.is_empty(),
            })
        })
    })
}

/// The value sent for each `{name}` of a carrier's template; `None` if the request does not match the template.
fn presented(carrier: &AuthPlacement<'_>, asked: &RecordedRequest) -> Option<Vec<(String, String)>> {
    let text = match carrier.place {
        KeyPlace::Header => asked.header(carrier.name)?,
        KeyPlace::Query => asked.query(carrier.name)?,
    };
    match carrier.value {
        AuthTemplate::Text(template) => read(template, text),
        // The secret key is never sent, so only the format of a signature is checked, not its value.
        AuthTemplate::Signature(access_key) => {
            let (credential, rest) =
                text.strip_prefix("AWS4-HMAC-SHA256 Credential=")?.split_once(", SignedHeaders=")?;
            let (headers, signature) = rest.split_once(", Signature=")?;
            let [key, date, _, _, "aws4_request"] = credential.split('/').collect::<Vec<_>>()[..] else { return None };
            let dated = asked.header("x-amz-date").is_some_and(|sent| sent.starts_with(date));
            let signs = ["host", "x-amz-date"].iter().all(|name| headers.split(';').any(|signed| signed == *name));
            let whole = signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit());
            (dated && signs && whole).then(|| read(access_key, key)).flatten()
        }
        AuthTemplate::Basic(user, password) => {
            let encoded = text.strip_prefix("Basic ")?;
            let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
            let (came_user, came_password) = pair.split_once(':')?;
            let mut values = read(user, came_user)?;
            values.extend(read(password, came_password)?);
            Some(values)
        }
    }
}

/// Parses a text by its template: a value ends where the literal text after it begins.
fn read(template: &str, text: &str) -> Option<Vec<(String, String)>> {
    let (before, rest) = template.split_once('{').unwrap_or((template, ""));
    let text = text.strip_prefix(before)?;
    if rest.is_empty() {
        return text.is_empty().then(Vec::new);
    }
    let (name, rest) = rest.split_once('}')?;
    let next = rest.split('{').next().unwrap_or_default();
    let end = if next.is_empty() { text.len() } else { text.find(next)? };
    let mut values = vec![(name.to_owned(), text.get(..end)?.to_owned())];
    values.extend(read(rest, text.get(end..)?)?);
    Some(values)
}

/// A successful response to the test call, with the values that the catalog expects.
fn welcome(call: &TestCall) -> Response {
    let mut body = json!({ "result": "made up by the sandbox" });
    for (path, value) in &call.ok_json {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
        let names: Vec<&str> = path.split('.').collect();
        let nested = names.iter().rev().fold(value, |inside, name| json!({ *name: inside }));
        if let (Value::Object(body), Value::Object(nested)) = (&mut body, nested) {
            body.extend(nested);
        }
    }
    plain(200, &body)
}

/// Two sites, or one tenant, with every value that the catalog picks from them.
fn places(lookup: &Lookup) -> Response {
    let place = |number: u32| {
        let mut item = lookup.label.iter().map(|path| (path.as_str(), format!("Acme {number}"))).collect::<Vec<_>>();
        let picked = lookup.pick.iter().map(|(name, path)| {
            let value = if name.contains("uri") {
                format!("https://{number}.acme.example")
            } else {
                format!("{name}-{number}")
            };
            (path.as_str(), value)
        });
        item.extend(picked);
        let mut body = json!({});
        for (path, value) in item {
            let names: Vec<&str> = path.split('.').collect();
            let nested = names.iter().rev().fold(Value::from(value), |inside, name| json!({ *name: inside }));
            if let (Value::Object(body), Value::Object(nested)) = (&mut body, nested) {
                body.extend(nested);
            }
        }
        body
    };
    match (&lookup.list, &lookup.label) {
        (Some(list), _) => plain(200, &json!({ list.as_str(): [place(1), place(2)] })),
        (None, Some(_)) => plain(200, &json!([place(1), place(2)])),
        (None, None) => plain(200, &place(1)),
    }
}

/// The response to a call without credentials.
pub(super) fn refusal() -> Response {
    plain(401, &json!({ "message": "Invalid authentication credentials" }))
        .header("www-authenticate", "Bearer realm=\"sandbox\"")
}

/// A JSON response as most providers send it.
pub(super) fn plain(status: u16, body: &Value) -> Response {
    Response::status(status).header("content-type", "application/json").body(body.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_back() {
        let values = |template, text| read(template, text).map(|values| format!("{values:?}"));
        assert_eq!(values("Bearer {secret}", "Bearer k").unwrap(), r#"[("secret", "k")]"#);
        assert_eq!(
            values("accessKey={a};secretKey={secret}", "accessKey=1;secretKey=2").unwrap(),
            r#"[("a", "1"), ("secret", "2")]"#
        );
        assert_eq!(values("X", "X").unwrap(), "[]");
        assert!(values("X", "Y").is_none() && values("Token {secret}", "Bearer k").is_none());
    }
}
