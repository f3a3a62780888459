//! What was observed rather than wanted, taken into a credential: tokens, refusals, proofs. It has no inverse.

use jiff::Timestamp;

use super::change::Change;
use super::credential::{Credential, Event, EventKind, Proof, ProvenBy, Refusals, Setback, Tokens, UnreadAnswer};
use super::field::Revision;
use crate::printable::printable;

impl Change {
    /// Applies what was observed rather than wanted: it has no inverse.
    pub(crate) fn record(self, credential: &mut Credential, now: Timestamp) {
        if self.is_about_another_pair(credential) {
            return;
        }
        match self {
            Self::Authenticated { tokens, endpoints, moved, by, .. } => {
                credential.setup.variables.extend(moved);
                credential.endpoints = Some(*endpoints);
                credential.proof = None;
                replace_tokens(credential, *tokens, Event::new(now, EventKind::Authenticated, by));
            }
            Self::Bound { account, .. } => credential.account = Some(account),
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
            Self::AnswerUnread { answer, spent, .. } => {
                let kind = if spent.is_some() { EventKind::RefreshRefused } else { EventKind::AuthenticationFailed };
                credential.record(Event::new(now, kind, "the response could not be read"));
                credential.unread = Some(UnreadAnswer { of_refresh: spent.is_some(), ..*answer });
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
                credential.setback = Some(Setback::Revoked { at: now });
                credential.record(Event::new(now, EventKind::Revoked, ""));
            }
            Self::Insert(_) | Self::Restore { .. } | Self::Remove { .. } | Self::Edit { .. } => {}
        }
    }

    /// A refusal says nothing of tokens that have come since.
    fn is_about_another_pair(&self, credential: &Credential) -> bool {
        match self {
            Self::RefreshRefused { spent, .. }
            | Self::RefusalUnclear { spent, .. }
            | Self::AnswerUnread { spent, .. } => is_another(credential, *spent),
            _ => false,
        }
    }
}

/// Whether the stored tokens are other ones than those that were spent.
fn is_another(credential: &Credential, spent: Option<Revision>) -> bool {
    spent.is_some_and(|spent| credential.tokens.as_ref().is_some_and(|tokens| tokens.revision() != spent))
}

fn refused(credential: &mut Credential, event: Event, code: &str) {
    credential.setback = Some(Setback::Refused { at: event.at, code: printable(code, 120) });
    credential.record(event);
}

/// Only what is typed in is authenticated by its proof; of tokens a test says nothing that lasts.
fn proven(credential: &mut Credential, proof: Proof) {
    if credential.is_typed_in() {
        let by = if proof.by == ProvenBy::Test { "by test call" } else { "saved, not tested" };
        credential.setback = None;
        credential.record(Event::new(proof.at, EventKind::Authenticated, by));
    }
    credential.proof = Some(proof);
}

/// **I-tokens**: a set of tokens arrives whole, and clears what stood against the former one.
fn replace_tokens(credential: &mut Credential, tokens: Tokens, event: Event) {
    credential.count_renewal(tokens.received_at, event.kind == EventKind::Authenticated);
    credential.tokens = Some(tokens);
    credential.setback = None;
    credential.unread = None;
    credential.refusals = None;
    credential.not_before = None;
    credential.record(event);
}
