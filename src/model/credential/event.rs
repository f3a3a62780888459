//! What happened to a credential, for its History pane.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::printable::printable;

/// Longest history kept with a credential.
pub(crate) const MAX_EVENTS: usize = 50;

/// One entry of the history. Contains no secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Event {
    pub at: Timestamp,
    pub kind: EventKind,
    /// More detail, such as an error code; escaped and bounded, may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The kind of an event.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Created, or restored after it was deleted.
    Created,
    /// The user consented and the tokens were stored.
    Authenticated,
    /// An authentication ended without tokens; the old ones stayed.
    AuthenticationFailed,
    /// The tokens were renewed.
    Refreshed,
    /// The refresh token was rejected permanently.
    RefreshRefused,
    /// The name changed; the detail is the old one.
    Renamed,
    /// Details or setup changed.
    Edited,
    /// Revoked at the provider by the user.
    Revoked,
    /// The user restored an older version of the vault, whose tokens may be spent.
    Restored,
}

impl Event {
    /// An event with its detail escaped and bounded.
    #[must_use]
    pub fn new(at: Timestamp, kind: EventKind, detail: &str) -> Self {
        Self { at, kind, detail: printable(detail, 120) }
    }
}

impl EventKind {
    /// The words that the user sees.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Authenticated => "authenticated",
            Self::AuthenticationFailed => "authentication failed",
            Self::Refreshed => "refreshed",
            Self::RefreshRefused => "refresh rejected",
            Self::Renamed => "renamed",
            Self::Edited => "edited",
            Self::Revoked => "revoked",
            Self::Restored => "restored, tokens may be stale",
        }
    }
}

/// Appends `event`. Of consecutive refreshes only the last is kept, so that hourly scripts do not push out the rest.
pub(super) fn record(history: &mut Vec<Event>, event: Event) {
    let run =
        event.kind == EventKind::Refreshed && history.last().is_some_and(|last| last.kind == EventKind::Refreshed);
    if run {
        history.pop();
    }
    history.push(event);
    let excess = history.len().saturating_sub(MAX_EVENTS);
    history.drain(..excess);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hourly_refreshes_do_not_push_the_rest_out() {
        let mut history = Vec::new();
        record(&mut history, Event::new(Timestamp::UNIX_EPOCH, EventKind::Created, ""));
        for _ in 0..1_000 {
            record(&mut history, Event::new(Timestamp::UNIX_EPOCH, EventKind::Refreshed, ""));
        }
        assert_eq!(history.len(), 2);
        for _ in 0..1_000 {
            record(&mut history, Event::new(Timestamp::UNIX_EPOCH, EventKind::Edited, "x"));
        }
        assert_eq!(history.len(), MAX_EVENTS);
    }
}
