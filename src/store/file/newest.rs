//! `newest.age` in the state folder: a copy of the newest `vault.age` this machine has seen.
//!
//! A backup is made when the next save replaces a file; a file that something else writes over has none. This copy is
//! what is left of it, with `recent-newest.age` for a `recent.age`. They count only with the hashes that `seen.json` names,
//! so a torn one is none.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::digest::hex_sha256;
use super::seen::Seen;
use super::{backup, disk, recent};
use crate::paths::Paths;
use crate::problem::Problem;

pub(super) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("newest.age")
}

/// Replaces it. Not synced: the vault is, and a crash of the machine costs the copy only.
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

/// Whether it is what was seen.
pub(super) fn is_there(paths: &Paths, seen: &Seen) -> bool {
    let is = |path: &Path, hash: &str| disk::read(path).is_ok_and(|(bytes, _)| hex_sha256(&bytes) == hash);
    let copy = path(paths);
    let has_recent = |hash: &String| is(&recent::path(&copy), hash);
    seen.generation > 0 && is(&copy, &seen.hash) && seen.recent.as_ref().is_none_or(has_recent)
}

/// Puts it among the backups, before another file than its successor takes its place.
///
/// # Errors
/// Storage: then nothing may take its place.
pub(super) fn keep(paths: &Paths, seen: &Seen, now: Timestamp) -> Result<(), Problem> {
    if is_there(paths, seen) {
        let (bytes, _) = disk::read(&path(paths))?;
        let recent = recent::path(&path(paths));
        let recent = seen.recent.as_ref().map(|_| disk::read(&recent)).transpose()?.map(|(bytes, _)| bytes);
        backup::keep(&paths.backups(), seen.generation, now, &bytes, recent.as_deref())?;
    }
    Ok(())
}

/// The newest generation that is kept, here or among the backups, as far as can be told without opening one.
pub(super) fn newest_kept(paths: &Paths) -> Option<u64> {
    let seen = Seen::of_any(paths).filter(|seen| is_there(paths, seen)).map(|seen| seen.generation);
    let backup = backup::kept(&paths.backups()).pop().map(|(number, _)| number);
    seen.into_iter().chain(backup).max()
}
