//! Runs every operation to its end, without printing or drawing.
//!
//! Screens, commands and the agent are the front ends. They submit an [`operation::Operation`] or call its use case
//! in [`ops`], show the [`event::JobEvent`]s it sends, and wait for the [`supervisor::Supervisor`] before they exit, so
//! that a request that spends a token is finished and saved unless the user insists or the grace period ends.

pub mod agent;
pub mod audit;
mod blocking;
pub mod browser;
pub(crate) mod clock_offset;
pub mod edit_error;
pub mod event;
pub(crate) mod grant;
mod log_queue;
pub mod member_logs;
pub(crate) mod names_file;
pub(crate) mod opener;
pub mod operation;
pub mod ops;
mod saving;
mod session;
mod steering;
pub mod submit;
pub mod supervisor;
mod team_setup;
mod warning_sink;
mod workspace;

pub use log_queue::LogQueue;
pub use opener::Opener;
pub use session::Session;
pub use warning_sink::WarningSink;
pub(crate) use workspace::LOCAL;
pub use workspace::{VaultHere, Workspace, of_vault};

pub use crate::oauth::http::Http;
pub use crate::store::{Direction, Loss, Reading, Snapshot, Step, Watcher};
