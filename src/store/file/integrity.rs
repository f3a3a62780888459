//! Whether `vault.age` is the file that was seen last, without opening it.

use super::digest::hex_sha256;
use super::document::file_name;
use super::seen::Seen;
use super::{backup, disk, key, newest};
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::store::error::StoreError;

/// Compares `vault.age` with the hash in `seen.json`; good where either is missing.
///
/// # Errors
/// `Kind::Storage` if it is another file, `Kind::RolledBack` if it is one of the backups. A file that another machine
/// saved is told as well, until it is opened here.
pub(in crate::store) fn examine(paths: &Paths) -> Result<(), Problem> {
    let Some(seen) = Seen::of_any(paths) else { return Ok(()) };
    let path = paths.vault();
    if disk::look(&path)?.is_none() {
        return Ok(());
    }
    let (bytes, _) = disk::read(&path)?;
    if hex_sha256(&bytes) == seen.hash {
        return Ok(());
    }
    let is_same = |file: &std::path::Path| disk::read(file).is_ok_and(|(there, _)| there == bytes);
    if let Some((found, _)) = backup::kept(&paths.backups()).into_iter().find(|(_, file)| is_same(file)) {
        let kept = newest::is_there(paths, &seen);
        return Err(StoreError::RolledBack { found, seen: seen.generation, kept }.into());
    }
    if !key::is_sealed(&bytes) {
        return Err(StoreError::Damaged { file: file_name(&path), way_back: newest::newest_kept(paths) }.into());
    }
    let what = format!("vault.age is not the file last seen here (version {}).", seen.generation);
    Err(Problem::new(Kind::Storage, what)
        .why("It is damaged, older, forged or from another copy; or another machine saved a newer one.")
        .step(NextStep::InspectVault))
}
