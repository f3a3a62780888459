//! Operations on a team vault: its members, its store, and the export to a local vault.

pub mod entry;
mod shared;

use std::path::Path;

use serde_json::{Value, json};

use crate::engine::audit::{Action, PendingEntry};
use crate::engine::{Session, Workspace};
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::{Passphrase, Secret};
use crate::store::local::{self, Lock, WORK_FACTOR};
pub use crate::store::local::{Admitted, JoinTicket, StoreAccess};
pub use crate::store::{
    Authorship, Member, Progress, Remedy, RestoreDifference, Role, RotationItem, TeamSnapshot, TeamState,
};
use entry::{Moved, counted};
use shared::members;

/// Creates a local vault with a copy of everything in the team vault.
///
/// # Errors
/// `Kind::Refused` if this machine already has a local vault; `Kind::Temporary`.
pub(crate) fn export_local(session: &Session, to: &Workspace, passphrase: &Passphrase) -> Result<Moved, Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Export, None)?;
    let exported = || {
        let contents = members(session)?.whole()?;
        let moved = counted(&contents);
        to.local().create_with((passphrase, WORK_FACTOR), contents)?;
        Ok(moved)
    };
    note.end(exported())
}

/// Saves or removes the store password in the member's identity, after the store was reached with it.
///
/// # Errors
/// `Kind::Usage` for an invalid address; `Kind::Temporary` or `Kind::Refused` by the store; `Kind::Locked` if the
/// identity cannot be opened; `Kind::Refused` if this is not a team vault. Nothing is changed in any of these cases.
pub(crate) fn keep_store_password(
    workspace: &Workspace,
    lock: Lock<'_>,
    password: Option<Secret>,
) -> Result<(), Problem> {
    let note = PendingEntry::begin(workspace, Action::Passphrase, None)?;
    note.end(workspace.local().keep_store_password(lock, password).map_err(Problem::from))
}

/// Whether this is a team vault.
#[must_use]
pub fn is_team(workspace: &Workspace) -> bool {
    workspace.local().is_team()
}

/// Writes the audit log of the host whose identity is in this file to the host's own folder; does nothing for any other
/// file.
///
/// # Errors
/// `Kind::Storage`.
pub(crate) fn log_as_host(workspace: &mut Workspace, identity_file: &Path) -> Result<(), Problem> {
    if let Some(paths) = local::paths_of_host(&workspace.paths, identity_file)? {
        workspace.paths = paths;
    }
    Ok(())
}

/// Whether a file contains the identity of a host of a team vault.
#[must_use]
pub(crate) fn is_identity(file: &Path) -> bool {
    local::Local::is_team_identity(file)
}

/// Asks the store for changes. If it does not answer, returns which store it is and since when it has not answered.
#[must_use]
pub fn offline(session: &Session) -> Option<String> {
    session.store.team()?;
    // Other errors are reported by the next operation.
    let _ = session.store.head();
    session.offline()
}

/// The members, and the state of the store.
///
/// # Errors
/// `Kind::Refused` if this is not a team vault; otherwise as for a list of credentials.
pub fn list(session: &Session) -> Result<(Vec<Member>, TeamState), Problem> {
    let team = members(session)?;
    Ok((team.members()?, team.team_state()?))
}

/// The members as `credenza team list --json` prints them.
#[must_use]
pub fn list_as_json(members: &[Member], state: &TeamState) -> Value {
    json!({
        "store": state.place, "fingerprint": state.fingerprint, "to_encrypt": state.to_encrypt,
        "members": members.iter().map(as_json).collect::<Vec<_>>(), "foreign": state.foreign, "as_of": state.as_of,
    })
}

/// A member as `credenza team list --json` prints it.
#[must_use]
pub(crate) fn as_json(member: &Member) -> Value {
    json!({
        "name": member.name, "role": member.role.word(), "since": member.since, "added_by": member.added_by,
        "credentials": member.credentials, "is_own": member.is_own, "last_seen": member.last_seen,
    })
}

/// The name in a join code, and the four words to compare aloud.
///
/// # Errors
/// `Kind::Usage` for an invalid code; `Kind::Refused` for one that was already used, or that is for another vault.
pub fn look_at_code(session: &Session, code: &str) -> Result<(String, String), Problem> {
    Ok(members(session)?.look_at_code(code)?)
}

/// Adds the member of a join code.
///
/// # Errors
/// As [`look_at_code`]; `Kind::Refused` for anybody but an admin.
pub fn add(session: &Session, code: &str, role: Role, progress: Progress<'_>) -> Result<Member, Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Recipients, None)?;
    note.end(members(session).and_then(|team| Ok(team.add_member(code, role, progress)?)))
}

