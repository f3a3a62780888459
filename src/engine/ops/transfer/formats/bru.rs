//! A request of an API client that keeps them as text: blocks `name { key: value }`.

use super::text::{filled, scopes, secret};
use crate::engine::ops::transfer::Found;

pub(super) fn read(text: &str) -> Vec<Found> {
    let mut found = Found::default();
    let mut block = "";
    for line in text.lines() {
        if let Some(name) = line.strip_suffix('{') {
            block = name.trim();
        } else if line.starts_with('}') {
            block = "";
        }
        let Some((key, value)) = line.trim().split_once(':') else { continue };
        let value = value.trim();
        // A value in braces stands in an environment that is not in this file.
        if value.contains("{{") {
            continue;
        }
        match (block, key.trim()) {
            ("meta", "name") => value.clone_into(&mut found.name),
            ("auth:oauth2", "authorization_url") => found.authorization_url = filled(value),
            ("auth:oauth2", "access_token_url") => found.token_url = filled(value),
            ("auth:oauth2", "client_id") => value.clone_into(&mut found.client_id),
            ("auth:oauth2", "client_secret") => found.client_secret = secret(value),
            ("auth:oauth2", "scope") => found.scopes = scopes(value),
            ("auth:oauth2", "callback_url") => value.clone_into(&mut found.redirect_uri),
            _ => {}
        }
    }
    if found.client_id.is_empty() { Vec::new() } else { vec![found] }
}
