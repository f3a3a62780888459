//! Which state the vault's files are in.

use super::disk::{self, Stamp};
use crate::paths::Paths;
use crate::problem::Problem;

/// What tells one state of the vault from another without reading it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Stamps {
    /// Of `vault.age`.
    pub(super) vault: Stamp,
    /// Of `recent.age`, where there is one.
    pub(super) recent: Option<Stamp>,
}

impl Stamps {
    /// As it is now; `None` without a vault.
    pub(super) fn look(paths: &Paths) -> Result<Option<Self>, Problem> {
        let Some((vault, ..)) = disk::look(&paths.vault())? else { return Ok(None) };
        let recent = disk::look(&paths.recent())?.map(|(stamp, ..)| stamp);
        Ok(Some(Self { vault, recent }))
    }
}
