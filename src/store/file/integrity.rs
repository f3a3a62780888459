//! Checks, without a key, that the vault's files are those that were last seen.

use super::document::file_name;
use super::high_water_mark::Seen;
use super::{backup, disk, key, newest};
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::store::digest::hex_sha256;
use crate::store::error::StoreError;

/// Compares `vault.age`, and the `recent.age` that belongs to it, with the hashes in `seen.json`. Passes if there is
/// no vault or no state.
///
/// # Errors
/// `Kind::Storage` if one of them is a different file, `Kind::RolledBack` if `vault.age` is one of the backups. A file
/// saved by another machine is also reported, until it is opened here.
pub(in crate::store) fn examine(paths: &Paths) -> Result<(), Problem> {
    let Some(seen) = Seen::of_any(paths) else { return Ok(()) };
    let path = paths.vault();
    if disk::look(&path)?.is_none() {
        return Ok(());
    }
    let (bytes, _) = disk::read(&path)?;
    if hex_sha256(&bytes) == seen.hash {
        return examine_recent(paths, &seen);
    }
    let is_same = |file: &std::path::Path| disk::read(file).is_ok_and(|(there, _)| there == bytes);
    if let Some((found, _)) = backup::kept(&paths.backups()).into_iter().find(|(_, file)| is_same(file)) {
        let kept = newest::is_there(paths, &seen);
        return Err(StoreError::RolledBack { found, seen: seen.generation, kept }.into());
    }
    if !key::is_sealed(&bytes) {
        return Err(StoreError::Damaged { file: file_name(&path), way_back: newest::newest_kept(paths) }.into());
    }
    Err(not_as_seen("vault.age", &seen))
}

/// Without the `recent.age` that was seen, the vault is an older version.
fn examine_recent(paths: &Paths, seen: &Seen) -> Result<(), Problem> {
    let Some(hash) = &seen.recent else { return Ok(()) };
    let path = paths.recent();
    if disk::look(&path)?.is_none() {
        return Err(not_as_seen("recent.age", seen));
    }
    let (bytes, _) = disk::read(&path)?;
    if hex_sha256(&bytes) == *hash {
        return Ok(());
    }
    if key::is_sealed(&bytes) {
        return Err(not_as_seen("recent.age", seen));
    }
    Err(StoreError::Damaged { file: file_name(&path), way_back: newest::newest_kept(paths) }.into())
}

fn not_as_seen(file: &str, seen: &Seen) -> Problem {
    let what = format!("{file} is not the file last seen here (version {}).", seen.generation);
    Problem::new(Kind::Storage, what)
        .why("It is missing, damaged, older, forged or from another copy; or another machine saved a newer one.")
        .step(NextStep::InspectVault)
}
