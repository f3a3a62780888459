//! The folder of a socket that serves one command: `run-XXXXXX` next to the agent's, removed when the command ends.
//!
//! Its owner holds a lock (flock) on the folder itself, so that folders left by killed processes can be recognized and
//! removed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::paths::Paths;
use crate::problem::{Kind, Problem};

const PREFIX: &str = "run-";
const SOCKET: &str = "agent.sock";

/// Attempts to create a folder: another process may remove a new one as stale before it is locked.
const MAX_ATTEMPTS: usize = 16;

/// A folder in use, removed when this is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// Creates a folder at a random path.
    pub(super) fn make(paths: &Paths) -> Result<Self, Problem> {
        let failed = |error: io::Error| {
            Problem::new(Kind::Storage, format!("Could not create a folder in {}.", paths.runtime().display()))
                .why(format!("The system says: {error}."))
        };
        for _ in 0..MAX_ATTEMPTS {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(paths.runtime()).map_err(failed)?;
            let Ok(lock) = File::open(folder.path()) else { continue };
            // Without flock support, no process removes folders either.
            if !matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)) && is_there(&lock, folder.path()) {
                return Ok(Self { folder, _lock: lock });
            }
        }
        Err(failed(io::ErrorKind::AlreadyExists.into()))
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join(SOCKET)
    }
}

/// Whether the path still names the locked folder.
fn is_there(lock: &File, path: &Path) -> bool {
    let identity = |metadata: io::Result<fs::Metadata>| metadata.map(|one| (one.dev(), one.ino())).ok();
    let locked = identity(lock.metadata());
    locked.is_some() && locked == identity(fs::symlink_metadata(path))
}

/// Removes folders whose owner has died. A folder that cannot be removed is tried again on the next call.
pub(super) fn sweep(paths: &Paths) {
    let Ok(entries) = fs::read_dir(paths.runtime()) else { return };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let _ = remove_left(&entry.path());
        }
    }
}

fn remove_left(folder: &Path) -> io::Result<()> {
    let lock = File::open(folder)?;
    let socket = folder.join(SOCKET);
    // A version of the program that does not lock its folders may be listening there.
    if lock.try_lock().is_err() || !is_there(&lock, folder) || !nobody_listens(&socket) {
        return Ok(());
    }
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        // Fails if the folder contains anything else.
        _ => fs::remove_dir(folder),
    }
}

/// Whether connections are refused. A full queue means that there is a listener.
fn nobody_listens(socket: &Path) -> bool {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
    let connected = || {
        let stream = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&stream, rustix::io::FdFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&stream, true)?;
        rustix::net::connect(&stream, &SocketAddrUnix::new(socket)?)
    };
    matches!(connected(), Err(rustix::io::Errno::CONNREFUSED | rustix::io::Errno::NOENT))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn home() -> (TempDir, Paths) {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        paths.create_runtime().unwrap();
        (folder, paths)
    }

    fn left(paths: &Paths, name: &str) -> PathBuf {
        let folder = paths.runtime().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let (_home, paths) = home();
        fs::remove_dir_all(paths.runtime()).unwrap();
        let problem = Folder::make(&paths).map(drop).unwrap_err();
        assert_eq!(problem.kind, Kind::Storage);
        assert_eq!(problem.what, format!("Could not create a folder in {}.", paths.runtime().display()));
    }

    #[test]
    fn what_a_killed_owner_left_is_swept_and_what_is_in_use_never() {
        let (_home, paths) = home();
        let locked = Folder::make(&paths).unwrap();
        let empty = left(&paths, "run-empty1");
        let dead = left(&paths, "run-dead22");
        drop(UnixListener::bind(dead.join(SOCKET)).unwrap());
        // Created by a version without locks.
        let alive = left(&paths, "run-alive3");
        let _listener = UnixListener::bind(alive.join(SOCKET)).unwrap();
        let strange = left(&paths, "run-other4");
        fs::write(strange.join("letter"), "kept").unwrap();
        let another = left(&paths, "runner");
        sweep(&paths);
        assert!(!empty.exists() && !dead.exists(), "their owners are gone");
        assert!(locked.folder.path().exists() && alive.exists(), "in use");
        assert!(strange.join("letter").exists() && another.exists(), "none of ours");
        let path = locked.folder.path().to_owned();
        drop(locked);
        assert!(!path.exists());
    }

    #[test]
    fn a_new_folder_is_never_swept_before_it_is_locked() {
        let (_home, paths) = home();
        let ended = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                    sweep(&paths);
                }
            });
            for _ in 0..300 {
                let folder = Folder::make(&paths).unwrap();
                UnixListener::bind(folder.socket()).unwrap();
                assert!(folder.socket().exists());
            }
            ended.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }
}
