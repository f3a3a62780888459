//! Ends a refresh: saves the new tokens or records the failure, and settles the note that the token is being spent.

use jiff::Timestamp;

use super::issued::{Token, handed_out};
use super::problems::{authenticate_again, no_access_token, unread};
use crate::engine::saving::{KEPT, save};
use crate::engine::session::Session;
use crate::mask::Masks;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Refusals, TokenKind, Tokens};
use crate::oauth::token::{RefreshedTokens, TokenError, type_note};
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::store::{Lease, Pending};

/// Most characters of a note.
const MAX_NOTE: usize = 300;

/// A refresh whose result has to be saved or recorded.
pub(super) struct RefreshAttempt {
    pub(super) session: Session,
    pub(super) lease: Box<dyn Lease>,
    pub(super) credential: Credential,
    /// The tokens that were spent.
    pub(super) tokens: Tokens,
    /// The token set that they belong to.
    pub(super) kind: Option<TokenKind>,
    pub(super) now: Timestamp,
    /// The note of an earlier refresh of the same token whose response was lost.
    pub(super) lost: Option<Pending>,
}

impl RefreshAttempt {
    /// Saves the new tokens and returns the access token.
    ///
    /// # Errors
    /// The provider's refusal; `Kind::Storage`.
    pub(super) fn ended(mut self, refreshed: Result<RefreshedTokens, TokenError>) -> Result<Token, Problem> {
        let RefreshedTokens { tokens, beside } = match refreshed {
            Ok(refreshed) => refreshed,
            Err(error) => return Err(self.refused(error)),
        };
        let id = self.credential.id;
        let token = handed_out(self.session.provider(&self.credential)?, &self.credential.setup, &tokens);
        let (expires_at, notes) =
            (tokens.expires_at, changes(&self.tokens, &tokens, &Masks::of(&self.credential.secrets())));
        let spent = Some(self.tokens.revision());
        let beside = self.merged(beside);
        let change = Change::Refreshed { id, tokens: Box::new(tokens), spent }.with_token_set(self.kind);
        let saved = save(&self.session, &mut *self.lease, &change, beside);
        // A response that is stored in the store or beside it is not lost.
        if saved.as_ref().map_or_else(|unsaved| unsaved.is_kept, |()| true) {
            self.lease.clear_spending();
        }
        saved.map_err(|unsaved| unsaved.problem)?;
        // The new refresh token came without a usable access token: it is saved, but the expired access token is not
        // returned.
        if expires_at.is_some_and(|end| end <= self.now) {
            return Err(no_access_token(&self.credential));
        }
        token.map(|token| Token { notes: [token.notes, notes].concat(), ..token })
    }

    /// Merges the other token sets in the response with the stored ones.
    fn merged(&self, beside: Vec<(Option<TokenKind>, Tokens)>) -> Vec<Change> {
        let stored = if beside.is_empty() { None } else { self.session.credential(self.credential.id).ok() };
        merged_with(stored.as_ref(), self.credential.id, beside)
    }

    /// Handles a failed refresh: the refresh token is kept in every case.
    fn refused(mut self, error: TokenError) -> Problem {
        let (credential, lost) = (&self.credential, self.lost);
        let is_final = matches!(&error, TokenError::Reauthenticate { .. });
        let is_unread = matches!(&error, TokenError::Unreadable { .. });
        let is_client = matches!(&error, TokenError::Misconfigured { .. }) && credential.uses_client_credentials();
        // The problem matters more than a verdict that could not be saved: the next refresh repeats the verdict. But a
        // response that could not be saved counts as lost.
        let verdict = self.verdict(&error).map(|change| change.with_token_set(self.kind));
        let is_noted = verdict.is_none_or(|change| self.session.store.commit(change.into()).is_ok());
        let is_kept = is_unread && is_noted;
        let decides_nothing = matches!(
            &error,
            TokenError::Temporary { sent: true, .. } | TokenError::Unclear { .. } | TokenError::Unreadable { .. }
        );
        // The note stays if the error does not show whether the refresh token is still valid, or if an earlier response
        // was lost.
        if is_final || is_kept || !(decides_nothing || lost.is_some()) {
            self.lease.clear_spending();
        }
        if is_kept && !credential.uses_client_credentials() {
            let why = error.problem().why;
            return unread(credential)
                .why(format!("{why} {KEPT} The refresh token may be used up, so it is not sent again automatically."));
        }
        let mut problem = error.problem();
        if is_unread && credential.uses_client_credentials() {
            // Nothing was spent, so the client can request again.
            problem.kind = Kind::Temporary;
        }
        if is_client {
            // No script can proceed until the user has fixed the client.
            problem.kind = Kind::NeedsAuthentication;
        }
        match lost {
            Some(lost) if is_final => {
                let why = format!(
                    "The response to its refresh of {} was lost, and this provider accepts each refresh token only \
                     once. {}",
                    lost.since.strftime("%Y-%m-%d %H:%M UTC"),
                    problem.why
                );
                problem.why(why).step(authenticate_again(credential))
            }
            _ if is_final => problem.step(authenticate_again(credential)),
            _ => problem,
        }
    }

