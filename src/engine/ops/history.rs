//! The versions of the vault: lists what each save changed, restores a version, removes deleted credentials from all.

use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::setup::same_secrets;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::{Session, Snapshot};
use crate::model::credential::{Credential, Name};
use crate::model::integration::Integration;
use crate::problem::Problem;
use crate::secret::Secret;
pub use crate::store::Purged;
use crate::store::Version;

/// One version, and its changes.
#[derive(Clone, Debug)]
pub struct KeptVersion {
    pub number: u64,
    /// Where the version is stored.
    pub place: String,
    pub written_at: Option<Timestamp>,
    /// In bytes.
    pub size: u64,
    /// Its content, or why it does not open.
    pub content: Result<VersionContent, Problem>,
}

#[derive(Clone, Debug)]
pub struct VersionContent {
    pub credentials: usize,
    /// The differences from the version before it; empty for the oldest.
    pub changes: Vec<RecordDifference>,
    /// What restoring this version would change; empty if the vault itself does not open.
    pub going_back: Vec<RecordDifference>,
}

/// How one credential or integration differs between two versions.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RecordDifference {
    pub kind: Subject,
    /// Its name in the later version, or its last name.
    pub name: String,
    pub change: Changed,
    /// The fields that differ, if it was changed. Never their values.
    pub fields: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Credential,
    Integration,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// Only the later version has it.
    Added,
    /// Only the earlier version has it.
    Removed,
    /// Both have it, with differences.
    Changed,
}

impl RecordDifference {
    /// "changed Zoho EU (scopes, tokens)", "added the integration CMDB".
    #[must_use]
    pub fn in_words(&self) -> String {
        let word = match self.change {
            Changed::Added => "added",
            Changed::Removed => "removed",
            Changed::Changed => "changed",
        };
        let noun = if self.kind == Subject::Integration { "the integration " } else { "" };
        let what = format!("{word} {noun}{}", self.name);
        if self.fields.is_empty() { what } else { format!("{what} ({})", self.fields.join(", ")) }
    }
}

/// All versions, oldest first; the vault itself is the last, if it opens. Opens every version.
///
/// # Errors
/// `Kind::Storage`.
pub fn list(session: &Session) -> Result<Vec<KeptVersion>, Problem> {
    let now = session.store.snapshot().ok();
    let mut before: Option<Snapshot> = None;
    let mut kept = Vec::new();
    for Version { number, place, written_at, size } in session.store.versions()? {
        let content = session.store.version(number).map_err(Problem::from).map(|snapshot| {
            let content = VersionContent {
                credentials: snapshot.credentials.list.len(),
                changes: before.as_ref().map(|before| differences(before, &snapshot)).unwrap_or_default(),
                going_back: now.as_ref().map(|now| differences(now, &snapshot)).unwrap_or_default(),
            };
            before = Some(snapshot);
            content
        });
        kept.push(KeptVersion { number, place, written_at, size, content });
    }
    Ok(kept)
}

/// What restoring a file would change: a file in `backups/`, or a copy that a sync tool left beside the vault.
///
/// # Errors
/// `Kind::Storage` if it does not open, `Kind::Refused` for a file of another vault.
pub fn compare(session: &Session, file: &Path) -> Result<Vec<RecordDifference>, Problem> {
    Ok(differences(&*session.store.snapshot()?, &session.vault_admin()?.read_copy(file)?))
}

/// What restoring a version would change.
///
/// # Errors
/// `Kind::NotFound`, `Kind::Storage` if it does not open.
pub(crate) fn compare_version(session: &Session, number: u64) -> Result<Vec<RecordDifference>, Problem> {
    Ok(differences(&*session.store.snapshot()?, &session.store.version(number)?))
}

/// Restores a version as the newest one; the replaced version is kept. Refresh tokens in it may already be spent.
///
/// # Errors
/// `Kind::NotFound` if there is no such version, `Kind::Refused`, `Kind::Storage`.
pub fn go_back(session: &Session, number: u64) -> Result<(), Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Restore, None)?;
    note.end(session.store.restore(number).map_err(Problem::from))
}

