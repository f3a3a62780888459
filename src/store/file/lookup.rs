//! Reads only a part of the vault file: the head, or one credential.

use std::sync::{Arc, PoisonError};

use super::document::Head;
use super::high_water_mark::Seen;
use super::partial_read::NewestHead;
use super::stamps::FileStamps;
use super::vault::FileStore;
use crate::model::credential::{Credential, CredentialId};
use crate::store::error::StoreError;

impl FileStore {
    /// Reads the current head.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub(super) fn current_head(&self) -> Result<Head, StoreError> {
        match self.opened() {
            Some(newest) => Ok(newest.head().clone()),
            None => Ok(self.load()?.document.head.clone()),
        }
    }

    /// The credential with this full name or id; `None` if the whole file has to be read.
    pub(super) fn find_single(&self, word: &str) -> Option<Credential> {
        self.opened()?.find(word)
    }

    /// The credential with this id; `None` if the whole file has to be read.
    pub(super) fn single(&self, id: CredentialId) -> Option<Credential> {
        self.find_single(&id.to_string())
    }

    /// The open files, if they are certainly the newest version and have not been read as a whole yet.
    fn opened(&self) -> Option<Arc<NewestHead>> {
        let stamps = FileStamps::look(&self.0.paths).ok().flatten()?;
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

    fn open_newest(&self) -> Option<NewestHead> {
        let path = self.0.paths.vault();
        // The state is read first, as in `load`.
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        let newest =
            NewestHead::open(&self.0.paths, &self.0.identity, |head| self.check_belongs_to_vault(&path, head).is_ok())?;
        let head = newest.head();
        head.nonce.as_deref().is_some_and(|mark| seen.is_at(head.generation, mark)).then_some(newest)
    }
}
