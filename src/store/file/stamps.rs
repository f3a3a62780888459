//! Identifies the state of the vault's files by their metadata.

use super::disk::{self, Stamp};
use crate::paths::Paths;
use crate::problem::Problem;

/// Identifies the state of the vault without reading its files.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct FileStamps {
    pub(super) vault: Stamp,
    /// `None` if there is no `recent.age`.
    pub(super) recent: Option<Stamp>,
}

impl FileStamps {
    /// Reads the current state; `None` if there is no vault.
    pub(super) fn look(paths: &Paths) -> Result<Option<Self>, Problem> {
        let Some((vault, ..)) = disk::look(&paths.vault())? else { return Ok(None) };
        let recent = disk::look(&paths.recent())?.map(|(stamp, ..)| stamp);
        Ok(Some(Self { vault, recent }))
    }
}
