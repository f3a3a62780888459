//! Keys that the provider refused: one that an edit, or its undo, puts back is still refused.

use jiff::Timestamp;

use super::entry::Credential;
use super::tokens::Setback;
use crate::model::field::Revision;

/// Refused keys that are remembered of one credential.
const MAX: usize = 8;

/// A key, token or password that was refused at its test call and replaced since.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefusedKey {
    /// The [`Credential::tested_revision`] that was refused.
    pub tested: Revision,
    /// When.
    pub at: Timestamp,
    /// The error code, escaped and bounded.
    pub code: String,
}

impl Credential {
    /// The key was replaced: remembers that the one `before` was refused, and whether the one it has now was, too.
    pub(super) fn replaced_key(&mut self, before: &Self) {
        if let Some(Setback::Refused { at, code }) = &before.setback {
            let tested = before.tested_revision();
            self.refused_keys.retain(|key| key.tested != tested);
            self.refused_keys.push(RefusedKey { tested, at: *at, code: code.clone() });
            let excess = self.refused_keys.len().saturating_sub(MAX);
            self.refused_keys.drain(..excess);
        }
        let now = self.tested_revision();
        let known = self.refused_keys.iter().position(|key| key.tested == now);
        self.setback = known.map(|at| {
            let RefusedKey { at, code, .. } = self.refused_keys.remove(at);
            Setback::Refused { at, code }
        });
    }
}
