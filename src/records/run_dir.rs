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

/// Above this no file of this program is read at once.
const MAX_READ: u64 = 16 << 20;

/// How often the lock is tried, and the time between: a look takes well under a millisecond.
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(10);

/// The folder.
#[derive(Clone, Debug)]
pub struct RunDir {
    folder: PathBuf,
}

/// Held while a run is under way; let go when it is dropped, or when the process dies.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunDir {
    /// Of an integration; need not be there yet.
    #[must_use]
    pub fn of(paths: &Paths, id: IntegrationId) -> Self {
        Self { folder: paths.state().join("sync").join(id.to_string()) }
    }

    /// Makes the folder, 0700 from the start.
    ///
    /// # Errors
    /// Storage.
    pub fn create(&self) -> Result<(), Problem> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(|error| failed("cannot be created", &self.folder, &error))
    }

    /// Takes the lock; `None` when a run is in progress. Readers hold it only briefly, so this waits a little.
    ///
    /// # Errors
    /// Storage.
    pub fn lock(&self) -> Result<Option<RunLock>, Problem> {
        self.create()?;
        for _ in 0..LOOKS {
            if let Some(file) = self.locked(File::try_lock)? {
                return Ok(Some(RunLock { _file: file }));
            }
            thread::sleep(LOOK);
        }
        Ok(None)
    }

    /// Whether a run is under way. Two that look do not take each other for one.
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

    /// Removes the records that were kept for the next run; the history stays.
    ///
    /// # Errors
    /// Storage.
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

    /// A whole file; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.read_end(name, MAX_READ)
    }

    /// The last bytes of a file, at most `most`; `None` where there is none.
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

    /// Replaces a whole file in one step. The folder is not synced: after a power failure a run resumes from the page before.
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
        // A leftover file is found by the next run.
        let _ = fs::remove_file(self.file(name));
    }
}

/// Opens for reading; never through a link, never a pipe.
pub(super) fn read_only(path: &Path) -> io::Result<File> {
    opened(path, OpenOptions::new().read(true))
}

/// Opens for reading and writing, 0600 where it is new; never through a link, never a pipe.
pub(super) fn open(path: &Path) -> io::Result<File> {
    opened(path, OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600))
}

fn opened(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Without the look, opening a device could do something.
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
        problem.try_this("Fix this and run it again.")
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
