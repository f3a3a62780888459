//! Who takes a person to an authorization URL: the desktop's browser, or a stand-in.

use std::fmt;
use std::sync::Arc;

use url::Url;

use super::browser;
use crate::problem::Problem;

/// Takes a URL to a person. Must not block.
type Open = dyn Fn(&Url) -> Result<(), Problem> + Send + Sync;

/// Who opens URLs. `authenticate` asks it, and reports its problem as `Progress::NoBrowser`.
#[derive(Clone, Default)]
pub enum Opener {
    /// `$BROWSER`, or what the desktop opens web addresses with.
    #[default]
    System,
    /// Something else: the demo where no browser is, a test.
    StandIn(Arc<Open>),
}

impl Opener {
    /// Calls `open` instead of a browser.
    pub fn stand_in(open: impl Fn(&Url) -> Result<(), Problem> + Send + Sync + 'static) -> Self {
        Self::StandIn(Arc::new(open))
    }

    /// Takes `url` to a person; blocks for a moment. Gives what failed at once before another browser ran. `wanted` is the browser or profile that signs in, as in `$BROWSER`.
    ///
    /// # Errors
    /// The address is not one to open, or there is no browser.
    pub fn open(&self, url: &Url, wanted: Option<&str>) -> Result<Option<Problem>, Problem> {
        match self {
            Self::System => browser::open(url, wanted),
            Self::StandIn(open) => open(url).map(|()| None),
        }
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::StandIn(_) => "StandIn",
        })
    }
}
