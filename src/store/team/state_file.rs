//! Small JSON files in the state folder with what this machine remembers about a team's store, without secrets.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::store::file::disk;

/// The contents of the file; `None` if it is missing or cannot be parsed.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&disk::read_small(path)?).ok()
}

/// Replaces the file.
///
/// # Errors
/// `Kind::Storage`.
pub(super) fn write(path: &Path, value: &impl Serialize) -> Result<(), Problem> {
    let json = serde_json::to_vec(value).map_err(|_| Problem::internal("A state file could not be written."))?;
    disk::replace(path, &json, None).map(drop)
}
