//! Where credentials and integrations are kept: the [`Store`] trait, and its implementations.
//!
//! Higher layers know records, edits, leases and versions, but no paths and no `flock`. Only [`local`] chooses an
//! implementation.

mod contents;
mod contract;
mod digest;
mod error;
mod error_text;
mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod key_file;
pub mod local;
mod member_logs;
mod members;
mod preview;
mod reading;
mod snapshot;
mod steps;
mod stored;
mod stored_undo;
pub mod team;
mod token_response;

pub use contents::Contents;
pub use contract::{Lease, Pending, Store, VaultAdmin, Wait, Watcher};
pub use error::{Holder, LockKind, StoreError, Tampering};
pub use member_logs::{Collected, LogFault, LogFaultKind, MachineLine, MachineLog, MemberLogs};
pub use members::{
    Authorship, Member, Members, Progress, Remedy, RestoreDifference, Role, RotationItem, TeamSnapshot, TeamState,
};
pub use reading::Reading;
pub use snapshot::{Head, Host, Purged, Snapshot, Version};
pub use steps::{Direction, Loss, SessionId, Step, UndoStep};
