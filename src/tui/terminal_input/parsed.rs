//! What the parsers of sequences give.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// What a beginning of the input is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Parsed {
    /// More bytes are needed.
    Incomplete,
    /// Complete, and nothing to tell of: broken, unknown, or an answer to a question nobody asked.
    Nothing,
    Event(Event),
}

impl Parsed {
    pub(super) fn key(code: KeyCode, modifiers: KeyModifiers) -> Self {
        Self::Event(Event::Key(KeyEvent::new(code, modifiers)))
    }

    /// `None` is nothing.
    pub(super) fn complete(event: Option<Event>) -> Self {
        event.map_or(Self::Nothing, Self::Event)
    }
}
