//! The rows of a table that are selected for an action.

use std::collections::HashSet;

#[derive(Debug)]
pub(super) struct SelectedRows<I> {
    pub(super) ids: HashSet<I>,
    /// Position of the row at which a range began.
    pub(super) anchor: Option<usize>,
}

impl<I> Default for SelectedRows<I> {
    fn default() -> Self {
        Self { ids: HashSet::new(), anchor: None }
    }
}
