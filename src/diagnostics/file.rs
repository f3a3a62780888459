//! The files of the diagnostic log: the one that lines are appended to, and two older ones. None is larger than
//! [`MOST`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::clock::Clock;
use crate::paths::{create_private, read_bounded};

/// Largest file, in bytes.
const MOST: u64 = 512 * 1024;

/// Names of the files, newest first.
const NAMES: [&str; 3] = ["diagnostics.log", "diagnostics.log.1", "diagnostics.log.2"];

/// The file that lines are appended to. Opened by the first line, so that a process that logs nothing creates no file.
#[derive(Debug)]
pub(crate) struct LogFile {
    folder: PathBuf,
    file: Option<File>,
    clock: Clock,
}

impl LogFile {
    #[must_use]
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), file: None, clock: Clock::system() }
    }

    /// Appends a line. Errors are ignored, because nothing depends on this log.
    pub(crate) fn write(&mut self, line: &str) {
        let _ = self.append(line);
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        let now = self.clock.now();
        let line = format!("{} {} {line}\n", now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"), std::process::id());
        self.rotate(line.len() as u64)?;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.folder)?),
        };
        // In one write, because other processes append, too.
        file.write_all(line.as_bytes())
    }

    /// Renames a full file. Only one process does it; the others notice by the size that it was done.
    fn rotate(&mut self, more: u64) -> io::Result<()> {
        let newest = self.folder.join(NAMES[0]);
        let is_full = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.len() + more > MOST);
        if !is_full(&newest) {
            return Ok(());
        }
        let lock = options().open(self.folder.join("diagnostics.lock"))?;
        if lock.try_lock().is_ok() && is_full(&newest) {
            for pair in NAMES.windows(2).rev() {
                let moved = fs::rename(self.folder.join(pair[0]), self.folder.join(pair[1]));
                moved.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
            }
        }
        self.file = None;
        Ok(())
    }
}

/// The existing files of the log, newest first: name and content.
#[must_use]
pub(crate) fn files(folder: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let read = |name| read_bounded(&folder.join(name), 2 * MOST).ok().map(|bytes| (name, bytes));
    NAMES.into_iter().filter_map(read).collect()
}

/// Options that refuse a symbolic link, because its target would be written to.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.create(true).append(true).mode(0o600).custom_flags(flags.bits().cast_signed());
    options
}

fn open(folder: &Path) -> io::Result<File> {
    create_private(folder)?;
    options().open(folder.join(NAMES[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_bounded_and_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("state");
        let mut log = LogFile::new(&folder);
        let line = "x".repeat(10_000);
        for _ in 0..200 {
            log.write(&line);
        }
        let found = files(&folder);
        assert_eq!(found.iter().map(|(name, _)| *name).collect::<Vec<_>>(), NAMES);
        assert!(found.iter().all(|(_, bytes)| bytes.len() as u64 <= MOST && bytes.ends_with(b"x\n")));
        assert_eq!(fs::metadata(folder.join(NAMES[0])).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_link_in_place_of_the_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "").unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(NAMES[0])).unwrap();
        LogFile::new(folder.path()).write("a line");
        assert_eq!(fs::read(&elsewhere).unwrap(), b"");
    }
}
