//! The clocks of a credential: what ends when, who says so, and whether a person will be needed.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Credential, Setback};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How long things live at a provider, in days, where that is known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lifetimes {
    /// A refresh token nobody uses.
    pub refresh_idle: Option<u32>,
    /// A refresh token, however often it is used.
    pub refresh_absolute: Option<u32>,
    /// The trust in a browser that passed a second factor.
    pub mfa_trust: Option<u32>,
    /// What the provider has announced to end, and the first day without it.
    pub end: Option<(What, Date)>,
}

/// What ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// The access token, where nothing renews it.
    AccessToken,
    /// The refresh token, by the provider's word or its absolute limit.
    RefreshToken,
    /// The refresh token, unless it is used before.
    UnusedRefreshToken,
    /// The client secret or key, on the date a person wrote down.
    Secret,
    /// The provider's trust in the browser: the next sign-in asks for the second factor again.
    MfaTrust,
    /// The API that the credential is for.
    ApiEnd,
    /// All credentials of this kind at the provider.
    TokenKindEnd,
    /// The endpoint that the credential was authenticated at.
    EndpointEnd,
    /// The product.
    ProductEnd,
}

/// Who says so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// The provider's answer.
    Provider,
    /// The catalog's limits, counted from what happened.
    Catalog,
    /// A date entered manually.
    Person,
}

/// One clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Due {
    /// What ends.
    pub what: What,
    /// When.
    pub at: Timestamp,
    /// Who says so.
    pub source: Source,
}

impl What {
    /// A stable word for JSON output.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
            Self::UnusedRefreshToken => "unused_refresh_token",
            Self::Secret => "secret",
            Self::MfaTrust => "mfa_trust",
            Self::ApiEnd => "api_end",
            Self::TokenKindEnd => "token_kind_end",
            Self::EndpointEnd => "endpoint_end",
            Self::ProductEnd => "product_end",
        }
    }

    /// The words the person sees: what ends.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AccessToken => "access token ends",
            Self::RefreshToken => "refresh token ends",
            Self::UnusedRefreshToken => "refresh token ends if unused",
            Self::Secret => "secret expires",
            Self::MfaTrust => "MFA trust expires",
            Self::ApiEnd => "API shuts down",
            Self::TokenKindEnd => "tokens of this kind stop working",
            Self::EndpointEnd => "endpoint shuts down",
            Self::ProductEnd => "product shuts down",
        }
    }
}

impl Credential {
    /// Every clock that runs, the first to end first.
    #[must_use]
    pub fn clocks(&self, lifetimes: &Lifetimes) -> Vec<Due> {
        let due = |what, at: Option<Timestamp>, source| at.map(|at| Due { what, at, source });
        let after =
            |from: Option<Timestamp>, days: Option<u32>| from?.checked_add(DAY * i32::try_from(days?).ok()?).ok();
        let revoked = matches!(self.setback, Some(Setback::Revoked { .. }));
        let tokens = self.tokens.as_ref().filter(|_| !revoked);
        let mut clocks = vec![due(What::Secret, self.details.expires_on.and_then(start_of), Source::Person)];
        if let Some((what, day)) = lifetimes.end.filter(|_| !revoked) {
            clocks.push(due(what, start_of(day), Source::Catalog));
        }
        if let Some(tokens) = tokens {
            let consent = self.authenticated_at();
            clocks.push(due(What::MfaTrust, after(consent, lifetimes.mfa_trust), Source::Catalog));
            if tokens.refresh.is_some() {
                let stated = due(What::RefreshToken, tokens.refresh_expires_at, Source::Provider);
                let limit = || due(What::RefreshToken, after(consent, lifetimes.refresh_absolute), Source::Catalog);
                clocks.push(stated.or_else(limit));
                let idle = after(Some(tokens.received_at), lifetimes.refresh_idle);
                clocks.push(due(What::UnusedRefreshToken, idle, Source::Catalog));
            } else if !self.is_unattended() {
                clocks.push(due(What::AccessToken, tokens.expires_at, Source::Provider));
            }
        }
        let mut clocks: Vec<Due> = clocks.into_iter().flatten().collect();
        clocks.sort_by_key(|due| due.at);
        clocks
    }

