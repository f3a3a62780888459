//! The settings, read and edited while the program runs.

use crate::engine::Workspace;
use crate::problem::Problem;
pub use crate::settings::file::{Row, SettingsFile};
pub use crate::settings::key::{Key, Takes};

/// The file as it is now.
#[must_use]
pub fn read(workspace: &Workspace) -> SettingsFile {
    SettingsFile::read(&workspace.paths)
}

/// Sets one setting, or resets it to its default (`None`). What is in force in this process stays.
///
/// # Errors
/// `Kind::Usage` for a value that the file may not have, or a broken file; `Kind::Storage`.
pub fn set(workspace: &Workspace, key: Key, value: Option<&str>) -> Result<SettingsFile, Problem> {
    SettingsFile::set(&workspace.paths, key, value)
}
