//! Making and opening a vault. Everything here may take a second (scrypt): call it off the UI thread.

use std::path::Path;

use crate::engine::audit::{Action, Note};
use crate::engine::{Session, Workspace};
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};
pub use crate::store::file::Presence as VaultState;
use crate::store::file::{self, Vault};

/// scrypt's log2 N of a vault that is thrown away: its passphrase protects nothing.
const THROWAWAY_WORK_FACTOR: u8 = 4;

/// Looks, without opening.
#[must_use]
pub fn vault_state(workspace: &Workspace) -> VaultState {
    file::look(&workspace.paths)
}

/// How many new tokens wait beside the vault because their save failed.
#[must_use]
pub fn rescued(workspace: &Workspace) -> usize {
    file::rescued(&workspace.paths)
}

/// Files beside the vault that a sync tool or a person may have made of it.
#[must_use]
pub fn copies(workspace: &Workspace) -> Vec<String> {
    file::copies(&workspace.paths)
}

/// Makes a vault.
///
/// # Errors
/// Usage for an empty passphrase, Refused when a vault is there, Storage.
pub fn create(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    let vault = Vault::create(&workspace.paths, passphrase, &workspace.clock)?;
    Ok(Session { workspace: workspace.clone(), vault })
}

/// Opens the vault.
///
/// # Errors
/// Locked for a wrong passphrase, Storage for damage and rollback, Refused for forgery.
pub fn unlock(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    let vault = match Vault::unlock(&workspace.paths, passphrase, &workspace.clock) {
        // That somebody tried; opening it by itself does nothing that is worth a line.
        Err(problem) if problem.kind == Kind::Locked => {
            return Note::begin(workspace, Action::Unlock, None)?.end(Err(problem));
        }
        opened => opened?,
    };
    Ok(Session { workspace: workspace.clone(), vault })
}

/// Goes on with a vault that is older than what was seen, or with a backup; see `Vault::restore`.
///
/// # Errors
/// Locked for a wrong passphrase, Refused for a file that is not of this vault, Storage.
pub fn restore(workspace: &Workspace, passphrase: &Passphrase, from: Option<&Path>) -> Result<Session, Problem> {
    let note = Note::begin(workspace, Action::Restore, None)?;
    let vault = note.end(Vault::restore(&workspace.paths, passphrase, from, &workspace.clock))?;
    Ok(Session { workspace: workspace.clone(), vault })
}

/// Opens the vault by an identity it is encrypted to: the recovery kit.
///
/// # Errors
/// Usage when it is no identity, Storage when it does not fit.
pub fn unlock_with_identity(workspace: &Workspace, identity: &Secret) -> Result<Session, Problem> {
    let vault = Vault::unlock_with_identity(&workspace.paths, identity, &workspace.clock)?;
    Ok(Session { workspace: workspace.clone(), vault })
}

/// As [`create`], with a cheap scrypt: for a vault that is thrown away, as the demo's and those of tests.
///
/// # Errors
/// As [`create`].
pub fn create_throwaway(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    let vault = file::create_throwaway(&workspace.paths, passphrase, &workspace.clock, THROWAWAY_WORK_FACTOR)?;
    Ok(Session { workspace: workspace.clone(), vault })
}
