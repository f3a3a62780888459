//! The contract of a store. One test suite (`tests/store`) checks every implementation.
//!
//! A store keeps records and knows nothing about providers. Its calls block: callers run on threads that may wait, and
//! a remote store drives its own async runtime. Every wait has a deadline.

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

/// A store of encrypted records.
pub trait Store: fmt::Debug + Send + Sync {
    /// Reads the format, the vault's id and the generation, if possible without reading a record.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn head(&self) -> Result<Head, StoreError>;

    /// Reads the current state of one credential; `None` if there is none with that id.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn credential(&self, id: CredentialId) -> Result<Option<Credential>, StoreError>;

    /// Finds the credential that the user's input names, as
    /// [`Credentials::find`](crate::model::credential::Credentials::find) does, if possible without reading the others.
    ///
    /// # Errors
    /// As [`Store::snapshot`]; the inner error says why the input does not name exactly one credential.
    fn find(&self, word: &str) -> Result<Result<Credential, FindError>, StoreError> {
        Ok(self.snapshot()?.credentials.find(word).cloned())
    }

    /// Reads the credential with this id or full name from the copy on this machine, without a request to a remote
    /// store; `None` if the store has to be asked.
    fn cached_credential(&self, _word: &str) -> Option<Credential> {
        None
    }

    /// Reads all records from the copy on this machine, without waiting for a thread that is reading or writing. `None`
    /// if there is no copy besides the store itself.
    fn cached_snapshot(&self) -> Option<Arc<Snapshot>> {
        None
    }

    /// Reads the current state of all records, cached by version.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`], [`StoreError::Forked`], [`StoreError::Forged`], [`StoreError::Unusable`].
    fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError>;

    /// Applies a transaction to the *current* state: all of it as one version, or nothing. The change is durable on
    /// return.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Busy`], [`StoreError::TooLarge`], [`StoreError::Unusable`].
    fn commit(&self, transaction: Transaction) -> Result<Arc<Snapshot>, StoreError>;

    /// Cancels this handle's edits that wait for a slow store and are not being written yet: they return an error and
    /// save nothing. Edits that bring tokens are never canceled.
    fn cancel_pending_edits(&self) {}

    /// Applies the next undo or redo step and returns its label; with `only`, only if that step is still the next one.
    ///
    /// # Errors
    /// [`StoreError::NothingToUndo`], [`StoreError::NothingToRedo`], [`StoreError::OtherStep`],
    /// [`StoreError::UndoConflict`], and as [`Store::commit`].
    fn undo_or_redo(&self, direction: Direction, only: Option<&Step>) -> Result<String, StoreError>;

    /// Acquires the exclusive right to spend a credential's refresh token: among all machines that share a team's
    /// store, or among the processes of this machine for a vault in a file. Waits at most `wait.longest` for the
    /// current holder; the other steps have deadlines of their own. On return, tokens that a former holder could only
    /// keep on this machine are in the store, and a refresh whose response is in neither place is reported by
    /// [`Lease::pending`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] with the holder, where known; any other error that reading or saving can return.
    fn lease(&self, id: CredentialId, wait: Wait<'_>) -> Result<Box<dyn Lease>, StoreError>;

    /// Proves, before anything is spent, that a response of the usual size could be saved now. Waits at most
    /// `wait.longest` for another process that is saving.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::TooLarge`], [`StoreError::Unusable`].
    fn check_can_save(&self, wait: Wait<'_>) -> Result<(), StoreError>;

    /// Lists the versions that can be restored, oldest first, the newest last.
    ///
    /// # Errors
    /// As [`Store::snapshot`]. Former versions are listed even if the newest cannot be opened.
    fn versions(&self) -> Result<Vec<Version>, StoreError>;

    /// Reads the content of a version.
    ///
    /// # Errors
    /// [`StoreError::NoVersion`]; [`StoreError::Unusable`] if the version cannot be opened.
    fn version(&self, number: u64) -> Result<Snapshot, StoreError>;

    /// Saves a former version as the newest, with a number higher than any that was seen. Works even if the newest
    /// version cannot be opened.
    ///
    /// # Errors
    /// As [`Store::version`] and [`Store::commit`].
    fn restore(&self, number: u64) -> Result<(), StoreError>;

    /// Removes deleted credentials from former versions and undo steps; without `for_good`, only lists them.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn purge(&self, for_good: bool) -> Result<Purged, StoreError>;

    /// Finds the credential that has, or had, this refresh token, as far as the store remembers.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn refresh_token_owner(&self, token: &Secret) -> Result<Option<CredentialId>, StoreError> {
        Ok(self.snapshot()?.credentials.holder_of_refresh_token(token))
    }

    /// Whether anything was saved after the version `generation`.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn changed_since(&self, generation: u64) -> Result<bool, StoreError> {
        self.head().map(|head| head.generation != generation)
    }

    /// Returns a watcher for writes by others. `None` for a file on this machine, whose folder is watched instead.
    fn watcher(&self) -> Option<Box<dyn Watcher>> {
        None
    }

