//! The account configuration an OpenID Connect agent prints decrypted (`oidc-gen -p NAME`).

use serde::Deserialize;
use zeroize::Zeroizing;

use super::text::{filled, not_json, scopes, secret};
use crate::engine::ops::transfer::Found;
use crate::problem::Problem;

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    name: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: Zeroizing<String>,
    #[serde(default)]
    refresh_token: Zeroizing<String>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    authorization_endpoint: String,
    #[serde(default)]
    token_endpoint: String,
}

pub(super) fn read(text: &str) -> Result<Vec<Found>, Problem> {
    let account: Account = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    Ok(vec![Found {
        name: account.name,
        authorization_url: filled(&account.authorization_endpoint),
        token_url: filled(&account.token_endpoint),
        client_id: account.client_id,
        client_secret: secret(&account.client_secret),
        scopes: scopes(&account.scope),
        redirect_uri: account.redirect_uris.into_iter().next().unwrap_or_default(),
        refresh_token: secret(&account.refresh_token),
        ..Found::default()
    }])
}
