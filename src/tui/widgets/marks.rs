//! What a table remembers of the rows that are selected for one action.

use std::collections::HashSet;

/// The selected rows.
#[derive(Debug)]
pub(super) struct Marks<I> {
    pub(super) ids: HashSet<I>,
    /// Position of the row at which a range began.
    pub(super) anchor: Option<usize>,
}

impl<I> Default for Marks<I> {
    fn default() -> Self {
        Self { ids: HashSet::new(), anchor: None }
    }
}
