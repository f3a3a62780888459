//! How reliable a provider's facts are: their sources, when each was read, and announced end dates.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::model::credential::DeadlineKind;

/// Sources that state the same facts and were read on the same day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    pub kind: SourceKind,
    /// When they were read.
    pub read: Date,
    /// What they state.
    pub facts: Vec<FactGroup>,
    /// Pages, repositories, library entries.
    pub sources: Vec<String>,
}

/// Who states a fact.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SourceKind {
    /// The vendor of the product, or the standard itself.
    Vendor,
    /// A page of a third party.
    Article,
    /// Source code of a program that calls this API.
    Client,
    /// A library's list of providers. Libraries copy each other: any number of them is one source.
    Library,
}

/// A group of facts that one page usually states together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FactGroup {
    /// OAuth endpoints; for a key or password, the host and where it is sent.
    Endpoints,
    /// Which redirect URIs are accepted.
    Redirect,
    Scopes,
    /// How long tokens live, and how they are renewed.
    Lifetimes,
    /// The test call.
    Test,
    /// When an API, a kind of token or the product ends.
    EndDates,
}

/// An end that the provider has announced.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EndDate {
    /// What ends.
    pub what: DeadlineKind,
    /// The first day after the end.
    pub on: Date,
    /// What happens, in one sentence.
    pub note: String,
    /// What to do, in one sentence.
    pub action: String,
    /// Affects only credentials with this pinned token endpoint; `None` for all.
    pub token_url: Option<String>,
}

/// Which redirect URIs a provider is known to accept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RedirectAcceptance {
    /// Redirect URIs on loopback with plain HTTP, besides https.
    HttpLoopback,
    /// Only https.
    HttpsOnly,
    /// No source says.
    #[default]
    Unknown,
}

/// How reliable the endpoints of a file are; greater is more reliable.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verification {
    /// One source, or only libraries.
    #[default]
    OneSource,
    /// Two independent sources that are not both libraries.
    TwoSources,
    /// A page of the vendor, or the standard.
    Vendor,
}

impl Verification {
    /// The word of a catalog file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::TwoSources => "two-sources",
            Self::OneSource => "one-source",
        }
    }

    /// The words that the user sees.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Vendor => "vendor page",
            Self::TwoSources => "two sources",
            Self::OneSource => "one source",
        }
    }
}

impl SourceKind {
    pub(super) const WORDS: [&str; 4] = ["vendor", "article", "client", "library"];

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::Vendor, Self::Article, Self::Client, Self::Library].into_iter().find(|kind| kind.word() == word)
    }

    /// The word of a catalog file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Article => "article",
            Self::Client => "client",
            Self::Library => "library",
        }
    }
}

impl FactGroup {
    pub(super) const WORDS: [&str; 6] = ["endpoints", "redirect", "scopes", "lifetimes", "test", "end-dates"];

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::Endpoints, Self::Redirect, Self::Scopes, Self::Lifetimes, Self::Test, Self::EndDates]
            .into_iter()
            .find(|group| group.word() == word)
    }

    /// The word of a catalog file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Endpoints => "endpoints",
            Self::Redirect => "redirect",
            Self::Scopes => "scopes",
            Self::Lifetimes => "lifetimes",
            Self::Test => "test",
            Self::EndDates => "end-dates",
        }
    }
}

/// The verification of the endpoints that the rows support: a vendor's page, two independent sources, or less.
pub(super) fn verification(evidence: &[Evidence]) -> Verification {
    let stating = || evidence.iter().filter(|row| row.facts.contains(&FactGroup::Endpoints));
    if stating().any(|row| row.kind == SourceKind::Vendor) {
        return Verification::Vendor;
    }
    let named = stating().flat_map(|row| row.sources.iter().map(|source| (row.kind, source.as_str())));
    let collectors: BTreeSet<&str> =
        named.map(|(kind, source)| if kind == SourceKind::Library { "libraries" } else { collector(source) }).collect();
    if collectors.len() >= 2 { Verification::TwoSources } else { Verification::OneSource }
}

/// Who collected a fact: the library before the colon, else the site or repository.
fn collector(source: &str) -> &str {
    source.split_once(':').map_or_else(|| source.split('/').next().unwrap_or(source), |(library, _)| library)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: SourceKind, sources: &[&str]) -> Evidence {
        let sources = sources.iter().map(|&source| source.to_owned()).collect();
        Evidence { kind, read: "2026-11-23".parse().unwrap(), facts: vec![FactGroup::Endpoints], sources }
    }

    #[test]
    fn libraries_alone_are_one_source() {
        let libraries = row(SourceKind::Library, &["nango:acme", "n8n:acmeApi", "grant:acme"]);
        assert_eq!(verification(std::slice::from_ref(&libraries)), Verification::OneSource);
        let client = row(SourceKind::Client, &["insightconnect:acme"]);
        assert_eq!(verification(&[libraries.clone(), client.clone()]), Verification::TwoSources);
        assert_eq!(verification(std::slice::from_ref(&client)), Verification::OneSource);
        let same = row(SourceKind::Client, &["insightconnect:acme", "insightconnect:acme_two"]);
        assert_eq!(verification(&[same]), Verification::OneSource, "one collector");
        assert_eq!(verification(&[client, row(SourceKind::Vendor, &["docs.acme.example"])]), Verification::Vendor);
        assert_eq!(verification(&[]), Verification::OneSource);
    }

    #[test]
    fn a_source_counts_only_for_what_it_states() {
        let mut vendor = row(SourceKind::Vendor, &["docs.acme.example"]);
        vendor.facts = vec![FactGroup::Redirect, FactGroup::Lifetimes];
        assert_eq!(verification(&[vendor, row(SourceKind::Library, &["nango:acme"])]), Verification::OneSource);
    }
}
