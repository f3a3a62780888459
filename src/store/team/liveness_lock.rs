//! Detects that the process which took a lease has died, if it ran on this machine, so that others need not wait until
//! the lease expires.
//!
//! The holder keeps a file locked, `lease-<id>-<claim>.lock` next to the cache, and names the claim in the lease. The
//! kernel releases that lock (`flock`) when the process ends for any reason. Unlike process ids, this is safe against
//! reuse and against other PID namespaces. In doubt, a holder is considered alive:
//!
//! - A folder may be shared by several machines, and not every file system shows the locks of other machines. So the
//!   claim contains a proof that it was made since this boot of this system.
//! - A network file system may lose a lock while its holder is alive. So only file systems that are known to be local
//!   are trusted.
//!
//! The lease is then taken over by compare-and-swap, as after it expired. If the holder is alive after all, its next
//! write fails, and it sends no refresh token.

use std::path::{Path, PathBuf};

use super::handle::Team;
use crate::model::credential::CredentialId;
use crate::store::digest::hex_sha256;
use crate::store::file::{LockFile, disk};

/// Characters of each of the two parts of a claim (the random part and the proof).
const PART: usize = 32;

/// A random id that the kernel creates at each boot.
#[cfg(target_os = "linux")]
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Longest boot id that is read, in bytes.
#[cfg(target_os = "linux")]
const MAX_BOOT_ID: u64 = 64;

/// Magic numbers of file systems whose locks are local: ext, XFS, Btrfs, F2FS, bcachefs, ZFS, tmpfs, and overlays of
/// those (`linux/magic.h`).
#[cfg(target_os = "linux")]
const ON_THIS_MACHINE: [u64; 8] =
    [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0xca45_1a4e, 0x2fc1_2fc1, 0x0102_1994, 0x794c_7630];

/// The liveness proof of a lease holder: a lock that ends with the process.
#[derive(Debug)]
pub(super) struct LivenessLock {
    text: String,
    path: PathBuf,
    _lock: LockFile,
}

impl LivenessLock {
    /// `None` if a dead holder could not be told from a live one here (no local file system, or no boot id).
    pub(super) fn make(folder: &Path, id: CredentialId) -> Option<Self> {
        is_on_this_machine(folder).then_some(())?;
        let random = uuid::Uuid::new_v4().simple().to_string();
        let text = format!("{random}-{}", proof(&random)?);
        let path = path(folder, id, &text);
        let lock = LockFile::try_acquire(&path).ok().flatten()?;
        Some(Self { text, path, _lock: lock })
    }

    /// The text to name in the lease.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Removes the file after the lease was released.
    pub(super) fn remove(&self) {
        disk::remove(&self.path);
    }
}

impl Team {
    /// Whether the claim was made on this machine since it booted, and its process is dead.
    pub(super) fn holder_is_dead(&self, id: CredentialId, claim: &str) -> bool {
        let is_ours = claim.split_once('-').is_some_and(|(random, proven)| {
            random.len() == PART
                && random.bytes().all(|byte| byte.is_ascii_hexdigit())
                && proof(random).is_some_and(|proof| proof == proven)
        });
        let path = path(&self.0.folder, id, claim);
        // If the file does not exist, the lease was released. Checked first, because trying the lock would create the
        // file.
        is_ours && is_on_this_machine(&self.0.folder) && matches!(disk::look(&path), Ok(Some(_))) && is_unlocked(&path)
    }

    /// Removes the claim files of dead holders once the lease belongs to somebody else.
    pub(super) fn remove_stale_locks(&self, id: CredentialId) {
        let prefix = prefix(id);
        for name in disk::names(&self.0.folder).iter().filter(|name| name.starts_with(&prefix)) {
            let path = self.0.folder.join(name);
            if is_unlocked(&path) {
                disk::remove(&path);
            }
        }
    }
}

fn is_unlocked(path: &Path) -> bool {
    matches!(LockFile::try_acquire(path), Ok(Some(_)))
}

fn prefix(id: CredentialId) -> String {
    format!("lease-{id}-")
}

fn path(folder: &Path, id: CredentialId, claim: &str) -> PathBuf {
    folder.join(format!("{}{claim}.lock", prefix(id)))
}

/// Proves that a claim was made since this boot: a hash of the boot id and the random part. It does not reveal the boot
/// id to other machines.
#[cfg(target_os = "linux")]
fn proof(random: &str) -> Option<String> {
    let boot = crate::paths::read_bounded(Path::new(BOOT_ID), MAX_BOOT_ID).ok().filter(|boot| !boot.is_empty())?;
    let digest = hex_sha256(&[&boot, b"\n".as_slice(), random.as_bytes()].concat());
    Some(digest.chars().take(PART).collect())
}

#[cfg(not(target_os = "linux"))]
fn proof(_: &str) -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn is_on_this_machine(folder: &Path) -> bool {
    let kind = rustix::fs::statfs(folder).ok().and_then(|about| u64::try_from(about.f_type).ok());
    kind.is_some_and(|kind| ON_THIS_MACHINE.contains(&kind))
}

#[cfg(not(target_os = "linux"))]
fn is_on_this_machine(_: &Path) -> bool {
    false
}
