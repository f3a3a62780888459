//! Adding, naming, changing and deleting credentials.

use std::sync::Arc;

use super::{Session, Snapshot};
use crate::credential::{CredentialId, Details, Setup};
use crate::problem::Problem;

/// What the form holds. Text is checked and made canonical by the functions below.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Name as typed.
    pub name: String,
    /// Catalog id.
    pub provider: String,
    /// Description, owner, tags.
    pub details: Details,
    /// Client, variables as typed, scopes, redirect URI.
    pub setup: Setup,
}

/// What the vault holds now; re-read only when the file changed.
///
/// # Errors
/// Storage.
pub fn snapshot(_session: &Session) -> Result<Arc<Snapshot>, Problem> {
    Err(Problem::internal("skeleton"))
}

/// Adds a credential.
///
/// # Errors
/// Usage for a bad field, Storage.
pub fn add(_session: &Session, _draft: Draft) -> Result<CredentialId, Problem> {
    Err(Problem::internal("skeleton"))
}

/// Replaces details and setup of an existing one (and its name where it differs).
///
/// # Errors
/// Usage for a bad field, NotFound when it is gone, Storage.
pub fn edit(_session: &Session, _id: CredentialId, _draft: Draft) -> Result<(), Problem> {
    Err(Problem::internal("skeleton"))
}

/// Renames.
///
/// # Errors
/// Usage for a bad or taken name, NotFound, Storage.
pub fn rename(_session: &Session, _id: CredentialId, _to: &str) -> Result<(), Problem> {
    Err(Problem::internal("skeleton"))
}

/// Copies id, secret, domain and scopes under a new name; no tokens.
///
/// # Errors
/// As `add`.
pub fn duplicate(_session: &Session, _id: CredentialId, _name: &str) -> Result<CredentialId, Problem> {
    Err(Problem::internal("skeleton"))
}

/// Deletes; `undo` brings it back.
///
/// # Errors
/// NotFound, Storage.
pub fn delete(_session: &Session, _id: CredentialId) -> Result<(), Problem> {
    Err(Problem::internal("skeleton"))
}

/// Takes the last edit back and says which: "delete Zoho EU".
///
/// # Errors
/// NotFound when there is nothing to take back, Refused when it no longer fits, Storage.
pub fn undo(_session: &Session) -> Result<String, Problem> {
    Err(Problem::internal("skeleton"))
}
