//! An additional token set, for a consent that grants several. Each set is refreshed separately.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::refusals::Refusals;
use super::token_kind::TokenKind;
use super::tokens::{AuthFailure, Tokens};
use super::unread_response::UnreadResponse;

/// A token set, and the state of its refreshes.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// From one exchange or refresh.
    pub tokens: Tokens,
    /// As [`Credential::setback`](super::Credential::setback).
    pub setback: Option<AuthFailure>,
    /// As [`Credential::unread`](super::Credential::unread).
    pub unread: Option<UnreadResponse>,
    /// As [`Credential::refusals`](super::Credential::refusals).
    pub refusals: Option<Refusals>,
    /// As [`Credential::not_before`](super::Credential::not_before).
    pub not_before: Option<Timestamp>,
    /// As [`Credential::renewals`](super::Credential::renewals).
    pub renewals: Vec<Timestamp>,
}

/// The token sets of a credential other than its main one.
pub(crate) type TokenSets = BTreeMap<TokenKind, TokenSet>;

impl TokenSet {
    /// A set that was just received.
    #[must_use]
    pub fn new(tokens: Tokens) -> Self {
        Self { tokens, setback: None, unread: None, refusals: None, not_before: None, renewals: Vec::new() }
    }
}
