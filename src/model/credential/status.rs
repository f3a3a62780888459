//! A credential's status, computed from its facts and the present instant; never stored.
//!
//! What has tokens is judged by them. What is typed in (a key, a token, a password) has none, and its facts are others:
//! a [`Proof`](super::Proof) that it works, and the refusal of a test call. Without a proof it is *Not authenticated*,
//! refused *Needs re-authentication*. A day a person wrote down is announced and ends nothing by itself.

use jiff::{SignedDuration, Timestamp};

use super::clocks::start_of;
use super::{Credential, Refusals, Setback, Tokens};

/// What can only be renewed by a person is announced this long before it ends.
pub const EXPIRING_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An access token without a refresh token is short-lived by nature: its end is announced this long before.
const ACCESS_TOKEN_ENDS: SignedDuration = SignedDuration::from_mins(10);

/// The words on the screen are [`Status::word`]; each also has a glyph and a color.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Status {
    /// A working token can be had without a person.
    Authenticated,
    /// A person will be needed soon.
    ExpiringSoon,
    /// A person is needed now.
    NeedsReauthentication,
    /// The provider has refused each refresh for a day or more, in words that do not say why: a person should look.
    ProbablyNeedsReauthentication,
    /// The provider answered, and the response could not be read: a person decides what to do with the spent token.
    AnswerUnread,
    /// The user revoked it.
    Revoked,
    /// Nobody has ever consented.
    NotAuthenticated,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Authenticated,
        Self::ExpiringSoon,
        Self::NeedsReauthentication,
        Self::ProbablyNeedsReauthentication,
        Self::AnswerUnread,
        Self::Revoked,
        Self::NotAuthenticated,
    ];

    /// The words the person sees.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Authenticated => "Authenticated",
            Self::ExpiringSoon => "Expiring soon",
            Self::NeedsReauthentication => "Needs re-authentication",
            Self::ProbablyNeedsReauthentication => "Probably needs re-authentication",
            Self::AnswerUnread => "Unreadable response",
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
            Self::AnswerUnread => "answer_unreadable",
            Self::Revoked => "revoked",
            Self::NotAuthenticated => "not_authenticated",
        }
    }
}

impl Credential {
    /// The status at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let works = self.tokens.is_some() || (self.is_typed_in() && self.proof.is_some());
        match &self.setback {
            Some(Setback::Revoked { .. }) => return Status::Revoked,
            Some(Setback::Refused { .. }) if works || self.is_typed_in() => return Status::NeedsReauthentication,
            _ if self.is_spent_unread() || (!works && self.unread.is_some()) => return Status::AnswerUnread,
            _ if !works => return Status::NotAuthenticated,
            _ if self.is_probably_dead() => return Status::ProbablyNeedsReauthentication,
            _ => {}
        }
        let (end, notice) = self.end_and_notice();
        match end.map(|end| now.duration_until(end)) {
            Some(left) if left <= SignedDuration::ZERO => Status::NeedsReauthentication,
            Some(left) if left <= notice => Status::ExpiringSoon,
            // A secret past its day may still work: only the provider can say that it does not.
            _ if self.secret_announced_at().is_some_and(|at| at <= now) => Status::ExpiringSoon,
            _ => Status::Authenticated,
        }
    }

    /// The next instant after `now` at which the status changes by itself; `None`: never.
    #[must_use]
    pub fn status_changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        if matches!(self.status(now), Status::Revoked | Status::NotAuthenticated | Status::AnswerUnread)
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

    /// When the end of the client secret, entered manually, begins to be announced.
    fn secret_announced_at(&self) -> Option<Timestamp> {
        start_of(self.details.expires_on?)?.checked_sub(EXPIRING_SOON).ok()
    }

    /// When a person will be needed for the tokens, and how long before that is announced.
    fn end_and_notice(&self) -> (Option<Timestamp>, SignedDuration) {
        match &self.tokens {
            Some(Tokens { refresh: None, expires_at, .. }) if !self.is_unattended() => (*expires_at, ACCESS_TOKEN_ENDS),
            Some(Tokens { refresh: Some(_), refresh_expires_at, .. }) if !self.is_unattended() => {
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
        credential.setback = Some(Setback::Refused { at: at(1), code: "invalid_client".into() });
        assert_eq!(credential.status(at(2)), Status::NeedsReauthentication);
    }

    #[test]
    fn the_server_has_the_last_word() {
        let mut credential = credential(true, Some(3600));
        credential.setback = Some(Setback::Refused { at: at(1), code: "invalid_grant".into() });
        assert_eq!(credential.status(at(2)), Status::NeedsReauthentication);
        credential.setback = Some(Setback::Revoked { at: at(1) });
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
        credential.setback = Some(Setback::Refused { at: at(1), code: "HTTP 401".into() });
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
