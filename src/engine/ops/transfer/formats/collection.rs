//! Collections of an API client, exported as JSON: every OAuth 2.0 block in them, wherever it stands.

use std::collections::BTreeMap;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::text::{filled, not_json, scopes, secret};
use crate::engine::ops::transfer::Found;
use crate::problem::Problem;

#[derive(Deserialize)]
struct Folder {
    #[serde(default)]
    info: Info,
    #[serde(default)]
    name: String,
    auth: Option<Auth>,
    request: Option<Request>,
    #[serde(default)]
    item: Vec<Folder>,
}

#[derive(Default, Deserialize)]
struct Info {
    #[serde(default)]
    name: String,
}

/// A request may be its bare URL, too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Request {
    Full { auth: Option<Auth> },
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Auth {
    #[serde(default)]
    oauth2: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    key: String,
    #[serde(default)]
    value: Value,
}

/// Values that are no text are of no use here.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(Zeroizing<String>),
    Other(serde::de::IgnoredAny),
}

impl Default for Value {
    fn default() -> Self {
        Self::Other(serde::de::IgnoredAny)
    }
}

/// Folders in folders; more is nobody's work.
const DEEPEST: usize = 50;

pub(super) fn read(text: &str) -> Result<Vec<Found>, Problem> {
    let root: Folder = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    let mut all = Vec::new();
    collect(&root, &root.info.name, DEEPEST, &mut all);
    Ok(all)
}

fn collect(folder: &Folder, name: &str, depth: usize, all: &mut Vec<Found>) {
    let of_request = match &folder.request {
        Some(Request::Full { auth }) => auth.as_ref(),
        _ => None,
    };
    for auth in folder.auth.iter().chain(of_request) {
        all.extend(found(auth, name));
    }
    for item in folder.item.iter().filter(|_| depth > 0) {
        collect(item, &item.name, depth - 1, all);
    }
}

fn found(auth: &Auth, name: &str) -> Option<Found> {
    let text = |pair: &Pair| match &pair.value {
        Value::Text(text) => Some((pair.key.clone(), text.clone())),
        Value::Other(_) => None,
    };
    let values: BTreeMap<String, Zeroizing<String>> = auth.oauth2.iter().filter_map(text).collect();
    let of = |key: &str| values.get(key).map(|text| text.as_str()).unwrap_or_default();
    // A value in braces stands in an environment that was not exported with it.
    let plain = |key: &str| Some(of(key)).filter(|text| !text.contains("{{")).unwrap_or_default();
    filled(plain("clientId")).map(|client_id| Found {
        name: name.to_owned(),
        authorization_url: filled(plain("authUrl")),
        token_url: filled(plain("accessTokenUrl")),
        client_id,
        client_secret: secret(plain("clientSecret")),
        scopes: scopes(plain("scope")),
        redirect_uri: plain("redirect_uri").to_owned(),
        refresh_token: secret(plain("refreshToken")),
        ..Found::default()
    })
}
