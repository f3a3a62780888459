//! What integrations loaded, on disk: records as they come, the files they become, and the history of the runs.
//!
//! ```text
//! <state>/sync/<integration id>/          0700
//!   lock             flock while a run is under way                                            (run_dir.rs)
//!   running.json     the run under way; one whose lock nobody holds has died                   (sessions.rs)
//!   sessions.jsonl   the runs that ended, the newest last                                      (sessions.rs)
//!   <load>.part      records that were read and not yet written out, one JSON object a line    (spool.rs)
//!   <load>.redb      which ids there are now and were there at the last run, and how far it is (spool.rs)
//! <folder a person chose>/<load>.ndjson   replaced whole, or not at all                        (output.rs)
//! ```
//!
//! **I-once**: a record is in the part file once, whatever ends the process: index, counts and the next page's mark are
//! saved together, and what the part file holds beyond them is cut off before it goes on.

mod csv_file;
mod line;
mod output;
mod run_dir;
mod sessions;
mod spool;

pub use line::{RecordLine, line};
pub use output::{Columns, Output, copy};
pub use run_dir::{RunDir, RunLock};
pub use spool::{GoneRecords, Progress, RunKey, Spool, SpooledRecord};