/// Removes backups and undo steps that contain deleted credentials; only lists them unless `for_good`.
///
/// # Errors
/// `Kind::Storage`.
pub fn purge(session: &Session, for_good: bool) -> Result<Purged, Problem> {
    if !for_good {
        return Ok(session.store.purge(false)?);
    }
    let note = PendingEntry::begin(&session.workspace, Action::Purge, None)?;
    note.end(session.store.purge(true).map_err(Problem::from))
}

/// Removes every backup; only lists them unless `for_good`.
///
/// # Errors
/// `Kind::Storage`.
pub(crate) fn purge_all(session: &Session, for_good: bool) -> Result<Purged, Problem> {
    if !for_good {
        return Ok(session.vault_admin()?.purge_all(false)?);
    }
    let note = PendingEntry::begin(&session.workspace, Action::Purge, None)?;
    let purge = || Ok(session.vault_admin()?.purge_all(true)?);
    note.end(purge())
}

/// The differences from `one` to `other`, by id: credentials first, then integrations.
fn differences(one: &Snapshot, other: &Snapshot) -> Vec<RecordDifference> {
    let (before, after) = (&one.credentials.list, &other.credentials.list);
    let credential = Parts { kind: Subject::Credential, id: |one: &Credential| one.id, name: |one| &one.name, fields };
    let mut found = credential.differences(before, after);
    let (before, after) = (&one.integrations.list, &other.integrations.list);
    let integration = Parts {
        kind: Subject::Integration,
        id: |one: &Integration| one.id,
        name: |one| &one.name,
        fields: integration_fields,
    };
    found.extend(integration.differences(before, after));
    found
}

/// The parts of a record that are compared.
struct Parts<T, Id> {
    kind: Subject,
    id: fn(&T) -> Id,
    name: fn(&T) -> &Name,
    fields: fn(&T, &T) -> Vec<&'static str>,
}

impl<T, Id: Eq + Hash> Parts<T, Id> {
    fn differences(&self, before: &[Arc<T>], after: &[Arc<T>]) -> Vec<RecordDifference> {
        let (known, there) = (self.by_id(before), self.by_id(after));
        let difference = |one: &T, change, fields| RecordDifference {
            kind: self.kind,
            name: (self.name)(one).to_string(),
            change,
            fields,
        };
        let mut found = Vec::new();
        for one in after {
            match known.get(&(self.id)(one)) {
                None => found.push(difference(one, Changed::Added, Vec::new())),
                // Usually the same object in memory, which needs no comparison.
                Some(earlier) if Arc::ptr_eq(earlier, one) => {}
                Some(earlier) => {
                    let fields = (self.fields)(earlier, one);
                    if !fields.is_empty() {
                        found.push(difference(one, Changed::Changed, fields));
                    }
                }
            }
        }
        let gone = before.iter().filter(|one| !there.contains_key(&(self.id)(one)));
        found.extend(gone.map(|one| difference(one, Changed::Removed, Vec::new())));
        found
    }

    fn by_id<'a>(&self, list: &'a [Arc<T>]) -> HashMap<Id, &'a Arc<T>> {
        list.iter().map(|one| ((self.id)(one), one)).collect()
    }
}

/// Ignores pinned hosts: a run sets them, not the user.
fn integration_fields(one: &Integration, other: &Integration) -> Vec<&'static str> {
    let same =
        [("name", one.name == other.name), ("setup", one.setup == other.setup), ("paused", one.paused == other.paused)];
    same.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
}

fn fields(one: &Credential, other: &Credential) -> Vec<&'static str> {
    let (a, b) = (&one.setup, &other.setup);
    let secret =
        |credential: &Credential| credential.setup.client.secret.as_deref().cloned().unwrap_or_else(Secret::default);
    let same = [
        ("name", one.name == other.name),
        ("details", one.details == other.details),
        ("integration", one.provider == other.provider),
        ("client ID", a.client.id == b.client.id),
        ("client secret", secret(one).matches(&secret(other))),
        ("secrets", same_secrets(a, b)),
        ("variables", a.variables == b.variables),
        ("scopes", a.scopes == b.scopes),
        ("redirect URI", a.redirect_uri == b.redirect_uri),
        ("tokens", received(one).eq(received(other))),
        ("status", one.setback == other.setback),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
}

fn received(credential: &Credential) -> impl Iterator<Item = Timestamp> {
    credential.all_tokens().map(|tokens| tokens.received_at)
}
