//! A refresh that was answered, or not: what is saved, what is told, and what happens to the note that it was spent.

use jiff::Timestamp;

use super::handed_out::{Token, handed_out};
use super::problems::{authenticate_again, no_access_token, unread};
use crate::engine::saving::{KEPT, save};
use crate::engine::session::Session;
use crate::mask::Masks;
use crate::model::change::Change;
use crate::model::credential::{Credential, Refusals, Tokens};
use crate::oauth::token::{TokenError, type_note};
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::store::{Lease, Pending};

/// Characters of a note.
const MAX_NOTE: usize = 300;

/// A refresh that was answered, or not.
pub(super) struct Spent {
    pub(super) session: Session,
    pub(super) lease: Box<dyn Lease>,
    pub(super) credential: Credential,
    /// The pair that was spent.
    pub(super) tokens: Tokens,
    pub(super) now: Timestamp,
    /// The note of an earlier refresh of the same token whose answer was lost.
    pub(super) lost: Option<Pending>,
}

impl Spent {
    /// Saves what came and hands it out.
    ///
    /// # Errors
    /// What the provider refused; Storage.
    pub(super) fn answered(mut self, answer: Result<Tokens, TokenError>) -> Result<Token, Problem> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Err(self.refused(error)),
        };
        let id = self.credential.id;
        let token = handed_out(self.session.provider(&self.credential)?, &self.credential.setup, &answer);
        let (expires_at, notes) =
            (answer.expires_at, changes(&self.tokens, &answer, &Masks::of(&self.credential.secrets())));
        let spent = Some(self.tokens.revision());
        let saved =
            save(&self.session, &mut *self.lease, &Change::Refreshed { id, tokens: Box::new(answer), spent }, []);
        // Kept or saved: in either case the answer is not lost.
        if saved.as_ref().map_or_else(|unsaved| unsaved.is_kept, |()| true) {
            self.lease.clear();
        }
        saved.map_err(|unsaved| unsaved.problem)?;
        // A new refresh token came with no usable access token: the refresh token is kept, the ended one not given.
        if expires_at.is_some_and(|end| end <= self.now) {
            return Err(no_access_token(&self.credential));
        }
        token.map(|token| Token { notes: [token.notes, notes].concat(), ..token })
    }

    /// What a failed refresh leaves behind: the refresh token stays in every case.
    fn refused(mut self, error: TokenError) -> Problem {
        let (credential, lost) = (&self.credential, self.lost);
        let is_final = matches!(&error, TokenError::Reauthenticate { .. });
        let is_unread = matches!(&error, TokenError::Unreadable { .. });
        let is_client = matches!(&error, TokenError::Misconfigured { .. }) && credential.is_unattended();
        // A verdict can be had again; the problem itself matters more than a failed note of it. An answer cannot: until
        // it is kept, it counts as lost.
        let is_noted = self.verdict(&error).is_none_or(|change| self.session.store.commit(change.into()).is_ok());
        let is_kept = is_unread && is_noted;
        let decides_nothing = matches!(
            &error,
            TokenError::Temporary { sent: true, .. } | TokenError::Unclear { .. } | TokenError::Unreadable { .. }
        );
        // What does not say whether the token is alive leaves an earlier lost answer as lost as it was.
        if is_final || is_kept || !(decides_nothing || lost.is_some()) {
            self.lease.clear();
        }
        if is_kept && !credential.is_unattended() {
            let why = error.problem().why;
            return unread(credential)
                .why(format!("{why} {KEPT} The refresh token may be used up, so it is not sent again automatically."));
        }
        let mut problem = error.problem();
        if is_unread && credential.is_unattended() {
            // Nothing was spent: the client asks again.
            problem.kind = Kind::Temporary;
        }
        if is_client {
            // No script can proceed until a person has fixed the client.
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

    /// What the vault notes of it, if anything.
    fn verdict(&self, error: &TokenError) -> Option<Change> {
        let (credential, spent) = (&self.credential, Some(self.tokens.revision()));
        let id = credential.id;
        Some(match error {
            TokenError::Reauthenticate { code, .. } => Change::RefreshRefused { id, code: code.clone(), spent },
            // With a refresh token the grant may be alive behind a wrong secret; without one the client is all there is.
            TokenError::Misconfigured { code, .. } if credential.is_unattended() => {
                Change::RefreshRefused { id, code: code.clone(), spent }
            }
            TokenError::Misconfigured { code, .. } | TokenError::Unclear { code, .. } => {
                // A row that would say nothing new is not saved again.
                Refusals::with_another(credential.refusals.as_ref(), self.now, code)?;
                Change::RefusalUnclear { id, code: code.clone(), spent }
            }
            TokenError::Throttled { until, .. } => Change::Throttled { id, until: *until },
            TokenError::Unreadable { answer, .. } => Change::AnswerUnread { id, answer: answer.clone(), spent },
            TokenError::Temporary { .. } | TokenError::Unusable { .. } => return None,
        })
    }
}

/// What an answer changed beside the tokens. It is stored as it came; requests go to the pinned endpoints as before.
fn changes(before: &Tokens, after: &Tokens, masks: &Masks) -> Vec<String> {
    let mut notes = Vec::new();
    let kept = after.scopes.as_deref().unwrap_or_default();
    let lost: Vec<&str> =
        before.scopes.iter().flatten().filter(|scope| !kept.contains(scope)).map(String::as_str).collect();
    if !lost.is_empty() {
        notes.push(printable(&format!("No longer granted: {}.", lost.join(", ")), MAX_NOTE));
    }
    notes.extend(type_note(before.odd_type(), after));
    for (name, value) in &after.captured {
        if before.captured.get(name).is_some_and(|old| old != value) {
            let value = masks.conceal(value, MAX_NOTE);
            notes.push(printable(&format!("The provider changed {name} to {}.", *value), MAX_NOTE));
        }
    }
    notes
}
