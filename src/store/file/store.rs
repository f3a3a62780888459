//! Implements the contract of a store for a vault in a file.

use std::path::Path;
use std::sync::Arc;

use super::commit::LOCK_WAIT;
use super::payload::{FORMAT, FORMAT_1};
use super::vault::FileStore;
use crate::audit::Proof;
use crate::model::credential::{Credential, CredentialId, FindError};
use crate::model::transaction::Transaction;
use crate::secret::{Passphrase, Secret};
use crate::store::contract::{Lease, Store, VaultAdmin, Wait};
use crate::store::error::StoreError;
use crate::store::snapshot::{Head, Host, Purged, Snapshot, Version};
use crate::store::steps::{Direction, Step};

impl Store for FileStore {
    fn head(&self) -> Result<Head, StoreError> {
        let head = self.current_head()?;
        let format = if head.nonce.is_some() { FORMAT } else { FORMAT_1 };
        Ok(Head { format, vault_id: head.vault_id, generation: head.generation })
    }

    fn credential(&self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        if let Some(credential) = self.single(id) {
            return Ok(Some(credential));
        }
        let loaded = self.load()?;
        Ok(self.0.names.by_id(loaded.stamps.vault, &loaded.snapshot.credentials, id).cloned())
    }

    fn find(&self, word: &str) -> Result<Result<Credential, FindError>, StoreError> {
        if let Some(credential) = self.find_single(word) {
            return Ok(Ok(credential));
        }
        let loaded = self.load()?;
        Ok(self.0.names.find(loaded.stamps.vault, &loaded.snapshot.credentials, word).cloned())
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        self.load().map(|loaded| loaded.snapshot)
    }

    fn commit(&self, transaction: Transaction) -> Result<Arc<Snapshot>, StoreError> {
        self.exclusive(LOCK_WAIT)?.commit(transaction)
    }

    fn refresh_token_owner(&self, token: &Secret) -> Result<Option<CredentialId>, StoreError> {
        Ok(self.load()?.document.refresh_token_owner(token)?)
    }

    fn undo_or_redo(&self, direction: Direction, only: Option<&Step>) -> Result<String, StoreError> {
        self.exclusive(LOCK_WAIT)?.undo_or_redo(direction, only)
    }

    fn lease(&self, id: CredentialId, wait: Wait<'_>) -> Result<Box<dyn Lease>, StoreError> {
        Ok(Box::new(self.take_lease(id, wait)?))
    }

    fn check_can_save(&self, wait: Wait<'_>) -> Result<(), StoreError> {
        self.prove_room(wait)
    }

    fn versions(&self) -> Result<Vec<Version>, StoreError> {
        Ok(self.kept_versions())
    }

    fn version(&self, number: u64) -> Result<Snapshot, StoreError> {
        self.read_file(&self.file_of(number)?)
    }

    fn restore(&self, number: u64) -> Result<(), StoreError> {
        self.restore_from(Some(&self.file_of(number)?))
    }

    fn purge(&self, for_good: bool) -> Result<Purged, StoreError> {
        self.purge_deleted(for_good)
    }

    fn log_proof(&self) -> Result<Proof, StoreError> {
        Ok(self.current_head()?.log_proof()?)
    }

    fn acknowledge_log(&self) -> Result<(), StoreError> {
        self.accept_log()
    }

    fn admin(&self) -> Option<&dyn VaultAdmin> {
        Some(self)
    }
}

impl VaultAdmin for FileStore {
    fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<(), StoreError> {
        self.rewrap_identity(old, new)
    }

    fn set_recovery_recipient(&self, recipient: &str) -> Result<(), StoreError> {
        self.recover_by(recipient)
    }

    fn add_host(&self, name: &str, identity_file: &Path) -> Result<Host, StoreError> {
        self.create_host(name, identity_file, false)
    }

    fn replace_host(&self, name: &str, identity_file: &Path) -> Result<Host, StoreError> {
        self.create_host(name, identity_file, true)
    }

    fn remove_host(&self, name: &str, passphrase: &Passphrase) -> Result<Vec<Host>, StoreError> {
        self.revoke_host(name, passphrase)
    }

    fn read_copy(&self, file: &Path) -> Result<Snapshot, StoreError> {
        self.read_file(file)
    }

    fn purge_all(&self, for_good: bool) -> Result<Purged, StoreError> {
        self.remove_backups(for_good)
    }

    fn lock_in_memory(&self) -> bool {
        self.lock_key_in_memory()
    }
}
