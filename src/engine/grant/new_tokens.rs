//! What a flow brings back.

use std::collections::BTreeMap;

use crate::model::credential::{Account, Endpoints, Tokens};
use crate::oauth::token::Granted;

/// Tokens that are not saved yet, and where they are from.
pub(super) struct NewTokens {
    pub(super) tokens: Tokens,
    pub(super) endpoints: Endpoints,
    /// Whose consent they carry, as an ID token says.
    pub(super) account: Option<Account>,
    /// Variables that consent moved: to another data center.
    pub(super) moved: BTreeMap<String, String>,
    pub(super) notes: Vec<String>,
    /// For the history: "by browser".
    pub(super) by: &'static str,
}

impl NewTokens {
    pub(super) fn new(tokens: Tokens, endpoints: Endpoints, by: &'static str) -> Self {
        Self { tokens, endpoints, account: None, moved: BTreeMap::new(), notes: Vec::new(), by }
    }

    pub(super) fn granted(granted: Granted, endpoints: Endpoints, by: &'static str) -> Self {
        Self { account: granted.account, ..Self::new(granted.tokens, endpoints, by) }
    }
}
