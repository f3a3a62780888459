//! An open vault: its key, and the content as it was last read.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use age::x25519;

use super::disk::{self, Stamp};
use super::document::{self, Document, Head, file_name};
use super::high_water_mark::Seen;
use super::lineage::Relation;
use super::location::Location;
use super::lock::WriteLock;
use super::name_index::NameIndex;
use super::newest;
use super::partial_read;
use super::payload::decrypt_after;
use super::presence::without_vault;
use super::recent::{self, Recent};
use super::stamps::FileStamps;
use crate::clock::Clock;
use crate::paths::Paths;
use crate::store::contract::Wait;
use crate::store::digest::hex_sha256;
use crate::store::error::StoreError;
use crate::store::snapshot::Snapshot;
use crate::store::steps::SessionId;

/// An unlocked vault. Clones share one key, which is wiped when the last of them is dropped.
#[derive(Clone)]
pub(in crate::store) struct FileStore(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) paths: Paths,
    pub(super) clock: Clock,
    /// The name of this process in the notes of locks, such as `credenza token`.
    pub(super) program: String,
    /// Marks the undo steps of this process.
    pub(super) session: SessionId,
    pub(super) identity: x25519::Identity,
    pub(super) vault_id: String,
    /// Accepted pins of the vault's secret, see `key.rs`. Removing a host replaces them.
    pins: Mutex<Vec<String>>,
    /// Whether the pins come from an identity file rather than from the vault itself.
    is_pinned: bool,
    last: Mutex<Option<Loaded>>,
    /// The open files as long as only parts of them were read, see `partial_read.rs`.
    pub(super) opened: Mutex<Option<Arc<partial_read::NewestHead>>>,
    /// The index of the credentials in `last`.
    pub(super) names: NameIndex,
    /// Keeps the memory page of the identity out of swap. Dropped last, after the identity was wiped.
    in_memory: OnceLock<Option<region::LockGuard>>,
}

/// The vault as it was last read or written.
#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) stamps: FileStamps,
    /// Identifies this state, see `document.rs`.
    pub(super) mark: String,
    /// Identifies `vault.age` alone.
    pub(super) base: String,
    /// What `recent.age` adds to `vault.age`.
    pub(super) recent: Option<Recent>,
    pub(super) document: Arc<Document>,
    pub(super) snapshot: Arc<Snapshot>,
}

/// Maximum number of attempts to read a vault while it is being replaced.
const MAX_TRIES: u32 = 8;

impl FileStore {
    pub(super) fn with(at: &Location, identity: x25519::Identity, vault_id: String, pins: Vec<String>) -> Self {
        Self::of(at, identity, vault_id, pins, true)
    }

    /// For an identity without a pin, such as a recovery kit's: accepts the vault's own secret.
    pub(super) fn without_pin(at: &Location, identity: x25519::Identity, document: &Document) -> Self {
        Self::of(at, identity, document.head.vault_id.clone(), vec![document.head.pin()], false)
    }

    fn of(at: &Location, identity: x25519::Identity, vault_id: String, pins: Vec<String>, is_pinned: bool) -> Self {
        let Location { paths, clock, program } = at.clone();
        let (session, last, opened, in_memory) =
            (SessionId::random(), Mutex::new(None), Mutex::new(None), OnceLock::new());
        Self(Arc::new(Inner {
            paths,
            clock,
            program,
            session,
            identity,
            vault_id,
            pins: Mutex::new(pins),
            is_pinned,
            last,
            opened,
            names: NameIndex::default(),
            in_memory,
        }))
    }

    pub(super) fn location(&self) -> Location {
        let inner = &self.0;
        Location { paths: inner.paths.clone(), clock: inner.clock.clone(), program: inner.program.clone() }
    }

    pub(super) fn last(&self) -> MutexGuard<'_, Option<Loaded>> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the memory page of the identity (mlock) while the vault is open. Returns false if the system refuses,
    /// which is not an error.
    pub(super) fn lock_key_in_memory(&self) -> bool {
        let lock = || region::lock(std::ptr::from_ref(&self.0.identity), size_of::<x25519::Identity>()).ok();
        self.0.in_memory.get_or_init(lock).is_some()
    }

    /// Returns the current vault, checked against pin and lineage. Reads the files only if they changed.
    pub(super) fn load(&self) -> Result<Loaded, StoreError> {
        let mut tries = 1;
        loop {
            let stamps = FileStamps::look(&self.0.paths)?;
            if let Some(last) = self.last().as_ref().filter(|last| Some(last.stamps) == stamps) {
                return Ok(last.clone());
            }
            if stamps.is_none() {
                return Err(without_vault(&self.0.paths, self.newest_that_opens()).into());
            }
            let read = self.read_now();
            // The two files belong together only if neither was replaced while they were read.
            if tries == MAX_TRIES || stamps == FileStamps::look(&self.0.paths)? {
                return read;
            }
            tries += 1;
        }
    }

