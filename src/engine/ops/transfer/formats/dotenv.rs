//! `KEY=VALUE` lines: `CLIENT_ID`, `CLIENT_SECRET`, `REFRESH_TOKEN` and the like, each with a prefix of their own.

use std::collections::BTreeMap;

use super::text::{filled, scopes, secret};
use crate::engine::ops::transfer::Found;

/// What the end of a key means, the longer ones first.
const KEYS: [&str; 8] =
    ["CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "AUTH_URL", "TOKEN_URL", "REDIRECT_URI", "SCOPES", "SCOPE"];

/// One line as key and value: `export` before it, quotes around the value and a comment are dropped.
pub(super) fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = value.trim();
    let quoted = ['"', '\''].into_iter().find_map(|mark| value.strip_prefix(mark)?.split(mark).next());
    let bare = || value.split(" #").next().unwrap_or_default().trim_end();
    plain.then(|| (key, quoted.unwrap_or_else(bare)))
}

pub(super) fn read(text: &str) -> Vec<Found> {
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    for (key, value) in text.lines().filter(|line| !line.trim().starts_with('#')).filter_map(pair) {
        let upper = key.to_ascii_uppercase();
        let Some(known) = KEYS.into_iter().find(|known| upper.ends_with(known)) else { continue };
        let prefix = upper.trim_end_matches(known).trim_end_matches('_').to_owned();
        let found = all.entry(prefix.clone()).or_insert_with(|| Found { name: named(&prefix), ..Found::default() });
        match known {
            "CLIENT_ID" => value.clone_into(&mut found.client_id),
            "CLIENT_SECRET" => found.client_secret = secret(value),
            "REFRESH_TOKEN" => found.refresh_token = secret(value),
            "AUTH_URL" => found.authorization_url = filled(value),
            "TOKEN_URL" => found.token_url = filled(value),
            "REDIRECT_URI" => value.clone_into(&mut found.redirect_uri),
            _ => found.scopes = scopes(value),
        }
    }
    all.into_values().filter(|found| !found.client_id.is_empty() || found.refresh_token.is_some()).collect()
}

/// `ACME_CRM` as "Acme crm".
fn named(prefix: &str) -> String {
    let text = prefix.replace('_', " ").to_ascii_lowercase();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
