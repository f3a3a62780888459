//! A credential's status, computed from its data and the present instant; never stored.
//!
//! A credential with tokens is judged by them. A key, token or password that the user entered is judged by its
//! [`Proof`](super::Proof) and by the rejection of a test call: *Not authenticated* without a proof, *Needs
//! re-authentication* when rejected. An expiry date that the user entered is announced, but changes nothing by itself.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::deadlines::start_of;
use super::{AuthFailure, Credential, Refusals, Tokens};

/// How long in advance the end of something is announced that only the user can renew.
pub(crate) const EXPIRING_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The same for an access token without a refresh token, which is short-lived anyway.
const ACCESS_TOKEN_ENDS: SignedDuration = SignedDuration::from_mins(10);

/// The words on the screen are [`Status::word`]; each status also has a glyph and a color.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Status {
    /// A valid token is available without the user.
    Authenticated,
    /// The user will be needed soon.
    ExpiringSoon,
    /// The user is needed now.
    NeedsReauthentication,
    /// The provider has refused each refresh for a day or more without a known reason: the user should look.
    ProbablyNeedsReauthentication,
    /// The provider's response could not be read: the user decides what to do with the spent token.
    ResponseUnread,
    /// The user revoked it.
    Revoked,
    /// The user has never consented.
    NotAuthenticated,
}

impl Status {
    pub const ALL: [Self; 7] = [
        Self::Authenticated,
        Self::ExpiringSoon,
        Self::NeedsReauthentication,
        Self::ProbablyNeedsReauthentication,
        Self::ResponseUnread,
        Self::Revoked,
        Self::NotAuthenticated,
    ];

    /// The words that the user sees.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Authenticated => "Authenticated",
            Self::ExpiringSoon => "Expiring soon",
            Self::NeedsReauthentication => "Needs re-authentication",
            Self::ProbablyNeedsReauthentication => "Probably needs re-authentication",
            Self::ResponseUnread => "Unreadable response",
            Self::Revoked => "Revoked",
            Self::NotAuthenticated => "Not authenticated",
        }
    }

    /// A stable word for JSON output.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Authenticated => "authenticated",
            Self::ExpiringSoon => "expiring_soon",
            Self::NeedsReauthentication => "needs_reauthentication",
            Self::ProbablyNeedsReauthentication => "probably_needs_reauthentication",
            Self::ResponseUnread => "answer_unreadable",
            Self::Revoked => "revoked",
            Self::NotAuthenticated => "not_authenticated",
        }
    }
}

