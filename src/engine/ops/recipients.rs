//! Hosts that open the vault without a person: let in, listed, shut out.

use std::path::{Path, PathBuf};

use super::{notes, unlock as vault};
use crate::engine::audit::{Action, Note};
use crate::engine::{Session, Workspace};
use crate::model::credential::Name;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
pub use crate::store::Host;
use crate::store::local::UnlockBy;

/// Characters of a host's name.
const MAX_NAME: usize = 64;

/// Opens the vault by a host's identity file: no passphrase, no scrypt.
///
/// # Errors
/// Refused for a file others can read, Usage, Locked when it does not fit, Storage.
pub fn unlock(workspace: &Workspace, identity_file: &Path) -> Result<Session, Problem> {
    vault::logged(workspace, Action::Unlock, || workspace.local().unlock(UnlockBy::IdentityFile(identity_file)))
}

/// Lets a host in, by a new identity that is written to `identity_file`.
///
/// # Errors
/// Usage for a name that is taken or none, Refused where the file exists, Storage.
pub fn add(session: &Session, name: &str, identity_file: &Path) -> Result<Host, Problem> {
    let name = host_name(name)?;
    let name = name.as_str();
    let note = Note::begin(&session.workspace, Action::Recipients, None)?;
    let added = || Ok(session.keys()?.add_host(name, identity_file)?);
    note.end(added())
}

/// A host that was added, for whoever has to copy its key file to it.
#[derive(Clone, Debug)]
pub struct Added {
    /// The host.
    pub host: Host,
    /// The file with its key.
    pub key_file: PathBuf,
    /// The other host whose name looks like its own, in words.
    pub note: Option<String>,
}

/// As [`add`], with what there is to say of the name.
///
/// # Errors
/// As `add`.
pub fn add_with_note(session: &Session, name: &str, key_file: PathBuf) -> Result<Added, Problem> {
    let host = add(session, name, &key_file)?;
    let note = note_on_name(session, &host.name)?;
    Ok(Added { host, key_file, note })
}

/// A host's name, checked as those of credentials are.
fn host_name(text: &str) -> Result<Name, Problem> {
    let refused = |why: String| Problem::new(Kind::Usage, "This host name is not allowed.").why(why);
    let name = Name::parse(text).map_err(|error| refused(error.to_string()))?;
    match name.as_str().chars().count() {
        count if count > MAX_NAME => Err(refused(format!("The name has {count} characters; at most {MAX_NAME} fit."))),
        _ => Ok(name),
    }
}

/// The other active host whose name looks like `name`, in words.
///
/// # Errors
/// Storage.
pub fn note_on_name(session: &Session, name: &str) -> Result<Option<String>, Problem> {
    let names: Vec<Name> = list(session)?.iter().filter_map(|host| Name::parse(&host.name).ok()).collect();
    Ok(notes::on_name(name, names.iter().filter(|other| other.as_str() != name.trim())))
}

/// The active hosts.
///
/// # Errors
/// Storage.
pub fn list(session: &Session) -> Result<Vec<Host>, Problem> {
    Ok(session.store.snapshot()?.hosts.clone())
}

/// Shuts a host out, and gives those that are left: their files must be recreated. Takes some seconds (scrypt).
///
/// # Errors
/// NotFound, Locked for a wrong passphrase, Storage.
pub fn remove(session: &Session, name: &str, passphrase: &Passphrase) -> Result<Vec<Host>, Problem> {
    let note = Note::begin(&session.workspace, Action::Recipients, None)?;
    let removed = || Ok(session.keys()?.remove_host(name, passphrase)?);
    note.end(removed())
}
