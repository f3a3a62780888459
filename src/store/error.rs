//! The errors of a store.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::record::Conflict;
use crate::problem::Problem;

/// Typed, so that no code has to match on messages; those are in `error_text.rs`.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An edit does not apply to the stored records.
    #[error("the edit conflicts with what is stored")]
    Conflict(Conflict),
    /// An undo step does not apply to the stored records.
    #[error("the step of undo conflicts with what is stored")]
    UndoConflict(Conflict),
    /// There is no undo step.
    #[error("nothing to undo")]
    NothingToUndo,
    /// Nothing was undone since the last edit.
    #[error("nothing to redo")]
    NothingToRedo,
    /// The step that the user confirmed is no longer the next one.
    #[error("the next step is another one")]
    OtherStep {
        /// The label of the step that is next now.
        next: String,
    },
    /// Another process held the write lock or the lease for longer than the wait.
    #[error("{held:?} is busy")]
    Busy {
        held: LockKind,
        /// The holder, if known.
        holder: Option<Holder>,
        /// How long this process waited.
        waited: Duration,
        /// The location of the lock, for the user.
        place: String,
    },
    /// The new file would exceed the size limit for opening. Nothing was written.
    #[error("{size} bytes are more than {limit}")]
    TooLarge {
        /// Bytes that would have been written.
        size: u64,
        /// The limit in bytes.
        limit: u64,
        credentials: usize,
    },
    /// The store is older than the newest version this machine has seen.
    #[error("version {found} is older than {seen}")]
    RolledBack {
        /// The version that was found.
        found: u64,
        /// The highest version seen.
        seen: u64,
        /// Whether that version is still available.
        kept: bool,
    },
    /// Two different stores have the same version.
    #[error("there are two versions {generation}")]
    Forked {
        /// The version of both.
        generation: u64,
        /// The newest version seen here, if it is still available.
        kept: Option<u64>,
    },
    /// The file was not written by a holder of the vault's secret.
    #[error("the pin does not match")]
    Forged {
        file: String,
        /// The newest version that opens.
        way_back: Option<u64>,
    },
    /// The file is truncated, changed, or followed by extra data.
    #[error("{file} is damaged")]
    Damaged {
        file: String,
        /// The newest version that opens.
        way_back: Option<u64>,
    },
    /// The file is authentic, but its records cannot be read.
    #[error("{why}")]
    Unreadable {
        /// What is wrong, and where; never the content.
        why: String,
        /// The newest version that opens.
        way_back: Option<u64>,
    },
    /// The passphrase does not open the identity.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The identity is not a recipient of the vault.
    #[error("the identity does not open the vault")]
    WrongIdentity {
        /// The file that the identity does not open.
        file: String,
        /// The newest version that the identity opens; `None` if it is the identity that does not belong to this vault.
        way_back: Option<u64>,
    },
    /// There is no such version.
    #[error("no version {number}")]
    NoVersion {
        /// The requested number.
        number: u64,
    },
    /// An object of a team's store is not the one that a member wrote last, so it is not used.
    #[error("{path} in {place}: {what:?}")]
    Tampered {
        /// The location of the store.
        place: String,
        path: String,
        /// The name of the credential it belongs to, if known.
        about: Option<String>,
        what: Tampering,
    },
    /// A team's store cannot be reached.
    #[error("{place} cannot be reached: {why}")]
    Unreachable {
        /// The location of the store.
        place: String,
        /// The system's error message.
        why: String,
    },
    /// A team's store did not answer a write, which it may have carried out.
    #[error("it is unknown whether {place} saved the change: {why}")]
    Unknown {
        /// The location of the store.
        place: String,
        /// The system's error message.
        why: String,
    },
    /// A problem with a file, a folder or the machine, which says what to do.
    #[error("{0}")]
    Unusable(Problem),
}

/// What can be wrong with an object of a team's store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tampering {
    /// The object is older than a revision that was seen on this machine.
    RolledBack {
        /// The revision that was found.
        found: u64,
        /// The highest revision seen.
        seen: u64,
    },
    /// The object existed, but is missing although no member deleted it.
    Vanished,
    /// Two different objects have the same revision.
    Forked {
        /// The newest revision seen here.
        revision: u64,
    },
    /// The object was not written by a member who may write it.
    Forged { why: String },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LockKind {
    /// The write lock of the store, for one save.
    Writing,
    /// The lease of one credential, for one request to its provider.
    Lease,
}

/// A process that holds a lock or lease.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Holder {
    pub pid: u32,
    /// For example `credenza token`.
    pub program: String,
    pub since: Timestamp,
}

impl From<Problem> for StoreError {
    fn from(problem: Problem) -> Self {
        Self::Unusable(problem)
    }
}

impl From<Conflict> for StoreError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}
