//! Determines which records a page contains, and which page follows.

use super::window::Window;
use crate::sandbox::failure_mode::{FailureMode, FailureModes};

/// The records of a page, and the offset of the next page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct PagePlan {
    /// Position of its first record in the list.
    pub(super) from: u64,
    pub(super) count: u64,
    pub(super) next: Option<u64>,
}

impl PagePlan {
    /// Plans a page. `counted`: whether the client computes the next page itself and ignores references in the
    /// response.
    pub(super) fn of(window: &Window<'_>, total: u64, counted: bool, troubles: &FailureModes) -> Self {
        let (offset, limit) = (window.offset, window.limit);
        let onward = Some(offset.saturating_add(limit));
        let loops = troubles.has(FailureMode::Loops);
        if troubles.has(FailureMode::Repeats) || (counted && loops) {
            return Self { from: 0, count: limit.min(total), next: onward };
        }
        if !counted && troubles.has(FailureMode::Empty) {
            return Self { from: offset, count: 0, next: onward };
        }
        let count = limit.min(total.saturating_sub(offset));
        let after = offset.saturating_add(count);
        let next = (count > 0 && after < total).then_some(after);
        let next = if loops { next.filter(|_| offset == 0).or(Some(0)) } else { next };
        Self { from: offset, count, next }
    }
}
