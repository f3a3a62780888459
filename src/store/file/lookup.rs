//! What a store answers from a part of its file: the head, or one credential.

use std::sync::{Arc, PoisonError};

use super::document::Head;
use super::seen::Seen;
use super::single::Newest;
use super::stamps::Stamps;
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
            Some(newest) => Ok(newest.head().clone()),
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

    /// The vault as it is now, where nothing about it is in doubt and the whole was not read yet.
    fn opened(&self) -> Option<Arc<Newest>> {
        let stamps = Stamps::look(&self.0.paths).ok().flatten()?;
        if self.last().as_ref().is_some_and(|last| last.stamps == stamps) {
            return None;
        }
        let mut kept = self.0.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(newest) = kept.as_ref().filter(|newest| newest.stamps == stamps) {
            return Some(Arc::clone(newest));
        }
        let newest = Arc::new(self.open_newest()?);
        *kept = Some(Arc::clone(&newest));
        Some(newest)
    }

    fn open_newest(&self) -> Option<Newest> {
        let path = self.0.paths.vault();
        // State first, as in `load`.
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        let newest = Newest::open(&self.0.paths, &self.0.identity, |head| self.is_ours(&path, head).is_ok())?;
        let head = newest.head();
        head.nonce.as_deref().is_some_and(|mark| seen.is_at(head.generation, mark)).then_some(newest)
    }
}
