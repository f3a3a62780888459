//! The audit log: who did what with which credential, one JSON line each in `audit.jsonl` of the state folder.
//!
//! ```json
//! {"seq":7,"at":"2026-11-24T10:00:00Z","uid":1000,"pid":4711,"program":"backup.sh","action":"token",
//!  "credential":"2f0c…","name":"Zoho EU","result":"ok","prev":"hex SHA-256 of the line before"}
//! ```
//!
//! **I-fields**: a line has these fields and no other; none can hold a secret. **I-chain**: each line names the hash of
//! the one before, across the files; every save of the vault pins the newest one, so that what was cut off is missed.

mod action;
mod file;
mod line;
mod verify;

pub use action::Action;
pub use file::{append, head, lines};
pub use line::{Entry, Head, Line};
pub use verify::{Verdict, verify};
