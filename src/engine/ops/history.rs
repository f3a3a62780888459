//! The vault's generations: what each save changed, going back to one, and cleaning them of what was deleted.

use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::setup::same_secrets;
use crate::engine::audit::{Action, Note};
use crate::engine::{Session, Snapshot};
use crate::model::credential::{Credential, Name, Tokens};
use crate::model::integration::Integration;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::store::Generation;
pub use crate::store::Purged;

/// One generation, and what it changed.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its number.
    pub number: u64,
    /// Where it is kept.
    pub place: String,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Bytes.
    pub size: u64,
    /// How many credentials it holds, and what differs from the one before it in the list; or why it does not open.
    pub content: Result<Content, Problem>,
}

/// What a generation holds.
#[derive(Clone, Debug)]
pub struct Content {
    /// How many credentials.
    pub credentials: usize,
    /// What differs from the generation before it; empty for the oldest.
    pub changes: Vec<Difference>,
    /// What going back to it would change; empty where the vault itself does not open.
    pub going_back: Vec<Difference>,
}

/// How one credential, or one integration, differs between two generations.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Difference {
    /// What it is.
    pub kind: Subject,
    /// Its name in the later one, or the last it had.
    pub name: String,
    /// What happened to it.
    pub change: Changed,
    /// Of a change: which fields differ. Never what they hold.
    pub fields: Vec<&'static str>,
}

/// What differs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A credential.
    Credential,
    /// An integration.
    Integration,
}

/// What happened to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// It is only in the later one.
    Added,
    /// It is only in the earlier one.
    Removed,
    /// It is in both.
    Changed,
}

impl Difference {
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

/// All generations that are kept, oldest first, the vault itself last if it opens. Opens every one.
///
/// # Errors
/// Storage.
pub fn list(session: &Session) -> Result<Vec<Kept>, Problem> {
    let now = session.store.snapshot().ok();
    let mut before: Option<Snapshot> = None;
    let mut kept = Vec::new();
    for Generation { number, place, written_at, size } in session.store.generations()? {
        let content = session.store.generation(number).map_err(Problem::from).map(|snapshot| {
            let content = Content {
                credentials: snapshot.credentials.list.len(),
                changes: before.as_ref().map(|before| differences(before, &snapshot)).unwrap_or_default(),
                going_back: now.as_ref().map(|now| differences(now, &snapshot)).unwrap_or_default(),
            };
            before = Some(snapshot);
            content
        });
        kept.push(Kept { number, place, written_at, size, content });
    }
    Ok(kept)
}

/// What going back to a file would change: one of `backups/`, or a copy that a sync tool left beside the vault.
///
/// # Errors
/// Storage when it does not open, Refused for one that is not of this vault.
pub fn compare(session: &Session, file: &Path) -> Result<Vec<Difference>, Problem> {
    Ok(differences(&*session.store.snapshot()?, &session.keys()?.read_copy(file)?))
}

/// What going back to a generation would change.
///
/// # Errors
/// NotFound, Storage when it does not open.
pub fn compare_generation(session: &Session, number: u64) -> Result<Vec<Difference>, Problem> {
    Ok(differences(&*session.store.snapshot()?, &session.store.generation(number)?))
}

/// Makes a generation the newest; what it replaces is kept. Refresh tokens in it may be spent by now.
///
/// # Errors
/// NotFound, Refused, Storage.
pub fn go_back(session: &Session, number: u64) -> Result<(), Problem> {
    let note = Note::begin(&session.workspace, Action::Restore, None)?;
    note.end(session.store.restore(number).map_err(Problem::from))
}

/// Removes backups and steps of undo that hold deleted credentials; only tells which, unless it is `for_good`.
///
/// # Errors
/// Storage.
pub fn purge(session: &Session, for_good: bool) -> Result<Purged, Problem> {
    if !for_good {
        return Ok(session.store.purge(false)?);
    }
    let note = Note::begin(&session.workspace, Action::Purge, None)?;
    note.end(session.store.purge(true).map_err(Problem::from))
}

/// Removes every backup; only tells which, unless it is `for_good`.
///
/// # Errors
/// Storage.
pub fn purge_all(session: &Session, for_good: bool) -> Result<Purged, Problem> {
    if !for_good {
        return Ok(session.keys()?.purge_all(false)?);
    }
    let note = Note::begin(&session.workspace, Action::Purge, None)?;
    let purge = || Ok(session.keys()?.purge_all(true)?);
    note.end(purge())
}

/// From `one` to `other`, by id: credentials first, then integrations.
fn differences(one: &Snapshot, other: &Snapshot) -> Vec<Difference> {
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

/// What is compared of a thing.
struct Parts<T, Id> {
    kind: Subject,
    id: fn(&T) -> Id,
    name: fn(&T) -> &Name,
    fields: fn(&T, &T) -> Vec<&'static str>,
}

impl<T, Id: Eq + Hash> Parts<T, Id> {
    fn differences(&self, before: &[Arc<T>], after: &[Arc<T>]) -> Vec<Difference> {
        let (known, there) = (self.by_id(before), self.by_id(after));
        let difference = |one: &T, change, fields| Difference {
            kind: self.kind,
            name: (self.name)(one).to_string(),
            change,
            fields,
        };
        let mut found = Vec::new();
        for one in after {
            match known.get(&(self.id)(one)) {
                None => found.push(difference(one, Changed::Added, Vec::new())),
                // The same one, unread: most are.
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

/// The hosts a run pinned are no change of a person's.
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
        ("tokens", received(one) == received(other)),
        ("status", one.setback == other.setback),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
}

fn received(credential: &Credential) -> Option<Timestamp> {
    credential.tokens.as_ref().map(|tokens: &Tokens| tokens.received_at)
}