impl Credential {
    /// The status at `now`: the most urgent one of its token sets.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let sets = self.token_sets.keys().filter_map(|kind| self.with_token_set(*kind));
        let of_sets = sets.map(|set| match set.status_of_main(now) {
            // Only one set was revoked, by the provider and not by the user.
            Status::Revoked => Status::NeedsReauthentication,
            status => status,
        });
        of_sets.fold(self.status_of_main(now), Status::max)
    }

    /// The credential as seen through the token set that decides its status.
    #[must_use]
    pub(crate) fn decisive(&self, now: Timestamp) -> Cow<'_, Self> {
        let mut decisive = Cow::Borrowed(self);
        for (_, set) in self.each_kind() {
            if set.status_of_main(now) > decisive.status_of_main(now) {
                decisive = set;
            }
        }
        decisive
    }

    /// The status of its main tokens alone.
    #[must_use]
    pub fn status_of_main(&self, now: Timestamp) -> Status {
        let works = self.tokens.is_some() || (self.is_static_secret() && self.proof.is_some());
        match &self.setback {
            Some(AuthFailure::Revoked { .. }) => return Status::Revoked,
            Some(AuthFailure::Refused { .. }) if works || self.is_static_secret() => {
                return Status::NeedsReauthentication;
            }
            _ if self.is_spent_unread() || (!works && self.unread.is_some()) => return Status::ResponseUnread,
            _ if !works => return Status::NotAuthenticated,
            _ if self.is_probably_dead() => return Status::ProbablyNeedsReauthentication,
            _ => {}
        }
        let (end, notice) = self.end_and_notice();
        match end.map(|end| now.duration_until(end)) {
            Some(left) if left <= SignedDuration::ZERO => Status::NeedsReauthentication,
            Some(left) if left <= notice => Status::ExpiringSoon,
            // A secret may still work after its expiry date: only the provider can say that it does not.
            _ if self.secret_announced_at().is_some_and(|at| at <= now) => Status::ExpiringSoon,
            _ => Status::Authenticated,
        }
    }

    /// The next instant after `now` at which the status changes by itself; `None`: never.
    #[must_use]
    pub(crate) fn status_changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let changes = |(_, set): (_, Cow<'_, Self>)| set.change_of_main_at(now);
        self.each_kind().filter_map(changes).min()
    }

    fn change_of_main_at(&self, now: Timestamp) -> Option<Timestamp> {
        if matches!(self.status_of_main(now), Status::Revoked | Status::NotAuthenticated | Status::ResponseUnread)
            || self.setback.is_some()
            || self.is_probably_dead()
        {
            return None;
        }
        let (end, notice) = self.end_and_notice();
        let announced = end.map(|end| end.checked_sub(notice).unwrap_or(now));
        [announced, end, self.secret_announced_at()].into_iter().flatten().filter(|at| *at > now).min()
    }

    fn is_probably_dead(&self) -> bool {
        self.refusals.as_ref().is_some_and(Refusals::suggest_dead_grant)
    }

    /// When the announcement of the expiry date that the user entered begins.
    fn secret_announced_at(&self) -> Option<Timestamp> {
        start_of(self.details.expires_on?)?.checked_sub(EXPIRING_SOON).ok()
    }

    /// When the user will be needed for the tokens, and how long in advance that is announced.
    fn end_and_notice(&self) -> (Option<Timestamp>, SignedDuration) {
        match &self.tokens {
            Some(Tokens { refresh: None, expires_at, .. }) if !self.uses_client_credentials() => {
                (*expires_at, ACCESS_TOKEN_ENDS)
            }
            Some(Tokens { refresh: Some(_), refresh_expires_at, .. }) if !self.uses_client_credentials() => {
                (*refresh_expires_at, EXPIRING_SOON)
            }
            _ => (None, EXPIRING_SOON),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::credential::{Name, Proof, ProvenBy, Setup, Tokens};
    use crate::secret::{AccessToken, RefreshToken};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn credential(refresh: bool, expires: Option<i64>) -> Credential {
        let mut credential = Credential::new(Name::parse("Zoho EU").unwrap(), "manageengine", Setup::default(), at(0));
        credential.tokens = Some(Tokens {
            access: AccessToken::new("a".into()),
            refresh: refresh.then(|| RefreshToken::new("r".into())),
            received_at: at(0),
            expires_at: expires.map(at),
            refresh_expires_at: None,
            scopes: None,
            captured: BTreeMap::new(),
        });
        credential
    }

    #[test]
    fn an_expired_access_token_is_nothing_to_worry_about_while_a_refresh_token_is_there() {
        assert_eq!(credential(true, Some(3600)).status(at(9_999)), Status::Authenticated);
        assert_eq!(credential(false, Some(3600)).status(at(9_999)), Status::NeedsReauthentication);
        assert_eq!(credential(false, Some(3600)).status(at(3_500)), Status::ExpiringSoon);
        assert_eq!(credential(false, None).status(at(9_999)), Status::Authenticated);
    }

    #[test]
    fn client_credentials_end_for_nobody_until_the_server_says_so() {
        let mut credential = credential(false, Some(3600));
        let token: url::Url = "https://a.example/token".parse().unwrap();
        let endpoints = |authorization| crate::model::credential::Endpoints {
            grant_type: None,
            authorization,
            token: token.clone(),
            refresh: None,
            revocation: None,
            userinfo: None,
            issuer: None,
            device: None,
            lookups: Vec::new(),
        };
        credential.endpoints = Some(endpoints(None));
        assert_eq!(credential.status(at(9_999)), Status::Authenticated);
        assert_eq!(credential.status_changes_at(at(0)), None);
        credential.endpoints = Some(endpoints(Some(token.clone())));
        assert_eq!(credential.status(at(9_999)), Status::NeedsReauthentication);
        credential.endpoints = Some(endpoints(None));
        credential.setback = Some(AuthFailure::Refused { at: at(1), code: "invalid_client".into() });
        assert_eq!(credential.status(at(2)), Status::NeedsReauthentication);
    }

    #[test]
    fn the_server_has_the_last_word() {
        let mut credential = credential(true, Some(3600));
        credential.setback = Some(AuthFailure::Refused { at: at(1), code: "invalid_grant".into() });
        assert_eq!(credential.status(at(2)), Status::NeedsReauthentication);
        credential.setback = Some(AuthFailure::Revoked { at: at(1) });
        assert_eq!(credential.status(at(2)), Status::Revoked);
        credential.setback = None;
        credential.tokens = None;
        assert_eq!(credential.status(at(2)), Status::NotAuthenticated);
    }

    #[test]
    fn a_dated_refresh_token_is_announced_two_weeks_ahead() {
        let mut credential = credential(true, Some(3600));
        let day = 86_400;
        credential.tokens.as_mut().unwrap().refresh_expires_at = Some(at(30 * day));
        assert_eq!(credential.status(at(0)), Status::Authenticated);
        assert_eq!(credential.status(at(17 * day)), Status::ExpiringSoon);
        assert_eq!(credential.status(at(30 * day)), Status::NeedsReauthentication);
    }

    #[test]
    fn a_secrets_day_is_announced_two_weeks_ahead_and_ends_nothing_by_itself() {
        let mut credential = credential(true, Some(3600));
        credential.details.expires_on = Some("2027-02-01".parse().unwrap());
        let day = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(credential.status(day("2027-01-17T23:59:59Z")), Status::Authenticated);
        assert_eq!(credential.status_changes_at(day("2027-01-17T23:59:59Z")), Some(day("2027-01-18T00:00:00Z")));
        assert_eq!(credential.status(day("2027-01-18T00:00:00Z")), Status::ExpiringSoon);
        assert_eq!(credential.status(day("2027-03-01T00:00:00Z")), Status::ExpiringSoon);
    }

    #[test]
    fn a_key_is_judged_by_its_proof_its_refusal_and_its_day() {
        let mut credential = credential(false, None);
        credential.tokens = None;
        credential.setup.secrets.insert(crate::model::credential::MAIN_SECRET.to_owned(), "k".to_owned().into());
        assert_eq!(credential.status(at(0)), Status::NotAuthenticated);
        credential.proof = Some(Proof { at: at(0), by: ProvenBy::Person, host: None });
        assert_eq!(credential.status(at(0)), Status::Authenticated);
        assert_eq!(credential.status_changes_at(at(0)), None);
        // Instant 0 is 2027-01-15T08:00Z.
        credential.details.expires_on = Some("2027-01-30".parse().unwrap());
        assert_eq!(credential.status(at(0)), Status::Authenticated);
        let announced = credential.status_changes_at(at(0)).unwrap();
        assert_eq!(announced.to_string(), "2027-01-16T00:00:00Z");
        assert_eq!(credential.status(announced), Status::ExpiringSoon);
        credential.setback = Some(AuthFailure::Refused { at: at(1), code: "HTTP 401".into() });
        assert_eq!(credential.status(at(2)), Status::NeedsReauthentication);
        credential.proof = None;
        assert_eq!(credential.status(at(2)), Status::NeedsReauthentication);
    }

    #[test]
    fn extreme_instants_do_not_overflow() {
        let mut credential = credential(false, Some(3600));
        credential.tokens.as_mut().unwrap().expires_at = Some(Timestamp::MAX);
        assert_eq!(credential.status(Timestamp::MIN), Status::Authenticated);
        credential.tokens.as_mut().unwrap().expires_at = Some(Timestamp::MIN);
        assert_eq!(credential.status(Timestamp::MAX), Status::NeedsReauthentication);
    }
}
