//! Summarizes the evidence for a provider, in general and for one credential.

use jiff::civil::Date;
use url::Url;

use super::evidence::{EndDate, FactGroup, RedirectAcceptance};
use super::provider::{Provider, Redirect};
use crate::loopback::is_loopback;
use crate::model::credential::Credential;

impl Provider {
    /// The latest day on which a source of these facts was read.
    #[must_use]
    pub fn read_on(&self, facts: FactGroup) -> Option<Date> {
        self.evidence.iter().filter(|row| row.facts.contains(&facts)).map(|row| row.read).max()
    }

    /// How reliable and how old the endpoints are: "vendor page, read 2026-11-27".
    #[must_use]
    pub fn verification_summary(&self) -> String {
        dated(self.verification.label(), self.read_on(FactGroup::Endpoints))
    }

    /// Whether the redirect URI that is shown is known to be accepted, for the user who registers it.
    #[must_use]
    pub fn redirect_summary(&self) -> String {
        let read = self.read_on(FactGroup::Redirect);
        match (self.accepts, self.redirects_to_loopback()) {
            (RedirectAcceptance::Unknown, true) => "not known whether http://localhost is accepted".to_owned(),
            (RedirectAcceptance::Unknown, false) => "not known which URIs are accepted".to_owned(),
            (RedirectAcceptance::HttpLoopback, _) => dated("http://localhost is accepted", read),
            (RedirectAcceptance::HttpsOnly, _) => dated("only https is accepted", read),
        }
    }

    /// As [`redirect_summary`](Self::redirect_summary), for a redirect URI that the user chose.
    #[must_use]
    pub(crate) fn redirect_sureness_of(&self, uri: &str) -> String {
        let read = self.read_on(FactGroup::Redirect);
        let secure = uri.starts_with("https:");
        match self.accepts {
            RedirectAcceptance::HttpsOnly if !secure => dated("not accepted: this provider takes only https", read),
            RedirectAcceptance::HttpLoopback if secure => dated("http://localhost is accepted as well", read),
            RedirectAcceptance::Unknown if secure => "no source says which URIs this provider accepts".to_owned(),
            _ => self.redirect_summary(),
        }
    }

    /// What to register for this redirect URI, and how the response reaches this program.
    #[must_use]
    pub(crate) fn redirect_advice(&self, uri: &str) -> String {
        let url = Url::parse(uri).ok();
        let is_here = url.as_ref().is_some_and(is_loopback);
        let any_port = matches!(self.redirect, Redirect::AnyPort(_));
        match url.as_ref().map(|url| (url.scheme(), url.port())) {
            Some(("http", _)) if is_here && any_port => "register it; any port is accepted",
            Some(("http", _)) if is_here => "register exactly this",
            Some(("https", Some(_))) if is_here => "register exactly this; the browser warns once",
            Some(("https", _)) if !is_here => "register your page; it leads back here",
            _ => "register exactly this; paste the address",
        }
        .to_owned()
    }

    /// The earliest announced end date that affects this credential.
    #[must_use]
    pub fn end_of(&self, credential: &Credential) -> Option<&EndDate> {
        let token_url = credential.endpoints.as_ref().map(|endpoints| endpoints.token.as_str());
        let concerns = |end: &&EndDate| end.token_url.is_none() || end.token_url.as_deref() == token_url;
        self.end_dates.iter().filter(concerns).min_by_key(|end| end.on)
    }

    /// Whether no new credential can be created for it.
    #[must_use]
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.is_some()
    }
}

fn dated(words: &str, read: Option<Date>) -> String {
    read.map_or_else(|| words.to_owned(), |day| format!("{words}, read {day}"))
}
