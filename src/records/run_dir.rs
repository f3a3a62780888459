//! The folder of one integration's runs in the state folder, and the lock that allows one run at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;

use crate::model::integration::IntegrationId;
use crate::paths::{NewFile, Paths};
use crate::problem::{Kind, Problem};

/// Files of this program that are larger than this are not read into memory.
const MAX_READ: u64 = 16 << 20;

/// How often taking the lock is tried. The interval is [`LOOK`]; a reader holds the lock for well under a millisecond.
const MAX_ATTEMPTS: u32 = 20;
const LOOK: Duration = Duration::from_millis(10);

/// The folder of one integration's runs.
#[derive(Clone, Debug)]
pub struct RunDir {
    folder: PathBuf,
}

/// Held during a run; released when it is dropped, or when the process dies.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunDir {
    /// The folder of an integration. It may not exist yet.
    #[must_use]
    pub fn of(paths: &Paths, id: IntegrationId) -> Self {
        Self { folder: paths.state().join("sync").join(id.to_string()) }
    }

    /// Creates the folder, with mode 0700 from the start.
    ///
    /// # Errors
    /// `Kind::Storage` if the file system reports an error.
    pub fn create(&self) -> Result<(), Problem> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(|error| failed("cannot be created", &self.folder, &error))
    }

    /// Takes the lock; `None` if a run is in progress. Retries briefly, because readers hold the lock for a moment.
    ///
    /// # Errors
    /// `Kind::Storage` if the file system reports an error.
    pub fn lock(&self) -> Result<Option<RunLock>, Problem> {
        self.create()?;
        for _ in 0..MAX_ATTEMPTS {
            if let Some(file) = self.locked(File::try_lock)? {
                return Ok(Some(RunLock { _file: file }));
            }
            thread::sleep(LOOK);
        }
        Ok(None)
    }

    /// Whether a run is in progress. Checks with a shared lock, so that two processes that check at once do not mistake
    /// each other for a run.
    #[must_use]
    pub(crate) fn is_running(&self) -> bool {
        self.folder.is_dir() && matches!(self.locked(File::try_lock_shared), Ok(None))
    }

    fn locked(&self, take: fn(&File) -> Result<(), TryLockError>) -> Result<Option<File>, Problem> {
        let path = self.file("lock");
        let file = open(&path).map_err(|error| failed("cannot be opened", &path, &error))?;
        match take(&file) {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed("cannot be locked", &path, &error)),
        }
    }

    /// Deletes the records that were kept for the next run; keeps the history.
    ///
    /// # Errors
    /// `Kind::Storage` if the file system reports an error.
    pub(crate) fn forget_records(&self) -> Result<(), Problem> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Ok(()) };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            if path.extension().is_some_and(|ending| ending == "part" || ending == "redb") {
                fs::remove_file(&path).map_err(|error| failed("cannot be removed", &path, &error))?;
            }
        }
        Ok(())
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Reads a whole file; `None` if it does not exist.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.read_end(name, MAX_READ)
    }

    /// Reads the last bytes of a file, at most `most`; `None` if it does not exist.
    pub(super) fn read_end(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Problem> {
        let path = self.file(name);
        let mut file = match read_only(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("cannot be opened", &path, &error)),
        };
        let mut bytes = Vec::new();
        let read = file.metadata().and_then(|metadata| {
            file.seek(SeekFrom::Start(metadata.len().saturating_sub(most)))?;
            file.take(most).read_to_end(&mut bytes)
        });
        read.map_err(|error| failed("cannot be read", &path, &error))?;
        Ok(Some(bytes))
    }

    /// Replaces a file atomically. The folder is not synced: after a power failure a run resumes from the page before.
    /// Only under the lock.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        let path = self.file(name);
        let write = || -> io::Result<()> {
            let mut file = NewFile::create_locked(&path)?;
            file.write_synced(bytes)?;
            file.replace(&path)
        };
        write().map_err(|error| failed("cannot be written", &path, &error))
    }

    pub(super) fn remove(&self, name: &str) {
        // A file that could not be removed is handled by the next run.
        let _ = fs::remove_file(self.file(name));
    }
}

/// Opens for reading. Never follows a link, never opens a pipe.
pub(super) fn read_only(path: &Path) -> io::Result<File> {
    opened(path, OpenOptions::new().read(true))
}

/// Opens for reading and writing; creates a missing file with mode 0600. Never follows a link, never opens a pipe.
pub(super) fn open(path: &Path) -> io::Result<File> {
    opened(path, OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600))
}

fn opened(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Checked before opening, because just opening a device can have an effect.
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(not_a_file());
    }
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = options.custom_flags(flags.bits().cast_signed()).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_a_file()) }
}

fn not_a_file() -> io::Error {
    io::Error::other("it is a link, a pipe, a folder or a device, not a regular file")
}

pub(super) fn failed(what: &str, path: &Path, error: &io::Error) -> Problem {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let problem = Problem::new(Kind::Storage, format!("{} {what}.", path.display()));
    let problem = problem.why(format!("The system says: {error}."));
    if full {
        problem.try_this("Free some space and run it again to resume where it stopped.")
    } else {
        problem.try_this("Fix the problem, then run the sync again.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_looks_is_taken_for_no_run() {
        let home = tempfile::tempdir().unwrap();
        let place = RunDir::of(&Paths::discover(Some(home.path())).unwrap(), IntegrationId::random());
        assert!(!place.is_running());
        let lock = place.lock().unwrap().unwrap();
        assert!(place.is_running() && place.lock().unwrap().is_none());
        drop(lock);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!((0..2_000).all(|_| !place.is_running())));
            }
        });
        assert!(place.lock().unwrap().is_some());
    }
}
