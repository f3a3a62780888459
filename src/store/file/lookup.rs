//! What a store answers from a part of its file: the head, or one credential.

use std::sync::{Arc, PoisonError};

use super::disk;
use super::document::Head;
use super::seen::Seen;
use super::single::Opened;
use super::vault::FileStore;
use crate::model::credential::{Credential, CredentialId};
use crate::store::error::StoreError;

impl FileStore {
    /// The head as it is now.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub(super) fn current_head(&self) -> Result<Head, StoreError> {
        match self.opened() {
            Some(opened) => Ok(opened.head.clone()),
            None => Ok(self.load()?.document.head.clone()),
        }
    }

    /// The credential that a whole name or an id names; `None` where the whole file has to be asked.
    pub(super) fn find_single(&self, word: &str) -> Option<Credential> {
        self.opened()?.find(word)
    }

    /// The credential with this id, likewise.
    pub(super) fn single(&self, id: CredentialId) -> Option<Credential> {
        self.find_single(&id.to_string())
    }

    /// The file as it is now, where nothing about it is in doubt and the whole was not read yet.
    fn opened(&self) -> Option<Arc<Opened>> {
        let (stamp, ..) = disk::look(&self.0.paths.vault()).ok().flatten()?;
        if self.last().as_ref().is_some_and(|last| last.stamp == stamp) {
            return None;
        }
        let mut kept = self.0.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = kept.as_ref().filter(|opened| opened.stamp == stamp) {
            return Some(Arc::clone(opened));
        }
        let opened = Arc::new(self.open_newest()?);
        *kept = Some(Arc::clone(&opened));
        Some(opened)
    }

    fn open_newest(&self) -> Option<Opened> {
        let path = self.0.paths.vault();
        // State first, as in `load`.
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        let opened = Opened::open(&path, &self.0.identity)?;
        let head = &opened.head;
        self.is_ours(&path, head).ok()?;
        let is_newest = head.generation == seen.generation && head.nonce.as_deref() == Some(seen.mark());
        is_newest.then_some(opened)
    }
}
