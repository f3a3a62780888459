//! The configuration of a mail token daemon: `account "name" { key = "value"; key = ["a", "b"]; }`. Tokens are not in it.

use super::text::{filled, secret, wrong};
use crate::engine::ops::transfer::Found;
use crate::problem::Problem;

pub(super) fn read(text: &str) -> Result<Vec<Found>, Problem> {
    let mut all = Vec::new();
    let mut open: Option<Found> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with("//") || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix("account ") {
            let name = quoted(rest).into_iter().next().ok_or_else(|| wrong(number, "an account has no name."))?;
            open = Some(Found { name, ..Found::default() });
            continue;
        }
        if line.starts_with('}') {
            all.extend(open.take());
            continue;
        }
        let (Some(found), Some((key, value))) = (&mut open, line.split_once('=')) else { continue };
        let values = quoted(value);
        let first = || values.first().map(String::as_str).unwrap_or_default();
        match key.trim() {
            "auth_uri" => found.authorization_url = filled(first()),
            "token_uri" => found.token_url = filled(first()),
            "client_id" => first().clone_into(&mut found.client_id),
            "client_secret" => found.client_secret = secret(first()),
            "redirect_uri" => first().clone_into(&mut found.redirect_uri),
            "scopes" => found.scopes = values,
            _ => {}
        }
    }
    match open {
        Some(found) => {
            Err(wrong(text.lines().count().saturating_sub(1), &format!("account {} is not closed.", found.name.len())))
        }
        None => Ok(all),
    }
}

/// Every text in double quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}
