//! Tells whether the process of this machine that took a lease is gone, so that nobody waits for the end of the lease.
//!
//! The holder keeps a file of its own locked, `lease-<id>-<claim>.lock` beside the copy, and names it in the lease. The
//! system drops that lock (`flock`) with the process, whatever ended it, and process ids of another namespace or ones
//! that come again do not matter. What is not certain is no reason to hurry:
//!
//! - A folder may be shared by several machines. So the claim proves that it was made under this running system: a lock
//!   of another one would not be seen by every file system.
//! - A file system on the network may lose a lock while its holder lives. So only file systems that are known to be on
//!   this machine count.
//!
//! Who takes a lease over does so by compare-and-swap, as after its end: a holder that lives after all sends nothing.

use std::path::{Path, PathBuf};

use super::handle::Team;
use crate::model::credential::CredentialId;
use crate::store::digest::hex_sha256;
use crate::store::file::{LockFile, disk};

/// Characters of each of the two parts of a claim.
const PART: usize = 32;

/// A number that is another one after every start of the system.
#[cfg(target_os = "linux")]
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Longest that is read of it.
#[cfg(target_os = "linux")]
const MAX_BOOT_ID: u64 = 64;

/// File systems whose locks are those of this system alone: ext, XFS, Btrfs, F2FS, bcachefs, ZFS, tmpfs, and overlays of
/// such (`linux/magic.h`).
#[cfg(target_os = "linux")]
const ON_THIS_MACHINE: [u64; 8] =
    [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0xca45_1a4e, 0x2fc1_2fc1, 0x0102_1994, 0x794c_7630];

/// The sign of life of a holder: it ends with the process.
#[derive(Debug)]
pub(super) struct Claim {
    text: String,
    path: PathBuf,
    _lock: LockFile,
}

impl Claim {
    /// `None` where a process that is gone could not be told from one that lives.
    pub(super) fn make(folder: &Path, id: CredentialId) -> Option<Self> {
        is_on_this_machine(folder).then_some(())?;
        let random = uuid::Uuid::new_v4().simple().to_string();
        let text = format!("{random}-{}", proof(&random)?);
        let path = path(folder, id, &text);
        let lock = LockFile::try_acquire(&path).ok().flatten()?;
        Some(Self { text, path, _lock: lock })
    }

    /// What the lease says.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The lease was given back.
    pub(super) fn remove(&self) {
        disk::remove(&self.path);
    }
}

impl Team {
    /// Whether a process of this machine made the claim and is gone.
    pub(super) fn is_abandoned(&self, id: CredentialId, claim: &str) -> bool {
        let is_ours = claim.split_once('-').is_some_and(|(random, proven)| {
            random.len() == PART
                && random.bytes().all(|byte| byte.is_ascii_hexdigit())
                && proof(random).is_some_and(|proof| proof == proven)
        });
        let path = path(&self.0.folder, id, claim);
        // One that is not there was given back: trying would make it.
        is_ours && is_on_this_machine(&self.0.folder) && matches!(disk::look(&path), Ok(Some(_))) && is_unlocked(&path)
    }

    /// Removes what holders have left that are gone, once their lease is somebody else's.
    pub(super) fn sweep_claims(&self, id: CredentialId) {
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

/// What only this running system makes of a random text; it tells nobody else which one that is.
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
