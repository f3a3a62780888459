//! What a store holds at one generation, for everybody above.

use std::sync::Arc;

use jiff::Timestamp;

use super::contents::Contents;
use super::steps::{Direction, SessionId, Step};
use crate::model::credential::Credentials;
use crate::model::integration::Integrations;

/// The records of one generation, read-only.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The credentials.
    pub credentials: Arc<Credentials>,
    /// What uses them.
    pub integrations: Arc<Integrations>,
    /// Grows by one with every save.
    pub generation: u64,
    /// What `undo` would take back, newest last: "delete Zoho EU".
    pub undo: Vec<String>,
    /// The step that `undo` would take next.
    pub next_undo: Option<Step>,
    /// The step that `redo` would take next.
    pub next_redo: Option<Step>,
    /// Whether a recovery kit was made.
    pub recovery_kit: bool,
    /// Who opens the vault without the passphrase.
    pub hosts: Vec<Host>,
    /// Names of credentials this version cannot read; they are kept as they are.
    pub unreadable: Vec<String>,
}

impl Snapshot {
    /// Of these contents, as `session` sees them; without hosts, log or recovery kit.
    #[must_use]
    pub fn of(contents: &Contents, generation: u64, session: Option<SessionId>) -> Self {
        Self {
            credentials: Arc::clone(&contents.credentials),
            integrations: Arc::clone(&contents.integrations),
            generation,
            unreadable: contents.credentials.unreadable.iter().map(|one| one.label().to_owned()).collect(),
            undo: contents.undo.iter().map(|step| step.label.clone()).collect(),
            next_undo: contents.next(Direction::Undo, session),
            next_redo: contents.next(Direction::Redo, session),
            ..Self::default()
        }
    }
}

/// What is known of a store without reading a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The version of the format it is kept in.
    pub format: u32,
    /// Tells one vault from another.
    pub vault_id: String,
    /// Grows by one with every save.
    pub generation: u64,
}

/// A machine that opens the vault without the passphrase.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// `age1...`, public.
    pub recipient: String,
    /// When it was let in.
    pub since: Option<Timestamp>,
}

/// One generation that can be gone back to; the last of a list is the newest.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// Where it is kept, for a person: a file, a row.
    pub place: String,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Bytes.
    pub size: u64,
}

/// What a purge takes away, or would.
#[derive(Clone, Debug, Default)]
pub struct Purged {
    /// Names of deleted credentials that were found, and the steps of undo about them.
    pub found: std::collections::BTreeSet<String>,
    /// The former generations that hold one of them, each by its [`Generation::place`].
    pub files: Vec<String>,
    /// Those that cannot be read, and stay.
    pub unreadable: Vec<String>,
    /// Steps that `undo` can no longer take back.
    pub undo: usize,
}
