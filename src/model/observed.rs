//! Applies observations to a credential: tokens, rejections, proofs. They have no inverse.

use jiff::Timestamp;

use super::change::Change;
use super::credential::{
    Account, AuthFailure, Credential, Event, EventKind, Proof, ProvenBy, Refusals, TokenSet, Tokens, UnreadResponse,
};
use super::field::Revision;
use crate::printable::printable;

impl Change {
    pub(crate) fn record(self, credential: &mut Credential, now: Timestamp) {
        if self.is_about_another_pair(credential) {
            return;
        }
        match self {
            Self::Authenticated { tokens, endpoints, moved, by, sets, .. } => {
                credential.setup.variables.extend(moved);
                (credential.endpoints, credential.proof) = (Some(*endpoints), None);
                replace_tokens(credential, *tokens, Event::new(now, EventKind::Authenticated, by));
                credential.token_sets.extend(sets.into_iter().map(|(kind, tokens)| (kind, TokenSet::new(tokens))));
            }
            Self::ForTokenSet { kind, change } => credential.in_set(kind, |set| change.record(set, now)),
            Self::Bound { account, .. } => bound(credential, account),
            Self::LookedUp { found, .. } => {
                if let Some(tokens) = &mut credential.tokens {
                    tokens.captured.extend(found);
                }
            }
            Self::Refreshed { tokens, spent, .. } => {
                let newer = |stored: &Tokens| stored.received_at > tokens.received_at;
                if !(is_another(credential, spent) && credential.tokens.as_ref().is_some_and(newer)) {
                    replace_tokens(credential, *tokens, Event::new(now, EventKind::Refreshed, ""));
                }
            }
            Self::AuthenticationFailed { code, .. } => {
                credential.record(Event::new(now, EventKind::AuthenticationFailed, &code));
            }
            Self::RefreshRefused { code, .. } => {
                refused(credential, Event::new(now, EventKind::RefreshRefused, &code), &code);
                credential.unread = None;
            }
            Self::RefusalUnclear { code, .. } => {
                if let Some(row) = Refusals::with_another(credential.refusals.as_ref(), now, &code) {
                    credential.record(Event::new(now, EventKind::RefreshRefused, &code));
                    credential.refusals = Some(row);
                }
            }
            Self::ResponseUnread { response, spent, .. } => {
                let kind = if spent.is_some() { EventKind::RefreshRefused } else { EventKind::AuthenticationFailed };
                credential.record(Event::new(now, kind, "the response could not be read"));
                credential.unread = Some(UnreadResponse { of_refresh: spent.is_some(), ..*response });
            }
            Self::AccessRefused { refused, .. } => {
                if let Some(tokens) = credential.tokens.as_mut().filter(|tokens| tokens.revision() == refused) {
                    tokens.expires_at = Some(tokens.expires_at.map_or(now, |end| end.min(now)));
                }
            }
            Self::Proven { by, host, .. } => proven(credential, Proof { at: now, by, host }),
            Self::KeyRefused { code, .. } => {
                refused(credential, Event::new(now, EventKind::AuthenticationFailed, &code), &code);
            }
            Self::Throttled { until, .. } => credential.not_before = Some(until),
            Self::Revoked { .. } => {
                credential.setback = Some(AuthFailure::Revoked { at: now });
                credential.record(Event::new(now, EventKind::Revoked, ""));
            }
            Self::Insert(_) | Self::Restore { .. } | Self::Remove { .. } | Self::Edit { .. } => {}
        }
    }

    /// Whether a rejection is about tokens that have been replaced since.
    fn is_about_another_pair(&self, credential: &Credential) -> bool {
        match self {
            Self::RefreshRefused { spent, .. }
            | Self::RefusalUnclear { spent, .. }
            | Self::ResponseUnread { spent, .. } => is_another(credential, *spent),
            _ => false,
        }
    }
}

/// Binds the account. Token sets that did not come with the tokens of a new account belong to the former one and are
/// dropped.
fn bound(credential: &mut Credential, account: Account) {
    let is_another = credential.account.as_ref().is_some_and(|former| former.subject != account.subject);
    if let (true, Some(received)) = (is_another, credential.tokens.as_ref().map(|tokens| tokens.received_at)) {
        credential.token_sets.retain(|_, set| set.tokens.received_at == received);
    }
    credential.account = Some(account);
}

/// Whether the stored tokens differ from those that were spent.
fn is_another(credential: &Credential, spent: Option<Revision>) -> bool {
    spent.is_some_and(|spent| credential.tokens.as_ref().is_some_and(|tokens| tokens.revision() != spent))
}

fn refused(credential: &mut Credential, event: Event, code: &str) {
    credential.setback = Some(AuthFailure::Refused { at: event.at, code: printable(code, 120) });
    credential.record(event);
}

/// A proof authenticates only a secret that the user entered; tokens are judged by their expiry and rejections.
fn proven(credential: &mut Credential, proof: Proof) {
    if credential.is_static_secret() {
        let by = if proof.by == ProvenBy::Test { "by test call" } else { "saved, not tested" };
        credential.setback = None;
        credential.record(Event::new(proof.at, EventKind::Authenticated, by));
    }
    credential.proof = Some(proof);
}

/// **I-tokens**: replaces a token set as a whole, and clears the rejections of the former one.
fn replace_tokens(credential: &mut Credential, tokens: Tokens, event: Event) {
    credential.count_renewal(tokens.received_at, event.kind == EventKind::Authenticated);
    credential.tokens = Some(tokens);
    credential.setback = None;
    credential.unread = None;
    credential.refusals = None;
    credential.not_before = None;
    credential.record(event);
}
