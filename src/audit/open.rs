//! Opens the log's files: regular files only, never through a link, and without ever blocking.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::problem::{Kind, Problem};

/// Why a file of the log was not opened, read or written.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something that is not a regular file has this name.
    NotAFile(PathBuf, &'static str),
    System(PathBuf, io::Error),
}

impl Failure {
    pub(super) fn is_not_a_file(&self) -> bool {
        matches!(self, Self::NotAFile(..))
    }

    /// Describes the failure; `what` says what could not be done.
    pub(super) fn problem(&self, what: &str) -> Problem {
        let problem = Problem::new(Kind::Storage, what);
        match self {
            Self::NotAFile(path, kind) => problem
                .why(format!("{} is {kind}; the log must be a regular file.", path.display()))
                .try_this("Find out who put it there, move it away, and restore the log if you have a copy."),
            Self::System(path, error) => problem
                .why(format!("{}: {error}.", path.display()))
                .try_this("Fix this first: until then, actions are not recorded in the log."),
        }
    }
}

/// Opens a file for reading; `None` if it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<File>, Failure> {
    match open(path, OpenOptions::new().read(true)) {
        Err(Failure::System(_, error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// Opens a file for reading and appending; creates it with mode 0600 if it does not exist.
pub(super) fn append(path: &Path) -> Result<File, Failure> {
    open(path, OpenOptions::new().read(true).append(true).create(true).mode(0o600))
}

/// Checks that whatever has this path, if anything, is a regular file.
pub(super) fn look(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(Failure::NotAFile(path.to_owned(), kind(found.file_type()))),
        _ => Ok(()),
    }
}

fn open(path: &Path, options: &mut OpenOptions) -> Result<File, Failure> {
    let system = |error| Failure::System(path.to_owned(), error);
    // The flags alone would only yield ELOOP or ENXIO, and opening a device can have side effects. `look` gives the
    // better message.
    look(path)?;
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = options.custom_flags(flags.bits().cast_signed()).open(path).map_err(system)?;
    let found = file.metadata().map_err(system)?.file_type();
    if found.is_file() { Ok(file) } else { Err(Failure::NotAFile(path.to_owned(), kind(found))) }
}

fn kind(of: fs::FileType) -> &'static str {
    if of.is_symlink() {
        "a symbolic link"
    } else if of.is_dir() {
        "a folder"
    } else if of.is_fifo() {
        "a named pipe"
    } else if of.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
