//! Identifies the state of the vault's files by their metadata.

use super::disk::{self, Stamp};
use crate::paths::Paths;
use crate::problem::Problem;

/// Identifies the state of the vault without reading it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct FileStamps {
    /// Of `vault.age`.
    pub(super) vault: Stamp,
    /// Of `recent.age`, if it exists.
    pub(super) recent: Option<Stamp>,
}

impl FileStamps {
    /// The current state; `None` without a vault.
    pub(super) fn look(paths: &Paths) -> Result<Option<Self>, Problem> {
        let Some((vault, ..)) = disk::look(&paths.vault())? else { return Ok(None) };
        let recent = disk::look(&paths.recent())?.map(|(stamp, ..)| stamp);
        Ok(Some(Self { vault, recent }))
    }
}
