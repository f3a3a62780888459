//! Keeps the stored refresh token if a sign-in does not issue a new one.

use crate::model::credential::{Account, Credential, Event, EventKind, Tokens};

/// Returns the tokens to save, and a note about their refresh token. `verified` is the account that consented, if
/// known.
///
/// Some providers issue a refresh token at the first consent only. The stored one stays valid, unless it belongs to
/// another account or client, or the provider has rejected it.
pub(super) fn with_former(
    credential: &Credential,
    mut tokens: Tokens,
    verified: Option<&Account>,
) -> (Tokens, Option<String>) {
    let former = credential.tokens.as_ref().filter(|former| former.refresh.is_some() && tokens.refresh.is_none());
    let Some(former) = former.filter(|_| !credential.uses_client_credentials()) else { return (tokens, None) };
    let is_another = credential.account.as_ref().zip(verified).is_some_and(|(bound, who)| bound.subject != who.subject);
    let is_dead = credential.setback.is_some() || credential.is_spent_unread();
    let since = credential.history.iter().rev().take_while(|event| event.kind != EventKind::Authenticated);
    let is_edited = |event: &Event| event.kind == EventKind::Edited;
    if is_another || is_dead || since.into_iter().any(is_edited) {
        let note = "The provider issued no refresh token: sign in again when the access token expires.";
        return (tokens, Some(note.to_owned()));
    }
    tokens.refresh.clone_from(&former.refresh);
    tokens.refresh_expires_at = former.refresh_expires_at;
    (tokens, Some("The provider issued no new refresh token; the stored one was kept.".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::model::credential::{AuthFailure, Name, Setup};
    use crate::secret::{AccessToken, RefreshToken};

    fn tokens(refresh: Option<&str>) -> Tokens {
        Tokens {
            access: AccessToken::new("a".into()),
            refresh: refresh.map(|text| RefreshToken::new(text.into())),
            received_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            refresh_expires_at: None,
            scopes: None,
            captured: BTreeMap::new(),
        }
    }

    fn account(subject: &str) -> Account {
        Account { subject: subject.into(), label: subject.into() }
    }

    fn credential() -> Credential {
        let now = Timestamp::UNIX_EPOCH;
        let mut credential = Credential::new(Name::parse("A").unwrap(), "okta", Setup::default(), now);
        credential.tokens = Some(tokens(Some("old")));
        credential.account = Some(account("ann"));
        credential.record(Event::new(now, EventKind::Authenticated, "by browser"));
        credential
    }

    fn after(credential: &Credential, new: Option<&str>, who: Option<&str>) -> (Option<String>, bool) {
        let who = who.map(account);
        let (tokens, note) = with_former(credential, tokens(new), who.as_ref());
        (tokens.refresh.map(|token| token.expose().to_owned()), note.is_some())
    }

    #[test]
    fn the_stored_one_stays_where_nothing_speaks_against_it() {
        assert_eq!(after(&credential(), None, Some("ann")), (Some("old".into()), true));
        assert_eq!(
            after(&credential(), None, None),
            (Some("old".into()), true),
            "unless somebody else is known to have signed in"
        );
        assert_eq!(after(&credential(), Some("new"), Some("ann")), (Some("new".into()), false));
        assert_eq!(after(&credential(), None, Some("bea")), (None, true), "never one account's beside another's");
        let (mut refused, mut edited, mut fresh) = (credential(), credential(), credential());
        refused.setback = Some(AuthFailure::Revoked { at: Timestamp::UNIX_EPOCH });
        edited.record(Event::new(Timestamp::UNIX_EPOCH, EventKind::Edited, "authorization"));
        fresh.tokens = None;
        for dead in [refused, edited] {
            assert_eq!(after(&dead, None, Some("ann")), (None, true));
        }
        assert_eq!(after(&fresh, None, Some("ann")), (None, false));
    }
}
