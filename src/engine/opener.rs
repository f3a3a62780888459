//! Opens authorization URLs in the desktop's browser, or calls a stand-in.

use std::fmt;
use std::sync::Arc;

use url::Url;

use super::browser;
use crate::problem::Problem;

/// Shows a URL to the user. Must not block.
type Open = dyn Fn(&Url) -> Result<(), Problem> + Send + Sync;

/// Opens URLs. `authenticate` reports its errors as `Progress::NoBrowser`.
#[derive(Clone, Default)]
pub enum Opener {
    /// `$BROWSER`, or the desktop's handler of web addresses.
    #[default]
    System,
    /// A function that replaces the browser, in the demo or a test.
    StandIn(Arc<Open>),
}

impl Opener {
    /// Calls `open` instead of a browser.
    pub fn stand_in(open: impl Fn(&Url) -> Result<(), Problem> + Send + Sync + 'static) -> Self {
        Self::StandIn(Arc::new(open))
    }

    /// Opens `url`; blocks for a moment. Returns a warning about a program that failed before another one ran. `wanted`
    /// is the browser or profile to sign in with, in the syntax of `$BROWSER`.
    ///
    /// # Errors
    /// `Kind::Refused` if the address must not be opened, `Kind::Temporary` if there is no browser.
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
