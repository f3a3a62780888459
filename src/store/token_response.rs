//! The tokens of one token response, while they are not in the vault yet.

use std::collections::BTreeMap;

use crate::model::change::Change;
use crate::model::credential::{CredentialId, Endpoints, TokenKind, Tokens};

/// The tokens of one response: the main set (no kind) and additional sets.
#[derive(Debug, Default)]
pub(super) struct UnsavedTokens {
    pub(super) tokens: Vec<(Option<TokenKind>, Tokens)>,
    /// The endpoints, after the user's consent.
    pub(super) endpoints: Option<Endpoints>,
    /// Variables that the consent changed.
    pub(super) moved: BTreeMap<String, String>,
}

impl UnsavedTokens {
    /// The tokens in these changes; changes without tokens are skipped.
    pub(super) fn of(changes: &[Change]) -> Self {
        let mut response = Self::default();
        for change in changes {
            response.add(None, change);
        }
        response
    }

    /// Adds the tokens in `change`, which are of the set `kind`.
    fn add(&mut self, kind: Option<TokenKind>, change: &Change) {
        match change {
            Change::Refreshed { tokens, .. } => self.tokens.push((kind, (**tokens).clone())),
            Change::Authenticated { tokens, endpoints, moved, sets, .. } => {
                self.endpoints = Some((**endpoints).clone());
                self.moved.clone_from(moved);
                self.tokens.push((None, (**tokens).clone()));
                self.tokens.extend(sets.iter().map(|(kind, tokens)| (Some(*kind), tokens.clone())));
            }
            Change::ForTokenSet { kind, change } => self.add(Some(*kind), change),
            _ => {}
        }
    }

    /// The changes that store these tokens. Without main tokens, only the additional sets are replaced.
    pub(super) fn into_changes(self, id: CredentialId) -> Vec<Change> {
        let Self { tokens, endpoints, moved } = self;
        let (mut main, mut sets) = (None, BTreeMap::new());
        for (kind, tokens) in tokens {
            match kind {
                None => main = Some(Box::new(tokens)),
                Some(kind) => drop(sets.insert(kind, tokens)),
            }
        }
        match (main, endpoints) {
            (Some(tokens), Some(endpoints)) => {
                let by = "by browser, saved later";
                vec![Change::Authenticated { id, tokens, endpoints: Box::new(endpoints), moved, by, sets }]
            }
            (main, _) => {
                let refreshed = |kind, tokens| Change::Refreshed { id, tokens, spent: None }.with_token_set(kind);
                let main = main.map(|tokens| refreshed(None, tokens));
                let sets = sets.into_iter().map(|(kind, tokens)| refreshed(Some(kind), Box::new(tokens)));
                main.into_iter().chain(sets).collect()
            }
        }
    }
}
