//! The errors of a store.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::record::Conflict;
use crate::problem::Problem;

/// Typed, so that no code depends on a message; `error_text.rs` has the messages.
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
    /// The step that the person confirmed is no longer the next one.
    #[error("the next step is another one")]
    OtherStep {
        /// The label of the one that is next now.
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
        /// Where the lock is, for a person.
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
        /// The number of its version.
        found: u64,
        /// The highest one seen.
        seen: u64,
        /// Whether that one is still available.
        kept: bool,
    },
    /// There are two different stores of one version.
    #[error("there are two versions {generation}")]
    Forked {
        /// The number of both.
        generation: u64,
        /// The newest version seen here, if it is still available.
        kept: Option<u64>,
    },
    /// It was not written by a holder of the vault's secret.
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
        /// The file it does not open.
        file: String,
        /// The newest version it opens; `None` if it is the identity that does not belong here.
        way_back: Option<u64>,
    },
    /// There is no such version.
    #[error("no version {number}")]
    NoVersion {
        /// The number that was requested.
        number: u64,
    },
    /// An object of a team's store is not what a member wrote last, and is not used.
    #[error("{path} in {place}: {what:?}")]
    Tampered {
        /// Where the store is.
        place: String,
        /// Which object.
        path: String,
        /// The name of the credential it belongs to, if known.
        about: Option<String>,
        /// What is wrong with it.
        what: Tampering,
    },
    /// A team's store cannot be reached.
    #[error("{place} cannot be reached: {why}")]
    Unreachable {
        /// Where it is.
        place: String,
        /// What the system says.
        why: String,
    },
    /// A file, folder or the machine: the problem says which and what to do.
    #[error("{0}")]
    Unusable(Problem),
}

/// What can be wrong with an object of a team's store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tampering {
    /// It is older than one that was seen here.
    RolledBack {
        /// Its revision.
        found: u64,
        /// The highest one seen.
        seen: u64,
    },
    /// It existed, and is missing without a member's deletion.
    Vanished,
    /// There are two different objects with this revision.
    Forked {
        /// The newest revision seen here.
        revision: u64,
    },
    /// It was not written by a member who may.
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
    /// Its process id.
    pub pid: u32,
    /// `credenza token`.
    pub program: String,
    /// Since when.
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
