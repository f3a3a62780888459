//! All providers: the built-in files, overlaid with the user's own.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::file::{Defect, check};
use super::lookalike_hosts::odd_hosts;
use super::origin::Origin;
use super::provider::{Provider, Source};
use super::search::{self, Hit};
use super::update::{Bundle, Updated, shipped_number};
use super::{builtin, user_files};
use crate::problem::{Kind, Problem};

/// All providers, built in and the user's own.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The user's own, by id; each hides a built-in one with its id.
    own: Vec<Provider>,
    /// A signed update; each of its entries hides a built-in one with its id.
    updated: Updated,
    origin: Origin,
}

/// A file without defects.
#[derive(Clone, Debug)]
pub struct CheckedFile {
    pub provider: Provider,
    /// Notes about hosts that look like others.
    pub notes: Vec<String>,
}

impl Catalog {
    /// Loads the built-in files overlaid with those in `dir`. An invalid user file is reported as a problem and
    /// skipped.
    #[must_use]
    pub fn load(dir: &Path, origin: Origin) -> (Self, Vec<Problem>) {
        let (own, mut problems) = user_files::read(dir);
        problems.extend(origin.check().err());
        problems.extend(own.iter().filter_map(overrides_ended));
        (Self { own, updated: Updated::default(), origin }, problems)
    }

    /// The same catalog, with the entries of a signed update in place of the built-in ones.
    #[must_use]
    pub(crate) fn with_update(self, bundle: Bundle) -> Self {
        Self { updated: Updated::of(bundle), ..self }
    }

    /// The number of the entries in force: that of the update, or that of the shipped ones.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.updated.number().max(shipped_number())
    }

    /// The text of a file that is built in or comes from an update.
    #[must_use]
    pub(crate) fn shipped_text(&self, id: &str) -> Option<&str> {
        self.updated.text(id).or_else(|| builtin::text(id))
    }

    /// The text of an entry's file, the user's own or not.
    ///
    /// # Errors
    /// `Kind::Usage` or `Kind::Refused` if it cannot be read any more.
    pub(crate) fn text_of(&self, provider: &Provider) -> Result<String, Problem> {
        match &provider.source {
            Source::User(path) => user_files::text(path),
            Source::BuiltIn | Source::Update(_) => Ok(self.shipped_text(&provider.id).unwrap_or_default().to_owned()),
        }
    }

    /// The user's own entries that hide a shipped one, each with the text of the shipped one.
    pub(crate) fn overriding(&self) -> impl Iterator<Item = (&Provider, &str)> {
        self.own.iter().filter_map(|own| Some((own, self.shipped_text(&own.id)?)))
    }

    /// The files in the user's folder by name, readable or not, and the problems of the folder.
    #[must_use]
    pub fn own_files(dir: &Path) -> (Vec<PathBuf>, Vec<Problem>) {
        user_files::list(dir)
    }

    /// Reads one file that the user names, with the same checks as the files in the folder.
    ///
    /// # Errors
    /// `Kind::Usage` or `Kind::Refused` if it cannot be read at all; the inner result has all defects of its content.
    pub fn check_file(path: &Path) -> Result<Result<CheckedFile, Vec<Defect>>, Problem> {
        let text = user_files::text(path)?;
        let provider = check(&text, &path.display().to_string());
        Ok(provider.map(|provider| CheckedFile { provider, notes: odd_hosts(&text) }))
    }

    /// The number of built-in entries, and the newest day on which one of their sources was read.
    #[must_use]
    pub(crate) fn built_in_facts() -> (usize, Option<Date>) {
        let newest = |provider: &Provider| provider.evidence.iter().map(|row| row.read).max();
        let count = builtin::all().filter(|provider| !provider.is_retired()).count();
        (count, builtin::all().filter_map(newest).max())
    }

    /// The entry with exactly this id, even if retired. Reads at most one built-in file.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Provider> {
        let own = self.own.iter().find(|provider| provider.id == id);
        own.or_else(|| self.updated.by_id(id)).or_else(|| builtin::by_id(id))
    }

    /// All entries but the retired ones, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.sorted().into_iter()
    }

    /// The matches, best first; all entries by name for an empty query. Falls back to an edit distance for typos.
    #[must_use]
    pub fn search(&self, query: &str) -> Vec<Hit<'_>> {
        search::search(self.sorted(), query)
    }

    /// Where requests to the providers' hosts go.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Entries kept only for existing credentials, by id.
    pub fn retired(&self) -> impl Iterator<Item = &Provider> {
        self.shipped().filter(|provider| provider.is_retired())
    }

    /// The built-in entries, replaced by those of an update where it has them, and the entries that an update adds.
    fn shipped(&self) -> impl Iterator<Item = &Provider> {
        // The type is written out, so that the built-in entries' 'static does not become that of the whole list.
        let built_in = builtin::all().map(|provider| -> &Provider { provider });
        built_in.filter(|provider| self.updated.text(&provider.id).is_none()).chain(self.updated.iter())
    }

    fn sorted(&self) -> Vec<&Provider> {
        let hidden = |id: &str| self.own.iter().any(|own| own.id == id);
        let mut all: Vec<&Provider> = self.shipped().filter(|provider| !hidden(&provider.id)).collect();
        all.extend(&self.own);
        all.retain(|provider| !provider.is_retired());
        all.sort_by_cached_key(|provider| (provider.name.to_lowercase(), provider.id.clone()));
        all
    }
}

/// Warns if the user's own file hides an end that the vendor has announced: what, where, what to do.
fn overrides_ended(own: &Provider) -> Option<Problem> {
    let Source::User(path) = &own.source else { return None };
    let shipped = builtin::by_id(&own.id)?;
    let end = shipped.end_dates.iter().min_by_key(|end| end.on)?;
    let known = own.end_dates.iter().any(|known| known.on == end.on) || own.retired.is_some();
    // An end at one address does not affect a file with another address.
    let concerns = end.token_url.as_ref().is_none_or(|token_url| *token_url == own.urls.token);
    (!known && concerns).then(|| {
        Problem::new(Kind::Usage, format!("Your catalog file for {} omits an announced shutdown.", own.name))
            .why(format!("{} has no end date; on {}: {}", path.display(), end.on, end.note))
            .try_this(format!("{} Then move your file away, or correct it.", end.action))
    })
}
