//! The result of a sign-in flow.

use std::collections::BTreeMap;

use crate::model::credential::{Account, Endpoints, TokenKind, Tokens};
use crate::oauth::token::GrantedTokens;

/// New tokens before they are saved, with their origin.
pub(super) struct NewTokens {
    pub(super) tokens: Tokens,
    /// Additional sets in the same response.
    pub(super) sets: BTreeMap<TokenKind, Tokens>,
    pub(super) endpoints: Endpoints,
    /// The account that consented, if there is an ID token.
    pub(super) account: Option<Account>,
    /// Variables that the consent changed, such as the data center.
    pub(super) moved: BTreeMap<String, String>,
    pub(super) notes: Vec<String>,
    /// How the user signed in, for the history: "by browser".
    pub(super) by: &'static str,
}

impl NewTokens {
    pub(super) fn new(tokens: Tokens, endpoints: Endpoints, by: &'static str) -> Self {
        Self { tokens, sets: BTreeMap::new(), endpoints, account: None, moved: BTreeMap::new(), notes: Vec::new(), by }
    }

    pub(super) fn granted(granted: GrantedTokens, endpoints: Endpoints, by: &'static str) -> Self {
        Self { account: granted.account, sets: granted.sets, ..Self::new(granted.tokens, endpoints, by) }
    }
}
