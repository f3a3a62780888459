//! Writes records to the folder that the user chose: a new file in the same folder is synced and renamed over the old
//! one. Never follows a link.

use std::fs::{DirBuilder, File};
use std::io::{self, BufRead, BufWriter, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use super::csv_file;
pub use super::csv_file::Columns;
use super::run_dir::failed;
use crate::model::integration::Format;
use crate::problem::{Kind, Problem};

/// An output folder that is held open: even if its path is replaced, files are written to this folder and nowhere else.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    folder: OwnedFd,
    /// Whether every user of the machine could replace the files that are written.
    is_open_to_all: bool,
}

impl Output {
    /// Opens the folder, or creates it with mode 0700.
    ///
    /// # Errors
    /// `Kind::Usage` for a path that is not absolute, `Kind::Refused` for a link, `Kind::Storage` if it cannot be
    /// created or opened.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        if !path.is_absolute() {
            return Err(Problem::new(Kind::Usage, format!("{} is not an absolute path.", path.display()))
                .try_this("Use an absolute path such as /srv/inventory."));
        }
        // Checked before the folder is created, because a dangling link is a link, too. A link that is created after
        // this check is not followed below.
        if std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(Problem::new(Kind::Refused, format!("{} is a symbolic link.", path.display()))
                .why("Records are not written through a link, because its target can change.")
                .try_this("Use the folder that the link points to."));
        }
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| failed("cannot be created", path, &error))?;
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
        let folder = rustix::fs::open(path, flags, Mode::empty());
        let folder = folder.map_err(|error| failed("cannot be opened", path, &error.into()))?;
        let bits =
            rustix::fs::fstat(&folder).map_err(|error| failed("cannot be examined", path, &error.into()))?.st_mode;
        // In a sticky folder such as /tmp, other users cannot remove or replace the file.
        let is_open_to_all = bits & 0o002 != 0 && bits & 0o1000 == 0;
        Ok(Self { path: path.to_owned(), folder, is_open_to_all })
    }

    /// A warning about the permissions of the folder, if there is one.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let path = self.path.display();
        self.is_open_to_all.then(|| format!("All users of this machine can write to {path}: chmod o-w \"{path}\""))
    }

    /// Writes the lines to the file `name`, replacing an existing one. Returns its path.
    ///
    /// # Errors
    /// `Kind::Refused` if a link has this name, `Kind::Storage` if writing fails; an existing file is then unchanged.
    pub fn write(
        &self,
        name: &str,
        lines: impl Fn() -> Result<io::BufReader<io::Take<File>>, Problem>,
        format: Format,
        columns: &Columns,
    ) -> Result<PathBuf, Problem> {
        let path = self.path.join(name);
        self.refuse_other_than_file(name)?;
        let new = format!(".new-{name}");
        // Left over from a run that was killed: no other process can be writing it, because the run lock is held.
        let _ = rustix::fs::unlinkat(&self.folder, &new, AtFlags::empty());
        let written = self.write_new(&new, lines, format, columns, &path);
        let done = written.and_then(|()| {
            self.refuse_other_than_file(name)?;
            rustix::fs::renameat(&self.folder, &new, &self.folder, name)
                .and_then(|()| rustix::fs::fsync(&self.folder))
                .map_err(|error| failed("cannot be replaced", &path, &error.into()))
        });
        if done.is_err() {
            let _ = rustix::fs::unlinkat(&self.folder, &new, AtFlags::empty());
        }
        done.map(|()| path)
    }

    fn write_new(
        &self,
        new: &str,
        lines: impl Fn() -> Result<io::BufReader<io::Take<File>>, Problem>,
        format: Format,
        columns: &Columns,
        path: &Path,
    ) -> Result<(), Problem> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::WRONLY;
        let file = rustix::fs::openat(self.folder.as_fd(), new, flags, Mode::RUSR | Mode::WUSR);
        let file = File::from(file.map_err(|error| failed("cannot be written", path, &error.into()))?);
        let mut out = BufWriter::with_capacity(256 << 10, file);
        copy(lines()?, &mut out, format, columns, path)?;
        let synced = out.flush().and_then(|()| out.get_ref().sync_all());
        synced.map_err(|error| failed("cannot be written", path, &error))
    }

    fn refuse_other_than_file(&self, name: &str) -> Result<(), Problem> {
        let path = self.path.join(name);
        match rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) if FileType::from_raw_mode(found.st_mode) == FileType::RegularFile => Ok(()),
            Err(rustix::io::Errno::NOENT) => Ok(()),
            Ok(_) => Err(Problem::new(Kind::Refused, format!("{} is not a regular file.", path.display()))
                .why("It is a symbolic link, a folder or a device, which is never overwritten.")
                .try_this("Move it away and run it again.")),
            Err(error) => Err(failed("cannot be examined", &path, &error.into())),
        }
    }
}

/// Writes lines in a format; `path` is only for the error message.
///
/// # Errors
/// `Kind::Storage` if the file system reports an error.
pub fn copy(
    mut lines: impl BufRead,
    out: &mut impl Write,
    format: Format,
    columns: &Columns,
    path: &Path,
) -> Result<(), Problem> {
    let copied = match format {
        Format::Ndjson => io::copy(&mut lines, out).map(drop),
        Format::Csv => csv_file::write(lines, out, columns),
    };
    copied.map_err(|error| failed("cannot be written", path, &error))
}
