//! `newest.age` in the state folder: a copy of the newest `vault.age` this machine has seen.
//!
//! A backup is made when the next save replaces a file; a file that something else writes over has none. This copy is
//! what is left of it. It counts only with the hash that `seen.json` names, so a torn one is none.

use std::path::PathBuf;

use jiff::Timestamp;

use super::digest::hex_sha256;
use super::seen::Seen;
use super::{backup, disk};
use crate::paths::Paths;
use crate::problem::Problem;

pub(super) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("newest.age")
}

/// Replaces it. Not synced: `vault.age` is, and a crash of the machine costs the copy only.
pub(super) fn write(paths: &Paths, sealed: &[u8]) {
    disk::replace_unsynced(&path(paths), sealed);
}

/// Whether it is the file that was seen.
pub(super) fn is_there(paths: &Paths, seen: &Seen) -> bool {
    seen.generation > 0 && disk::read(&path(paths)).is_ok_and(|(bytes, _)| hex_sha256(&bytes) == seen.hash)
}

/// Puts it among the backups, before another file than its successor takes its place.
///
/// # Errors
/// Storage: then nothing may take its place.
pub(super) fn keep(paths: &Paths, seen: &Seen, now: Timestamp) -> Result<(), Problem> {
    if is_there(paths, seen) {
        let (bytes, _) = disk::read(&path(paths))?;
        backup::keep(&paths.backups(), seen.generation, now, &bytes)?;
    }
    Ok(())
}

/// The newest generation that is kept, here or among the backups, as far as can be told without opening one.
pub(super) fn newest_kept(paths: &Paths) -> Option<u64> {
    let seen = Seen::of_any(paths).filter(|seen| is_there(paths, seen)).map(|seen| seen.generation);
    let backup = backup::kept(&paths.backups()).pop().map(|(number, _)| number);
    seen.into_iter().chain(backup).max()
}