    /// The observation to save, if there is one.
    fn verdict(&self, error: &TokenError) -> Option<Change> {
        let (credential, spent) = (&self.credential, Some(self.tokens.revision()));
        let id = credential.id;
        Some(match error {
            TokenError::Reauthenticate { code, .. } => Change::RefreshRefused { id, code: code.clone(), spent },
            // With a refresh token the grant may be valid despite a wrong client secret; without one, the client secret
            // is all there is.
            TokenError::Misconfigured { code, .. } if credential.uses_client_credentials() => {
                Change::RefreshRefused { id, code: code.clone(), spent }
            }
            TokenError::Misconfigured { code, .. } | TokenError::Unclear { code, .. } => {
                // A further refusal that would not change the stored series is not saved again.
                Refusals::with_another(credential.refusals.as_ref(), self.now, code)?;
                Change::RefusalUnclear { id, code: code.clone(), spent }
            }
            TokenError::Throttled { until, .. } => Change::Throttled { id, until: *until },
            TokenError::Unreadable { response, .. } => Change::ResponseUnread { id, response: response.clone(), spent },
            TokenError::Temporary { .. } | TokenError::Unusable { .. } => return None,
        })
    }
}

/// Merges token sets with the stored ones. If the stored credential could not be read, a set that came without a
/// refresh token is left out, because it would replace the stored refresh token with nothing.
fn merged_with(stored: Option<&Credential>, id: CredentialId, beside: Vec<(Option<TokenKind>, Tokens)>) -> Vec<Change> {
    let is_complete = |(_, tokens): &(Option<TokenKind>, Tokens)| stored.is_some() || tokens.refresh.is_some();
    let merged = |(kind, tokens): (Option<TokenKind>, Tokens)| {
        let former = stored.and_then(|stored| stored.tokens_of(kind));
        let tokens = Box::new(former.into_iter().fold(tokens, Tokens::over));
        Change::Refreshed { id, tokens, spent: None }.with_token_set(kind)
    };
    beside.into_iter().filter(is_complete).map(merged).collect()
}

/// Notes about other values that the response changed. They are stored, but requests still go to the pinned endpoints.
fn changes(before: &Tokens, after: &Tokens, masks: &Masks) -> Vec<String> {
    let mut notes = Vec::new();
    let kept = after.scopes.as_deref().unwrap_or_default();
    let lost: Vec<&str> =
        before.scopes.iter().flatten().filter(|scope| !kept.contains(scope)).map(String::as_str).collect();
    if !lost.is_empty() {
        notes.push(printable(&format!("No longer granted: {}.", lost.join(", ")), MAX_NOTE));
    }
    notes.extend(type_note(before.unknown_type(), after));
    for (name, value) in &after.captured {
        if before.captured.get(name).is_some_and(|old| old != value) {
            let value = masks.conceal(value, MAX_NOTE);
            notes.push(printable(&format!("The provider changed {name} to {}.", *value), MAX_NOTE));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::secret::{AccessToken, RefreshToken};

    fn set(refresh: Option<&str>) -> Tokens {
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

    #[test]
    fn a_set_without_a_refresh_token_replaces_nothing_that_could_not_be_read() {
        let changes = |beside| merged_with(None, CredentialId::random(), beside);
        assert_eq!(changes(vec![(None, set(None))]).len(), 0);
        let kept = changes(vec![(None, set(None)), (None, set(Some("new")))]);
        let [Change::Refreshed { tokens, .. }] = &kept[..] else { panic!("{} changes", kept.len()) };
        assert!(tokens.refresh.as_ref().is_some_and(|token| token.expose() == "new"));
    }
}
