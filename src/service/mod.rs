//! What one can do, without printing and drawing: used by the command line and the TUI alike. SKELETON (owner: service helper).

pub mod access_token;
pub mod authenticate;
pub mod browser;
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
use crate::paths::Paths;
use crate::settings::Settings;
pub use crate::vault::Snapshot;

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
