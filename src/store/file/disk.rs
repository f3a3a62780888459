//! Reading and replacing the vault's files so that nothing is ever lost: no write truncates in place.
//!
//! A replacement is: a new file beside the old one (`O_CREAT|O_EXCL|O_NOFOLLOW`, 0600), written, synced; the old one
//! linked into `backups/`; renamed over it; the directory synced. After a failed sync the new file is thrown away:
//! the kernel may have dropped what it could not write, so a second sync would prove nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::OFlags;

use crate::problem::{Kind, NextStep, Problem};

/// Above this a vault or identity is not read, and none is written. Bytes of the encrypted file.
///
/// Unit tests reach it with 1 MiB.
pub(super) const MAX_SIZE: u64 = if cfg!(test) { 1 << 20 } else { 256 << 20 };

/// Temporary files start with this; ones left by a dead process are removed under the lock.
const TEMPORARY: &str = ".new-";

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Stamp {
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

/// Looks at a path without following a link; `None` when nothing is there.
///
/// # Errors
/// Storage when it is not a regular file, too big, or cannot be examined.
pub(super) fn look(path: &Path) -> Result<Option<(Stamp, Option<Timestamp>, u64)>, Problem> {
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
pub(super) fn read(path: &Path) -> Result<(Vec<u8>, Stamp), Problem> {
    let (file, stamp) = open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or(0));
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(|error| failed("cannot be read", path, &error))?;
    Ok((bytes, stamp))
}

/// Opens a file to read from it, as [`read`] does.
pub(super) fn open(path: &Path) -> Result<(File, Stamp), Problem> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    // O_NOFOLLOW alone would say ELOOP; the look gives the better sentence.
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

/// Proves that a save of `size` bytes can succeed: makes such a file beside the vault, and removes it.
pub(super) fn reserve(folder: &Path, size: u64) -> Result<(), Problem> {
    let mut file = temporary(folder)?;
    let path = file.path().to_owned();
    rustix::fs::fallocate(file.as_file(), rustix::fs::FallocateFlags::empty(), 0, size)
        .or_else(|error| match error {
            // Not every file system can allocate ahead; then zeros are written.
            rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL => {
                io::copy(&mut io::repeat(0).take(size), file.as_file_mut()).map(|_| ())
            }
            error => Err(error.into()),
        })
        .map_err(|error: io::Error| failed("has no space for the next save", &path, &error))
}

/// Refuses a file that is mounted by itself, as a container's `-v vault.age:…` does: nothing can be renamed over it.
pub(super) fn is_replaceable(path: &Path) -> Result<(), Problem> {
    if !is_mount_point(path) {
        return Ok(());
    }
    Err(mounted(path))
}

#[cfg(target_os = "linux")]
fn is_mount_point(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    // Kernels before 5.8 do not tell; a save then fails with the same words.
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

/// Makes sure that a file is still what was read before the lock was taken.
pub(super) fn is_unchanged(path: &Path, before: &[u8]) -> Result<(), Problem> {
    let (now, _) = read(path)?;
    if now == before {
        return Ok(());
    }
    Err(Problem::new(Kind::Temporary, format!("{} was changed by another process in the meantime.", path.display()))
        .why("Nothing was changed here.")
        .try_this("Try again."))
}

/// Replaces `path` with `bytes`, as the module's text says. `backup` keeps the old file under that name.
pub(super) fn replace(path: &Path, bytes: &[u8], backup: Option<&Path>) -> Result<Stamp, Problem> {
    is_replaceable(path)?;
    let folder = folder_of(path);
    let mut file = temporary(folder)?;
    let not_saved = |error: &io::Error| failed("could not be saved; the file on disk was not changed", path, error);
    file.write_all(bytes).map_err(|error| not_saved(&error))?;
    file.as_file().sync_all().map_err(|error| not_saved(&error))?;
    let metadata = file.as_file().metadata().map_err(|error| not_saved(&error))?;
    if let Some(backup) = backup {
        link(path, backup)?;
    }
    file.persist(path).map_err(|error| not_saved(&error.error))?;
    sync_folder(folder).map_err(|error| {
        failed(
            "was replaced, but the folder could not be synced: a power failure may restore the old one",
            path,
            &error,
        )
    })?;
    Ok(Stamp::of(&metadata))
}

/// As [`replace`], without syncing and without telling: for a copy that may be lost.
pub(super) fn replace_unsynced(path: &Path, bytes: &[u8]) {
    let Ok(mut file) = temporary(folder_of(path)) else { return };
    if file.write_all(bytes).is_ok() {
        let _ = file.persist(path);
    }
}

/// Writes a file of our own that must not be there yet: 0600 from the start, synced, whole or not at all.
pub(super) fn create_new(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let folder = folder_of(path);
    let mut file = temporary(folder)?;
    let not_saved = |error: &io::Error| failed("could not be written", path, error);
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|error| not_saved(&error))?;
    file.persist_noclobber(path).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => Problem::new(Kind::Refused, format!("{} already exists.", path.display()))
            .why("Existing files are never overwritten.")
            .try_this("Choose another name, or move the file away."),
        _ => not_saved(&error.error),
    })?;
    sync_folder(folder).map_err(|error| not_saved(&error))
}

