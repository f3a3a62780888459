//! The audit log: who did what with which credential, one JSON line each in `audit.jsonl` of the state folder.
//!
//! ```json
//! {"seq":7,"at":"2026-11-24T10:00:00Z","uid":1000,"user":"ann","pid":4711,"program":"backup.sh","action":"token",
//!  "credential":"2f0c…","name":"Zoho EU","result":"ok","prev":"hex SHA-256 of the previous line",
//!  "mac":"hex HMAC-SHA256"}
//! ```
//!
//! **I-fields**: a line has these fields (and `oldest` at a rotation) and no others; none can contain a secret.
//! **I-chain**: each line contains the hash of the previous one, across the files, and a MAC under a key that is
//! derived from the vault's secret. A line written while the vault is locked (a refused unlock, the beginning of a
//! restore) has an empty MAC, and the next line with a MAC covers its hash. **I-pin**: a save of the vault pins the
//! newest line, but only if the log still contains the line that was pinned before; otherwise the vault records that
//! the log is broken until the user acknowledges it.

mod action;
mod actor;
mod fault;
mod file;
mod key;
mod line;
mod line_reader;
mod open;
mod proof;
mod since;
mod verdict;
mod verify;

pub use action::Action;
pub use actor::{machine, program};
pub use fault::{Fault, FaultKind, RecordedFault};
pub use file::{Queued, append, head, lines};
pub(crate) use file::{check_files, move_log};
pub use key::Key;
pub use line::{Entry, Head, Line};
pub use proof::{Pin, Proof};
pub(crate) use since::receive;
pub use since::{Link, NewLines, ReceivedLine, SentLine, since};
pub use verdict::LogVerification;
pub use verify::{advance, verify};
