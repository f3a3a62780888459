//! A vault that a team shares: its members, and the way back to a vault on this machine.

pub mod entry;
mod shared;

use std::path::Path;

use serde_json::{Value, json};

use crate::engine::audit::{Action, Note};
use crate::engine::{Session, Workspace};
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::{Passphrase, Secret};
use crate::store::local::{self, Lock, WORK_FACTOR};
pub use crate::store::local::{Admitted, Joining, StoreAccess};
pub use crate::store::{Authorship, Difference, Member, Progress, Remedy, Role, Rotate, TeamSnapshot, TeamState};
use entry::{Moved, counted};
use shared::members;

/// Makes a vault on this machine with everything that the team vault holds.
///
/// # Errors
/// Refused where a vault is on this machine already; Temporary.
pub(crate) fn export_local(session: &Session, to: &Workspace, passphrase: &Passphrase) -> Result<Moved, Problem> {
    let note = Note::begin(&session.workspace, Action::Export, None)?;
    let exported = || {
        let contents = members(session)?.whole()?;
        let moved = counted(&contents);
        to.local().create_with((passphrase, WORK_FACTOR), contents)?;
        Ok(moved)
    };
    note.end(exported())
}

/// Keeps a password of the store in the member's identity, or none, once the store was reached so.
///
/// # Errors
/// `Kind::Usage` for an invalid address; `Kind::Temporary` or `Kind::Refused` by the store; `Kind::Locked` if the identity
/// does not open; `Kind::Refused` if no team shares the vault. Nothing is changed then.
pub(crate) fn keep_store_password(
    workspace: &Workspace,
    lock: Lock<'_>,
    password: Option<Secret>,
) -> Result<(), Problem> {
    let note = Note::begin(workspace, Action::Passphrase, None)?;
    note.end(workspace.local().keep_store_password(lock, password).map_err(Problem::from))
}

/// Whether the vault is shared by a team.
#[must_use]
pub fn is_team(workspace: &Workspace) -> bool {
    workspace.local().is_team()
}

/// Whether a file is the identity of a host of a team vault.
#[must_use]
pub(crate) fn is_identity(file: &Path) -> bool {
    local::Local::is_team_identity(file)
}

/// Asks whether anything changed; where the store does not answer, which one and since when.
#[must_use]
pub fn offline(session: &Session) -> Option<String> {
    session.store.team()?;
    // What else is wrong is told by what is asked next.
    let _ = session.store.head();
    session.offline()
}

/// Who they are, and what to know about the store.
///
/// # Errors
/// Refused where no team shares the vault; as a list of credentials.
pub fn list(session: &Session) -> Result<(Vec<Member>, TeamState), Problem> {
    let team = members(session)?;
    Ok((team.members()?, team.team_state()?))
}

/// A list as `credenza team list --json` prints it.
#[must_use]
pub fn list_as_json(members: &[Member], state: &TeamState) -> Value {
    json!({
        "store": state.place, "fingerprint": state.fingerprint, "to_encrypt": state.to_encrypt,
        "members": members.iter().map(as_json).collect::<Vec<_>>(), "foreign": state.foreign, "as_of": state.as_of,
    })
}

/// A member in such a list.
#[must_use]
pub(crate) fn as_json(member: &Member) -> Value {
    json!({
        "name": member.name, "role": member.role.word(), "since": member.since, "added_by": member.added_by,
        "credentials": member.credentials, "is_own": member.is_own, "last_seen": member.last_seen,
    })
}

/// The name in a join code, and the four words to compare.
///
/// # Errors
/// Usage for a code that is wrong; Refused for one that was used, or is of another vault.
pub fn look_at_code(session: &Session, code: &str) -> Result<(String, String), Problem> {
    Ok(members(session)?.look_at_code(code)?)
}

/// Lets the member of a join code in.
///
/// # Errors
/// As [`look_at_code`]; Refused for anybody but an admin.
pub fn add(session: &Session, code: &str, role: Role, progress: Progress<'_>) -> Result<Member, Problem> {
    let note = Note::begin(&session.workspace, Action::Recipients, None)?;
    note.end(members(session).and_then(|team| Ok(team.add_member(code, role, progress)?)))
}

