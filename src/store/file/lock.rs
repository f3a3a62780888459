//! Locks between processes: `flock` on a small file that is never replaced, with a note about the holder.
//!
//! The note is one line of JSON in a block of fixed length, overwritten in place without truncation. A later format
//! and a torn write are distinguished from an empty file.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::fs::OFlags;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use super::disk::failed;
use super::location::Location;
use crate::problem::{Kind, NextStep, Problem};
use crate::store::contract::Wait;
use crate::store::error::{Holder, LockKind, StoreError};

/// After this time the user is told that the program is waiting.
const NOTICEABLE: Duration = Duration::from_secs(1);

/// Pause between two attempts to take a lock.
const POLL: Duration = Duration::from_millis(20);

/// Size of a note in bytes: one sector, so that a write is either complete or missing.
const BLOCK: usize = 512;

/// Longest program name in a note, in bytes.
const MAX_PROGRAM: usize = 80;

/// The format of the notes that are written.
const VERSION: u32 = 1;

/// A held lock, released when this is dropped or the process dies.
#[derive(Debug)]
pub(in crate::store) struct LockFile {
    file: File,
    path: PathBuf,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Note {
    v: u32,
    pid: u32,
    program: String,
    since: Timestamp,
    /// When a refresh token was sent whose response is not saved yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) spending: Option<Timestamp>,
}

/// The content of a lock file.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Content {
    /// Nothing was ever written.
    Empty,
    /// A note of this version.
    Note(Note),
    /// Anything else: a later version, or a torn write.
    Unknown,
}

impl Note {
    pub(super) fn of(at: &Location) -> Self {
        let program = at.program.chars().take(MAX_PROGRAM / 4).collect();
        Self { v: VERSION, pid: std::process::id(), program, since: at.clock.now(), spending: None }
    }

    /// The same note, with the time at which a refresh token was sent.
    pub(super) fn spending_since(&self, since: Timestamp) -> Self {
        Self { spending: Some(since), ..self.clone() }
    }

    /// The process that wrote the note, if it still runs: a note outlives its writer.
    fn holder(self) -> Option<Holder> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw)?;
        let lives = !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH));
        let program = crate::printable::printable(&self.program, MAX_PROGRAM);
        lives.then_some(Holder { pid: self.pid, program, since: self.since })
    }
}

impl LockFile {
    /// Acquires the lock, waiting at most `wait.longest`.
    ///
    /// # Errors
    /// [`StoreError::Busy`] with the holder from the note; [`StoreError::Unusable`] if locks do not work here.
    pub(super) fn acquire(path: &Path, held: LockKind, wait: &mut Wait<'_>) -> Result<Self, StoreError> {
        let begun = Instant::now();
        let mut unnoticed = true;
        loop {
            if let Some(lock) = Self::try_acquire(path)? {
                return Ok(lock);
            }
            if begun.elapsed() >= wait.longest {
                let holder = match content(path) {
                    Content::Note(note) => note.holder(),
                    Content::Empty | Content::Unknown => None,
                };
                return Err(StoreError::Busy { held, holder, waited: wait.longest, place: path.display().to_string() });
            }
            if unnoticed && begun.elapsed() >= NOTICEABLE {
                unnoticed = false;
                (wait.noticed)();
            }
            std::thread::sleep(POLL);
        }
    }

    /// Acquires the lock if it is free.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if locks do not work here.
    pub(in crate::store) fn try_acquire(path: &Path) -> Result<Option<Self>, StoreError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags((OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK).bits().cast_signed())
            .open(path)
            .map_err(|error| not_opened(path, &error))?;
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(not_a_file(path).into());
        }
        match file.try_lock() {
            // The opened file may have been deleted in the meantime; locking it would not exclude other processes.
            Ok(()) if is_still(path, &file) => Ok(Some(Self { file, path: path.to_owned() })),
            Ok(()) | Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(cannot_lock(path, &error).into()),
        }
    }

    /// Whether the path is still the locked file: a lock on a deleted file does not exclude other processes.
    pub(super) fn is_held(&self) -> bool {
        is_still(&self.path, &self.file)
    }

    /// Overwrites the note; synced if `durably`.
    pub(super) fn write(&self, note: &Note, durably: bool) -> Result<(), Problem> {
        let mut block = serde_json::to_vec(note).map_err(|_| Problem::internal("A note could not be written."))?;
        block.resize(BLOCK - 1, b' ');
        block.push(b'\n');
        let written =
            self.file.write_all_at(&block, 0).and_then(|()| if durably { self.file.sync_data() } else { Ok(()) });
        written.map_err(|error| failed("cannot record what is done, so nothing was sent", &self.path, &error))
    }

    /// The content of the file; under the lock, this is what the previous holder wrote.
    pub(super) fn content(&self) -> Content {
        let mut block = [0; BLOCK];
        match read_block(&self.file, &mut block) {
            Ok(read) => parse(block.get(..read).unwrap_or_default()),
            Err(_) => Content::Unknown,
        }
    }
}

