//! Sync: every page of every kind of record, to a folder or to standard output; resumable, bounded, cancellable.
//!
//! Three steps a kind: pages are read (`fetch`) while the one before is taken into the spool (`take`), then the spool
//! is written out whole (`publish`). What ends a step leaves the former output as it was, and the next run goes on
//! there.

mod fetch;
mod options;
mod part;
mod publish;
mod report;
mod round;
mod run;
mod take;

pub use options::{Options, Target};
pub use report::Report;
pub use run::{sync, verdict};
