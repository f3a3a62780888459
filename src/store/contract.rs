//! The contract of a store, held by one suite of tests (`tests/store`) for every implementation.
//!
//! A store keeps records and knows nothing of providers. It blocks: callers are on threads that may wait, and a remote
//! store drives a runtime of its own. Nothing waits without a deadline.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::error::StoreError;
use super::snapshot::{Generation, Head, Host, Purged, Snapshot};
use super::steps::{Direction, Step};
use crate::audit;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, FindError};
use crate::model::transaction::Transaction;
use crate::secret::{Passphrase, Secret};

/// Where records are kept.
pub trait Store: fmt::Debug + Send + Sync {
    /// What is known without reading a record.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn head(&self) -> Result<Head, StoreError>;

    /// One credential as it is now; `None` if there is none with that id.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn credential(&self, id: CredentialId) -> Result<Option<Credential>, StoreError>;

    /// The credential a person's word names, as [`Credentials::find`](crate::model::credential::Credentials::find) does, without reading the others where that
    /// can be.
    ///
    /// # Errors
    /// As [`Store::snapshot`]; inside, why the word names no one credential.
    fn find(&self, word: &str) -> Result<Result<Credential, FindError>, StoreError> {
        Ok(self.snapshot()?.credentials.find(word).cloned())
    }

    /// All records as they are now, cached by generation.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`], [`StoreError::Forked`], [`StoreError::Forged`], [`StoreError::Unusable`].
    fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError>;

    /// Applies a transaction to what is there *now*: all of it as one generation, or nothing. On return it is durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Busy`], [`StoreError::TooLarge`], [`StoreError::Unusable`].
    fn commit(&self, transaction: Transaction) -> Result<Arc<Snapshot>, StoreError>;

    /// Takes the next step of undo or redo and gives its label; with `only`, if that step is still the next one.
    ///
    /// # Errors
    /// [`StoreError::NothingToUndo`], [`StoreError::NothingToRedo`], [`StoreError::OtherStep`],
    /// [`StoreError::UndoConflict`], and as [`Store::commit`].
    fn take_step(&self, direction: Direction, only: Option<&Step>) -> Result<String, StoreError>;

    /// The right to spend what a credential holds: one holder in the world. Waits at most `wait.longest`. What a holder
    /// that died left behind is in the store, or told by [`Lease::pending`], when this returns.
    ///
    /// # Errors
    /// [`StoreError::Busy`] with the holder, where known; [`StoreError::Unusable`].
    fn lease(&self, id: CredentialId, wait: Wait<'_>) -> Result<Box<dyn Lease>, StoreError>;

    /// Proves, before anything is spent, that an answer of the usual size could be saved now; waits at most
    /// `wait.longest` for who is saving.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::TooLarge`], [`StoreError::Unusable`].
    fn reserve(&self, wait: Wait<'_>) -> Result<(), StoreError>;

    /// The generations that can be gone back to, oldest first, the newest last.
    ///
    /// # Errors
    /// As [`Store::snapshot`]. Former generations are listed even if the newest does not open.
    fn generations(&self) -> Result<Vec<Generation>, StoreError>;

    /// What a generation held.
    ///
    /// # Errors
    /// [`StoreError::NoGeneration`]; [`StoreError::Unusable`] if it does not open.
    fn generation(&self, number: u64) -> Result<Snapshot, StoreError>;

    /// Makes a former generation the newest, above every one seen. Works over a newest one that does not open.
    ///
    /// # Errors
    /// As [`Store::generation`] and [`Store::commit`].
    fn restore(&self, number: u64) -> Result<(), StoreError>;

    /// Removes what former generations and steps of undo hold of deleted credentials; only lists it unless `for_good`.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn purge(&self, for_good: bool) -> Result<Purged, StoreError>;

    /// The credential that holds this refresh token, or has held it as far as the store remembers.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn refresh_token_owner(&self, token: &Secret) -> Result<Option<CredentialId>, StoreError> {
        Ok(self.snapshot()?.credentials.holder_of_refresh_token(token))
    }

    /// Whether somebody wrote since `generation`.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn changed_since(&self, generation: u64) -> Result<bool, StoreError> {
        self.head().map(|head| head.generation != generation)
    }

    /// What the audit log on this machine is held against; nothing for a store that has no key for it.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn log_proof(&self) -> Result<audit::Proof, StoreError> {
        Ok(audit::Proof::default())
    }

    /// Takes the audit log as it is: a person has acknowledged what is wrong with it.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn acknowledge_log(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Its keys, where this person administers them.
    fn keys(&self) -> Option<&dyn Keys>;
}

/// The right to spend what one credential holds. Dropping it gives it back.
pub trait Lease: fmt::Debug + Send {
    /// An answer that was never saved: who held the lease before died, or failed to save.
    fn pending(&self) -> Option<Pending>;

    /// Notes durably that a refresh token is about to be spent.
    ///
    /// # Errors
    /// [`StoreError::Unusable`]: then nothing may be spent.
    fn note(&mut self) -> Result<(), StoreError>;

    /// Takes the note back: an answer came, whatever it was. A note too many only makes the next refresh more careful.
    fn clear(&mut self);

    /// Keeps new tokens durably beside the store until they are committed; the next holder of the lease, or the next
    /// commit, takes them over if this one dies. Gives the place, for a person.
    ///
    /// # Errors
    /// [`StoreError::Unusable`].
    fn keep(&mut self, change: &Change) -> Result<String, StoreError>;

    /// What [`Lease::keep`] kept is in the store.
    fn kept(&mut self);
}

/// The keys of a store on this machine.
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

    /// Makes an identity for a host, writes it to a new file (0600) and lets it in.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a name that is taken or a file that exists; as [`Store::commit`].
    fn add_host(&self, name: &str, identity_file: &std::path::Path) -> Result<Host, StoreError>;

    /// Shuts a host out of everything saved from now on. Takes three seconds (scrypt). Gives the hosts that are left.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], and as [`Store::commit`].
    fn remove_host(&self, name: &str, passphrase: &Passphrase) -> Result<Vec<Host>, StoreError>;

    /// What a copy of the store holds that is elsewhere: a file that a sync tool left, say.
    ///
    /// # Errors
    /// [`StoreError::Forged`], [`StoreError::Unusable`].
    fn read_copy(&self, file: &std::path::Path) -> Result<Snapshot, StoreError>;

    /// Removes every former generation, and what opened it; only lists them unless it is `for_good`.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn purge_all(&self, for_good: bool) -> Result<Purged, StoreError>;

    /// Keeps the page of the key out of the swap from now on. False where the system refuses.
    fn lock_in_memory(&self) -> bool;
}

/// How long to wait for a lease, and whom to tell.
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

/// A refresh token went out and its answer was not saved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pending {
    /// When it went out.
    pub since: Timestamp,
}