    /// The next clock that asks for somebody: what ends next apart from the browser's trust, which ends nothing.
    #[must_use]
    pub fn next_due(&self, lifetimes: &Lifetimes) -> Option<Due> {
        self.clocks(lifetimes).into_iter().find(|due| due.what != What::MfaTrust)
    }
}

/// The first instant of a day, UTC: what ends on a day may end at its beginning.
pub(super) fn start_of(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::credential::{Event, EventKind, Name, Setup, Tokens};
    use crate::secret::{AccessToken, RefreshToken};

    const ALL: Lifetimes =
        Lifetimes { refresh_idle: Some(90), refresh_absolute: Some(365), mfa_trust: Some(180), end: None };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn credential(refresh: bool) -> Credential {
        let made = at("2026-01-01T12:00:00Z");
        let mut credential = Credential::new(Name::parse("One").unwrap(), "x", Setup::default(), made);
        credential.record(Event::new(made, EventKind::Authenticated, ""));
        credential.tokens = Some(Tokens {
            access: AccessToken::new("a".into()),
            refresh: refresh.then(|| RefreshToken::new("r".into())),
            received_at: at("2026-02-01T12:00:00Z"),
            expires_at: Some(at("2026-02-01T13:00:00Z")),
            refresh_expires_at: None,
            scopes: None,
            captured: BTreeMap::new(),
        });
        credential
    }

    fn shown(credential: &Credential, lifetimes: &Lifetimes) -> Vec<(&'static str, String, Source)> {
        let clocks = credential.clocks(lifetimes);
        clocks.into_iter().map(|due| (due.what.code(), due.at.to_string(), due.source)).collect()
    }

    #[test]
    fn each_clock_counts_from_what_starts_it() {
        let mut credential = credential(true);
        credential.details.expires_on = Some("2026-12-24".parse().unwrap());
        assert_eq!(
            shown(&credential, &ALL),
            [
                ("unused_refresh_token", "2026-05-02T12:00:00Z".into(), Source::Catalog),
                ("mfa_trust", "2026-06-30T12:00:00Z".into(), Source::Catalog),
                ("secret", "2026-12-24T00:00:00Z".into(), Source::Person),
                ("refresh_token", "2027-01-01T12:00:00Z".into(), Source::Catalog),
            ]
        );
        credential.tokens.as_mut().unwrap().refresh_expires_at = Some(at("2026-03-01T00:00:00Z"));
        assert_eq!(shown(&credential, &ALL)[0], ("refresh_token", "2026-03-01T00:00:00Z".into(), Source::Provider));
    }

    #[test]
    fn what_nobody_knows_is_not_made_up() {
        assert!(shown(&credential(true), &Lifetimes::default()).is_empty());
        assert_eq!(shown(&credential(false), &Lifetimes::default()).len(), 1, "nothing renews the access token");
        let mut never = credential(true);
        never.tokens = None;
        assert!(shown(&never, &ALL).is_empty());
    }

    #[test]
    fn the_browsers_trust_is_shown_but_asks_for_nobody() {
        let trust = Lifetimes { mfa_trust: Some(180), ..Lifetimes::default() };
        assert_eq!(credential(true).clocks(&trust).len(), 1);
        assert_eq!(credential(true).next_due(&trust), None);
    }

    #[test]
    fn an_announced_end_counts_whether_or_not_anybody_signed_in() {
        let ending = Lifetimes { end: Some((What::ApiEnd, "2027-04-05".parse().unwrap())), ..Lifetimes::default() };
        let mut credential = credential(true);
        credential.tokens = None;
        assert_eq!(shown(&credential, &ending), [("api_end", "2027-04-05T00:00:00Z".to_owned(), Source::Catalog)]);
        credential.setback = Some(Setback::Revoked { at: at("2026-03-01T00:00:00Z") });
        assert!(credential.clocks(&ending).is_empty(), "the user ended it already");
    }

    #[test]
    fn extreme_lifetimes_do_not_overflow() {
        let forever =
            Lifetimes { refresh_idle: Some(u32::MAX), refresh_absolute: Some(2_000_000_000), ..Lifetimes::default() };
        assert!(credential(true).clocks(&forever).is_empty());
    }
}
