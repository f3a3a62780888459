//! The deadlines of a credential: what expires when, who says so, and whether the user will be needed.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{AuthFailure, Credential, TokenKind, Tokens};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Lifetimes at a provider, in days, where they are known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lifetimes {
    /// Of a refresh token that is not used.
    pub refresh_idle: Option<u32>,
    /// Of a refresh token, however often it is used.
    pub refresh_absolute: Option<u32>,
    /// How long a provider trusts a browser that passed a second factor.
    pub mfa_trust: Option<u32>,
    /// A retirement that the provider has announced, and its first day.
    pub end: Option<(DeadlineKind, Date)>,
}

/// What expires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeadlineKind {
    /// The access token, if nothing renews it.
    AccessToken,
    /// The refresh token: an expiry that the provider sent, or its absolute limit.
    RefreshToken,
    /// The refresh token, unless it is used before.
    UnusedRefreshToken,
    /// The client secret or key, on the date that the user entered.
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

/// Where the date comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeadlineSource {
    /// The provider's response.
    Provider,
    /// The catalog's limits, counted from what happened.
    Catalog,
    /// A date that the user entered.
    Person,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deadline {
    pub what: DeadlineKind,
    pub at: Timestamp,
    pub source: DeadlineSource,
    /// The token set it belongs to; `None` for the main one.
    pub of: Option<TokenKind>,
}

impl Deadline {
    /// The text for lists: `refresh token ends`, `user: refresh token ends`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.of {
            Some(kind) => format!("{kind}: {}", self.what.word()),
            None => self.what.word().to_owned(),
        }
    }
}

impl DeadlineSource {
    /// The words that the user sees, in parentheses.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Provider => "the provider says so",
            Self::Catalog => "provider limit",
            Self::Person => "entered by you",
        }
    }
}

impl DeadlineKind {
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

    /// The words that the user sees: what ends.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AccessToken => "access token expires",
            Self::RefreshToken => "refresh token expires",
            Self::UnusedRefreshToken => "refresh token expires if unused",
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
    /// Every deadline, earliest first.
    #[must_use]
    pub fn clocks(&self, lifetimes: &Lifetimes) -> Vec<Deadline> {
        let due = |what, at: Option<Timestamp>, source| at.map(|at| Deadline { what, at, source, of: None });
        let revoked = matches!(self.setback, Some(AuthFailure::Revoked { .. }));
        let tokens = self.tokens.as_ref().filter(|_| !revoked);
        let mut clocks =
            vec![due(DeadlineKind::Secret, self.details.expires_on.and_then(start_of), DeadlineSource::Person)];
        if let Some((what, day)) = lifetimes.end.filter(|_| !revoked) {
            clocks.push(due(what, start_of(day), DeadlineSource::Catalog));
        }
        if let Some(tokens) = tokens {
            clocks.push(due(
                DeadlineKind::MfaTrust,
                after(self.authenticated_at(), lifetimes.mfa_trust),
                DeadlineSource::Catalog,
            ));
            clocks.extend(self.clocks_of(tokens, None, lifetimes));
            for (kind, set) in &self.token_sets {
                clocks.extend(self.clocks_of(&set.tokens, Some(*kind), lifetimes));
            }
        }
        let mut clocks: Vec<Deadline> = clocks.into_iter().flatten().collect();
        clocks.sort_by_key(|due| due.at);
        clocks
    }

    /// The deadlines of one token set.
    fn clocks_of(&self, tokens: &Tokens, of: Option<TokenKind>, lifetimes: &Lifetimes) -> [Option<Deadline>; 2] {
        let due = |what, at: Option<Timestamp>, source| at.map(|at| Deadline { what, at, source, of });
        if tokens.refresh.is_none() {
            let end = tokens.expires_at.filter(|_| !self.uses_client_credentials());
            return [due(DeadlineKind::AccessToken, end, DeadlineSource::Provider), None];
        }
        let stated = due(DeadlineKind::RefreshToken, tokens.refresh_expires_at, DeadlineSource::Provider);
        let limit = after(self.authenticated_at(), lifetimes.refresh_absolute);
        let idle = after(Some(tokens.received_at), lifetimes.refresh_idle);
        [
            stated.or_else(|| due(DeadlineKind::RefreshToken, limit, DeadlineSource::Catalog)),
            due(DeadlineKind::UnusedRefreshToken, idle, DeadlineSource::Catalog),
        ]
    }

    /// The next deadline that needs the user. Excludes the browser's trust, whose end only makes the next sign-in
    /// longer.
    #[must_use]
    pub(crate) fn next_due(&self, lifetimes: &Lifetimes) -> Option<Deadline> {
        self.clocks(lifetimes).into_iter().find(|due| due.what != DeadlineKind::MfaTrust)
    }
}

/// The instant `days` after `from`, if both are known.
fn after(from: Option<Timestamp>, days: Option<u32>) -> Option<Timestamp> {
    from?.checked_add(DAY * i32::try_from(days?).ok()?).ok()
}

/// The first instant of a day in UTC, because what ends on a day may end at its beginning.
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

    fn shown(credential: &Credential, lifetimes: &Lifetimes) -> Vec<(&'static str, String, DeadlineSource)> {
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
                ("unused_refresh_token", "2026-05-02T12:00:00Z".into(), DeadlineSource::Catalog),
                ("mfa_trust", "2026-06-30T12:00:00Z".into(), DeadlineSource::Catalog),
                ("secret", "2026-12-24T00:00:00Z".into(), DeadlineSource::Person),
                ("refresh_token", "2027-01-01T12:00:00Z".into(), DeadlineSource::Catalog),
            ]
        );
        credential.tokens.as_mut().unwrap().refresh_expires_at = Some(at("2026-03-01T00:00:00Z"));
        assert_eq!(
            shown(&credential, &ALL)[0],
            ("refresh_token", "2026-03-01T00:00:00Z".into(), DeadlineSource::Provider)
        );
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
        let ending =
            Lifetimes { end: Some((DeadlineKind::ApiEnd, "2027-04-05".parse().unwrap())), ..Lifetimes::default() };
        let mut credential = credential(true);
        credential.tokens = None;
        assert_eq!(
            shown(&credential, &ending),
            [("api_end", "2027-04-05T00:00:00Z".to_owned(), DeadlineSource::Catalog)]
        );
        credential.setback = Some(AuthFailure::Revoked { at: at("2026-03-01T00:00:00Z") });
        assert!(credential.clocks(&ending).is_empty(), "the user ended it already");
    }

    #[test]
    fn extreme_lifetimes_do_not_overflow() {
        let forever =
            Lifetimes { refresh_idle: Some(u32::MAX), refresh_absolute: Some(2_000_000_000), ..Lifetimes::default() };
        assert!(credential(true).clocks(&forever).is_empty());
    }
}
