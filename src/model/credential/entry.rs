//! The credential, and what follows from its fields.

use jiff::Timestamp;

use super::account::Account;
use super::details::Details;
use super::endpoints::Endpoints;
use super::event::{self, Event, EventKind};
use super::grant_type::GrantType;
use super::id::CredentialId;
use super::proof::Proof;
use super::refusals::Refusals;
use super::refused_key::RefusedKey;
use super::setup::{MAIN_SECRET, Setup};
use super::token_set::TokenSets;
use super::tokens::{AuthFailure, Tokens};
use super::unread_response::UnreadResponse;
use crate::model::name::Name;
use crate::secret::Secret;

/// What one integration signs in with.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Never changes and is never shown first.
    pub id: CredentialId,
    /// Unique in the vault, regardless of case and Unicode composition.
    pub name: Name,
    /// Free text that the user wrote about it.
    pub details: Details,
    /// The catalog's id of the provider, such as `manageengine`.
    pub provider: String,
    /// The client registration and the requested scopes.
    pub setup: Setup,
    /// The endpoints in use since the last authentication. Secrets are sent to no other host without a confirmation.
    pub endpoints: Option<Endpoints>,
    /// `None` until the first authentication.
    pub tokens: Option<Tokens>,
    /// The account that consented, if known.
    pub account: Option<Account>,
    /// Evidence that it works: a test call, or the user's confirmation.
    pub proof: Option<Proof>,
    /// Why the tokens no longer work, if the authorization server said so; or why the key was refused by its test call.
    pub setback: Option<AuthFailure>,
    /// Keys that were rejected before the present one was entered, oldest first.
    pub refused_keys: Vec<RefusedKey>,
    /// The last response of the token endpoint, if it could not be read.
    pub unread: Option<UnreadResponse>,
    /// Consecutive refusals of a refresh that do not say whether the grant is dead.
    pub refusals: Option<Refusals>,
    /// No process sends a token request before this instant, because the provider throttles this client.
    pub not_before: Option<Timestamp>,
    /// When the provider granted access tokens for the stored refresh token, oldest first. Some providers limit their
    /// number, see [`Quota`](super::Quota).
    pub renewals: Vec<Timestamp>,
    /// Additional token sets from the same consent.
    pub token_sets: TokenSets,
    pub created_at: Timestamp,
    /// What happened, oldest first, at most `MAX_EVENTS`.
    pub history: Vec<Event>,
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
            refused_keys: Vec::new(),
            unread: None,
            refusals: None,
            not_before: None,
            renewals: Vec::new(),
            created_at: now,
            token_sets: TokenSets::new(),
            history: Vec::new(),
        };
        credential.record(Event::new(now, EventKind::Created, ""));
        credential
    }

    /// When the user last consented.
    #[must_use]
    pub(crate) fn authenticated_at(&self) -> Option<Timestamp> {
        let last = self.history.iter().rev().find(|event| event.kind == EventKind::Authenticated);
        last.map(|event| event.at)
    }

    /// The grant of the last authentication; `None` before the first one, and for a secret that the user entered.
    #[must_use]
    pub fn grant_type(&self) -> Option<GrantType> {
        self.endpoints.as_ref().map(Endpoints::grant_type)
    }

    /// Whether the stored refresh token was spent on a response that could not be read; it is not sent again
    /// automatically.
    #[must_use]
    pub(crate) fn is_spent_unread(&self) -> bool {
        self.unread.as_ref().is_some_and(|response| response.of_refresh) && !self.uses_client_credentials()
    }

    /// Whether the client gets access tokens without the user (RFC 6749 section 4.4).
    #[must_use]
    pub fn uses_client_credentials(&self) -> bool {
        self.grant_type().is_some_and(GrantType::uses_client_credentials)
    }

    /// Whether it is a key, token or password that is sent as the user entered it, without tokens or a grant.
    #[must_use]
    pub fn is_static_secret(&self) -> bool {
        self.setup.secrets.contains_key(MAIN_SECRET)
    }

    /// The secret that the user entered, else the client's secret.
    #[must_use]
    pub(crate) fn main_secret(&self) -> Option<&Secret> {
        self.setup.secrets.get(MAIN_SECRET).or(self.setup.client.secret.as_deref())
    }

    /// Every stored secret. They are masked when a provider's messages are shown.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        let client = self.setup.client.secret.as_deref();
        let tokens = self.all_tokens().flat_map(|one| std::iter::once(&*one.access).chain(one.refresh.as_deref()));
        self.setup.secrets.values().chain(client).chain(tokens).cloned().collect()
    }

    /// Adds to the history and drops the oldest entries beyond `MAX_EVENTS`.
    pub fn record(&mut self, event: Event) {
        event::record(&mut self.history, event);
    }
}
