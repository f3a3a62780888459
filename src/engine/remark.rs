//! Sinks for non-fatal problems.

use std::fmt;
use std::sync::Arc;

use crate::problem::Problem;

/// Tells a problem that stops nothing.
type Tell = dyn Fn(&Problem) + Send + Sync;

/// Sink for non-fatal warnings; none by default.
#[derive(Clone, Default)]
pub struct Remark(Option<Arc<Tell>>);

impl Remark {
    /// Tells by `tell`, which must not block.
    pub fn by(tell: impl Fn(&Problem) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    pub(crate) fn tell(&self, problem: &Problem) {
        if let Some(tell) = &self.0 {
            tell(problem);
        }
    }
}

impl fmt::Debug for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Remark" } else { "nobody" })
    }
}
