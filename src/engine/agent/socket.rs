//! The agent's socket in a private folder, with a lock that allows only one agent.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::private_folder;
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};

/// Longest path of a socket in bytes, without the NUL (`sun_path`, unix(7)).
const MAX_PATH: usize = 107;

/// Longest time between the removal of an agent's socket and the release of its lock.
const GIVES_BACK_WITHIN: Duration = Duration::from_secs(2);

/// The socket and its lock; both are released when this is dropped.
#[derive(Debug)]
pub struct AgentSocket {
    listener: UnixListener,
    path: PathBuf,
    /// Held while the agent runs; the lock holder may remove a stale socket.
    _lock: Option<File>,
    /// The private folder of a socket for one command, removed together with it.
    _folder: Option<private_folder::Folder>,
}

pub(super) fn socket(paths: &Paths) -> PathBuf {
    paths.runtime().join("agent.sock")
}

impl AgentSocket {
    /// Listens on a socket with mode 0600, in a folder with mode 0700.
    ///
    /// # Errors
    /// `Kind::Refused` if an agent runs already, or something else occupies the socket's path; `Kind::Storage`.
    pub fn take(paths: &Paths) -> Result<Self, Problem> {
        paths.create_runtime()?;
        private_folder::sweep(paths);
        let path = socket(paths);
        let lock = lock_after_another(&paths.runtime().join("agent.lock"), &path)?;
        clear(&path)?;
        let listener = listen(&path, paths)?;
        Ok(Self { listener, path, _lock: Some(lock), _folder: None })
    }

    /// Listens on a socket with a random path.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(crate) fn take_private(paths: &Paths) -> Result<Self, Problem> {
        paths.create_runtime()?;
        private_folder::sweep(paths);
        let folder = private_folder::Folder::make(paths)?;
        let path = folder.socket();
        let listener = listen(&path, paths)?;
        Ok(Self { listener, path, _lock: None, _folder: Some(folder) })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the socket file still exists, so that clients can connect.
    pub(super) fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok()
    }

    /// The listener, registered with the async runtime.
    pub(super) fn watched(&self) -> Result<tokio::net::UnixListener, Problem> {
        let listener = self.listener.try_clone().map_err(|error| {
            Problem::new(Kind::Storage, format!("Could not listen at {}.", self.path.display()))
                .why(format!("The system says: {error}."))
        })?;
        tokio::net::UnixListener::from_std(listener)
            .map_err(|_| Problem::internal("The agent's socket could not be watched."))
    }
}

impl Drop for AgentSocket {
    fn drop(&mut self) {
        // The lock guarantees that no other agent listens there.
        let _ = fs::remove_file(&self.path);
    }
}

fn listen(path: &Path, paths: &Paths) -> Result<UnixListener, Problem> {
    if path.as_os_str().len() > MAX_PATH {
        let problem = Problem::new(Kind::Usage, "The path of the agent's socket is too long.")
            .why(format!("{} has more than {MAX_PATH} bytes, the limit of this system.", path.display()));
        return Err(if paths.is_named() {
            problem
                .try_this(
                    "The socket is in the vault's folder. Use a folder with a shorter path, or a short symbolic link \
                     to it.",
                )
                .step(NextStep::ChooseVaultFolder)
        } else {
            problem.try_this("Set XDG_RUNTIME_DIR to a folder with a shorter path.")
        });
    }
    let failed = |error: std::io::Error| {
        Problem::new(Kind::Storage, format!("Could not listen at {}.", path.display()))
            .why(format!("The system says: {error}."))
    };
    let listener = UnixListener::bind(path).map_err(failed)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// As [`lock`], but waits for an agent that has removed its socket and is about to release the lock.
fn lock_after_another(path: &Path, socket: &Path) -> Result<File, Problem> {
    let give_up = Instant::now() + GIVES_BACK_WITHIN;
    loop {
        match lock(path) {
            Err(_) if !socket.exists() && Instant::now() < give_up => std::thread::sleep(Duration::from_millis(10)),
            locked => return locked,
        }
    }
}

fn lock(path: &Path) -> Result<File, Problem> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(|error| {
            Problem::new(Kind::Storage, format!("{} cannot be opened.", path.display()))
                .why(format!("The system says: {error}."))
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Problem::new(Kind::Refused, "An agent is already running.").step(NextStep::ManageAgent)),
    }
}

/// Removes the socket of a dead agent. Keeps other files, and sockets with a listener.
fn clear(path: &Path) -> Result<(), Problem> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if !metadata.file_type().is_socket() || !ours || UnixStream::connect(path).is_ok() {
        return Err(Problem::new(Kind::Refused, format!("{} already exists.", path.display()))
            .why("It is not a stale socket of your agent.")
            .try_this("Check what it is, then move it away."));
    }
    fs::remove_file(path).map_err(|error| {
        Problem::new(Kind::Storage, format!("{} cannot be removed.", path.display()))
            .why(format!("The system says: {error}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_cannot_be_created_is_named_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let path = folder.path().join("missing/agent.sock");
        let problem = listen(&path, &paths).unwrap_err();
        assert_eq!((problem.kind, problem.what), (Kind::Storage, format!("Could not listen at {}.", path.display())));
        assert!(problem.why.starts_with("The system says: No such file"), "{}", problem.why);
    }
}
