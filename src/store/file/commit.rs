//! Commits changes: one writer at a time, each change applied to the current file, saved before success is reported.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use age::x25519;
use jiff::Timestamp;

use super::document::{Document, Head, Kept, Unread, new_nonce};
use super::high_water_mark::Seen;
use super::lock::WriteLock;
use super::recent::{self, Recent};
use super::stamps::FileStamps;
use super::vault::{FileStore, Loaded, snapshot_of};
use super::{backup, disk, key, newest, payload, rescue};
use crate::model::change::Change;
use crate::model::credential::CredentialId;
use crate::model::transaction::{Edit, Transaction};
use crate::paths::Paths;
use crate::problem::Problem;
use crate::store::contract::Wait;
use crate::store::error::StoreError;
use crate::store::snapshot::Snapshot;
use crate::store::steps::{Direction, Step};

/// How long to wait for another process that is saving.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Bytes that a response may add to the vault. Free space for them is proven before a token is spent.
const ANSWER_ROOM: u64 = 256 << 10;

/// Bytes below the size limit that are reserved for responses, so that a vault filled by edits can still be refreshed.
const LEFT_TO_ANSWERS: u64 = 64 << 10;

/// The vault under its write lock, which is released when this is dropped.
#[derive(Debug)]
pub(super) struct VaultWriter {
    vault: FileStore,
    loaded: Loaded,
    seen: Seen,
    lock: WriteLock,
    /// Whether the save replaces a file of format 1.
    is_format_1: bool,
}

impl FileStore {
    /// Acquires the write lock, waiting at most `longest`, and reads the current file. Tokens in rescue files are
    /// merged first.
    pub(super) fn exclusive(&self, longest: Duration) -> Result<VaultWriter, StoreError> {
        self.exclusive_noticing(Wait { longest, noticed: &mut || () })
    }

    fn exclusive_noticing(&self, wait: Wait<'_>) -> Result<VaultWriter, StoreError> {
        let lock = WriteLock::acquire(&self.location(), wait)?;
        disk::sweep(self.0.paths.data());
        disk::sweep(self.0.paths.state());
        let loaded = self.load()?;
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        let is_format_1 = loaded.document.head.nonce.is_none();
        let mut exclusive = VaultWriter { vault: self.clone(), loaded, seen, lock, is_format_1 };
        exclusive.adopt()?;
        Ok(exclusive)
    }

    /// As [`Store::check_can_save`](crate::store::Store::check_can_save).
    pub(super) fn prove_room(&self, wait: Wait<'_>) -> Result<(), StoreError> {
        // A lock that is not available now must be noticed before anything is spent.
        let exclusive = self.exclusive_noticing(wait)?;
        let (paths, loaded) = (&self.0.paths, exclusive.loaded.clone());
        drop(exclusive);
        let size = loaded.stamps.vault.size();
        if size + LEFT_TO_ANSWERS / 2 > disk::MAX_SIZE {
            let credentials = loaded.snapshot.credentials.list.len();
            return Err(StoreError::TooLarge { size: size + LEFT_TO_ANSWERS, limit: disk::MAX_SIZE, credentials });
        }
        disk::is_replaceable(&paths.vault())?;
        let written = if size < recent::FROM { size } else { loaded.stamps.recent.map_or(0, |recent| recent.size()) };
        disk::reserve(paths.data(), written + ANSWER_ROOM)?;
        Ok(disk::reserve(paths.state(), ANSWER_ROOM)?)
    }
}

impl VaultWriter {
    pub(super) fn over(vault: &FileStore, loaded: Loaded, seen: Seen, lock: WriteLock, is_format_1: bool) -> Self {
        Self { vault: vault.clone(), loaded, seen, lock, is_format_1 }
    }

    pub(super) fn document(&self) -> &Document {
        &self.loaded.document
    }

    pub(super) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.loaded.snapshot
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Removes the mark of a pending refresh that an older program without leases left.
    pub(super) fn forget_mark(&mut self, id: CredentialId) -> Result<(), StoreError> {
        self.seen.pending.retain(|mark| mark.id != id);
        Ok(self.seen.write(&self.vault.0.paths)?)
    }

