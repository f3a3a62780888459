//! Restores a version at the user's request: an older file, or one of two that diverged, becomes the newest version.

use std::path::Path;
use std::sync::Arc;

use super::commit::{LOCK_WAIT, VaultWriter};
use super::document::{Document, Head};
use super::fallback::{self, Kept};
use super::high_water_mark::Seen;
use super::lock::WriteLock;
use super::stamps::FileStamps;
use super::vault::{FileStore, Loaded, snapshot_of};
use super::{backup, newest};
use crate::model::credential::{Event, EventKind};
use crate::problem::{Kind, NextStep, Problem};
use crate::store::contract::Wait;
use crate::store::error::StoreError;

impl FileStore {
    /// Saves `from` (by default a `vault.age` that [`load`](Self::load) rejects) as the newest version, with a number
    /// higher than any that was seen. The replaced file goes to `backups/`, even if it does not open.
    ///
    /// Only at the user's request, because refresh tokens in the older file may be spent by now. The restore is added
    /// to the history of each credential with tokens.
    pub(in crate::store) fn restore_from(&self, from: Option<&Path>) -> Result<(), StoreError> {
        if from.is_none() && self.load().is_ok() {
            return Err(nothing_to_restore().into());
        }
        let path = from.map_or_else(|| self.0.paths.vault(), Path::to_path_buf);
        let kept = fallback::open(path, &self.0.identity).and_then(|kept| {
            self.check_belongs_to_vault(&kept.path, &kept.document.head)?;
            Ok(kept)
        });
        let kept = kept.map_err(|error| self.with_way_back(error, false))?;
        let (mut exclusive, document) = self.exclusive_over(kept)?;
        exclusive.save(document, self.0.clock.now()).map(|_| ())
    }

    /// Acquires the write lock, and prepares an available file to be saved as the newest version.
    pub(super) fn exclusive_over(&self, kept: Kept) -> Result<(VaultWriter, Document), StoreError> {
        let (paths, now) = (&self.0.paths, self.0.clock.now());
        let lock = WriteLock::acquire(&self.location(), Wait { longest: LOCK_WAIT, noticed: &mut || () })?;
        // Opened again, because the file may have changed before the lock was acquired.
        let Kept { path, bytes, document: mut restored } = fallback::open(kept.path, &self.0.identity)?;
        self.check_belongs_to_vault(&path, &restored.head)?;
        let seen = Seen::read(paths, &self.0.vault_id);
        let note = format!("from version {}", restored.head.generation);
        let credentials = Arc::make_mut(&mut restored.contents.credentials);
        for credential in credentials.list.iter_mut().filter(|credential| credential.tokens.is_some()) {
            Arc::make_mut(credential).record(Event::new(now, EventKind::Restored, &note));
        }
        // The replaced file is backed up under its own number. If it is not the newest, or does not open, it is backed
        // up under a number higher than any that was seen, so that no two backups have the same name.
        let there = self.load().ok();
        let is_format_1 = there.as_ref().is_some_and(|there| there.document.head.nonce.is_none());
        let is_newest = there.as_ref().is_some_and(|there| there.document.head.generation == seen.generation);
        if let Some(there) = there.map(|there| there.document).or_else(|| self.newest_seen(&seen).map(Arc::new)) {
            restored.head.keep_log_of(&there.head);
        }
        if !is_newest {
            newest::keep(paths, &seen, now)?;
        }
        let mark = restored.head.mark(&bytes);
        self.record_abandoned(&mut restored.head, &seen, &mark);
        let highest = backup::kept(&paths.backups()).pop().map_or(0, |(number, _)| number);
        let newest = restored.head.generation.max(seen.generation);
        let is_free = is_newest && highest < newest;
        restored.head.generation = if is_free { newest } else { newest.max(highest) + 1 };
        restored.head.parent = Some(mark.clone());
        let loaded = Loaded {
            stamps: FileStamps::look(paths).ok().flatten().unwrap_or_default(),
            base: mark.clone(),
            mark,
            recent: None,
            snapshot: Arc::new(snapshot_of(&restored, Some(self.0.session))),
            document: Arc::new(restored.clone()),
        };
        Ok((VaultWriter::over(self, loaded, seen, lock, is_format_1), restored))
    }

    /// Adds the files that the restore abandons to the lineage, so that machines that have seen them accept the
    /// restored file as newer.
    fn record_abandoned(&self, restored: &mut Head, seen: &Seen, mark: &str) {
        restored.lineage.drop_stale(restored.parent.as_deref());
        let there = fallback::open(self.0.paths.vault(), &self.0.identity).ok();
        if let Some(mut there) =
            there.filter(|there| self.check_belongs_to_vault(&there.path, &there.document.head).is_ok())
        {
            let head = &mut there.document.head;
            head.lineage.drop_stale(head.parent.as_deref());
            restored.lineage.add_older(&head.lineage);
            restored.lineage.add(head.generation, &head.mark(&there.bytes));
        }
        if seen.generation > 0 {
            restored.lineage.add(seen.generation, seen.mark());
        }
        restored.lineage.add(restored.generation, mark);
    }
}

fn nothing_to_restore() -> Problem {
    Problem::new(Kind::Usage, "The vault opens, so there is nothing to restore.")
        .why("A restore without a file or a version number is for a vault.age that was rejected.")
        .try_this("Name a backup or a version to restore that one.")
        .step(NextStep::ListVersions)
}
