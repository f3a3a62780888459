//! The contract of a store. One suite of tests (`tests/store`) checks every implementation.
//!
//! A store keeps records and knows nothing of providers. It blocks: callers are on threads that may wait, and a remote
//! store drives its own runtime. Nothing waits without a deadline.

#![warn(missing_docs)]

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::error::StoreError;
use super::member_logs::MemberLogs;
use super::members::Members;
use super::snapshot::{Head, Host, Purged, Snapshot, Version};
use super::steps::{Direction, Step};
use crate::audit;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, FindError};
use crate::model::transaction::Transaction;
use crate::secret::{Passphrase, Secret};

/// Keeps records, encrypted.
pub trait Store: fmt::Debug + Send + Sync {
    /// What can be read without opening a record.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn head(&self) -> Result<Head, StoreError>;

    /// One credential as it is now; `None` if there is none with that id.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn credential(&self, id: CredentialId) -> Result<Option<Credential>, StoreError>;

    /// The credential that a person's word names, as
    /// [`Credentials::find`](crate::model::credential::Credentials::find) does, if possible without reading the
    /// others.
    ///
    /// # Errors
    /// As [`Store::snapshot`]; inside, why the word does not name one credential.
    fn find(&self, word: &str) -> Result<Result<Credential, FindError>, StoreError> {
        Ok(self.snapshot()?.credentials.find(word).cloned())
    }

    /// The credential with an id or a whole name from the copy on this machine, without a request to a remote store;
    /// `None` if the store has to be asked.
    fn kept(&self, _word: &str) -> Option<Credential> {
        None
    }

    /// All records from the copy on this machine, without waiting for a thread that reads or writes now. `None` if
    /// there is no copy beside the store itself.
    fn copy(&self) -> Option<Arc<Snapshot>> {
        None
    }

    /// All records as they are now, cached by version.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`], [`StoreError::Forked`], [`StoreError::Forged`], [`StoreError::Unusable`].
    fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError>;

    /// Applies a transaction to what is there *now*: all of it as one version, or nothing. On return it is durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Busy`], [`StoreError::TooLarge`], [`StoreError::Unusable`].
    fn commit(&self, transaction: Transaction) -> Result<Arc<Snapshot>, StoreError>;

    /// Cancels this handle's edits that wait for a slow store and are not being written yet: they return an error and
    /// save nothing. Edits that bring tokens are never canceled.
    fn give_up(&self) {}

    /// Takes the next undo or redo step and returns its label; with `only`, if that step is still the next one.
    ///
    /// # Errors
    /// [`StoreError::NothingToUndo`], [`StoreError::NothingToRedo`], [`StoreError::OtherStep`],
    /// [`StoreError::UndoConflict`], and as [`Store::commit`].
    fn take_step(&self, direction: Direction, only: Option<&Step>) -> Result<String, StoreError>;

    /// The exclusive right to spend a credential's refresh token, on all machines. Waits at most `wait.longest`. On
    /// return, whatever a dead holder left is in the store or reported by [`Lease::pending`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] with the holder, where known; [`StoreError::Unusable`].
    fn lease(&self, id: CredentialId, wait: Wait<'_>) -> Result<Box<dyn Lease>, StoreError>;

    /// Proves, before anything is spent, that a response of the usual size could be saved now. Waits at most
    /// `wait.longest` for another process that is saving.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::TooLarge`], [`StoreError::Unusable`].
    fn reserve(&self, wait: Wait<'_>) -> Result<(), StoreError>;

    /// The versions that can be restored, oldest first, the newest last.
    ///
    /// # Errors
    /// As [`Store::snapshot`]. Former versions are listed even if the newest does not open.
    fn versions(&self) -> Result<Vec<Version>, StoreError>;

    /// The content of a version.
    ///
    /// # Errors
    /// [`StoreError::NoVersion`]; [`StoreError::Unusable`] if it does not open.
    fn version(&self, number: u64) -> Result<Snapshot, StoreError>;

    /// Saves a former version as the newest, with a number above every one seen. Works even if the newest does not
    /// open.
    ///
    /// # Errors
    /// As [`Store::version`] and [`Store::commit`].
    fn restore(&self, number: u64) -> Result<(), StoreError>;

    /// Removes deleted credentials from former versions and undo steps; only lists them unless `for_good`.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn purge(&self, for_good: bool) -> Result<Purged, StoreError>;

    /// The credential that has this refresh token, or had it, as far as the store remembers.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn refresh_token_owner(&self, token: &Secret) -> Result<Option<CredentialId>, StoreError> {
        Ok(self.snapshot()?.credentials.holder_of_refresh_token(token))
    }

    /// Whether anything was saved since the version `generation`.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn changed_since(&self, generation: u64) -> Result<bool, StoreError> {
        self.head().map(|head| head.generation != generation)
    }

