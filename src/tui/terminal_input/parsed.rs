//! The result of parsing a sequence.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// The meaning of the bytes so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Parsed {
    /// More bytes are needed.
    Incomplete,
    /// Complete, but not an event: malformed, unknown, or an answer to a query that was not sent.
    Nothing,
    Event(Event),
}

impl Parsed {
    pub(super) fn key(code: KeyCode, modifiers: KeyModifiers) -> Self {
        Self::Event(Event::Key(KeyEvent::new(code, modifiers)))
    }

    /// An event, or `Nothing`.
    pub(super) fn complete(event: Option<Event>) -> Self {
        event.map_or(Self::Nothing, Self::Event)
    }
}
