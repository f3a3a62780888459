//! Reports the progress of long reads of a shared store.

use std::fmt;
use std::sync::Arc;

/// Called with the number of objects read, and the total; stops the read by returning false.
type Report = dyn Fn(usize, usize) -> bool + Send + Sync;

/// The receiver of progress reports; by default none.
#[derive(Clone, Default)]
pub struct Reading(Option<Arc<Report>>);

impl Reading {
    /// Calls `report`, which must not block, with the number of objects read and the total; it returns whether to
    /// continue. What was read is kept either way.
    pub fn by(report: impl Fn(usize, usize) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(report)))
    }

    pub(super) fn goes_on(&self, done: usize, total: usize) -> bool {
        self.0.as_ref().is_none_or(|report| report(done, total))
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Reading" } else { "nobody" })
    }
}
