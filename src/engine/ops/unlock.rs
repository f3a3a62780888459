//! Making and opening a vault. Everything here may take a second (scrypt): call it off the UI thread.

use std::path::Path;
use std::sync::Arc;

use crate::engine::audit::{Action, Note};
use crate::engine::{Session, Workspace};
use crate::problem::Problem;
use crate::secret::{Passphrase, Secret};
pub use crate::store::local::Presence as VaultState;
pub use crate::store::local::UnlockBy;
use crate::store::local::WORK_FACTOR;
use crate::store::{Store, StoreError};

/// scrypt's log2 N of a vault that is thrown away: its passphrase protects nothing.
const THROWAWAY_WORK_FACTOR: u8 = 4;

/// Looks, without opening.
#[must_use]
pub fn vault_state(workspace: &Workspace) -> VaultState {
    workspace.local().presence()
}

/// How many new tokens wait beside the vault because their save failed.
#[must_use]
pub fn rescued(workspace: &Workspace) -> usize {
    workspace.local().rescued()
}

/// What to know about an identity file whose scrypt work factor is too low to protect it, in one sentence.
#[must_use]
pub fn low_work_factor(workspace: &Workspace) -> Option<String> {
    let factor = workspace.local().low_work_factor()?;
    Some(format!(
        "identity.age uses scrypt work factor {factor} instead of {WORK_FACTOR}, which makes the passphrase of a \
         stolen vault easier to guess; change the passphrase to fix it"
    ))
}

/// Whether a save could replace the vault.
///
/// # Errors
/// Storage: the file is mounted by itself.
pub fn is_replaceable(workspace: &Workspace) -> Result<(), Problem> {
    workspace.local().is_replaceable()
}

/// Files beside the vault that a sync tool or a person may have made of it.
#[must_use]
pub fn copies(workspace: &Workspace) -> Vec<String> {
    workspace.local().copies()
}

/// Makes a vault.
///
/// # Errors
/// Usage for an empty passphrase, Refused when a vault is there, Storage.
pub fn create(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    made(workspace, passphrase, WORK_FACTOR)
}

/// As [`create`], with a cheap scrypt: for a vault that is thrown away, as the demo's and those of tests.
///
/// # Errors
/// As [`create`].
pub fn create_throwaway(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    made(workspace, passphrase, THROWAWAY_WORK_FACTOR)
}

fn made(workspace: &Workspace, passphrase: &Passphrase, work_factor: u8) -> Result<Session, Problem> {
    logged(workspace, Action::Init, || workspace.local().create(passphrase, work_factor))
}

/// Opens the vault.
///
/// # Errors
/// Locked for a wrong passphrase, Storage for damage and rollback, Refused for forgery.
pub fn unlock(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    logged(workspace, Action::Unlock, || workspace.local().unlock(UnlockBy::Passphrase(passphrase)))
}

/// As [`unlock`], for a single operation: the line of the log is written with the operation's own, or by
/// [`flush`](crate::engine::audit::flush).
///
/// # Errors
/// As [`unlock`], and as [`recipients::unlock`](super::recipients::unlock).
pub fn unlock_for_one(workspace: &Workspace, by: UnlockBy<'_>) -> Result<Session, Problem> {
    let (note, opened) = noted(workspace, Action::Unlock, || workspace.local().unlock(by))?;
    note.end_later(opened)
}

/// Whether a restore has what it needs, whatever became of the vault.
///
/// # Errors
/// Storage where there is no identity.
pub fn may_restore(workspace: &Workspace) -> Result<(), Problem> {
    workspace.local().may_restore()
}

/// Keeps using a vault that is older than what was seen, or goes back to a file; also over a vault that does not open.
///
/// # Errors
/// Locked for a wrong passphrase, Refused for a file that is not of this vault, Storage.
pub fn restore(workspace: &Workspace, by: UnlockBy<'_>, from: Option<&Path>) -> Result<Session, Problem> {
    logged(workspace, Action::Restore, || workspace.local().restore(by, from))
}

/// Goes back to a generation that is kept; also over a vault that does not open.
///
/// # Errors
/// NotFound, Locked for what does not open the identity, Storage.
pub fn restore_generation(workspace: &Workspace, by: UnlockBy<'_>, number: u64) -> Result<Session, Problem> {
    logged(workspace, Action::Restore, || workspace.local().restore_generation(by, number))
}

/// Opens what keeps the former generations, whatever became of the vault itself.
///
/// # Errors
/// Locked for what does not open the identity, Storage.
pub fn unlock_unread(workspace: &Workspace, by: UnlockBy<'_>) -> Result<Session, Problem> {
    let mut note = Note::begin(workspace, Action::Unlock, None)?;
    let opened = workspace.local().open_unread(by).map_err(Problem::from);
    // The key of the log is in the vault, which may not open.
    let over =
        |store| Session::over(workspace, Arc::clone(&store)).unwrap_or(Session { workspace: workspace.clone(), store });
    let opened = opened.map(over);
    if let Ok(session) = &opened {
        note.opened(session);
    }
    note.end(opened)
}

/// Whether the vault's file is the one that was seen last, as far as can be told without opening it.
///
/// # Errors
/// Storage, RolledBack.
pub fn examine(workspace: &Workspace) -> Result<(), Problem> {
    workspace.local().examine()
}

/// The generation of a vault that was here, where the state knows one.
#[must_use]
pub fn vanished(workspace: &Workspace) -> Option<u64> {
    workspace.local().vanished()
}

/// Opens the vault by an identity it is encrypted to: the recovery kit.
///
/// # Errors
/// Usage when it is not an identity, Storage when it does not fit.
pub fn unlock_with_identity(workspace: &Workspace, identity: &Secret) -> Result<Session, Problem> {
    logged(workspace, Action::Unlock, || workspace.local().unlock_with_identity(identity))
}

/// Runs what opens the vault, and logs how it ended: under the vault's key where it is open then.
pub(super) fn logged(
    workspace: &Workspace,
    action: Action,
    open: impl FnOnce() -> Result<Arc<dyn Store>, StoreError>,
) -> Result<Session, Problem> {
    let (note, opened) = noted(workspace, action, open)?;
    note.end(opened)
}

fn noted(
    workspace: &Workspace,
    action: Action,
    open: impl FnOnce() -> Result<Arc<dyn Store>, StoreError>,
) -> Result<(Note, Result<Session, Problem>), Problem> {
    let mut note = Note::begin(workspace, action, None)?;
    let opened = open().map_err(Problem::from).and_then(|store| Session::over(workspace, store));
    if let Ok(session) = &opened {
        note.opened(session);
    }
    Ok((note, opened))
}
