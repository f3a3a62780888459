//! Reads and replaces the vault's files without ever truncating one in place.
//!
//! A replacement creates a new file beside the old one ([`NewFile`]), writes and syncs it, links the old file into
//! `backups/`, renames the new file over the old one, and syncs the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::OFlags;

use crate::paths::{NewFile, folder_of, sync_folder};
use crate::problem::{Kind, NextStep, Problem};

/// Largest vault or identity file that is read or written, in bytes when encrypted.
///
/// Lower in unit tests, so that they can reach it.
pub(super) const MAX_SIZE: u64 = if cfg!(test) { 1 << 20 } else { 256 << 20 };

/// The prefix of temporary files. Those of a dead process are removed under the lock.
const TEMPORARY: &str = ".new-";

/// Identifies the state of a file by its metadata.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::store) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    fn of(metadata: &fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// The metadata of a path, without following a link; `None` if nothing is there.
///
/// # Errors
/// `Kind::Storage` if it is not a regular file, too large, or cannot be examined.
pub(in crate::store) fn look(path: &Path) -> Result<Option<(Stamp, Option<Timestamp>, u64)>, Problem> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("cannot be examined", path, &error)),
    };
    checked(path, &metadata)?;
    let modified = Timestamp::new(metadata.mtime(), 0).ok();
    Ok(Some((Stamp::of(&metadata), modified, metadata.len())))
}

/// Reads a whole file. Never blocks on a FIFO, never follows a link, never reads more than [`MAX_SIZE`].
pub(in crate::store) fn read(path: &Path) -> Result<(Vec<u8>, Stamp), Problem> {
    let (file, stamp) = open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or(0));
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(|error| failed("cannot be read", path, &error))?;
    Ok((bytes, stamp))
}

/// Opens a file for reading, with the same precautions as [`read`].
pub(in crate::store) fn open(path: &Path) -> Result<(File, Stamp), Problem> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    // Checked first for a clearer error than ELOOP.
    look(path)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(|error| failed("cannot be opened", path, &error))?;
    let metadata = file.metadata().map_err(|error| failed("cannot be examined", path, &error))?;
    checked(path, &metadata)?;
    Ok((file, Stamp::of(&metadata)))
}

fn checked(path: &Path, metadata: &fs::Metadata) -> Result<(), Problem> {
    let refuse = |why: &str| {
        Err(Problem::new(Kind::Storage, format!("{} is not a file Credenza uses.", path.display()))
            .why(why)
            .try_this("Put the real file in its place.")
            .step(NextStep::ChooseVaultFolder))
    };
    let kind = metadata.file_type();
    if kind.is_symlink() {
        return refuse("It is a symbolic link, which a save would replace. Use the real folder instead.");
    }
    if !kind.is_file() {
        return refuse("It is a folder, pipe or device.");
    }
    if metadata.len() > MAX_SIZE {
        return refuse("It is larger than 256 MiB.");
    }
    Ok(())
}

/// Proves that a save of `size` bytes can succeed: creates a file of that size beside the vault, and removes it.
pub(super) fn reserve(folder: &Path, size: u64) -> Result<(), Problem> {
    let file = temporary(folder)?;
    let path = file.path().to_owned();
    rustix::fs::fallocate(file.file(), rustix::fs::FallocateFlags::empty(), 0, size)
        .or_else(|error| match error {
            // Not every file system can preallocate; zeros are written instead.
            rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL => {
                io::copy(&mut io::repeat(0).take(size), &mut file.file()).map(drop)
            }
            error => Err(error.into()),
        })
        .map_err(|error: io::Error| failed("has no space for the next save", &path, &error))
}

/// Refuses a file that is itself a mount point, as with a container's `-v vault.age:…`, because nothing can be renamed
/// over it.
pub(super) fn is_replaceable(path: &Path) -> Result<(), Problem> {
    if !is_mount_point(path) {
        return Ok(());
    }
    Err(mounted(path))
}

