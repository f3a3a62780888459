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

/// How the file on disk relates to what was seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lineage {
    /// The same, or newer.
    Forward,
    /// Older than what was seen: restored from somewhere.
    RolledBack,
    /// The same generation with other content: two machines wrote.
    Forked,
}

impl Seen {
    /// What was seen; nothing for an absent or unreadable file, which only costs the protection it gives.
    pub(super) fn read(paths: &Paths, vault_id: &str) -> Self {
        let seen: Option<Self> = disk::read_small(&path(paths)).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        seen.filter(|seen| seen.vault_id == vault_id)
            .unwrap_or_else(|| Self { vault_id: vault_id.to_owned(), ..Self::default() })
    }

    /// Stores it as the vault is stored.
    pub(super) fn write(&self, paths: &Paths) -> Result<(), Problem> {
        let json =
            serde_json::to_vec(self).map_err(|_| Problem::internal("The state could not be written as JSON."))?;
        disk::replace(&path(paths), &json, None).map(|_| ())
    }

    pub(super) fn lineage(&self, generation: u64, hash: &str, parent: Option<&str>) -> Lineage {
        if generation < self.generation {
            Lineage::RolledBack
        } else if (generation == self.generation && hash != self.hash)
            || (generation == self.generation + 1 && self.generation > 0 && parent != Some(self.hash.as_str()))
        {
            Lineage::Forked
        } else {
            Lineage::Forward
        }
    }
}

fn path(paths: &Paths) -> PathBuf {
    paths.state().join("seen.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vf_17_a_lower_generation_is_a_rollback_and_other_content_a_fork() {
        let seen = Seen { generation: 5, hash: "five".to_owned(), ..Seen::default() };
        assert_eq!(seen.lineage(5, "five", Some("four")), Lineage::Forward);
        assert_eq!(seen.lineage(3, "three", Some("two")), Lineage::RolledBack);
        assert_eq!(seen.lineage(5, "other", Some("four")), Lineage::Forked);
        assert_eq!(seen.lineage(6, "six", Some("five")), Lineage::Forward);
        assert_eq!(seen.lineage(6, "six", Some("other")), Lineage::Forked);
        // Saves of another machine that we did not see are no fork by themselves.
        assert_eq!(seen.lineage(9, "nine", Some("eight")), Lineage::Forward);
        assert_eq!(Seen::default().lineage(1, "one", None), Lineage::Forward);
    }
}
