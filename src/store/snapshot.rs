//! The content of a store at one version.

use std::sync::Arc;

use jiff::Timestamp;

use super::contents::Contents;
use super::members::TeamSnapshot;
use super::steps::{Direction, SessionId, Step};
use crate::model::credential::Credentials;
use crate::model::integration::Integrations;

/// The records of one version, read-only.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub credentials: Arc<Credentials>,
    pub integrations: Arc<Integrations>,
    /// The number of the version. Grows by one with every save.
    pub generation: u64,
    /// Labels of the undo steps, newest last: "delete Zoho EU".
    pub undo: Vec<String>,
    pub next_undo: Option<Step>,
    pub next_redo: Option<Step>,
    /// Whether a recovery kit was made.
    pub recovery_kit: bool,
    /// Hosts that open the vault without the passphrase.
    pub hosts: Vec<Host>,
    /// Names of credentials that this program version cannot read; they are kept unchanged.
    pub unreadable: Vec<String>,
    /// The time of this state, if the store cannot be reached now.
    pub as_of: Option<Timestamp>,
    /// The team that shares the vault; `None` for a vault of this machine only.
    pub team: Option<TeamSnapshot>,
}

impl Snapshot {
    /// A snapshot of these contents, as `session` sees them; without hosts, recovery kit, team
    /// and age.
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

/// The format, the vault's id and the generation of a store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The version of the file format.
    pub format: u32,
    /// Identifies the vault.
    pub vault_id: String,
    /// The number of the version. Grows by one with every save.
    pub generation: u64,
}

/// A machine that opens the vault without the passphrase.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host {
    pub name: String,
    /// `age1...`, public.
    pub recipient: String,
    /// When the host was added.
    pub since: Option<Timestamp>,
}

/// A version that can be restored.
#[derive(Clone, Debug)]
pub struct Version {
    pub number: u64,
    /// The location, for the user: a file, a row.
    pub place: String,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Size in bytes.
    pub size: u64,
}

/// What a purge removes, or would remove.
#[derive(Clone, Debug, Default)]
pub struct Purged {
    /// Names of deleted credentials that were found, and labels of undo steps about them.
    pub found: std::collections::BTreeSet<String>,
    /// The former versions that contain one of them, each by its [`Version::place`].
    pub files: Vec<String>,
    /// Former versions that cannot be read, and are kept.
    pub unreadable: Vec<String>,
    /// Number of undo steps that are removed.
    pub undo: usize,
}
