//! Where records are kept: the contract of a store, and its implementations.
//!
//! Everything above knows records, edits, leases and generations, never paths or `flock`; only [`local`] chooses an
//! implementation (`tests/architecture.rs`).

mod contents;
mod contract;
mod error;
mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod local;
mod preview;
mod snapshot;
mod steps;
mod words;

pub use contents::Contents;
pub use contract::{Keys, Lease, Pending, Store, Wait};
pub use error::{Held, Holder, StoreError};
pub use snapshot::{Generation, Head, Host, Purged, Snapshot};
pub use steps::{Direction, Loss, SessionId, Step, UndoStep};
