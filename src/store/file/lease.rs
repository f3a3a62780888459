//! The lease of one credential: only its holder may spend the credential's refresh token.
//!
//! `<state>/leases/ID` is locked, and contains a note while a refresh token is being spent. The file is never deleted
//! while a process may hold it. Notes that older programs stored in `seen.json` are moved here once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::commit::LOCK_WAIT;
use super::disk;
use super::high_water_mark::Seen;
use super::lock::{Content, LockFile, Note};
use super::rescue;
use super::vault::FileStore;
use crate::model::change::Change;
use crate::model::credential::CredentialId;
use crate::paths;
use crate::problem::{Kind, Problem};
use crate::store::contract::{Lease, Pending, Wait};
use crate::store::error::{LockKind, StoreError};

/// An older program, which stored its marks in `seen.json`, holds the write lock during a refresh: a provider has 30
/// seconds to respond, and the saves take a few.
const OLDER_VERSION_WAIT: Duration = Duration::from_secs(45);

/// A held lease.
#[derive(Debug)]
pub(super) struct FileLease {
    vault: FileStore,
    id: CredentialId,
    lock: LockFile,
    note: Note,
    pending: Option<Pending>,
}

impl FileStore {
    /// As [`Store::lease`](crate::store::Store::lease).
    pub(super) fn take_lease(&self, id: CredentialId, mut wait: Wait<'_>) -> Result<FileLease, StoreError> {
        let folder = self.lease_folder()?;
        let longest = wait.longest;
        let lock = LockFile::acquire(&folder.join(id.to_string()), LockKind::Lease, &mut wait)?;
        let pending = match lock.content() {
            Content::Empty => None,
            Content::Note(note) => note.spending.map(|since| Pending { since }),
            // The content is unreadable, so assume that a token was spent.
            Content::Unknown => Some(Pending { since: self.0.clock.now() }),
        };
        let mut lease = FileLease { vault: self.clone(), id, lock, note: Note::of(&self.location()), pending };
        lease.move_older_mark(longest)?;
        lease.note.spending = lease.pending.map(|pending| pending.since);
        lease.lock.write(&lease.note, false)?;
        if rescue::path(&self.0.paths, id).exists() {
            self.exclusive(LOCK_WAIT)?.adopt_of(id)?;
        }
        Ok(lease)
    }

    /// Whether another process holds the lease.
    pub(super) fn is_leased(&self, id: CredentialId) -> bool {
        let path = self.0.paths.leases().join(id.to_string());
        path.exists() && !matches!(LockFile::try_acquire(&path), Ok(Some(_)))
    }

    fn lease_folder(&self) -> Result<PathBuf, Problem> {
        let folder = self.0.paths.leases();
        paths::create_private(&folder).map_err(|error| {
            disk::failed("cannot be created: it contains the leases of credentials", &folder, &error)
        })?;
        only_ours(&folder)?;
        Ok(folder)
    }
}

impl FileLease {
    /// Moves the mark that an older program left in `seen.json`, waiting while that program refreshes.
    fn move_older_mark(&mut self, wait: Duration) -> Result<(), StoreError> {
        let inner = &self.vault.0;
        let marked = |seen: &Seen| seen.pending.iter().find(|mark| mark.id == self.id).map(|mark| mark.since);
        if marked(&Seen::read(&inner.paths, &inner.vault_id)).is_none() {
            return Ok(());
        }
        let mut exclusive = self.vault.exclusive(wait.min(OLDER_VERSION_WAIT))?;
        // The older program may have saved its response in the meantime.
        let Some(since) = marked(exclusive.seen()) else { return Ok(()) };
        self.lock.write(&self.note.spending_since(since), true)?;
        self.pending = Some(Pending { since });
        exclusive.forget_mark(self.id)
    }
}

impl Lease for FileLease {
    fn pending(&self) -> Option<Pending> {
        self.pending
    }

    fn record_spending(&mut self) -> Result<(), StoreError> {
        if !self.lock.is_held() {
            return Err(lost(&self.vault.0.paths.leases().join(self.id.to_string())).into());
        }
        self.note.spending = Some(self.vault.0.clock.now());
        Ok(self.lock.write(&self.note, true)?)
    }

    fn clear_spending(&mut self) {
        self.pending = None;
        if self.note.spending.take().is_some() {
            let _ = self.lock.write(&self.note, true);
        }
    }

    fn stash(&mut self, changes: &[Change]) -> Result<String, StoreError> {
        let inner = &self.vault.0;
        let loaded = self.vault.load()?;
        let path = rescue::write(&inner.paths, &loaded.document, &inner.identity, changes)?;
        Ok(path.display().to_string())
    }

    fn discard_stash(&mut self) {
        disk::remove(&rescue::path(&self.vault.0.paths, self.id));
    }
}

/// Checks that it is a real folder of this user that others cannot write to: a lock file that others can replace
/// protects nothing.
fn only_ours(folder: &Path) -> Result<(), Problem> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::symlink_metadata(folder).map_err(|error| disk::failed("cannot be read", folder, &error))?;
    let refused = |why: &str| {
        Err(Problem::new(Kind::Refused, format!("{} cannot hold leases.", folder.display()))
            .why(why)
            .try_this("Remove it; Credenza makes it again."))
    };
    if metadata.file_type().is_symlink() {
        return refused("It is a symbolic link, so its creator could redirect the leases elsewhere.");
    }
    if !metadata.is_dir() {
        return refused("It is not a folder.");
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
        return refused("Other users can write to it, and could keep or remove them.");
    }
    Ok(())
}

fn lost(path: &Path) -> Problem {
    Problem::new(Kind::Storage, format!("The lease {} was deleted while it was held.", path.display()))
        .why("Another process may be using the same refresh token, so it was not sent.")
        .try_this("Try again, and do not change the folder named leases.")
}
