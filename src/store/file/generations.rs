//! The generations that lie in `backups/`: listed, read, and cleaned of what was deleted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::commit::LOCK_WAIT;
use super::document::Document;
use super::{Snapshot, Vault, backup, decrypt, file, picture};
use crate::model::credential::CredentialId;
use crate::problem::{Kind, Problem};

/// One generation that can be gone back to; the last of a list is the vault itself.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// Its file.
    pub file: PathBuf,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Bytes.
    pub size: u64,
}

/// What a purge takes away, or would.
#[derive(Clone, Debug, Default)]
pub struct Purged {
    /// Names of deleted credentials that were found, and the steps of undo about them.
    pub found: BTreeSet<String>,
    /// Files of `backups/` that hold one of them.
    pub files: Vec<PathBuf>,
    /// Files that cannot be read, and stay.
    pub unreadable: Vec<PathBuf>,
    /// Steps that `undo` can no longer take back.
    pub undo: usize,
}

impl Vault {
    /// What there is to go back to, oldest first, the vault itself last. Opens nothing.
    #[must_use]
    pub fn generations(&self) -> Vec<Generation> {
        let current = self.snapshot().map(|snapshot| (snapshot.generation, self.0.paths.vault()));
        let look = |(number, path): (u64, PathBuf)| {
            let (_, written_at, size) = file::look(&path).ok().flatten()?;
            Some(Generation { number, file: path, written_at, size })
        };
        backup::kept(&self.0.paths.backups()).into_iter().chain(current).filter_map(look).collect()
    }

    /// What a file held: one of `backups/`, or a copy from elsewhere.
    ///
    /// # Errors
    /// Storage when it does not open, Refused for one that is not of this vault.
    pub fn read_generation(&self, file: &Path) -> Result<Snapshot, Problem> {
        self.document_of(file).map(|document| picture(&document))
    }

    fn document_of(&self, file: &Path) -> Result<Document, Problem> {
        let (bytes, _) = file::read(file)?;
        let document = decrypt(&bytes, &self.0.identity)?;
        self.is_ours(&document)?;
        Ok(document)
    }

    /// Removes what still holds credentials that were deleted: those files of `backups/`, and the steps of undo. Only
    /// tells what it would do unless it is `for_good`.
    ///
    /// # Errors
    /// Storage.
    pub fn purge(&self, for_good: bool) -> Result<Purged, Problem> {
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let now: Arc<Snapshot> = Arc::clone(exclusive.snapshot());
        let there: BTreeSet<CredentialId> = now.credentials.list.iter().map(|credential| credential.id).collect();
        let undo = exclusive.document().holds_beyond(&there);
        let mut purged = Purged { undo: undo.len(), found: undo.into_iter().collect(), ..Purged::default() };
        for (_, path) in backup::kept(&self.0.paths.backups()) {
            let Ok(before) = self.document_of(&path) else {
                purged.unreadable.push(path);
                continue;
            };
            let found = before.holds_beyond(&there);
            if !found.is_empty() {
                purged.found.extend(found);
                purged.files.push(path);
            }
        }
        if !for_good {
            return Ok(purged);
        }
        if purged.undo > 0 {
            let mut document = exclusive.document().clone();
            document.undo.retain(|step| !step.is_beyond(&there));
            exclusive.save(document, self.0.clock.now())?;
            // The save keeps the generation before it, whose steps of undo hold what was deleted.
            purged.files.extend(backup::kept(&self.0.paths.backups()).pop().map(|(_, path)| path));
        }
        purged.files.dedup();
        for path in &purged.files {
            file::remove(path);
        }
        file::sync_folder(&self.0.paths.backups()).map_err(|error| {
            Problem::new(Kind::Storage, "The backups were removed, but it is not sure that this is on the disk.")
                .why(format!("The system says: {error}."))
        })?;
        Ok(purged)
    }
}
