//! Keys that the provider rejected. An edit or undo that restores one of them also restores its rejection.

use jiff::Timestamp;

use super::tokens::AuthFailure;
use crate::model::field::Revision;

/// Most refused keys that are remembered per credential.
const MAX: usize = 8;

/// A key, token or password that its test call rejected and that was replaced since.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefusedKey {
    /// The [`tested_revision`](super::Credential::tested_revision) that was refused.
    pub tested: Revision,
    pub at: Timestamp,
    /// The error code, escaped and bounded.
    pub code: String,
}

impl RefusedKey {
    /// Remembers the key that was replaced, if it was refused; forgets the oldest ones.
    pub(super) fn remember(known: &mut Vec<Self>, tested: Revision, setback: Option<&AuthFailure>) {
        if let Some(AuthFailure::Refused { at, code }) = setback {
            known.retain(|key| key.tested != tested);
            known.push(Self { tested, at: *at, code: code.clone() });
            let excess = known.len().saturating_sub(MAX);
            known.drain(..excess);
        }
    }

    /// Removes and returns the rejection of a key that is in use again.
    pub(super) fn take(known: &mut Vec<Self>, tested: Revision) -> Option<AuthFailure> {
        let at = known.iter().position(|key| key.tested == tested)?;
        let Self { at, code, .. } = known.remove(at);
        Some(AuthFailure::Refused { at, code })
    }
}
