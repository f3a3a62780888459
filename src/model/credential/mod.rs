//! The nouns of the vault: a credential, its client, its tokens and what happened to it. Plain data, no I/O.

mod account;
mod client;
mod clocks;
mod credentials;
mod event;
mod fields;
mod name;
mod proof;
mod quota;
mod status;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

pub use account::Account;
pub use client::{Client, ClientId};
pub use clocks::{Due, Lifetimes, Source, What};
pub use credentials::{Credentials, FindError, Tombstone, resolve};
pub use event::{Event, EventKind, MAX_EVENTS};
pub use fields::{CredentialField, UnknownField};
pub use name::{Name, NameError};
pub use proof::{Proof, ProvenBy};
pub use quota::Quota;
pub use status::{EXPIRING_SOON, Status};
pub use tokens::{Setback, Tokens};

use crate::secret::Secret;

/// The name of the one secret of a key, token or password in [`Setup::secrets`]: `{secret}` in the catalog's templates.
pub const MAIN_SECRET: &str = "secret";

/// What one integration signs in with.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Never changes and is never shown first.
    pub id: CredentialId,
    /// Unique in the vault, whatever its case or composition.
    pub name: Name,
    /// Free text a person wrote about it.
    pub details: Details,
    /// The catalog's id of the provider, such as `manageengine`.
    pub provider: String,
    /// Who we are to the authorization server, and what we ask of it.
    pub setup: Setup,
    /// The endpoints in force since the last authentication. A secret goes to no other host unasked.
    pub endpoints: Option<Endpoints>,
    /// `None` until the first authentication.
    pub tokens: Option<Tokens>,
    /// Whose consent the tokens carry, where the provider told.
    pub account: Option<Account>,
    /// That it works, as a test call or a person said.
    pub proof: Option<Proof>,
    /// Why the tokens no longer work, when the authorization server said so; or the key, when its test call was refused.
    pub setback: Option<Setback>,
    /// The provider throttled us: no token request before this instant, by any process.
    pub not_before: Option<Timestamp>,
    /// When the provider gave access tokens for the stored refresh token, oldest first: it counts them, see [`Quota`].
    pub renewals: Vec<Timestamp>,
    /// When the credential was made.
    pub created_at: Timestamp,
    /// What happened, oldest first, at most [`MAX_EVENTS`].
    pub history: Vec<Event>,
}

/// What a person wrote about a credential.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Details {
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whom to ask.
    #[serde(default)]
    pub owner: String,
    /// Words to filter by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The day on which the client secret or key ends, as the provider's console says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Date>,
    /// The browser or profile that signs in, as in `$BROWSER`: `firefox -P admin`. Empty: the desktop's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub browser: String,
}

/// What an authentication needs to know, as entered in the form.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Client identifier and secret.
    pub client: Client,
    /// The provider's variables by name, such as the Customer Domain.
    pub variables: BTreeMap<String, String>,
    /// What is secret beside the client's: [`MAIN_SECRET`] where a key, token or password is typed in, and every secret
    /// variable, by name.
    pub secrets: BTreeMap<String, Secret>,
    /// The scopes to ask for, RFC 6749 section 3.3.
    pub scopes: Vec<String>,
    /// Registered at the provider and sent in both requests, byte for byte (RFC 6749 section 3.1.2).
    pub redirect_uri: String,
}

/// The authorization server's endpoints with every variable filled in.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Endpoints {
    /// RFC 6749 section 3.1; `None` where nobody consents in a browser that comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Url>,
    /// RFC 6749 section 3.2.
    pub token: Url,
    /// Where a refresh goes when it is not the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Url>,
    /// RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Url>,
    /// OpenID Connect Core section 5.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo: Option<Url>,
    /// RFC 9207: the `iss` every authorization response must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// RFC 8628 section 3.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Url>,
    /// Asked right after an authentication, in the catalog's order: which site or tenant the calls are about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Url>,
}

impl Credential {
    /// A credential that has never been authenticated.
    #[must_use]
    pub fn new(name: Name, provider: impl Into<String>, setup: Setup, now: Timestamp) -> Self {
        let mut credential = Self {
            id: CredentialId::random(),
            name,
            details: Details::default(),
            provider: provider.into(),
            setup,
            endpoints: None,
            tokens: None,
            account: None,
            proof: None,
            setback: None,
            not_before: None,
            renewals: Vec::new(),
            created_at: now,
            history: Vec::new(),
        };
        credential.record(Event::new(now, EventKind::Created, ""));
        credential
    }

    /// When a person last consented.
    #[must_use]
    pub fn authenticated_at(&self) -> Option<Timestamp> {
        let last = self.history.iter().rev().find(|event| event.kind == EventKind::Authenticated);
        last.map(|event| event.at)
    }

    /// Whether it gets each access token by itself: it was authenticated where no person signs in, as with client
    /// credentials (RFC 6749 section 4.4).
    #[must_use]
    pub fn is_unattended(&self) -> bool {
        self.endpoints.as_ref().is_some_and(|known| known.authorization.is_none() && known.device.is_none())
    }

    /// Whether it is a key, token or password that is sent as it was typed in: it has no tokens and no grant.
    #[must_use]
    pub fn is_typed_in(&self) -> bool {
        self.setup.secrets.contains_key(MAIN_SECRET)
    }

    /// Adds to the history and drops the oldest entries over [`MAX_EVENTS`].
    pub fn record(&mut self, event: Event) {
        event::record(&mut self.history, event);
    }
}

/// A credential's permanent identifier, a random UUID.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct CredentialId(Uuid);

impl CredentialId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for CredentialId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
