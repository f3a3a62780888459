//! Sync: loads every page of every record type to a folder or to standard output; resumable, bounded, cancelable.
//!
//! There are three steps for each record type: pages are read (`fetch`) while the page before is written to the spool
//! (`ingest`), then the whole spool is written out (`publish`). An interrupted step leaves the former output
//! unchanged, and the next run resumes there.

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
