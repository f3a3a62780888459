//! The vault's generations: what each save changed, going back to one, and cleaning them of what was deleted.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::audit::{Action, Note};
use super::setup::same_secrets;
use super::{Session, Snapshot};
use crate::credential::{Credential, Tokens};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::vault::Generation;
pub use crate::vault::Purged;

/// One generation, and what it changed.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its number.
    pub number: u64,
    /// Its file.
    pub file: PathBuf,
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
    /// What going back to it would change.
    pub going_back: Vec<Difference>,
}

/// How one credential differs between two generations.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Difference {
    /// Its name in the later one, or the last it had.
    pub name: String,
    /// What happened to it.
    pub change: Changed,
    /// Of a change: which fields differ. Never what they hold.
    pub fields: Vec<&'static str>,
}

/// What happened to a credential.
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
    /// "changed Zoho EU (scopes, tokens)".
    #[must_use]
    pub fn in_words(&self) -> String {
        let word = match self.change {
            Changed::Added => "added",
            Changed::Removed => "removed",
            Changed::Changed => "changed",
        };
        if self.fields.is_empty() {
            format!("{word} {}", self.name)
        } else {
            format!("{word} {} ({})", self.name, self.fields.join(", "))
        }
    }
}

/// All generations that are kept, oldest first, the vault itself last. Opens every one.
///
/// # Errors
/// Storage, for the vault itself.
pub fn list(session: &Session) -> Result<Vec<Kept>, Problem> {
    let now = session.vault.snapshot()?;
    let mut before: Option<Snapshot> = None;
    let mut kept = Vec::new();
    for Generation { number, file, written_at, size } in session.vault.generations() {
        let content = session.vault.read_generation(&file).map(|snapshot| {
            let content = Content {
                credentials: snapshot.credentials.list.len(),
                changes: before.as_ref().map(|before| differences(before, &snapshot)).unwrap_or_default(),
                going_back: differences(&now, &snapshot),
            };
            before = Some(snapshot);
            content
        });
        kept.push(Kept { number, file, written_at, size, content });
    }
    Ok(kept)
}

/// What going back to a file would change: one of `backups/`, or a copy that a sync tool left beside the vault.
///
/// # Errors
/// Storage when it does not open, Refused for one that is not of this vault.
pub fn compare(session: &Session, file: &Path) -> Result<Vec<Difference>, Problem> {
    Ok(differences(&*session.vault.snapshot()?, &session.vault.read_generation(file)?))
}

/// The file of a generation.
///
/// # Errors
/// NotFound.
pub fn file_of(session: &Session, number: u64) -> Result<PathBuf, Problem> {
    let all = session.vault.generations();
    let found = all.iter().rev().skip(1).find(|one| one.number == number);
    found.map(|one| one.file.clone()).ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("Generation {number} is not kept."))
            .why("Kept are the last ten, and one a day for thirty days.")
            .try_this("See which there are: credenza history")
    })
}

/// Makes a generation the newest; what it replaces is kept. Refresh tokens in it may be spent by now.
///
/// # Errors
/// NotFound, Refused, Storage.
pub fn go_back(session: &Session, number: u64) -> Result<(), Problem> {
    let note = Note::begin(&session.workspace, Action::Restore, None)?;
    note.end(file_of(session, number).and_then(|file| session.vault.go_back_to(&file)))
}

/// Removes backups and steps of undo that hold deleted credentials; only tells which, unless it is `for_good`.
///
/// # Errors
/// Storage.
pub fn purge(session: &Session, for_good: bool) -> Result<Purged, Problem> {
    if !for_good {
        return session.vault.purge(false);
    }
    let note = Note::begin(&session.workspace, Action::Purge, None)?;
    note.end(session.vault.purge(true))
}

/// From `one` to `other`, by id.
fn differences(one: &Snapshot, other: &Snapshot) -> Vec<Difference> {
    let difference =
        |credential: &Credential, change, fields| Difference { name: credential.name.to_string(), change, fields };
    let mut found = Vec::new();
    for after in &other.credentials.list {
        match one.credentials.by_id(after.id) {
            None => found.push(difference(after, Changed::Added, Vec::new())),
            Some(before) => {
                let fields = fields(before, after);
                if !fields.is_empty() {
                    found.push(difference(after, Changed::Changed, fields));
                }
            }
        }
    }
    let gone = one.credentials.list.iter().filter(|before| other.credentials.by_id(before.id).is_none());
    found.extend(gone.map(|before| difference(before, Changed::Removed, Vec::new())));
    found
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
