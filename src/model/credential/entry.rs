//! The credential itself, and what can be read off it at once.

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
use super::tokens::{Setback, Tokens};
use super::unread_answer::UnreadAnswer;
use crate::model::name::Name;
use crate::secret::Secret;

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
    /// The endpoints in use since the last authentication. A secret goes to no other host unasked.
    pub endpoints: Option<Endpoints>,
    /// `None` until the first authentication.
    pub tokens: Option<Tokens>,
    /// Whose consent the tokens carry, where the provider told.
    pub account: Option<Account>,
    /// That it works, as a test call or a person said.
    pub proof: Option<Proof>,
    /// Why the tokens no longer work, when the authorization server said so; or the key, when its test call was refused.
    pub setback: Option<Setback>,
    /// Keys that were refused before the present one, oldest first.
    pub refused_keys: Vec<RefusedKey>,
    /// The last answer of the token endpoint, where it could not be read.
    pub unread: Option<UnreadAnswer>,
    /// Refusals of a refresh, in a row, that do not say whether the grant is dead.
    pub refusals: Option<Refusals>,
    /// The provider throttled us: no token request before this instant, by any process.
    pub not_before: Option<Timestamp>,
    /// When the provider gave access tokens for the stored refresh token, oldest first: it counts them, see
    /// [`Quota`](super::Quota).
    pub renewals: Vec<Timestamp>,
    /// When the credential was made.
    pub created_at: Timestamp,
    /// What happened, oldest first, at most [`MAX_EVENTS`](event::MAX_EVENTS).
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

    /// The grant of the last authentication; `None` before the first one, and where a secret was typed in.
    #[must_use]
    pub fn grant_type(&self) -> Option<GrantType> {
        self.endpoints.as_ref().map(Endpoints::grant_type)
    }

    /// Whether the stored refresh token was spent for an answer that could not be read: it is not sent again unasked.
    #[must_use]
    pub fn is_spent_unread(&self) -> bool {
        self.unread.as_ref().is_some_and(|answer| answer.of_refresh) && !self.is_unattended()
    }

    /// Whether the client gets each access token by itself.
    #[must_use]
    pub fn is_unattended(&self) -> bool {
        self.grant_type().is_some_and(GrantType::is_unattended)
    }

    /// Whether it is a key, token or password that is sent as it was typed in: it has no tokens and no grant.
    #[must_use]
    pub fn is_typed_in(&self) -> bool {
        self.setup.secrets.contains_key(MAIN_SECRET)
    }

    /// What was typed in, else the client's secret.
    #[must_use]
    pub fn main_secret(&self) -> Option<&Secret> {
        self.setup.secrets.get(MAIN_SECRET).or(self.setup.client.secret.as_deref())
    }

    /// Everything stored that a provider's words must not show.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        let client = self.setup.client.secret.as_deref();
        let access = self.tokens.as_ref().map(|tokens| &*tokens.access);
        let refresh = self.tokens.as_ref().and_then(|tokens| tokens.refresh.as_deref());
        self.setup.secrets.values().chain(client).chain(access).chain(refresh).cloned().collect()
    }

    /// Adds to the history and drops the oldest entries over [`MAX_EVENTS`](event::MAX_EVENTS).
    pub fn record(&mut self, event: Event) {
        event::record(&mut self.history, event);
    }
}
