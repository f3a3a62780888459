//! Why a store did not do what it was asked.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::record::Conflict;
use crate::problem::Problem;

/// Typed, so that no branch depends on a sentence; `words.rs` has the sentences.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An edit does not fit what is stored now.
    #[error("the edit conflicts with what is stored")]
    Conflict(Conflict),
    /// A step of undo does not fit what is stored now.
    #[error("the step of undo conflicts with what is stored")]
    UndoConflict(Conflict),
    /// There is no step of undo.
    #[error("nothing to undo")]
    NothingToUndo,
    /// Nothing was undone since the last edit.
    #[error("nothing to redo")]
    NothingToRedo,
    /// The step that was agreed to is no longer the next one.
    #[error("the next step is another one")]
    OtherStep {
        /// The label of the one that is next now.
        next: String,
    },
    /// Another process holds the write lock or the lease for longer than the wait.
    #[error("{held:?} is busy")]
    Busy {
        /// What is held.
        held: Held,
        /// Who holds it, where known.
        holder: Option<Holder>,
        /// How long it was waited for.
        waited: Duration,
        /// Where the lock is, for a person.
        place: String,
    },
    /// What would be saved is larger than what is opened. Nothing was written.
    #[error("{size} bytes are more than {limit}")]
    TooLarge {
        /// Bytes that would have been written.
        size: u64,
        /// Bytes that may be.
        limit: u64,
        /// Credentials in it.
        credentials: usize,
    },
    /// The store is older than what this machine has seen of it.
    #[error("version {found} is older than {seen}")]
    RolledBack {
        /// Its generation.
        found: u64,
        /// The highest one seen.
        seen: u64,
        /// Whether that one is still kept.
        kept: bool,
    },
    /// There are two different stores of one generation.
    #[error("there are two versions {generation}")]
    Forked {
        /// The generation.
        generation: u64,
        /// The newest one that was seen here, if it is still kept.
        kept: Option<u64>,
    },
    /// It was not written by who holds the vault's secret.
    #[error("the pin does not match")]
    Forged {
        /// Which file.
        file: String,
        /// The newest generation that opens.
        way_back: Option<u64>,
    },
    /// It is cut, changed, or followed by extra data.
    #[error("{file} is damaged")]
    Damaged {
        /// Which file.
        file: String,
        /// The newest generation that opens.
        way_back: Option<u64>,
    },
    /// It is authentic, and holds no records that can be read.
    #[error("{why}")]
    Unreadable {
        /// What is wrong, and where; never what is there.
        why: String,
        /// The newest generation that opens.
        way_back: Option<u64>,
    },
    /// The passphrase does not open the identity.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The identity is not a recipient of the vault.
    #[error("the identity does not open the vault")]
    WrongIdentity {
        /// Which file it does not open.
        file: String,
        /// The newest generation it opens; `None` if it is the identity that does not belong here.
        way_back: Option<u64>,
    },
    /// There is no such generation.
    #[error("no version {number}")]
    NoGeneration {
        /// As it was asked for.
        number: u64,
    },
    /// A file, folder or the machine: the problem says which and what to do.
    #[error("{0}")]
    Unusable(Problem),
}

/// What a process can hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Held {
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