/// Lets a host in that reads these credentials, by a new identity that is written to a file.
///
/// # Errors
/// NotFound for a credential; Usage for a name that is taken; Refused where the file exists.
pub fn add_host(
    session: &Session,
    name: &str,
    credentials: &[String],
    file: &Path,
    progress: Progress<'_>,
) -> Result<Member, Problem> {
    let ids = credentials.iter().map(|word| Ok(super::credentials::find(session, word)?.id));
    let ids = ids.collect::<Result<Vec<CredentialId>, Problem>>()?;
    let note = Note::begin(&session.workspace, Action::Recipients, None)?;
    note.end(members(session).and_then(|team| Ok(team.add_team_host(name, &ids, file, progress)?)))
}

/// Shuts a member or host out; gives what to change at the providers.
///
/// # Errors
/// NotFound; Refused for the last admin.
pub fn remove(session: &Session, name: &str, progress: Progress<'_>) -> Result<Vec<Rotate>, Problem> {
    let note = Note::begin(&session.workspace, Action::Recipients, None)?;
    note.end(members(session).and_then(|team| Ok(team.remove_member(name, progress)?)))
}

/// Ends the re-encryption under way early; [`finish`] does the rest.
pub fn stop_encrypting(session: &Session) {
    if let Some(team) = session.store.team() {
        team.stop_encrypting();
    }
}

/// What to know about the store.
///
/// # Errors
/// As [`list`].
pub fn state(session: &Session) -> Result<TeamState, Problem> {
    Ok(members(session)?.team_state()?)
}

/// The four words of a member, to compare by voice.
///
/// # Errors
/// NotFound for nobody of that name; as [`list`].
pub fn words_of(session: &Session, name: &str) -> Result<String, Problem> {
    Ok(members(session)?.words_of(name)?)
}

/// Gives a member another role.
///
/// # Errors
/// NotFound; Refused for a host, the role it has, the last admin, and for anybody but an admin.
pub fn set_role(session: &Session, name: &str, role: Role, progress: Progress<'_>) -> Result<Member, Problem> {
    let note = Note::begin(&session.workspace, Action::Recipients, None)?;
    note.end(members(session).and_then(|team| Ok(team.set_role(name, role, progress)?)))
}

/// What of the store is not as this machine has seen it, after it was restored from a backup.
///
/// # Errors
/// Refused for anybody but an admin, and for what no member wrote; Temporary.
pub fn differences(session: &Session) -> Result<Vec<Difference>, Problem> {
    Ok(members(session)?.differences()?)
}

/// Accepts a store that was restored from a backup. `lost` also gives up what only other machines have seen.
///
/// # Errors
/// As [`differences`]; Refused where this machine lacks newer objects and `lost` is not given.
pub fn accept_restored(session: &Session, lost: bool, progress: Progress<'_>) -> Result<Vec<Difference>, Problem> {
    let note = Note::begin(&session.workspace, Action::Restore, None)?;
    note.end(members(session).and_then(|team| Ok(team.accept_restored(lost, progress)?)))
}

/// A difference as `credenza team accept --json` prints it.
#[must_use]
pub(crate) fn difference_as_json(difference: &Difference) -> Value {
    json!({
        "path": difference.path, "name": difference.about, "stored": difference.stored, "seen": difference.seen,
        "by": difference.by, "remedy": difference.remedy.word(),
    })
}

/// Encrypts what an interrupted change of the members left behind.
///
/// # Errors
/// As a save.
pub fn finish(session: &Session, progress: Progress<'_>) -> Result<usize, Problem> {
    Ok(members(session)?.finish(progress)?)
}

/// What is to be changed at the providers.
///
/// # Errors
/// As a list of credentials.
pub fn rotation(session: &Session) -> Result<Vec<Rotate>, Problem> {
    Ok(members(session)?.rotation()?)
}

/// A credential was changed at its provider; gives what is left.
///
/// # Errors
/// NotFound where it is not on the list.
pub fn rotated(session: &Session, word: &str) -> Result<Vec<Rotate>, Problem> {
    let team = members(session)?;
    let listed = team
        .rotation()?
        .into_iter()
        .find(|item| item.name.eq_ignore_ascii_case(word) || item.credential.to_string() == word);
    // One that was deleted since is known by its name only.
    let id = match listed {
        Some(item) => item.credential,
        None => super::credentials::find(session, word)?.id,
    };
    let note = Note::begin(&session.workspace, Action::Recipients, None)?;
    note.end(Ok(team.rotated(id)?))
}
