//! What can be connected to: data, one TOML file a provider.

mod provider;

use std::path::Path;

use url::Url;

use crate::problem::Problem;
pub use provider::{
    Choice, ClientAuth, Console, ErrorClass, ErrorRule, Flow, Normalized, Panel, Provider, Refresh, Relocation,
    Revocation, Source, TokenBody, Variable, Verification,
};

/// All providers, built in and the user's own. SKELETON (owner: catalog helper).
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    providers: Vec<Provider>,
    origin: Origin,
}

/// Where the providers' hosts are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Origin {
    /// Where the catalog says.
    #[default]
    Internet,
    /// On the built-in sandbox: `https://HOST/PATH` becomes `BASE/HOST/PATH`. Loopback only.
    Sandbox(Url),
}

/// One row of a search.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// Character positions in its name that matched, ascending.
    pub positions: Vec<usize>,
    /// The alias that matched where the name did not.
    pub alias: Option<&'a str>,
}

impl Catalog {
    /// The built-in files overlaid with those in `dir`; a bad user file is a problem, not the end.
    #[must_use]
    pub fn load(_dir: &Path, _origin: Origin) -> (Self, Vec<Problem>) {
        (Self::default(), Vec::new())
    }

    /// By exact id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter()
    }

    /// Best first; all of them by name for an empty query. Falls back to an edit distance for typos.
    #[must_use]
    pub fn search(&self, _query: &str) -> Vec<Hit<'_>> {
        Vec::new()
    }

    /// Where the hosts are.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}
