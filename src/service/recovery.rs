//! The recovery kit: a second recipient whose identity is shown once and written down.

use super::Session;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::vault;

/// A kit not yet in force.
#[derive(Clone, Debug)]
pub struct RecoveryKit {
    /// `AGE-SECRET-KEY-1...`, shown once.
    pub identity: Secret,
    /// `age1...`, public.
    pub recipient: String,
}

/// How many last characters the person types back.
pub const PROOF_CHARS: usize = 6;

/// Makes a kit; nothing is stored yet.
#[must_use]
pub fn prepare() -> RecoveryKit {
    let (identity, recipient) = vault::recovery_kit();
    RecoveryKit { identity, recipient }
}

/// Puts the kit in force once its last [`PROOF_CHARS`] characters were typed back.
///
/// # Errors
/// Usage when they differ, Storage.
pub fn confirm(session: &Session, kit: &RecoveryKit, typed: &Secret) -> Result<(), Problem> {
    if !kit.identity.ends_with(typed, PROOF_CHARS) {
        return Err(Problem::new(Kind::Usage, format!("These are not the last {PROOF_CHARS} characters of the kit."))
            .why("The kit is put in force only when it was written down.")
            .try_this("Read them off what you wrote down, not off the screen."));
    }
    session.vault.add_recovery_recipient(&kit.recipient)
}
