//! What one can do, without printing and drawing: used by the command line and the TUI alike. SKELETON (owner: service helper).

pub mod access_token;
pub mod authenticate;
pub mod credentials;
pub mod opener;
pub mod passphrase;
pub mod recovery;
pub mod revoke;
pub mod unlock;

use std::sync::Arc;

pub use opener::Opener;

use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::credential::Credentials;
use crate::paths::Paths;
use crate::settings::Settings;

/// What is known before a vault is open. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Files and folders.
    pub paths: Paths,
    /// Settings in force.
    pub settings: Arc<Settings>,
    /// The catalog. (The service helper may make it lazy behind `catalog()`.)
    pub catalog: Arc<Catalog>,
    /// Time.
    pub clock: Clock,
    /// Who opens authorization URLs.
    pub opener: Opener,
}

/// An open vault. Cheap to clone; the key is wiped with the last clone.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where it lies.
    pub workspace: Workspace,
}

/// What the vault held when it was last read.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The credentials.
    pub credentials: Credentials,
    /// Grows by one with every save.
    pub generation: u64,
    /// What `undo` would take back, newest last: "delete Zoho EU".
    pub undo: Vec<String>,
    /// Whether a recovery kit was made.
    pub recovery_kit: bool,
}