    /// Notifies of writes by others. `None` for a file of this machine, whose folder is watched instead.
    fn watcher(&self) -> Option<Box<dyn Watcher>> {
        None
    }

    /// What the audit log on this machine is checked against; empty for a store without a key for it.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn log_proof(&self) -> Result<audit::Proof, StoreError> {
        Ok(audit::Proof::default())
    }

    /// Accepts the audit log in its current state: a person has acknowledged its fault.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn acknowledge_log(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The store's keys, if they can be managed by this person.
    fn keys(&self) -> Option<&dyn Keys>;

    /// The audit log of all machines, for a store that a team shares.
    fn member_logs(&self) -> Option<&dyn MemberLogs> {
        None
    }

    /// The members, for a store that a team shares.
    fn team(&self) -> Option<&dyn Members> {
        None
    }
}

/// Waits for writes by others. Holds no key of the store, so it may outlive the lock of a vault.
pub trait Watcher: fmt::Debug + Send {
    /// Waits until there may have been a write since the last call, at most `longest`; returns whether there was. The
    /// first call may return true without a reason.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] while the store cannot be reached.
    fn wait(&mut self, longest: Duration) -> Result<bool, StoreError>;
}

/// The exclusive right to spend one credential's refresh token. Released when dropped.
pub trait Lease: fmt::Debug + Send {
    /// A refresh whose response was never saved: the previous holder died, or failed to save.
    fn pending(&self) -> Option<Pending>;

    /// Records durably that a refresh token is about to be spent.
    ///
    /// # Errors
    /// [`StoreError::Unusable`]: then nothing may be spent.
    fn note(&mut self) -> Result<(), StoreError>;

    /// Removes that record after any response. If it stays, the next refresh is only more careful.
    fn clear(&mut self);

    /// Stores the new tokens of one response durably beside the store until they are committed. If this holder dies,
    /// the next one, or the next commit, takes them over. Returns the place, for a person.
    ///
    /// # Errors
    /// [`StoreError::Unusable`].
    fn keep(&mut self, changes: &[Change]) -> Result<String, StoreError>;

    /// Removes what [`Lease::keep`] stored, once it is committed.
    fn kept(&mut self);
}

/// The keys that open a store on this machine.
pub trait Keys {
    /// Wraps the identity in another passphrase. Takes about two seconds (scrypt twice).
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], [`StoreError::Unusable`].
    fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<(), StoreError>;

    /// Encrypts to the recipient (`age1...`) of a recovery kit from now on, instead of the one before.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn set_recovery_recipient(&self, recipient: &str) -> Result<(), StoreError>;

    /// Creates an identity for a host, writes it to a new file (0600) and adds the host.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a name that is taken or a file that exists; as [`Store::commit`].
    fn add_host(&self, name: &str, identity_file: &std::path::Path) -> Result<Host, StoreError>;

    /// Removes a host, which can open nothing saved from now on. Takes three seconds (scrypt). Returns the remaining
    /// hosts.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], and as [`Store::commit`].
    fn remove_host(&self, name: &str, passphrase: &Passphrase) -> Result<Vec<Host>, StoreError>;

    /// The content of a copy of the store in another file, such as a sync tool's conflict copy.
    ///
    /// # Errors
    /// [`StoreError::Forged`], [`StoreError::Unusable`].
    fn read_copy(&self, file: &std::path::Path) -> Result<Snapshot, StoreError>;

    /// Removes every former version and the identities that opened them; only lists them unless `for_good`.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn purge_all(&self, for_good: bool) -> Result<Purged, StoreError>;

    /// Keeps the memory page of the key out of swap from now on. False if the system refuses.
    fn lock_in_memory(&self) -> bool;
}

/// How long to wait for a lock, and what to call when the wait is noticeable.
pub struct Wait<'a> {
    /// The longest wait.
    pub longest: Duration,
    /// Called once when the wait becomes noticeable.
    pub noticed: &'a mut dyn FnMut(),
}

impl fmt::Debug for Wait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("longest", &self.longest).finish_non_exhaustive()
    }
}

/// A refresh token was sent and its response was not saved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pending {
    /// When it was sent.
    pub since: Timestamp,
}
