//! The recovery kit: a second recipient whose identity is shown once and written down.

use super::Session;
use crate::problem::Problem;
use crate::secret::Secret;

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
    RecoveryKit { identity: Secret::default(), recipient: String::new() }
}

/// Puts the kit in force once its last [`PROOF_CHARS`] characters were typed back.
///
/// # Errors
/// Usage when they differ, Storage.
pub fn confirm(_session: &Session, _kit: &RecoveryKit, _typed: &str) -> Result<(), Problem> {
    Err(Problem::internal("skeleton"))
}
