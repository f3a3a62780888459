//! Reads and edits the settings while the program runs.

use crate::engine::Workspace;
use crate::problem::Problem;
pub use crate::settings::file::{Row, SettingsFile};
pub use crate::settings::key::{Key, Takes};

/// The current content of `settings.toml`.
#[must_use]
pub fn read(workspace: &Workspace) -> SettingsFile {
    SettingsFile::read(&workspace.paths)
}

/// Sets one setting, or resets it to its default (`None`). The settings of this process do not change.
///
/// # Errors
/// `Kind::Usage` for a value that is not allowed, or a broken file; `Kind::Storage`.
pub fn set(workspace: &Workspace, key: Key, value: Option<&str>) -> Result<SettingsFile, Problem> {
    SettingsFile::set(&workspace.paths, key, value)
}