/// Removes what a process that died in the middle of a save left. Only under the lock; never adopted.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn temporary(folder: &Path) -> Result<tempfile::NamedTempFile, Problem> {
    // O_EXCL and 0600 at creation are tempfile's own; the random name leaves nothing to follow.
    tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(folder)
        .map_err(|error| failed("accepts no new file, so nothing can be saved", folder, &error))
}

fn link(path: &Path, backup: &Path) -> Result<(), Problem> {
    match fs::hard_link(path, backup) {
        Ok(()) => Ok(()),
        // The same generation is kept already.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // Some file systems know no hard links, and say so in one of these ways; or backups/ is another file system.
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

/// As [`link`], whole or not at all.
fn copy(path: &Path, backup: &Path) -> Result<(), Problem> {
    let (bytes, _) = read(path)?;
    let mut file = temporary(folder_of(backup))?;
    let written = file.write_all(&bytes).and_then(|()| file.as_file().sync_all());
    let kept = written.and_then(|()| file.persist(backup).map(|_| ()).map_err(|error| error.error));
    kept.map_err(|error| failed("could not be kept as a backup, so nothing was saved", path, &error))
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("/"),
    }
}

/// The names in a folder, sorted; empty when it cannot be read.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

pub(super) fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// As [`remove`]; on return a power cut does not bring it back.
pub(super) fn remove_durably(path: &Path) -> Result<(), Problem> {
    match fs::remove_file(path).and_then(|()| sync_folder(folder_of(path))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("cannot be removed", path, &error)),
        _ => Ok(()),
    }
}

/// A small file of this program without secrets, replaced as the vault is; `None` when it is not there.
pub(super) fn read_small(path: &Path) -> Option<Vec<u8>> {
    read(path).ok().map(|(bytes, _)| bytes)
}

/// `PATH reason`, with the cause in words and what to do about it.
pub(super) fn failed(what: &str, path: &Path, error: &io::Error) -> Problem {
    // Only a rename or link onto or from a mount says so.
    if matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices) {
        return mounted(path);
    }
    let elsewhere = Some(NextStep::ChooseVaultFolder);
    let (why, try_this, step) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            ("The disk is full, or a limit is reached.", "Free some space and try again.", None)
        }
        io::ErrorKind::PermissionDenied => {
            let rights = "See who owns the folder and its rights: it must be yours, mode 0700.";
            ("Permission denied.", rights, None)
        }
        io::ErrorKind::ReadOnlyFilesystem => ("The file system is read-only.", "Mount it writable.", elsewhere),
        io::ErrorKind::NotFound => ("It does not exist.", "Restore it from a backup.", elsewhere),
        _ => ("", "Check the disk, then try again.", None),
    };
    let why = if why.is_empty() { format!("The system says: {error}.") } else { why.to_owned() };
    Problem::new(Kind::Storage, format!("{} {what}.", path.display())).why(why).try_this(try_this).step(step)
}
