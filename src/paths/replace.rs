//! Writes files atomically: a new file in the folder of the destination is renamed over it, so that readers see the old
//! content or the new, never a part of it, and never a file of another user.
//!
//! After a failed sync the new file is discarded: the kernel may have dropped the pages that it could not write, so a
//! second sync would prove nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use super::create_private;

/// Prefix of the names of new files. Not `.new-`: the vault removes files with that prefix that dead processes left,
/// while it holds its lock, and these files are written without the lock.
const PREFIX: &str = ".tmp-";

/// A file of mode 0600 that does not have its final name yet. Removed when it is dropped.
pub(crate) struct NewFile(NamedTempFile);

impl NewFile {
    /// An empty file in `folder`. Its name consists of `prefix` and random letters.
    pub(crate) fn create(folder: &Path, prefix: &str) -> io::Result<Self> {
        // tempfile creates it with O_EXCL and mode 0600; because the name is random, no link can be waiting under it.
        Builder::new().prefix(prefix).tempfile_in(folder).map(Self)
    }

    /// An empty file in the folder of `path`, always with the same name, so that killed processes leave at most one
    /// such file. Only for the holder of a lock, because an existing file is removed.
    pub(crate) fn create_locked(path: &Path) -> io::Result<Self> {
        let name = format!(".new-{}", path.file_name().unwrap_or_default().to_string_lossy());
        let folder = folder_of(path);
        match fs::remove_file(folder.join(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Builder::new().prefix(&name).rand_bytes(0).tempfile_in(folder).map(Self)
    }

    pub(crate) fn file(&self) -> &File {
        self.0.as_file()
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// Writes and syncs. On return the content survives a power failure, once the file is renamed and the folder is
    /// synced.
    pub(crate) fn write_synced(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes)?;
        self.file().sync_all()
    }

    /// Gives the file its final name, and replaces the file that has it.
    pub(crate) fn replace(self, path: &Path) -> io::Result<()> {
        self.0.persist(path).map(drop).map_err(|error| error.error)
    }

    /// Gives the file its final name, or fails with `AlreadyExists`.
    pub(crate) fn take_free_name(self, path: &Path) -> io::Result<()> {
        self.0.persist_noclobber(path).map(drop).map_err(|error| error.error)
    }
}

/// Replaces the file durably: on return, the new content survives a power failure. Creates the folder if needed.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_private(folder_of(path))?;
    let mut file = NewFile::create(folder_of(path), PREFIX)?;
    file.write_synced(bytes)?;
    file.replace(path)?;
    sync_folder(folder_of(path))
}

/// As [`replace_file`]. The new file has the mode of the one it replaces.
pub(crate) fn replace_file_keeping_mode(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_private(folder_of(path))?;
    let mut file = NewFile::create(folder_of(path), PREFIX)?;
    file.write_synced(bytes)?;
    if let Ok(metadata) = fs::metadata(path) {
        file.file().set_permissions(metadata.permissions())?;
    }
    file.replace(path)?;
    sync_folder(folder_of(path))
}

/// Replaces a file that can be recreated, such as a cache: not synced.
pub(crate) fn replace_cache(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NewFile::create(folder_of(path), PREFIX)?;
    file.write(bytes)?;
    file.replace(path)
}

/// Creates a file of mode 0600, or fails with `AlreadyExists`.
fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes and syncs a file that must not exist yet. Not atomic: giving a finished file its name only if the name is
/// free needs hard links, which the file systems of USB sticks do not have.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_new_by(path, |mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    })
}

/// As [`write_new`], by a function that must also sync the file. If it fails, the incomplete file is removed: it would
/// be taken for a complete one.
pub(crate) fn write_new_by(path: &Path, write: impl FnOnce(File) -> io::Result<()>) -> io::Result<()> {
    let written = write(create_new(path)?);
    if written.is_err() {
        // The error of the write matters more.
        let _ = fs::remove_file(path);
    }
    written
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("/"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_replaced_file_is_private_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file");
        replace_file(&path, b"one").unwrap();
        replace_cache(&path, b"two").unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"two".to_vec(), 0o600));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        replace_file_keeping_mode(&path, b"three").unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"three".to_vec(), 0o640));
        assert_eq!(names(path.parent().unwrap()), ["file"]);
    }

    #[test]
    fn a_failed_replacement_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::create_dir(&path).unwrap();
        replace_file(&path, b"one").unwrap_err();
        replace_cache(&path, b"one").unwrap_err();
        assert_eq!(names(folder.path()), ["file"]);
        assert!(path.is_dir());
    }

    #[test]
    fn the_file_of_a_killed_process_is_replaced_and_a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("file"), folder.path().join("victim"));
        fs::write(&victim, "untouched").unwrap();
        symlink(&victim, folder.path().join(".new-file")).unwrap();
        let mut file = NewFile::create_locked(&path).unwrap();
        file.write_synced(b"one").unwrap();
        assert_eq!(names(folder.path()), [".new-file", "victim"]);
        file.replace(&path).unwrap();
        assert_eq!(names(folder.path()), ["file", "victim"]);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    }

    #[test]
    fn a_name_that_is_taken_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_new(&path, b"one").unwrap();
        let taken = io::ErrorKind::AlreadyExists;
        assert_eq!(write_new(&path, b"two").unwrap_err().kind(), taken);
        let mut file = NewFile::create(folder.path(), ".new-").unwrap();
        file.write(b"three").unwrap();
        assert_eq!(file.take_free_name(&path).unwrap_err().kind(), taken);
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"one".to_vec(), vec!["file".to_owned()]));
    }

    #[test]
    fn a_new_file_that_cannot_be_written_whole_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let half = |mut file: File| file.write_all(b"half").and(Err(full));
        let error = write_new_by(&folder.path().join("file"), half).unwrap_err();
        assert_eq!((error.kind(), names(folder.path())), (io::ErrorKind::StorageFull, Vec::new()));
    }
}