/// The write lock of a vault, held for one save.
#[derive(Debug)]
pub(super) struct WriteLock(LockFile);

impl WriteLock {
    /// As [`LockFile::acquire`].
    ///
    /// # Errors
    /// As [`LockFile::acquire`].
    pub(super) fn acquire(at: &Location, mut wait: Wait<'_>) -> Result<Self, StoreError> {
        at.paths.complete();
        let lock = LockFile::acquire(&at.paths.lock(), LockKind::Writing, &mut wait)?;
        // A failure is ignored: the note is only used in the message of a waiting process.
        let _ = lock.write(&Note::of(at), false);
        Ok(Self(lock))
    }

    /// As [`LockFile::is_held`].
    pub(super) fn is_held(&self) -> bool {
        self.0.is_held()
    }
}

fn content(path: &Path) -> Content {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK).bits().cast_signed())
        .open(path);
    let mut block = [0; BLOCK];
    match file.and_then(|file| read_block(&file, &mut block)) {
        Ok(read) => parse(block.get(..read).unwrap_or_default()),
        Err(_) => Content::Unknown,
    }
}

fn read_block(file: &File, block: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < block.len() {
        match file.read_at(&mut block[read..], read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

fn parse(block: &[u8]) -> Content {
    if block.iter().all(|byte| matches!(byte, 0 | b' ' | b'\n')) {
        return Content::Empty;
    }
    let line = block.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match serde_json::from_slice::<Note>(line) {
        Ok(note) if note.v == VERSION => Content::Note(note),
        _ => Content::Unknown,
    }
}

fn is_still(path: &Path, file: &File) -> bool {
    let inode = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
    let held = file.metadata().as_ref().map(inode).ok();
    held.is_some() && held == fs::symlink_metadata(path).as_ref().map(inode).ok()
}

fn not_opened(path: &Path, error: &io::Error) -> Problem {
    // `O_NOFOLLOW` fails with this error for a symbolic link.
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return Problem::new(Kind::Storage, format!("{} is a symbolic link.", path.display()))
            .why("Its creator could choose what is locked and written.")
            .try_this("Remove the link and try again.");
    }
    failed("cannot be opened to lock it", path, error)
}

/// The problem with a `flock` that failed although nobody holds the lock, as on network file systems without locks.
fn cannot_lock(path: &Path, error: &io::Error) -> Problem {
    Problem::new(Kind::Storage, format!("{} cannot be locked, and nothing is written without a lock.", path.display()))
        .why(format!("The system says: {error}."))
        .try_this("Move the folder to a file system with locks, such as a local disk.")
        .step(NextStep::ChooseVaultFolder)
}

fn not_a_file(path: &Path) -> Problem {
    Problem::new(Kind::Storage, format!("{} is not a file.", path.display()))
        .why("It is a folder, pipe or device, and cannot be a lock.")
        .try_this("Remove it and try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_told_from_none_and_from_one_of_another_version() {
        assert_eq!(parse(b""), Content::Empty);
        assert_eq!(parse(&[b' '; BLOCK]), Content::Empty);
        let note = r#"{"v":1,"pid":4121,"program":"credenza token","since":"2026-11-23T10:00:00Z"}"#;
        assert!(matches!(parse(format!("{note}   \nrest").as_bytes()), Content::Note(note) if note.pid == 4121));
        assert_eq!(parse(note.replace("\"v\":1", "\"v\":2").as_bytes()), Content::Unknown);
        assert_eq!(parse(&note.as_bytes()[..30]), Content::Unknown);
    }

    #[test]
    fn a_longer_note_of_another_version_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::write(&path, "x".repeat(3 * BLOCK)).unwrap();
        let lock = LockFile::try_acquire(&path).unwrap().unwrap();
        assert_eq!(lock.content(), Content::Unknown);
        let since = Timestamp::UNIX_EPOCH;
        let note = Note { v: VERSION, pid: std::process::id(), program: "p".into(), since, spending: Some(since) };
        lock.write(&note, true).unwrap();
        assert_eq!(lock.content(), Content::Note(note));
        assert!(LockFile::try_acquire(&path).unwrap().is_none());
        fs::remove_file(&path).unwrap();
        assert!(!lock.is_held());
    }

    #[test]
    fn a_file_system_without_locks_is_named_as_the_reason() {
        let problem = cannot_lock(Path::new("/mnt/x/lock"), &io::Error::from(io::ErrorKind::Unsupported));
        assert_eq!(problem.kind, Kind::Storage);
        assert_eq!(problem.what, "/mnt/x/lock cannot be locked, and nothing is written without a lock.");
        assert!(problem.try_this.contains("a file system with locks"), "{}", problem.try_this);
    }
}
