//! Credentials with fixed dates: one in every status, one with a long name, one with wide characters.

use std::collections::BTreeMap;

use credenza::model::credential::{
    AuthFailure, Client, ClientId, Credential, Details, Event, EventKind, MAIN_SECRET, Name, Proof, ProvenBy, Setup,
    TokenSet, Tokens,
};
use credenza::secret::{AccessToken, ClientSecret, RefreshToken, Secret};
use jiff::SignedDuration;

use super::stage::{CANARY, now};

const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn credentials() -> Vec<Credential> {
    let works = authenticated(with("ManageEngine Computers Asset Load", "manageengine", 41));
    let mut refused = authenticated(with("ManageEngine MDM (EU)", "manageengine", 96));
    refused.setup.variables.insert("accounts_host".to_owned(), "accounts.zoho.eu".to_owned());
    refused.setback = Some(AuthFailure::Refused { at: now() - DAY, code: "invalid_code".to_owned() });
    refused.record(Event::new(now() - DAY, EventKind::RefreshRefused, "invalid_code"));
    let mut soon = authenticated(with("Entra Reports", "microsoft-entra", 81));
    soon.tokens.as_mut().unwrap().refresh_expires_at = Some(now() + DAY * 9);
    let mut partly = with("Google Directory 日本語 Ａ", "google-workspace", 23);
    partly.record(Event::new(now() - DAY * 22, EventKind::Renamed, "Google Directory"));
    let mut partly = authenticated(partly);
    let granted = vec![partly.setup.scopes[0].clone(), "Users.READ".to_owned()];
    partly.tokens.as_mut().unwrap().scopes = Some(granted);
    let mut revoked = authenticated(with("Okta directory", "okta", 140));
    revoked.setback = Some(AuthFailure::Revoked { at: now() - DAY });
    let new = with("Zoom school meetings", "zoom", 1);
    vec![works, refused, soon, partly, revoked, new]
}

/// A credential that was created `days` ago and never authenticated.
pub(crate) fn with(name: &str, provider: &str, days: i32) -> Credential {
    let client = Client {
        id: ClientId("1000.4F7KQ2M8VZ1T6RXC3B0NDY5WHJ9Q".to_owned()),
        secret: Some(ClientSecret::new(CANARY.to_owned())),
    };
    let variables = match provider {
        "manageengine" => BTreeMap::from([("accounts_host".to_owned(), "accounts.zoho.com".to_owned())]),
        _ => BTreeMap::new(),
    };
    let scopes = ["Devices.READ", "Devices.WRITE", "Inventory.READ"].map(str::to_owned).to_vec();
    let redirect_uri = "http://localhost:53682/callback".to_owned();
    let setup = Setup { client, variables, scopes, redirect_uri, ..Setup::default() };
    let mut credential = Credential::new(Name::parse(name).unwrap(), provider, setup, now() - DAY * days);
    credential.details = Details {
        description: "Devices and computers for the CMDB".to_owned(),
        owner: "IT Operations".to_owned(),
        tags: vec!["production".to_owned(), "cmdb".to_owned()],
        ..Details::default()
    };
    credential
}

/// A credential with a bot's tokens, and a user's tokens whose refresh token the provider has rejected.
pub(crate) fn with_two_tokens() -> Credential {
    let mut credential = authenticated(with("Slack workspace", "slack", 12));
    credential.setup.variables.insert("user_scopes".to_owned(), "search:read".to_owned());
    credential.setup.scopes = vec!["users:read".to_owned()];
    let tokens = credential.tokens.as_mut().unwrap();
    tokens.scopes = Some(vec!["users:read".to_owned()]);
    let users = Tokens { expires_at: Some(now() + SignedDuration::from_mins(12)), ..tokens.clone() };
    let setback = Some(AuthFailure::Refused { at: now() - DAY, code: "invalid_refresh_token".to_owned() });
    credential.token_sets.insert("user".parse().unwrap(), TokenSet { setback, ..TokenSet::new(users) });
    credential
}

/// Authenticates a credential at its creation time, and refreshes it eight minutes ago.
fn authenticated(mut credential: Credential) -> Credential {
    credential.record(Event::new(credential.created_at, EventKind::Authenticated, "by browser"));
    let received_at = now() - SignedDuration::from_mins(8);
    credential.record(Event::new(received_at, EventKind::Refreshed, ""));
    credential.tokens = Some(Tokens {
        access: AccessToken::new(CANARY.to_owned()),
        refresh: Some(RefreshToken::new(CANARY.to_owned())),
        received_at,
        expires_at: Some(received_at + SignedDuration::from_hours(1)),
        refresh_expires_at: None,
        scopes: Some(credential.setup.scopes.clone()),
        captured: BTreeMap::new(),
    });
    credential
}

/// A credential with a key, tested twelve minutes ago.
pub(crate) fn key(name: &str, provider: &str, variables: &[(&str, &str)]) -> Credential {
    let mut credential = with(name, provider, 12);
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    credential.setup = Setup {
        variables: variables.iter().map(owned).collect(),
        secrets: BTreeMap::from([(MAIN_SECRET.to_owned(), Secret::new(CANARY.to_owned()))]),
        ..Setup::default()
    };
    let at = now() - SignedDuration::from_mins(12);
    credential.record(Event::new(at, EventKind::Authenticated, "by test call"));
    credential.proof = Some(Proof { at, by: ProvenBy::Test, host: Some("api.pagerduty.com".to_owned()) });
    credential
}