    /// Applies a transaction and saves the result durably.
    pub(super) fn commit(&mut self, transaction: Transaction) -> Result<Arc<Snapshot>, StoreError> {
        let now = self.vault.0.clock.now();
        let limit = self.limit_of(&transaction);
        let deletes = transaction.edits.iter().any(|edit| matches!(edit, Edit::Credential(Change::Remove { .. })));
        let of_credential = |edit: &Edit| if let Edit::Credential(change) = edit { Some(change.id()) } else { None };
        let touched: BTreeSet<CredentialId> = transaction.edits.iter().filter_map(of_credential).collect();
        let is_observed = transaction.is_observed();
        let mut document = (*self.loaded.document).clone();
        // Also before the change: an older program may have stored the token that is replaced now without remembering
        // it.
        document.remember_refresh_tokens(&touched)?;
        document.contents.apply(transaction, now, self.vault.0.session)?;
        document.remember_refresh_tokens(&touched)?;
        if is_observed && self.is_small(&touched) {
            return self.save_recent(document, &touched, now);
        }
        document.forget_refresh_tokens_of_deleted();
        match self.save_within(document.clone(), now, limit) {
            // Deleting is the way to make room in a full vault, so older undo steps are dropped for it.
            Err(StoreError::TooLarge { .. }) if deletes && document.contents.undo.len() > 1 => {
                let older = document.contents.undo.len() - 1;
                document.contents.undo.drain(..older);
                self.save_within(document, now, limit)
            }
            saved => saved,
        }
    }

    /// As [`Store::undo_or_redo`](crate::store::Store::undo_or_redo).
    pub(super) fn undo_or_redo(&mut self, direction: Direction, only: Option<&Step>) -> Result<String, StoreError> {
        let now = self.vault.0.clock.now();
        let mut document = (*self.loaded.document).clone();
        let label = document.contents.undo_or_redo(direction, only, now, self.vault.0.session)?;
        self.save(document, now)?;
        Ok(label)
    }

    /// Merges tokens from rescue files that are newer than the stored ones, unless another process holds the
    /// credential's lease.
    fn adopt(&mut self) -> Result<(), StoreError> {
        for path in rescue::files(&self.vault.0.paths) {
            // The holder of the lease keeps the file until its own commit.
            if rescue::id_of(&path).is_some_and(|id| !self.vault.is_leased(id)) {
                self.adopt_file(&path)?;
            }
        }
        Ok(())
    }

    /// As [`adopt`](Self::adopt), for one credential whose lease the caller holds.
    pub(super) fn adopt_of(&mut self, id: CredentialId) -> Result<(), StoreError> {
        self.adopt_file(&rescue::path(&self.vault.0.paths, id))
    }

    fn adopt_file(&mut self, path: &Path) -> Result<(), StoreError> {
        match rescue::read(path, &self.loaded.document, &self.vault.0.identity) {
            rescue::RescueContent::Newer(changes) => {
                self.commit(Transaction::of(changes)).map_err(|error| not_adopted(path, error))?;
                disk::remove(path);
            }
            rescue::RescueContent::Superseded => disk::remove(path),
            // From another vault, damaged or forged: neither used nor deleted.
            rescue::RescueContent::Foreign => {}
        }
        Ok(())
    }

    /// The size limit. Edits leave room for responses; a save that makes the file smaller is always allowed.
    fn limit_of(&self, transaction: &Transaction) -> u64 {
        let is_edit = |edit: &Edit| match edit {
            Edit::Credential(change) => {
                matches!(change, Change::Insert(_) | Change::Edit { .. } | Change::Restore { .. })
            }
            Edit::Integration(_) => true,
        };
        let left = if transaction.edits.iter().any(is_edit) { LEFT_TO_ANSWERS } else { 0 };
        (disk::MAX_SIZE - left).max(self.loaded.stamps.vault.size()).min(disk::MAX_SIZE)
    }

    /// Saves `document` as the next version, durably.
    pub(super) fn save(&mut self, document: Document, now: Timestamp) -> Result<Arc<Snapshot>, StoreError> {
        self.save_within(document, now, disk::MAX_SIZE)
    }

