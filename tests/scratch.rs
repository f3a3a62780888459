//! Temporary folders of the tests, and how thorough they are.

use rustix::fs::{StatVfsMountFlags, statvfs};
use tempfile::{Builder, TempDir};

/// A file system in memory, on Linux: most of what the tests do is to save and to sync.
const IN_MEMORY: &str = "/dev/shm";

/// Free bytes that it needs: in a container it may have little room.
const LEAST: u64 = 2 << 30;

/// A new folder: in memory if programs can be run from there and there is room, else on the disk.
pub(crate) fn folder() -> TempDir {
    let is_fit = statvfs(IN_MEMORY).is_ok_and(|found| {
        found.f_bavail * found.f_frsize >= LEAST && !found.f_flag.contains(StatVfsMountFlags::NOEXEC)
    });
    let named = || Builder::new().prefix("v").rand_bytes(5).tempdir_in(IN_MEMORY).ok();
    let in_memory = is_fit.then(named).flatten();
    in_memory.unwrap_or_else(|| tempfile::tempdir().unwrap())
}

/// A folder as [`folder`] whose path has the same length on every machine, because screens show it.
pub(crate) fn of_fixed_length() -> TempDir {
    let folder = folder();
    if folder.path().as_os_str().len() == "/dev/shm/v12345".len() {
        folder
    } else {
        tempfile::tempdir_in("/tmp").unwrap()
    }
}

/// Whether sweeps cover every case, as in continuous integration, instead of a part of them.
pub(crate) fn is_thorough() -> bool {
    std::env::var_os("CREDENZA_TEST_THOROUGH").is_some()
}
