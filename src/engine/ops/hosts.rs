//! Adds, lists and removes hosts, which open the vault without a user.

use std::path::{Path, PathBuf};

use super::{member_key, notes, unlock as vault};
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::{Session, Workspace};
use crate::model::credential::Name;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
pub use crate::store::Host;
use crate::store::local::UnlockBy;

/// Most characters of a host's name.
const MAX_NAME: usize = 64;

/// Opens the vault with a host's identity file, or with a member's key file that needs no passphrase; without scrypt.
///
/// # Errors
/// `Kind::Refused` for a file that others can read, `Kind::Usage`, `Kind::Locked` if the file does not open the vault,
/// `Kind::Storage` if the vault cannot be read.
pub fn unlock(workspace: &Workspace, identity_file: &Path) -> Result<Session, Problem> {
    let nobody = member_key::Typed::new(&Passphrase::default());
    let is_key = member_key::is_meant(workspace, identity_file);
    let by = if is_key { UnlockBy::KeyFile(identity_file, &nobody) } else { UnlockBy::IdentityFile(identity_file) };
    vault::unlock_by(workspace, by)
}

/// Adds a host with a new identity, which is written to `identity_file`.
///
/// # Errors
/// `Kind::Usage` for a name that is taken or not valid, `Kind::Refused` if the file exists, `Kind::Storage`.
pub fn add(session: &Session, name: &str, identity_file: &Path) -> Result<Host, Problem> {
    let name = host_name(name)?;
    let name = name.as_str();
    let note = PendingEntry::begin(&session.workspace, Action::Recipients, None)?;
    let added = || Ok(session.vault_admin()?.add_host(name, identity_file)?);
    note.end(added())
}

/// Gives a host a new identity, which is written to `identity_file`; the former one opens nothing that is saved from
/// now on.
///
/// # Errors
/// `Kind::NotFound` if there is no such host, `Kind::Refused` if the file exists, `Kind::Storage`.
pub(crate) fn replace(session: &Session, name: &str, identity_file: &Path) -> Result<Host, Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Recipients, None)?;
    let replaced = || Ok(session.vault_admin()?.replace_host(name, identity_file)?);
    note.end(replaced())
}

/// A host that was added, and the key file to copy to it.
#[derive(Clone, Debug)]
pub struct AddedHost {
    pub host: Host,
    pub key_file: PathBuf,
    /// A note if the host's name looks like another host's.
    pub note: Option<String>,
}

/// As [`add`], with a note about the name.
///
/// # Errors
/// As `add`.
pub(crate) fn add_with_note(session: &Session, name: &str, key_file: PathBuf) -> Result<AddedHost, Problem> {
    let host = add(session, name, &key_file)?;
    let note = note_on_name(session, &host.name)?;
    Ok(AddedHost { host, key_file, note })
}

/// Checks a host's name by the rules for credential names.
fn host_name(text: &str) -> Result<Name, Problem> {
    let refused = |why: String| Problem::new(Kind::Usage, "This host name is not allowed.").why(why);
    let name = Name::parse(text).map_err(|error| refused(error.to_string()))?;
    match name.as_str().chars().count() {
        count if count > MAX_NAME => Err(refused(format!("The name has {count} characters; at most {MAX_NAME} fit."))),
        _ => Ok(name),
    }
}

/// A note if another active host's name looks like `name`.
///
/// # Errors
/// `Kind::Storage` if the vault cannot be read.
pub(crate) fn note_on_name(session: &Session, name: &str) -> Result<Option<String>, Problem> {
    let names: Vec<Name> = list(session)?.iter().filter_map(|host| Name::parse(&host.name).ok()).collect();
    Ok(notes::on_name(name, names.iter().filter(|other| other.as_str() != name.trim())))
}

/// The active hosts.
///
/// # Errors
/// `Kind::Storage` if the vault cannot be read.
pub fn list(session: &Session) -> Result<Vec<Host>, Problem> {
    Ok(session.store.snapshot()?.hosts.clone())
}

/// Removes a host, and returns the others, whose key files must be recreated. Takes some seconds (scrypt).
///
/// # Errors
/// `Kind::NotFound`, `Kind::Locked` for a wrong passphrase, `Kind::Storage`.
pub fn remove(session: &Session, name: &str, passphrase: &Passphrase) -> Result<Vec<Host>, Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Recipients, None)?;
    let removed = || Ok(session.vault_admin()?.remove_host(name, passphrase)?);
    note.end(removed())
}
