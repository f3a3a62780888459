//! The highest version this machine has seen, to detect a rollback. It contains no secret.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::disk;
use super::document::Head;
use crate::model::credential::CredentialId;
use crate::paths::Paths;
use crate::problem::Problem;
use crate::store::digest::hex_sha256;

/// `seen.json` in the state folder.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Seen {
    #[serde(default)]
    pub(super) vault_id: String,
    #[serde(default)]
    pub(super) generation: u64,
    /// Hex SHA-256 of that version's `vault.age`.
    #[serde(default)]
    pub(super) hash: String,
    /// Hex SHA-256 of its `recent.age`, if that is part of the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recent: Option<String>,
    /// Identifies the version, see `document.rs`; absent if it equals the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    /// Refresh tokens that were being spent, as marked by programs without leases. Moved to the lease (`lease.rs`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pending: Vec<OlderMark>,
}

/// A pending refresh, as versions before the leases recorded it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct OlderMark {
    pub(super) id: CredentialId,
    pub(super) since: Timestamp,
}

impl Seen {
    /// Reads the stored high-water mark. Empty if the file is absent or unreadable, which only disables the rollback
    /// check.
    pub(super) fn read(paths: &Paths, vault_id: &str) -> Self {
        let seen = Self::of_any(paths);
        seen.filter(|seen| seen.vault_id == vault_id)
            .unwrap_or_else(|| Self { vault_id: vault_id.to_owned(), ..Self::default() })
    }

    /// The high-water mark of a version; `sealed` is the content of `vault.age`, `recent` that of `recent.age`.
    pub(super) fn of(head: &Head, sealed: &[u8], recent: Option<&[u8]>, pending: Vec<OlderMark>) -> Self {
        let (vault_id, generation) = (head.vault_id.clone(), head.generation);
        let (hash, recent) = (hex_sha256(sealed), recent.map(hex_sha256));
        Self { vault_id, generation, hash, recent, mark: head.nonce.clone(), pending }
    }

    /// The high-water mark of the next version, if only `recent.age` was written.
    pub(super) fn followed_by(self, head: &Head, recent: &[u8]) -> Self {
        Self { generation: head.generation, recent: Some(hex_sha256(recent)), mark: head.nonce.clone(), ..self }
    }

    /// Whether this is the high-water mark of that version.
    pub(super) fn is_at(&self, generation: u64, mark: &str) -> bool {
        self.generation == generation && self.mark() == mark
    }

    /// The mark that identifies the version's file.
    pub(super) fn mark(&self) -> &str {
        self.mark.as_deref().unwrap_or(&self.hash)
    }

    /// Reads the stored high-water mark of any vault, for checks without the key.
    pub(super) fn of_any(paths: &Paths) -> Option<Self> {
        let bytes = disk::read_small(&path(paths))?;
        serde_json::from_slice(&bytes).ok().filter(|seen: &Self| seen.generation > 0)
    }

    /// Stores it durably.
    pub(super) fn write(&self, paths: &Paths) -> Result<(), Problem> {
        let json =
            serde_json::to_vec(self).map_err(|_| Problem::internal("The state could not be written as JSON."))?;
        disk::replace(&path(paths), &json, None).map(|_| ())
    }
}

fn path(paths: &Paths) -> PathBuf {
    paths.state().join("seen.json")
}