    fn save_within(&mut self, mut document: Document, now: Timestamp, limit: u64) -> Result<Arc<Snapshot>, StoreError> {
        self.must_hold_lock()?;
        let opens_otherwise = !document.head.opens_as(&self.loaded.document.head);
        if opens_otherwise && self.loaded.recent.is_some() {
            self.save((*self.loaded.document).clone(), now)?;
            document.head.follow(self.loaded.document.head.clone());
            document.kept = Arc::clone(&self.loaded.document.kept);
            document.kept_recent = None;
        }
        let inner = &self.vault.0;
        let backup = if self.is_format_1 { backup::format_1_path } else { backup::path };
        let backup = backup(&inner.paths.backups(), document.head.generation, now);
        document.head.become_successor_of(&self.loaded, &inner.paths, now)?;
        let (sealed, kept) = sealed(&document, &inner.identity, now, limit)?;
        (document.kept, document.kept_recent) = (Arc::new(kept), None);
        backup::keep_recent(&inner.paths, &backup)?;
        if opens_otherwise {
            // A recipient of the new file may be unable to open the old `recent.age`, and so could not see that it
            // belongs to another base.
            disk::remove_durably(&inner.paths.recent())?;
        }
        let vault = disk::replace(&inner.paths.vault(), &sealed, Some(&backup))?;
        self.is_format_1 = false;
        backup::rotate(&inner.paths.backups());
        self.seen = Seen::of(&document.head, &sealed, None, std::mem::take(&mut self.seen.pending));
        // The vault is saved. An outdated `seen.json` only weakens the next rollback check.
        let _ = self.seen.write(&inner.paths);
        newest::write(&inner.paths, &sealed, None);
        if self.loaded.stamps.recent.is_some() {
            disk::remove(&inner.paths.recent());
        }
        let (mark, stamps) = (document.head.mark(&sealed), FileStamps { vault, recent: None });
        Ok(self.install_saved(Loaded { stamps, base: mark.clone(), mark, recent: None, ..self.with(document) }))
    }

    /// Whether observations of the `touched` credentials may go into `recent.age`: the vault is large, has these
    /// credentials, and is the newest version seen.
    fn is_small(&self, touched: &BTreeSet<CredentialId>) -> bool {
        let Loaded { stamps, mark, document, .. } = &self.loaded;
        let credentials = &document.contents.credentials;
        !touched.is_empty()
            && !self.is_format_1
            && stamps.vault.size() >= recent::FROM
            && self.seen.is_at(document.head.generation, mark)
            && touched.iter().all(|id| credentials.by_id(*id).is_some())
    }

    /// Saves a document in which only the credentials `changed` differ from the files, into `recent.age`; see
    /// `recent.rs`.
    fn save_recent(
        &mut self,
        mut document: Document,
        changed: &BTreeSet<CredentialId>,
        now: Timestamp,
    ) -> Result<Arc<Snapshot>, StoreError> {
        self.must_hold_lock()?;
        let inner = &self.vault.0;
        document.head.become_successor_of(&self.loaded, &inner.paths, now)?;
        let before = self.loaded.recent.as_ref();
        let ids = before.map_or_else(|| changed.clone(), |before| before.ids.union(changed).copied().collect());
        let part = recent::part_of(&document, &ids, &self.loaded.base, before);
        let (sealed, kept) = sealed(&part, &inner.identity, now, disk::MAX_SIZE)?;
        let stamp = disk::replace(&inner.paths.recent(), &sealed, None)?;
        self.seen = std::mem::take(&mut self.seen).followed_by(&document.head, &sealed);
        let _ = self.seen.write(&inner.paths);
        newest::write_recent(&inner.paths, &sealed);
        let vault = self.loaded.stamps.vault;
        let (mark, stamps) = (document.head.mark(&sealed), FileStamps { vault, recent: Some(stamp) });
        let Document { head: Head { unknown, .. }, unread: Unread { lines, .. }, .. } = part;
        document.kept_recent = Some(Arc::new(kept));
        let recent = Some(Recent { ids, unknown, lines });
        let snapshot = self.install_saved(Loaded { stamps, mark, recent, ..self.with(document) });
        if sealed.len() as u64 > recent::limit(vault.size()) {
            // The change is saved already: the next save can write the whole file.
            let _ = self.save((*self.loaded.document).clone(), now);
            return Ok(Arc::clone(&self.loaded.snapshot));
        }
        Ok(snapshot)
    }

