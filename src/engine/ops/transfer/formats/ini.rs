//! The remotes of a file copier: `[name]`, `key = value`, and the token as JSON in one value.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::text::{filled, scopes, secret, wrong};
use crate::engine::ops::transfer::Found;
use crate::problem::{Kind, Problem};

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    refresh_token: Zeroizing<String>,
}

pub(super) fn read(text: &str) -> Result<Vec<Found>, Problem> {
    if text.trim_start().starts_with("RCLONE_ENCRYPT") || text.contains("\nRCLONE_ENCRYPT") {
        return Err(Problem::new(Kind::Usage, "The file is encrypted.")
            .try_this("rclone config show > FILE, and delete it after"));
    }
    let mut all: Vec<Found> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            all.push(Found { name: name.to_owned(), ..Found::default() });
            continue;
        }
        let (key, value) =
            line.split_once('=').ok_or_else(|| wrong(number, "this is neither [name] nor key = value."))?;
        let found = all.last_mut().ok_or_else(|| wrong(number, "a value stands before the first [name]."))?;
        let value = value.trim();
        match key.trim() {
            "type" => found.details.description = format!("type {value}"),
            "client_id" => value.clone_into(&mut found.client_id),
            "client_secret" => found.client_secret = secret(value),
            "auth_url" => found.authorization_url = filled(value),
            "token_url" => found.token_url = filled(value),
            "scope" | "scopes" => found.scopes = scopes(value),
            "token" => {
                let token: Token = serde_json::from_str(value).map_err(|_| wrong(number, "the token is no JSON."))?;
                found.refresh_token = secret(&token.refresh_token);
            }
            _ => {}
        }
    }
    // What signs in with a password or a key of its own has no client.
    all.retain(|found| !found.client_id.is_empty() || found.refresh_token.is_some());
    Ok(all)
}
