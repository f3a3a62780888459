//! Lists and reads the versions in `backups/`, and removes deleted credentials from them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::commit::LOCK_WAIT;
use super::document::Document;
use super::high_water_mark::Seen;
use super::vault::{FileStore, snapshot_of};
use super::{backup, disk, fallback, newest};
use crate::model::credential::CredentialId;
use crate::paths::sync_folder;
use crate::problem::{Kind, Problem};
use crate::store::error::StoreError;
use crate::store::snapshot::{Purged, Snapshot, Version};

impl FileStore {
    /// The versions that can be restored, oldest first. The vault itself is the last one; if it does not open, the copy
    /// of the newest version seen is last.
    pub(super) fn kept_versions(&self) -> Vec<Version> {
        let current = self.load().map(|loaded| (loaded.document.head.generation, self.0.paths.vault()));
        let current = current.ok().or_else(|| self.copy());
        let look = |(number, path): (u64, PathBuf)| {
            let (_, written_at, size) = disk::look(&path).ok().flatten()?;
            Some(Version { number, place: path.display().to_string(), written_at, size })
        };
        backup::kept(&self.0.paths.backups()).into_iter().chain(current).filter_map(look).collect()
    }

    /// The copy of the newest version seen, with its number.
    fn copy(&self) -> Option<(u64, PathBuf)> {
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        newest::is_there(&self.0.paths, &seen).then(|| (seen.generation, newest::path(&self.0.paths)))
    }

    pub(super) fn file_of(&self, number: u64) -> Result<PathBuf, StoreError> {
        if self.load().is_ok_and(|loaded| loaded.document.head.generation == number) {
            return Ok(self.0.paths.vault());
        }
        let kept = self.copy().into_iter().chain(backup::kept(&self.0.paths.backups()));
        let found = kept.into_iter().find(|(kept, _)| *kept == number);
        found.map(|(_, path)| path).ok_or(StoreError::NoVersion { number })
    }

    /// Reads the content of a file: one of `backups/`, or a copy from elsewhere.
    pub(in crate::store) fn read_file(&self, file: &Path) -> Result<Snapshot, StoreError> {
        self.document_of(file).map(|document| snapshot_of(&document, None))
    }

    fn document_of(&self, file: &Path) -> Result<Document, StoreError> {
        let document = fallback::open(file.to_owned(), &self.0.identity)?.document;
        self.check_belongs_to_vault(file, &document.head)?;
        Ok(document)
    }

    /// Removes deleted credentials: the files of `backups/` that contain them, and undo steps about them. Without
    /// `for_good`, only lists them.
    ///
    /// # Errors
    /// `Kind::Storage`.
    pub(super) fn purge_deleted(&self, for_good: bool) -> Result<Purged, StoreError> {
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let now: Arc<Snapshot> = Arc::clone(exclusive.snapshot());
        let there: BTreeSet<CredentialId> = now.credentials.list.iter().map(|credential| credential.id).collect();
        let undo = exclusive.document().contents.holds_beyond(&there);
        let mut purged = Purged { undo: undo.len(), found: undo.into_iter().collect(), ..Purged::default() };
        let mut holding = Vec::new();
        for (_, path) in backup::kept(&self.0.paths.backups()) {
            let Ok(before) = self.document_of(&path) else {
                purged.unreadable.push(path.display().to_string());
                continue;
            };
            let found = before.contents.holds_beyond(&there);
            if !found.is_empty() {
                purged.found.extend(found);
                holding.push(path);
            }
        }
        let places = |files: &[PathBuf]| files.iter().map(|path| path.display().to_string()).collect();
        if !for_good {
            return Ok(Purged { files: places(&holding), ..purged });
        }
        if purged.undo > 0 {
            let mut document = exclusive.document().clone();
            document.contents.undo.retain(|step| !step.is_beyond(&there));
            document.contents.redo.retain(|step| !step.is_beyond(&there));
            exclusive.save(document, self.0.clock.now())?;
            // The save made a backup of the previous version, whose undo steps still contain the deleted credentials.
            holding.extend(backup::kept(&self.0.paths.backups()).pop().map(|(_, path)| path));
        }
        holding.dedup();
        for path in &holding {
            backup::remove(path);
        }
        self.backups_are_gone()?;
        Ok(Purged { files: places(&holding), ..purged })
    }

    /// As [`VaultAdmin::purge_all`](crate::store::VaultAdmin::purge_all): removes everything that a former key opens.
    pub(super) fn remove_backups(&self, for_good: bool) -> Result<Purged, StoreError> {
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let folder = self.0.paths.backups();
        if for_good {
            // Saved again, so that the copy of the newest version is replaced, too.
            exclusive.save(exclusive.document().clone(), self.0.clock.now())?;
        }
        let files = backup::all(&folder);
        if for_good {
            for path in &files {
                backup::remove(path);
            }
            self.backups_are_gone()?;
        }
        Ok(Purged { files: files.iter().map(|path| path.display().to_string()).collect(), ..Purged::default() })
    }

    fn backups_are_gone(&self) -> Result<(), Problem> {
        sync_folder(&self.0.paths.backups()).map_err(|error| {
            Problem::new(Kind::Storage, "The backups were removed, but the disk did not confirm it.")
                .why(format!("The system says: {error}."))
        })
    }
}
