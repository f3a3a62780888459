//! The highest generation this machine has seen: state beside the vault, without secrets.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::hex_sha256;
use super::disk;
use super::document::Head;
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
    /// Hex SHA-256 of the `recent.age` beside it, where that is a part of the generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recent: Option<String>,
    /// What tells the generation from every other, see `document.rs`; absent where it is the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    /// Marks of versions before leases: refresh tokens that were being spent. Moved to the lease (`lease.rs`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pending: Vec<OlderMark>,
}

/// A refresh token went out and its answer was not saved (yet).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct OlderMark {
    pub(super) id: CredentialId,
    pub(super) since: Timestamp,
}

impl Seen {
    /// What was seen; nothing for an absent or unreadable file, which only costs the protection it gives.
    pub(super) fn read(paths: &Paths, vault_id: &str) -> Self {
        let seen = Self::of_any(paths);
        seen.filter(|seen| seen.vault_id == vault_id)
            .unwrap_or_else(|| Self { vault_id: vault_id.to_owned(), ..Self::default() })
    }

    /// That this generation was seen; `sealed` are the bytes of `vault.age`, `recent` those of `recent.age`.
    pub(super) fn of(head: &Head, sealed: &[u8], recent: Option<&[u8]>, pending: Vec<OlderMark>) -> Self {
        let (vault_id, generation) = (head.vault_id.clone(), head.generation);
        let (hash, recent) = (hex_sha256(sealed), recent.map(hex_sha256));
        Self { vault_id, generation, hash, recent, mark: head.nonce.clone(), pending }
    }

    /// The next generation, whose `vault.age` is the same: only `recent.age` was written.
    pub(super) fn followed_by(self, head: &Head, recent: &[u8]) -> Self {
        Self { generation: head.generation, recent: Some(hex_sha256(recent)), mark: head.nonce.clone(), ..self }
    }

    /// Whether it is this place among the generations.
    pub(super) fn is_at(&self, generation: u64, mark: &str) -> bool {
        self.generation == generation && self.mark() == mark
    }

    /// What tells the file from every other.
    pub(super) fn mark(&self) -> &str {
        self.mark.as_deref().unwrap_or(&self.hash)
    }

    /// Unchanged, of whatever vault; for a look without the key.
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
