//! Receives non-fatal problems.

use std::fmt;
use std::sync::Arc;

use crate::problem::Problem;

/// Reports a problem after which the work continues.
type Tell = dyn Fn(&Problem) + Send + Sync;

/// Receives non-fatal warnings; ignores them by default.
#[derive(Clone, Default)]
pub struct WarningSink(Option<Arc<Tell>>);

impl WarningSink {
    /// Reports warnings with `tell`, which must not block.
    pub fn by(tell: impl Fn(&Problem) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    pub(crate) fn tell(&self, problem: &Problem) {
        if let Some(tell) = &self.0 {
            tell(problem);
        }
    }
}

impl fmt::Debug for WarningSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WarningSink").field(&self.0.is_some()).finish()
    }
}