/// Adds a host that may read these credentials, and writes its new identity to a file.
///
/// # Errors
/// `Kind::NotFound` for an unknown credential; `Kind::Usage` if the name is taken; `Kind::Refused` if the file exists.
pub fn add_host(
    session: &Session,
    name: &str,
    credentials: &[String],
    file: &Path,
    progress: Progress<'_>,
) -> Result<Member, Problem> {
    let found = super::credentials::find_all(session, credentials)?;
    let ids: Vec<CredentialId> = found.iter().map(|credential| credential.id).collect();
    let note = PendingEntry::begin(&session.workspace, Action::Recipients, None)?;
    note.end(members(session).and_then(|team| Ok(team.add_team_host(name, &ids, file, progress)?)))
}

/// Removes a member or host. Returns what has to be rotated at the providers.
///
/// # Errors
/// `Kind::NotFound`; `Kind::Refused` for the last admin.
pub fn remove(session: &Session, name: &str, progress: Progress<'_>) -> Result<Vec<RotationItem>, Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Recipients, None)?;
    note.end(members(session).and_then(|team| Ok(team.remove_member(name, progress)?)))
}

/// Stops the running re-encryption early; [`finish`] completes it.
pub fn stop_encrypting(session: &Session) {
    if let Some(team) = session.store.team() {
        team.stop_encrypting();
    }
}

/// The state of the store.
///
/// # Errors
/// As [`list`].
pub fn state(session: &Session) -> Result<TeamState, Problem> {
    Ok(members(session)?.team_state()?)
}

/// The four words of a member, to compare aloud.
///
/// # Errors
/// `Kind::NotFound` if there is no member of this name; otherwise as [`list`].
pub fn words_of(session: &Session, name: &str) -> Result<String, Problem> {
    Ok(members(session)?.words_of(name)?)
}

/// Changes the role of a member.
///
/// # Errors
/// `Kind::NotFound`; `Kind::Refused` for a host, for the role that the member already has, for the last admin, and for
/// anybody but an admin.
pub fn set_role(session: &Session, name: &str, role: Role, progress: Progress<'_>) -> Result<Member, Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Recipients, None)?;
    note.end(members(session).and_then(|team| Ok(team.set_role(name, role, progress)?)))
}

/// How the store, after it was restored from a backup, differs from what this machine has seen.
///
/// # Errors
/// `Kind::Refused` for anybody but an admin, and for objects that no member wrote; `Kind::Temporary`.
pub fn differences(session: &Session) -> Result<Vec<RestoreDifference>, Problem> {
    Ok(members(session)?.differences()?)
}

/// Accepts a store that was restored from a backup. `lost` also gives up newer objects that only other machines have
/// seen.
///
/// # Errors
/// As [`differences`]; `Kind::Refused` if this machine has no readable copy of newer objects and `lost` is not set.
pub fn accept_restored(
    session: &Session,
    lost: bool,
    progress: Progress<'_>,
) -> Result<Vec<RestoreDifference>, Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Restore, None)?;
    note.end(members(session).and_then(|team| Ok(team.accept_restored(lost, progress)?)))
}

/// A difference as `credenza team accept --json` prints it.
#[must_use]
pub(crate) fn difference_as_json(difference: &RestoreDifference) -> Value {
    json!({
        "path": difference.path, "name": difference.about, "stored": difference.stored, "seen": difference.seen,
        "by": difference.by, "remedy": difference.remedy.word(),
    })
}

/// Completes an interrupted re-encryption.
///
/// # Errors
/// As for a save.
pub fn finish(session: &Session, progress: Progress<'_>) -> Result<usize, Problem> {
    Ok(members(session)?.finish(progress)?)
}

/// The rotation list: what has to be changed at the providers.
///
/// # Errors
/// As for a list of credentials.
pub fn rotation(session: &Session) -> Result<Vec<RotationItem>, Problem> {
    Ok(members(session)?.rotation()?)
}

/// Removes a credential that was changed at its provider from the rotation list. Returns the remaining items.
///
/// # Errors
/// `Kind::NotFound` if it is not on the list.
pub fn rotated(session: &Session, word: &str) -> Result<Vec<RotationItem>, Problem> {
    let team = members(session)?;
    let listed = team
        .rotation()?
        .into_iter()
        .find(|item| item.name.eq_ignore_ascii_case(word) || item.credential.to_string() == word);
    // The list is searched first, because a credential that was deleted since is only found there.
    let id = match listed {
        Some(item) => item.credential,
        None => super::credentials::find(session, word)?.id,
    };
    let note = PendingEntry::begin(&session.workspace, Action::Recipients, None)?;
    note.end(Ok(team.rotated(id)?))
}
