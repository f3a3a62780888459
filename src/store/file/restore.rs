//! Going back on purpose: an older file, or one of two that grew apart, becomes the newest generation.

use std::path::Path;
use std::sync::Arc;

use super::commit::{Exclusive, LOCK_WAIT};
use super::digest::hex_sha256;
use super::disk;
use super::document::decrypt;
use super::lock::WriteLock;
use super::seen::Seen;
use super::vault::{FileStore, Loaded, snapshot_of};
use crate::model::credential::{Event, EventKind};
use crate::store::contract::Wait;
use crate::store::error::StoreError;

impl FileStore {
    /// Makes `from` (by default the `vault.age` that is there) the vault's newest generation, above every one seen. The
    /// file it replaces is kept in `backups/`, whatever it is: it may be one that does not open.
    ///
    /// Only a person may ask for it: refresh tokens in the older file may be spent by now. Each credential with
    /// tokens says so in its history.
    pub(in crate::store) fn go_back_to(&self, from: Option<&Path>) -> Result<(), StoreError> {
        let paths = &self.0.paths;
        let current = paths.vault();
        let lock = WriteLock::acquire(&self.location(), Wait { longest: LOCK_WAIT, noticed: &mut || () })?;
        let (bytes, stamp) = disk::read(from.unwrap_or(&current))?;
        let mut restored = decrypt(&bytes, &self.0.identity)?;
        self.is_ours(&restored)?;
        let seen = Seen::read(paths, &self.0.vault_id);
        let now = self.0.clock.now();
        let note = format!("from generation {}", restored.generation);
        let credentials = Arc::make_mut(&mut restored.contents.credentials);
        for credential in credentials.list.iter_mut().filter(|credential| credential.tokens.is_some()) {
            credential.record(Event::new(now, EventKind::Restored, &note));
        }
        // The file being replaced is kept by its own number; one that is not the newest, or does not open, by a number
        // above every one seen, so that it takes the name of no other.
        let newest = self.load().ok();
        let is_newest = newest.as_ref().is_some_and(|loaded| loaded.document.generation == seen.generation);
        if let Some(newest) = newest {
            restored.keep_log_of(&newest.document);
        }
        restored.generation = restored.generation.max(seen.generation) + u64::from(!is_newest);
        let loaded = Loaded {
            stamp,
            hash: hex_sha256(&bytes),
            snapshot: Arc::new(snapshot_of(&restored)),
            document: Arc::new(restored.clone()),
        };
        Exclusive::over(self, loaded, seen, lock).save(restored, now).map(|_| ())
    }
}
