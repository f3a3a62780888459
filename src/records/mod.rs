//! The loaded records of integrations on disk: the spool, the output files, and the history of the runs.
//!
//! ```text
//! <state>/sync/<integration id>/          0700
//!   lock             flock during a run                                                        (run_dir.rs)
//!   running.json     the run in progress; if nobody holds the lock, its process has died       (sessions.rs)
//!   sessions.jsonl   the runs that have ended, the newest last                                 (sessions.rs)
//!   <load>.part      records that were read and not yet written out, one JSON object per line  (spool.rs)
//!   <load>.redb      the ids of this run and of the last complete run, and the progress        (spool.rs)
//! <folder the user chose>/<load>.ndjson   replaced atomically                                  (output.rs)
//! ```
//!
//! **I-once**: a record is in the part file once, even if the process is killed. Index, counts and the cursor of the
//! next page are saved together, and whatever the part file contains beyond them is cut off before a run is resumed.

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
