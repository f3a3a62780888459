//! Making and opening a vault. Everything here may take a second (scrypt): call it off the UI thread.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{Session, Workspace};
use crate::problem::Problem;
use crate::secret::Passphrase;

/// What lies on disk.
#[derive(Clone, Debug)]
pub enum VaultState {
    /// No vault yet: first run.
    Absent,
    /// A vault to unlock.
    Locked {
        /// `vault.age`.
        path: PathBuf,
        /// Last change.
        modified: Option<Timestamp>,
        /// Bytes.
        size: u64,
    },
    /// Half of it is missing, not regular files, foreign-owned...
    Unusable(Problem),
}

/// Looks, without opening.
#[must_use]
pub fn vault_state(_workspace: &Workspace) -> VaultState {
    VaultState::Absent
}

/// Makes a vault.
///
/// # Errors
/// Storage, or Refused when one is there.
pub fn create(_workspace: &Workspace, _passphrase: &Passphrase) -> Result<Session, Problem> {
    Err(Problem::internal("skeleton"))
}

/// Opens the vault.
///
/// # Errors
/// Locked for a wrong passphrase, Storage for damage, rollback, forgery.
pub fn unlock(_workspace: &Workspace, _passphrase: &Passphrase) -> Result<Session, Problem> {
    Err(Problem::internal("skeleton"))
}

/// As [`create`], with a cheap scrypt: for a vault that is thrown away, as the demo's and those of tests.
///
/// # Errors
/// As [`create`].
pub fn create_throwaway(_workspace: &Workspace, _passphrase: &Passphrase) -> Result<Session, Problem> {
    Err(Problem::internal("skeleton"))
}