    /// Returns what the audit log on this machine is checked against; empty for a store without a key for it.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn log_proof(&self) -> Result<audit::Proof, StoreError> {
        Ok(audit::Proof::default())
    }

    /// Accepts the audit log in its current state, after the user has acknowledged its fault.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn acknowledge_log(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// What changes who opens the vault; `None` if this machine cannot change that.
    fn admin(&self) -> Option<&dyn VaultAdmin>;

    /// The audit log of all machines, for a store that a team shares.
    fn member_logs(&self) -> Option<&dyn MemberLogs> {
        None
    }

    /// The members, for a store that a team shares.
    fn team(&self) -> Option<&dyn Members> {
        None
    }
}

/// Waits for writes by others. Holds no key of the store, so it may keep running after the vault is locked.
pub trait Watcher: fmt::Debug + Send {
    /// Waits up to `longest` for a write since the previous call, and returns whether there may have been one. The
    /// first call may return true without a reason.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] while the store cannot be reached.
    fn wait(&mut self, longest: Duration) -> Result<bool, StoreError>;
}

/// The exclusive right to spend one credential's refresh token. Released when dropped.
pub trait Lease: fmt::Debug + Send {
    /// A refresh whose response is not in the store, because the previous holder died or failed to save it there.
    fn pending(&self) -> Option<Pending>;

    /// Records durably that a refresh token is about to be spent.
    ///
    /// # Errors
    /// Any [`StoreError`]: the token must not be spent then.
    fn record_spending(&mut self) -> Result<(), StoreError>;

    /// Fails if it is too late to spend the refresh token after [`Lease::record_spending`]: another machine may take
    /// the lease before the response arrives, such as when this one was suspended.
    ///
    /// # Errors
    /// [`StoreError::Unusable`].
    fn still_held(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Removes the record of [`Lease::record_spending`] once it is known whether the token was spent, at the latest
    /// when the lease is released. In a team's store it stays while the new tokens are only on this machine
    /// ([`Lease::stash`]). If it remains, the next refresh is only more careful.
    fn clear_spending(&mut self);

    /// Stores the new tokens of one response durably on this machine, outside the store, until they are committed. The
    /// next holder or the next commit on this machine takes them over. Returns the location, for the user.
    ///
    /// # Errors
    /// [`StoreError::Unusable`].
    fn stash(&mut self, changes: &[Change]) -> Result<String, StoreError>;

    /// Removes what [`Lease::stash`] stored, once it is committed.
    fn discard_stash(&mut self);
}

/// Changes who and what opens a vault in a file: its passphrase, its hosts and its recovery kit.
pub trait VaultAdmin {
    /// Encrypts the identity with another passphrase. Takes about two seconds (scrypt twice).
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], [`StoreError::Unusable`].
    fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<(), StoreError>;

    /// Encrypts to the recipient (`age1...`) of a recovery kit from now on, instead of the previous kit.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn set_recovery_recipient(&self, recipient: &str) -> Result<(), StoreError>;

    /// Creates an identity for a host, writes it to a new file (0600) and adds the host.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if the name is already used or the file exists; as [`Store::commit`].
    fn add_host(&self, name: &str, identity_file: &std::path::Path) -> Result<Host, StoreError>;

    /// As [`add_host`](Self::add_host), for a host that exists: its former identity opens nothing that is saved from
    /// now on. For a host whose file no longer works because another host was removed.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if there is no such host or the file exists; as [`Store::commit`].
    fn replace_host(&self, name: &str, identity_file: &std::path::Path) -> Result<Host, StoreError>;

    /// Removes a host; it cannot open anything that is saved from now on. Takes three seconds (scrypt). Returns the
    /// remaining hosts.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], and as [`Store::commit`].
    fn remove_host(&self, name: &str, passphrase: &Passphrase) -> Result<Vec<Host>, StoreError>;

    /// Reads a copy of the store in another file, such as a sync tool's conflict copy.
    ///
    /// # Errors
    /// [`StoreError::Forged`], [`StoreError::Unusable`].
    fn read_copy(&self, file: &std::path::Path) -> Result<Snapshot, StoreError>;

    /// Removes every former version and the identities that opened them; without `for_good`, only lists them.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn purge_all(&self, for_good: bool) -> Result<Purged, StoreError>;

    /// Keeps the memory page of the key out of swap from now on. Returns false if the system refuses.
    fn lock_in_memory(&self) -> bool;
}

/// How long to wait for a lock, and what to call when the wait is noticeable.
pub struct Wait<'a> {
    /// The maximum wait.
    pub longest: Duration,
    /// Called once when the wait becomes noticeable.
    pub noticed: &'a mut dyn FnMut(),
}

impl fmt::Debug for Wait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("longest", &self.longest).finish_non_exhaustive()
    }
}

/// A refresh token was sent, but its response was not saved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pending {
    /// When the refresh token was sent.
    pub since: Timestamp,
}
