//! Progress reports of a run.

use crate::model::integration::{Counts, LoadResult};

#[derive(Clone, Debug)]
pub enum Report {
    /// A record type begins.
    RecordType {
        /// Its catalog id.
        load: String,
        /// "ServiceDesk Plus: Assets".
        label: String,
    },
    /// A page was read.
    Page {
        /// Number of pages so far.
        pages: u64,
        /// Number of records so far.
        counts: Counts,
        /// The total that the provider reports.
        total: Option<u64>,
    },
    /// The run waits before it requests a page again.
    Waiting {
        seconds: u64,
        /// Why: "the provider asks to wait".
        why: String,
    },
    /// All records were read, and the file is being written.
    Writing,
    /// A record type has ended.
    Part(Box<LoadResult>),
}
