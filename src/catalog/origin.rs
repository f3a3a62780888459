//! Where requests to a provider's hosts go: to the internet, or to the built-in sandbox.

use url::Url;

use crate::loopback::is_loopback_address;
use crate::problem::{Kind, Problem};

/// Where requests to a provider's hosts go.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Origin {
    /// To the hosts in the catalog.
    #[default]
    Internet,
    /// To the built-in sandbox: `https://HOST/PATH` becomes `BASE/HOST/PATH`. Loopback only.
    Sandbox(Url),
}

impl Origin {
    /// The URL that is requested for a URL of the provider: the same one, or its counterpart on the sandbox.
    ///
    /// # Errors
    /// `Kind::Refused` for a sandbox that is not on loopback.
    pub(crate) fn ask_at(&self, url: &Url) -> Result<Url, Problem> {
        self.locate(url.clone())
    }

    /// The same URL, or its counterpart on the sandbox.
    pub(super) fn locate(&self, url: Url) -> Result<Url, Problem> {
        let Self::Sandbox(base) = self else { return Ok(url) };
        self.check()?;
        if url.scheme() != "https" {
            return Ok(url); // On loopback already.
        }
        let host = url.host_str().unwrap_or_default();
        let text = format!("{}/{host}{}", base.as_str().trim_end_matches('/'), &url[url::Position::BeforePath..]);
        Url::parse(&text).map_err(|_| Problem::internal("The sandbox's address is not a base URL."))
    }

    /// Refuses a sandbox that is not on loopback.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        match self {
            Self::Sandbox(base) if !is_loopback_address(base) => {
                let problem = Problem::new(Kind::Refused, "The sandbox must be at a loopback address.");
                Err(problem.why("Everything the sandbox is sent, secrets included, would go to another machine."))
            }
            _ => Ok(()),
        }
    }
}
