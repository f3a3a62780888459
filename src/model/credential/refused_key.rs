//! Keys that the provider refused: one that an edit, or its undo, puts back is still refused.

use jiff::Timestamp;

use super::tokens::Setback;
use crate::model::field::Revision;

/// Refused keys that are remembered of one credential.
const MAX: usize = 8;

/// A key, token or password that was refused at its test call and replaced since.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefusedKey {
    /// The [`tested_revision`](super::Credential::tested_revision) that was refused.
    pub tested: Revision,
    /// When.
    pub at: Timestamp,
    /// The error code, escaped and bounded.
    pub code: String,
}

impl RefusedKey {
    /// Remembers the key that was replaced, if it was refused; the oldest ones are forgotten.
    pub(super) fn remember(known: &mut Vec<Self>, tested: Revision, setback: Option<&Setback>) {
        if let Some(Setback::Refused { at, code }) = setback {
            known.retain(|key| key.tested != tested);
            known.push(Self { tested, at: *at, code: code.clone() });
            let excess = known.len().saturating_sub(MAX);
            known.drain(..excess);
        }
    }

    /// The refusal of a key that is the present one again. It is taken out: from now on the credential says it itself.
    pub(super) fn take(known: &mut Vec<Self>, tested: Revision) -> Option<Setback> {
        let at = known.iter().position(|key| key.tested == tested)?;
        let Self { at, code, .. } = known.remove(at);
        Some(Setback::Refused { at, code })
    }
}
