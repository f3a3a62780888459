//! The highest generation this machine has seen: state beside the vault, without secrets.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::disk;
use crate::model::credential::CredentialId;
use crate::paths::Paths;
use crate::problem::Problem;

/// `seen.json` in the state folder.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Seen {
    #[serde(default)]
    pub(super) vault_id: String,
    #[serde(default)]
    pub(super) generation: u64,
    /// Hex SHA-256 of that generation's `vault.age`.
    #[serde(default)]
    pub(super) hash: String,
    /// Marks of versions before leases: refresh tokens that were being spent. Moved to the lease (`lease.rs`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pending: Vec<OlderMark>,
}

/// A refresh token went out and its answer was not saved (yet).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct OlderMark {
    /// Whose.
    pub(super) id: CredentialId,
    /// When it went out.
    pub(super) since: Timestamp,
}

impl Seen {
    /// What was seen; nothing for an absent or unreadable file, which only costs the protection it gives.
    pub(super) fn read(paths: &Paths, vault_id: &str) -> Self {
        let seen = Self::of_any(paths);
        seen.filter(|seen| seen.vault_id == vault_id)
            .unwrap_or_else(|| Self { vault_id: vault_id.to_owned(), ..Self::default() })
    }

    /// As it stands, of whatever vault; for a look without the key.
    pub(super) fn of_any(paths: &Paths) -> Option<Self> {
        let bytes = disk::read_small(&path(paths))?;
        serde_json::from_slice(&bytes).ok().filter(|seen: &Self| seen.generation > 0)
    }

    /// Stores it as the vault is stored.
    pub(super) fn write(&self, paths: &Paths) -> Result<(), Problem> {
        let json =
            serde_json::to_vec(self).map_err(|_| Problem::internal("The state could not be written as JSON."))?;
        disk::replace(&path(paths), &json, None).map(|_| ())
    }
}

fn path(paths: &Paths) -> PathBuf {
    paths.state().join("seen.json")
}
