//! Runs every operation to its end: one owner for what must finish, no printing and no drawing.
//!
//! Screens, commands and the agent are front doors. They submit an [`operation::Operation`], or call its use case in
//! [`ops`], draw what it tells, and end through [`supervisor::Supervisor::drain`].

pub mod agent;
pub mod audit;
mod blocking;
pub mod browser;
mod clock_offset;
pub mod edit_error;
pub mod event;
pub mod grant;
mod log_queue;
pub mod names_file;
pub mod opener;
pub mod operation;
pub mod ops;
mod remark;
mod saving;
mod session;
mod steering;
pub mod submit;
pub mod supervisor;
mod workspace;

pub use log_queue::LogQueue;
pub use opener::Opener;
pub use remark::Remark;
pub use session::Session;
pub use workspace::Workspace;

pub use crate::oauth::http::Http;
pub use crate::store::{Direction, Loss, Snapshot, Step};
