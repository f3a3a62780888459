//! Creates, opens and restores a vault. Every function may take a second (scrypt): call it off the UI thread.

use std::path::Path;
use std::sync::Arc;

use super::member_key;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::{Session, Workspace};
use crate::problem::Problem;
use crate::secret::{Passphrase, Secret};
pub use crate::store::local::UnlockBy;
use crate::store::local::WORK_FACTOR;
pub use crate::store::local::{KeyDescription, Presence as VaultState};
use crate::store::{Store, StoreError};

/// log2 N of scrypt for a throwaway vault, whose passphrase protects nothing.
const THROWAWAY_WORK_FACTOR: u8 = 4;

/// What exists on disk, without opening it.
#[must_use]
pub fn vault_state(workspace: &Workspace) -> VaultState {
    workspace.local().presence()
}

/// Number of new token sets that are stored beside the vault because their save failed.
#[must_use]
pub fn rescued(workspace: &Workspace) -> usize {
    workspace.local().rescued()
}

/// A warning about an identity file whose scrypt work factor is too low.
#[must_use]
pub(crate) fn low_work_factor(workspace: &Workspace) -> Option<String> {
    let factor = workspace.local().low_work_factor()?;
    Some(format!(
        "identity.age uses scrypt work factor {factor} instead of {WORK_FACTOR}, which makes the passphrase of a \
         stolen vault easier to guess; change the passphrase to fix it"
    ))
}

/// Checks that a save could replace the vault.
///
/// # Errors
/// `Kind::Storage`: the file is a mount point.
pub(crate) fn is_replaceable(workspace: &Workspace) -> Result<(), Problem> {
    workspace.local().is_replaceable()
}

/// Copies of the vault that a sync tool or the user may have made beside it.
#[must_use]
pub fn copies(workspace: &Workspace) -> Vec<String> {
    workspace.local().copies()
}

/// Creates a vault.
///
/// # Errors
/// `Kind::Usage` for an empty passphrase, `Kind::Refused` if there is a vault, `Kind::Storage`.
pub fn create(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    made(workspace, passphrase, WORK_FACTOR)
}

/// As [`create`], with a low scrypt work factor: for a throwaway vault, as in the demo and in tests.
///
/// # Errors
/// As [`create`].
pub fn create_throwaway(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    made(workspace, passphrase, THROWAWAY_WORK_FACTOR)
}

fn made(workspace: &Workspace, passphrase: &Passphrase, work_factor: u8) -> Result<Session, Problem> {
    logged(workspace, Action::Init, || workspace.local().create(passphrase, work_factor))
}

/// Opens the vault with what was typed: its passphrase, or what the key of a team member asks for.
///
/// # Errors
/// `Kind::Locked` for a wrong passphrase, `Kind::Storage` for damage and rollback, `Kind::Refused` for forgery.
pub fn unlock(workspace: &Workspace, passphrase: &Passphrase) -> Result<Session, Problem> {
    member_key::typed(workspace, passphrase, |by| unlock_by(workspace, by))
}

/// Opens the vault.
///
/// # Errors
/// As [`unlock`], and as [`hosts::unlock`](super::hosts::unlock).
pub(crate) fn unlock_by(workspace: &Workspace, by: UnlockBy<'_>) -> Result<Session, Problem> {
    logged(workspace, Action::Unlock, || workspace.local().unlock(by))
}

/// As [`unlock`], for a single operation: its log line is written together with the operation's own, or by
/// [`flush`](crate::engine::audit::flush).
///
/// # Errors
/// As [`unlock`], and as [`hosts::unlock`](super::hosts::unlock).
pub(crate) fn unlock_for_one(workspace: &Workspace, by: UnlockBy<'_>) -> Result<Session, Problem> {
    let (note, opened) = noted(workspace, Action::Unlock, || workspace.local().unlock(by))?;
    note.end_later(opened)
}

/// Checks that a restore is possible, whatever the state of the vault.
///
/// # Errors
/// `Kind::Storage` if there is no identity.
pub(crate) fn may_restore(workspace: &Workspace) -> Result<(), Problem> {
    workspace.local().may_restore()
}

/// Accepts a vault that is older than the newest version seen, or restores a file. Works even if the vault does not
/// open.
///
/// # Errors
/// `Kind::Locked` for a wrong passphrase, `Kind::Refused` for a file of another vault, `Kind::Storage`.
pub fn restore(workspace: &Workspace, by: UnlockBy<'_>, from: Option<&Path>) -> Result<Session, Problem> {
    logged(workspace, Action::Restore, || workspace.local().restore(by, from))
}

/// Restores a version. Works even if the vault does not open.
///
/// # Errors
/// `Kind::NotFound`, `Kind::Locked` if the identity does not open, `Kind::Storage`.
pub(crate) fn restore_version(workspace: &Workspace, by: UnlockBy<'_>, number: u64) -> Result<Session, Problem> {
    logged(workspace, Action::Restore, || workspace.local().restore_version(by, number))
}

/// Opens the identity and the backups, whatever the state of the vault itself.
///
/// # Errors
/// `Kind::Locked` if the identity does not open, `Kind::Storage`.
pub(crate) fn unlock_unread(workspace: &Workspace, by: UnlockBy<'_>) -> Result<Session, Problem> {
    let mut note = PendingEntry::begin(workspace, Action::Unlock, None)?;
    let opened = workspace.local().open_unread(by).map_err(Problem::from);
    // The key of the log is inside the vault, which may not open.
    let over =
        |store| Session::over(workspace, Arc::clone(&store)).unwrap_or(Session { workspace: workspace.clone(), store });
    let opened = opened.map(over);
    if let Ok(session) = &opened {
        note.opened(session);
    }
    note.end(opened)
}

/// Checks without opening it that the vault's file is the one that was seen last.
///
/// # Errors
/// `Kind::Storage`, `Kind::RolledBack`.
pub(crate) fn examine(workspace: &Workspace) -> Result<(), Problem> {
    workspace.local().examine()
}

/// The last version of a vault whose files are missing, if the state folder knows one.
#[must_use]
pub fn vanished(workspace: &Workspace) -> Option<u64> {
    workspace.local().vanished()
}

/// Opens the vault with an identity it is encrypted to: the recovery kit.
///
/// # Errors
/// `Kind::Usage` if it is not an identity, `Kind::Storage` if it does not open the vault.
pub fn unlock_with_identity(workspace: &Workspace, identity: &Secret) -> Result<Session, Problem> {
    logged(workspace, Action::Unlock, || workspace.local().unlock_with_identity(identity))
}

/// Runs `open` and logs the result, with the vault's key if the vault is open then.
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
) -> Result<(PendingEntry, Result<Session, Problem>), Problem> {
    let mut note = PendingEntry::begin(workspace, action, None)?;
    let opened = open().map_err(Problem::from).and_then(|store| Session::over(workspace, store));
    if let Ok(session) = &opened {
        note.opened(session);
    }
    Ok((note, opened))
}