    fn must_hold_lock(&self) -> Result<(), StoreError> {
        if self.lock.is_held() {
            return Ok(());
        }
        let problem =
            Problem::new(crate::problem::Kind::Storage, "The lock file was deleted while the vault was in use.");
        let problem = problem.why("Another process may be writing now, so nothing was saved.");
        Err(problem.try_this("Try again, and do not change the file named lock in the vault's folder.").into())
    }

    /// The loaded state with a new document.
    fn with(&self, document: Document) -> Loaded {
        let snapshot = Arc::new(snapshot_of(&document, Some(self.vault.0.session)));
        Loaded { document: Arc::new(document), snapshot, ..self.loaded.clone() }
    }

    fn install_saved(&mut self, loaded: Loaded) -> Arc<Snapshot> {
        self.loaded = loaded;
        *self.vault.last() = Some(self.loaded.clone());
        Arc::clone(&self.loaded.snapshot)
    }
}

impl Head {
    /// Whether the files of both heads have the same recipients and pin.
    fn opens_as(&self, other: &Self) -> bool {
        self.recipients == other.recipients && self.vault_secret == other.vault_secret
    }

    /// Makes this head the successor of the version that was loaded.
    fn become_successor_of(&mut self, before: &Loaded, paths: &Paths, now: Timestamp) -> Result<(), StoreError> {
        self.move_log_pin(paths, now)?;
        self.lineage.drop_stale(self.parent.as_deref());
        self.lineage.add(before.document.head.generation, &before.mark);
        self.generation += 1;
        self.parent = Some(before.mark.clone());
        self.nonce = Some(new_nonce());
        Ok(())
    }
}

fn not_adopted(path: &Path, error: StoreError) -> StoreError {
    let problem = Problem::from(error);
    Problem::new(problem.kind, "Tokens from an earlier failed save cannot be moved into the vault yet.")
        .why(format!("{} {} They are kept in {}.", problem.what, problem.why, path.display()))
        .try_this("Fix this first; the next command then moves them into the vault. Do not delete the file.")
        .into()
}

/// Returns the encrypted payload, and its records for the next save. Decrypts and checks it as a reader will, before
/// the old file is touched.
pub(super) fn sealed(
    document: &Document,
    identity: &x25519::Identity,
    now: Timestamp,
    limit: u64,
) -> Result<(Vec<u8>, Kept), StoreError> {
    let written = payload::write(document, now)?;
    let recipients = document.head.recipients.iter().map(|known| known.recipient.as_str());
    let sealed = key::seal_for(recipients, &written.parts(), identity)?;
    let size = sealed.len() as u64;
    if size > limit {
        return Err(StoreError::TooLarge { size, limit, credentials: document.contents.credentials.list.len() });
    }
    Ok((sealed, written.into_kept()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::secret::Passphrase;
    use crate::store::file::create::create;
    use crate::store::file::location::Location;

    #[test]
    fn nothing_is_saved_after_somebody_deleted_the_lock_file() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let at = Location { paths, clock: Clock::system(), program: "test".into() };
        let vault = create(&at, &Passphrase::new("test".to_owned()), 1).unwrap();
        let mut exclusive = vault.exclusive(Duration::ZERO).unwrap();
        std::fs::remove_file(at.paths.lock()).unwrap();
        let before = std::fs::read(at.paths.vault()).unwrap();
        let document = exclusive.document().clone();
        let problem = Problem::from(exclusive.save(document, at.clock.now()).map(drop).unwrap_err());
        assert_eq!(problem.kind, crate::problem::Kind::Storage);
        assert_eq!(problem.what, "The lock file was deleted while the vault was in use.");
        assert_eq!(std::fs::read(at.paths.vault()).unwrap(), before);
    }
}
