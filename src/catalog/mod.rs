//! What can be connected to: data, one TOML file a provider.

mod api_error;
mod builtin;
mod endpoints;
mod export;
mod facts;
pub mod file;
mod flow;
mod load;
mod load_url;
mod normalize;
mod own_files;
mod placement;
mod product;
mod provider;
mod relocate;
mod relocation_rule;
mod search;
mod secure_url;
mod template;
mod test_url;
mod urls;
mod variable;

use std::path::Path;

use url::Url;

use crate::problem::Problem;
pub use api_error::{ApiClass, ApiError};
pub use export::Export;
pub use file::{Defect, check};
pub use flow::{ClientAuth, ErrorClass, ErrorRule, Flow, Limits, Refresh, Revocation, TokenBody};
pub use load::{Counted, Load, Paging, Size};
pub use placement::{Carried, Carrier};
pub use product::{Basic, KeyPlace, KeyPlacement, Lookup, Product, ScopeGroup, Signature, TestCall};
pub use provider::{Console, Grant, Panel, Provider, Redirect, Source, Switches, Verification};
pub use relocate::Relocation;
pub use relocation_rule::RelocationRule;
pub use test_url::Trial;
pub use urls::Urls;
pub use variable::{Choice, Normalized, Variable, VariableKind};

/// All providers, built in and the user's own.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The user's own, by id; each hides a built-in one with its id.
    own: Vec<Provider>,
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
    pub fn load(dir: &Path, origin: Origin) -> (Self, Vec<Problem>) {
        let (own, mut problems) = own_files::read(dir);
        problems.extend(origin.check().err());
        (Self { own, origin }, problems)
    }

    /// Reads one file a person names, with the caution given to those of the folder.
    ///
    /// # Errors
    /// Usage or Refused when it cannot be read at all; all defects of its content are in the inner result.
    pub fn check_file(path: &Path) -> Result<Result<Provider, Vec<Defect>>, Problem> {
        let text = own_files::text(path)?;
        Ok(check(&text, &path.display().to_string()))
    }

    /// By exact id. Reads at most one built-in file.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Provider> {
        self.own.iter().find(|provider| provider.id == id).or_else(|| builtin::by_id(id))
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.sorted().into_iter()
    }

    /// Best first; all of them by name for an empty query. Falls back to an edit distance for typos.
    #[must_use]
    pub fn search(&self, query: &str) -> Vec<Hit<'_>> {
        search::search(self.sorted(), query)
    }

    /// Where the hosts are.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    fn sorted(&self) -> Vec<&Provider> {
        let hidden = |id: &str| self.own.iter().any(|own| own.id == id);
        // Named, so that the shipped ones' 'static does not become that of the whole list.
        let shipped = builtin::all().map(|provider| -> &Provider { provider });
        let mut all: Vec<&Provider> = shipped.filter(|provider| !hidden(&provider.id)).collect();
        all.extend(&self.own);
        all.sort_by_cached_key(|provider| (provider.name.to_lowercase(), provider.id.clone()));
        all
    }
}
