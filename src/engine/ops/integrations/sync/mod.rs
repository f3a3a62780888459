//! Sync: loads every page of every record type into a folder or to standard output; resumable, bounded, cancelable.
//!
//! Each record type has three steps: pages are read (`fetch`) while the previous page is written to the spool
//! (`ingest`), then the whole spool is written out (`publish`). An interrupted step leaves the former output unchanged,
//! and the next run resumes there.

mod fetch;
mod ingest;
mod options;
mod part;
mod publish;
mod report;
mod run;
mod sync_run;

pub use options::{Options, Target};
pub use report::Report;
pub use run::{sync, verdict};
