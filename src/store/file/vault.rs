//! An open vault: its key, and the file as it was last read.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use age::x25519;

use super::digest::hex_sha256;
use super::disk::{self, Stamp};
use super::document::{self, Document, decrypt};
use super::location::Location;
use super::seen::{Lineage, Seen};
use crate::clock::Clock;
use crate::paths::Paths;
use crate::store::error::StoreError;
use crate::store::snapshot::Snapshot;

/// An unlocked vault. Clones share one key, which is wiped with the last of them.
#[derive(Clone)]
pub(in crate::store) struct FileStore(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) paths: Paths,
    pub(super) clock: Clock,
    /// What this process is called in the notes of locks: `credenza token`.
    pub(super) program: String,
    pub(super) identity: x25519::Identity,
    pub(super) vault_id: String,
    /// Any of them will do.
    pub(super) pins: Vec<String>,
    last: Mutex<Option<Loaded>>,
    /// Keeps the page of the identity out of the swap; dropped after the identity was wiped.
    in_memory: OnceLock<Option<region::LockGuard>>,
}

/// The file as it was last read or written.
#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) stamp: Stamp,
    pub(super) hash: String,
    pub(super) document: Arc<Document>,
    pub(super) snapshot: Arc<Snapshot>,
}

impl FileStore {
    pub(super) fn with(at: &Location, identity: x25519::Identity, vault_id: String, pins: Vec<String>) -> Self {
        let Location { paths, clock, program } = at.clone();
        let (last, in_memory) = (Mutex::new(None), OnceLock::new());
        Self(Arc::new(Inner { paths, clock, program, identity, vault_id, pins, last, in_memory }))
    }

    pub(super) fn last(&self) -> MutexGuard<'_, Option<Loaded>> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the page the identity lies in into memory (mlock), for as long as the vault is open. False where the
    /// system refuses: that is no reason to stop.
    pub(super) fn lock_key_in_memory(&self) -> bool {
        let lock = || region::lock(std::ptr::from_ref(&self.0.identity), size_of::<x25519::Identity>()).ok();
        self.0.in_memory.get_or_init(lock).is_some()
    }

    /// The file as it is now, checked against pin and lineage. Read only when it changed.
    pub(super) fn load(&self) -> Result<Loaded, StoreError> {
        let path = self.0.paths.vault();
        let stamp = disk::look(&path)?.map(|(stamp, ..)| stamp);
        if let Some(last) = self.last().as_ref().filter(|last| Some(last.stamp) == stamp) {
            return Ok(last.clone());
        }
        // State first: a save writes it after the file, so what is seen here is never newer than what is read next.
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        let (bytes, stamp) = disk::read(&path)?;
        let document = decrypt(&bytes, &self.0.identity)?;
        let loaded = self.checked(document, stamp, hex_sha256(&bytes), &seen)?;
        *self.last() = Some(loaded.clone());
        Ok(loaded)
    }

    fn checked(&self, document: Document, stamp: Stamp, hash: String, seen: &Seen) -> Result<Loaded, StoreError> {
        self.is_ours(&document)?;
        match seen.lineage(document.generation, &hash, document.parent.as_deref()) {
            Lineage::Forward => {}
            Lineage::RolledBack => {
                return Err(StoreError::RolledBack { found: document.generation, seen: seen.generation });
            }
            Lineage::Forked => return Err(StoreError::Forked { generation: document.generation }),
        }
        Ok(Loaded { stamp, hash, snapshot: Arc::new(snapshot_of(&document)), document: Arc::new(document) })
    }

    /// **I-pin**, see `key.rs`.
    pub(super) fn is_ours(&self, document: &Document) -> Result<(), StoreError> {
        let ours = document.vault_id == self.0.vault_id && self.0.pins.contains(&document.pin());
        if ours { Ok(()) } else { Err(StoreError::Forged) }
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("generation", &self.document.generation).finish_non_exhaustive()
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileStore").field(&self.0.paths.vault()).finish()
    }
}

/// What a document holds, for everybody above.
pub(super) fn snapshot_of(document: &Document) -> Snapshot {
    Snapshot {
        recovery_kit: document.recipients.iter().any(|recipient| recipient.role == document::RECOVERY),
        hosts: document.hosts(),
        unreadable: document.unreadable_names(),
        ..Snapshot::of(&document.contents, document.generation)
    }
}