    fn read_now(&self) -> Result<Loaded, StoreError> {
        let path = self.0.paths.vault();
        // The high-water mark is read first: a save writes it after the file, so it is never newer than the file that
        // is read next.
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        let (bytes, vault) = disk::read(&path)?;
        let known = self.last().as_ref().map(|last| Arc::clone(&last.document));
        let document = decrypt_after(known.as_deref(), &path, &bytes, &self.0.identity).and_then(|document| {
            self.check_belongs_to_vault(&path, &document.head)?;
            Ok(document)
        });
        let mut document = document.map_err(|error| self.with_way_back(error, hex_sha256(&bytes) == seen.hash))?;
        let base = document.head.mark(&bytes);
        let beside = self.read_recent()?;
        let recent = match &beside {
            Some((beside, _)) => {
                recent::put_over(&mut document, &base, &self.0.paths.recent(), beside, &self.0.identity)
                    .map_err(|error| self.with_way_back(error, false))?
            }
            None => None,
        };
        let mark = document.head.mark(&bytes);
        self.check_not_rolled_back(&document, &mark, &seen)?;
        let snapshot = Arc::new(snapshot_of(&document, Some(self.0.session)));
        let stamps = FileStamps { vault, recent: beside.as_ref().map(|(_, stamp)| *stamp) };
        let loaded = Loaded { stamps, mark, base, recent, snapshot, document: Arc::new(document) };
        *self.last() = Some(loaded.clone());
        *self.0.opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let beside = beside.filter(|_| loaded.recent.is_some()).map(|(beside, _)| beside);
        self.note_newer(&loaded, &bytes, beside.as_deref(), &seen);
        Ok(loaded)
    }

    /// The bytes of `recent.age`, if there is one.
    fn read_recent(&self) -> Result<Option<(Vec<u8>, Stamp)>, StoreError> {
        let path = self.0.paths.recent();
        Ok(if recent::is_absent(&path) { None } else { Some(disk::read(&path)?) })
    }

    fn check_not_rolled_back(&self, document: &Document, mark: &str, seen: &Seen) -> Result<(), StoreError> {
        let is_kept = || newest::is_there(&self.0.paths, seen) && self.opens(&newest::path(&self.0.paths));
        match document.head.place(mark).after(seen.generation, seen.mark()) {
            Relation::Forward => Ok(()),
            Relation::RolledBack => {
                let kept = is_kept();
                Err(StoreError::RolledBack { found: document.head.generation, seen: seen.generation, kept })
            }
            Relation::Forked => {
                let kept = is_kept().then_some(seen.generation);
                Err(StoreError::Forked { generation: document.head.generation, kept })
            }
        }
    }

    /// Records a newer file, written by another program, as the newest version seen. Best effort: a save in progress
    /// records its own version, and nothing is recorded without write access.
    fn note_newer(&self, loaded: &Loaded, bytes: &[u8], recent: Option<&[u8]>, seen: &Seen) {
        if loaded.mark == seen.mark() || !self.0.is_pinned {
            return;
        }
        let wait = Wait { longest: Duration::ZERO, noticed: &mut || () };
        let Ok(_lock) = WriteLock::acquire(&self.location(), wait) else { return };
        let now = Seen::read(&self.0.paths, &self.0.vault_id);
        if now.generation < loaded.document.head.generation {
            // An outdated `seen.json` only weakens the next rollback check.
            let _ = Seen::of(&loaded.document.head, bytes, recent, now.pending).write(&self.0.paths);
            newest::write(&self.0.paths, bytes, recent);
        }
    }

    /// The accepted pins. The guard must be held only briefly.
    pub(super) fn pins(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks **I-pin**, see `key.rs`.
    pub(super) fn check_belongs_to_vault(&self, file: &Path, head: &Head) -> Result<(), StoreError> {
        // Checks **I-recent**, see `recent.rs`.
        if head.base.is_some() {
            let why = format!("{} contains only part of a vault, as recent.age does.", file_name(file));
            return Err(StoreError::Unreadable { why, way_back: None });
        }
        let ours = head.vault_id == self.0.vault_id && self.pins().contains(&head.pin());
        if ours { Ok(()) } else { Err(StoreError::Forged { file: file_name(file), way_back: None }) }
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("generation", &self.document.head.generation).finish_non_exhaustive()
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileStore").field(&self.0.paths.vault()).finish()
    }
}

/// The document's content as a snapshot.
pub(super) fn snapshot_of(document: &Document, session: Option<SessionId>) -> Snapshot {
    Snapshot {
        recovery_kit: document.head.recipients.iter().any(|recipient| recipient.role == document::RECOVERY),
        hosts: document.head.hosts(),
        ..Snapshot::of(&document.contents, document.head.generation, session)
    }
}
