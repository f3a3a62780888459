//! `newest.age` in the state folder: a copy of the newest `vault.age` this machine has seen.
//!
//! A backup is made when the next save replaces a file, so the newest file has no backup; this copy survives if another
//! program overwrites the file. `recent-newest.age` is the copy of a `recent.age`. A copy is used only if `seen.json`
//! has its hash, so a torn one is ignored.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::high_water_mark::Seen;
use super::{backup, disk, recent};
use crate::paths::Paths;
use crate::problem::Problem;
use crate::store::digest::hex_sha256;

pub(super) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("newest.age")
}

/// Replaces the copy. Not synced: a crash of the machine loses only the copy.
pub(super) fn write(paths: &Paths, sealed: &[u8], recent: Option<&[u8]>) {
    disk::replace_unsynced(&path(paths), sealed);
    match recent {
        Some(recent) => write_recent(paths, recent),
        None if recent::is_absent(&recent::path(&path(paths))) => {}
        None => disk::remove(&recent::path(&path(paths))),
    }
}

/// Replaces the copy of `recent.age` only.
pub(super) fn write_recent(paths: &Paths, sealed: &[u8]) {
    disk::replace_unsynced(&recent::path(&path(paths)), sealed);
}

/// Whether the copy is the version that was seen last.
pub(super) fn is_there(paths: &Paths, seen: &Seen) -> bool {
    let is = |path: &Path, hash: &str| disk::read(path).is_ok_and(|(bytes, _)| hex_sha256(&bytes) == hash);
    let copy = path(paths);
    let has_recent = |hash: &String| is(&recent::path(&copy), hash);
    seen.generation > 0 && is(&copy, &seen.hash) && seen.recent.as_ref().is_none_or(has_recent)
}

/// Moves the copy to the backups before a file that is not its successor replaces it.
///
/// # Errors
/// `Kind::Storage`; the copy must not be replaced then.
pub(super) fn keep(paths: &Paths, seen: &Seen, now: Timestamp) -> Result<(), Problem> {
    if is_there(paths, seen) {
        let (bytes, _) = disk::read(&path(paths))?;
        let recent = recent::path(&path(paths));
        let recent = seen.recent.as_ref().map(|_| disk::read(&recent)).transpose()?.map(|(bytes, _)| bytes);
        backup::keep(&paths.backups(), seen.generation, now, &bytes, recent.as_deref())?;
    }
    Ok(())
}

/// The number of the newest copy or backup, as far as it is known without opening one.
pub(super) fn newest_kept(paths: &Paths) -> Option<u64> {
    let seen = Seen::of_any(paths).filter(|seen| is_there(paths, seen)).map(|seen| seen.generation);
    let backup = backup::kept(&paths.backups()).pop().map(|(number, _)| number);
    seen.into_iter().chain(backup).max()
}
