//! All providers: the built-in files, overlaid with the user's own.

use std::path::Path;

use jiff::civil::Date;

use super::file::{Defect, check};
use super::odd_hosts::odd_hosts;
use super::origin::Origin;
use super::provider::Provider;
use super::search::{self, Hit};
use super::{builtin, own_files};
use crate::problem::Problem;

/// All providers, built in and the user's own.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The user's own, by id; each hides a built-in one with its id.
    own: Vec<Provider>,
    origin: Origin,
}

/// A file without a defect.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it says.
    pub provider: Provider,
    /// Hosts that look like others.
    pub notes: Vec<String>,
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
    pub fn check_file(path: &Path) -> Result<Result<Checked, Vec<Defect>>, Problem> {
        let text = own_files::text(path)?;
        let provider = check(&text, &path.display().to_string());
        Ok(provider.map(|provider| Checked { provider, notes: odd_hosts(&text) }))
    }

    /// How many entries are built in, and the newest day on which a source of them was read.
    #[must_use]
    pub fn built_in_facts() -> (usize, Option<Date>) {
        let newest = |provider: &Provider| provider.evidence.iter().map(|row| row.read).max();
        (builtin::all().count(), builtin::all().filter_map(newest).max())
    }

    /// By exact id, retired ones too. Reads at most one built-in file.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Provider> {
        self.own.iter().find(|provider| provider.id == id).or_else(|| builtin::by_id(id))
    }

    /// All but the retired ones, by name.
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

    /// What is kept only for credentials that exist, by id.
    pub fn retired(&self) -> impl Iterator<Item = &Provider> {
        builtin::all().map(|provider| -> &Provider { provider }).filter(|provider| provider.is_retired())
    }

    fn sorted(&self) -> Vec<&Provider> {
        let hidden = |id: &str| self.own.iter().any(|own| own.id == id);
        // Named, so that the shipped ones' 'static does not become that of the whole list.
        let shipped = builtin::all().map(|provider| -> &Provider { provider });
        let mut all: Vec<&Provider> = shipped.filter(|provider| !hidden(&provider.id)).collect();
        all.extend(&self.own);
        all.retain(|provider| !provider.is_retired());
        all.sort_by_cached_key(|provider| (provider.name.to_lowercase(), provider.id.clone()));
        all
    }
}
