//! What a run tells while it is under way.

use crate::model::integration::{Counts, Part};

/// One report.
#[derive(Clone, Debug)]
pub enum Report {
    /// A kind of record is begun.
    Load {
        /// The catalog's id.
        load: String,
        /// "ServiceDesk Plus: Assets".
        label: String,
    },
    /// A page was taken.
    Page {
        /// So many pages.
        pages: u64,
        /// So many records so far.
        counts: Counts,
        /// The total, as the provider says.
        total: Option<u64>,
    },
    /// It waits before a page is asked for again.
    Waiting {
        /// Seconds.
        seconds: u64,
        /// Why: "the provider asks to wait".
        why: String,
    },
    /// All records were read; writing the file.
    Writing,
    /// A kind of record has come to its end.
    Part(Box<Part>),
}