#[cfg(target_os = "linux")]
fn is_mount_point(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    // Kernels before 5.8 do not report it; a save then fails with the same message.
    statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mount_point(_path: &Path) -> bool {
    false
}

fn mounted(path: &Path) -> Problem {
    Problem::new(Kind::Storage, format!("{} is a mount point and cannot be replaced.", path.display()))
        .why("A save replaces the file, which is not possible for a mounted file.")
        .try_this(format!("Mount the folder {} instead of the file.", folder_of(path).display()))
}

/// Checks that a file was not changed since it was read without the lock.
pub(super) fn is_unchanged(path: &Path, before: &[u8]) -> Result<(), Problem> {
    let (now, _) = read(path)?;
    if now == before {
        return Ok(());
    }
    Err(Problem::new(Kind::Temporary, format!("{} was changed by another process in the meantime.", path.display()))
        .why("Nothing was changed here.")
        .try_this("Try again."))
}

/// Replaces `path` with `bytes` in the steps that the module describes. `backup` becomes a hard link to the old file.
pub(in crate::store) fn replace(path: &Path, bytes: &[u8], backup: Option<&Path>) -> Result<Stamp, Problem> {
    is_replaceable(path)?;
    let folder = folder_of(path);
    let mut file = temporary(folder)?;
    let not_saved = |error: &io::Error| failed("could not be saved; the file on disk was not changed", path, error);
    file.write_synced(bytes).map_err(|error| not_saved(&error))?;
    let metadata = file.file().metadata().map_err(|error| not_saved(&error))?;
    if let Some(backup) = backup {
        link(path, backup)?;
    }
    file.replace(path).map_err(|error| not_saved(&error))?;
    sync_folder(folder).map_err(|error| {
        failed(
            "was replaced, but the folder could not be synced: a power failure may restore the old one",
            path,
            &error,
        )
    })?;
    Ok(Stamp::of(&metadata))
}

/// Like [`replace`], but without syncing and without reporting errors: for a copy that may be lost.
pub(in crate::store) fn replace_unsynced(path: &Path, bytes: &[u8]) {
    let Ok(mut file) = temporary(folder_of(path)) else { return };
    if file.write(bytes).is_ok() {
        let _ = file.replace(path);
    }
}

/// Writes a file that must not exist yet: 0600, synced, complete or not at all.
pub(in crate::store) fn create_new(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let folder = folder_of(path);
    let mut file = temporary(folder)?;
    let not_saved = |error: &io::Error| failed("could not be written", path, error);
    file.write_synced(bytes).map_err(|error| not_saved(&error))?;
    file.take_free_name(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Problem::new(Kind::Refused, format!("{} already exists.", path.display()))
            .why("Existing files are never overwritten.")
            .try_this("Choose another name, or move the file away."),
        _ => not_saved(&error),
    })?;
    sync_folder(folder).map_err(|error| not_saved(&error))
}

/// Removes temporary files of a process that died during a save. Only under the lock; their content is never used.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn temporary(folder: &Path) -> Result<NewFile, Problem> {
    NewFile::create(folder, TEMPORARY)
        .map_err(|error| failed("accepts no new file, so nothing can be saved", folder, &error))
}

fn link(path: &Path, backup: &Path) -> Result<(), Problem> {
    match fs::hard_link(path, backup) {
        Ok(()) => Ok(()),
        // This version has a backup already.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // File systems without hard links report one of these errors; or backups/ is on another file system.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied | io::ErrorKind::CrossesDevices
            ) =>
        {
            copy(path, backup)
        }
        Err(error) => Err(failed("could not be kept as a backup, so nothing was saved", path, &error)),
    }
}

/// Like [`link`], where a hard link is not possible: copies the file, completely or not at all.
fn copy(path: &Path, backup: &Path) -> Result<(), Problem> {
    let (bytes, _) = read(path)?;
    let mut file = temporary(folder_of(backup))?;
    let written = file.write_synced(&bytes).and_then(|()| file.replace(backup));
    written.map_err(|error| failed("could not be kept as a backup, so nothing was saved", path, &error))
}

/// The names in a folder, sorted; empty when it cannot be read.
pub(in crate::store) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

pub(in crate::store) fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// As [`remove`], durably.
pub(super) fn remove_durably(path: &Path) -> Result<(), Problem> {
    match fs::remove_file(path).and_then(|()| sync_folder(folder_of(path))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("cannot be removed", path, &error)),
        _ => Ok(()),
    }
}

/// Reads a small file without secrets; `None` if it does not exist.
pub(in crate::store) fn read_small(path: &Path) -> Option<Vec<u8>> {
    read(path).ok().map(|(bytes, _)| bytes)
}

/// Returns the problem `PATH what`, with the cause and what to do about it.
pub(in crate::store) fn failed(what: &str, path: &Path, error: &io::Error) -> Problem {
    // Only a rename or link onto or from a mount point fails this way.
    if matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices) {
        return mounted(path);
    }
    let elsewhere = Some(NextStep::ChooseVaultFolder);
    let (why, try_this, step) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            ("The disk is full, or a limit is reached.", "Free some space and try again.", None)
        }
        io::ErrorKind::PermissionDenied => {
            let rights = "Check the folder's owner and permissions: it must be yours, mode 0700.";
            ("Permission denied.", rights, None)
        }
        io::ErrorKind::ReadOnlyFilesystem => ("The file system is read-only.", "Mount it writable.", elsewhere),
        io::ErrorKind::NotFound => ("It does not exist.", "Restore it from a backup.", elsewhere),
        _ => ("", "Check the disk, then try again.", None),
    };
    let why = if why.is_empty() { format!("The system says: {error}.") } else { why.to_owned() };
    Problem::new(Kind::Storage, format!("{} {what}.", path.display())).why(why).try_this(try_this).step(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_before_it_was_locked_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.age");
        fs::write(&path, "new").unwrap();
        is_unchanged(&path, b"new").unwrap();
        let problem = is_unchanged(&path, b"old").unwrap_err();
        let what = format!("{} was changed by another process in the meantime.", path.display());
        assert_eq!(
            (problem.kind, problem.what, problem.why.as_str()),
            (Kind::Temporary, what, "Nothing was changed here.")
        );
    }
}
