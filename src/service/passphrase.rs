//! How strong a passphrase is, a generated one, and changing it.

use super::Session;
use crate::problem::Problem;
use crate::secret::Passphrase;

/// A hint, never a gate (only the empty passphrase is refused).
#[derive(Clone, Debug)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (strong).
    pub score: u8,
    /// "weak: a common password".
    pub words: String,
}

/// Judges a passphrase.
#[must_use]
pub fn strength(_passphrase: &Passphrase) -> Strength {
    Strength { score: 0, words: String::new() }
}

/// Six words, 77 bits, from the operating system's random numbers.
#[must_use]
pub fn suggest() -> Passphrase {
    Passphrase::default()
}

/// Wraps the identity anew. The vault file is not touched; backups of the identity keep the old passphrase.
///
/// # Errors
/// Locked for a wrong old one, Usage when the new is empty or equal, Storage.
pub fn change(_session: &Session, _old: &Passphrase, _new: &Passphrase) -> Result<(), Problem> {
    Err(Problem::internal("skeleton"))
}
