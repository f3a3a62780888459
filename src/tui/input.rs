//! Input events delivered to a screen.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::engine::event::JobEvent;
use crate::secret::Secret;
use crate::tui::effect::OperationId;
use crate::tui::keymap::{Action, Press};

/// One event for a screen.
#[derive(Debug)]
pub(crate) enum Input {
    /// The action of a key in the screen's table of keys.
    Do(Action),
    /// A printable key while the screen captures text.
    Text(char),
    /// An editing key while the screen captures text.
    Edit(Edit),
    /// Pasted text, at most 64 KiB; never interpreted as keys.
    Paste(Secret),
    /// An event of an operation that the screen started.
    Job(OperationId, JobEvent),
    /// A click on a cell of the body, columns and rows from its top left corner.
    Click {
        /// Column.
        x: u16,
        /// Row.
        y: u16,
        /// The second click on the same cell within half a second.
        double: bool,
    },
    /// The wheel: rows down, negative for up.
    Scroll(i16),
}

/// Editing keys, the readline set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Edit {
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Backspace,
    Delete,
    DeleteWord,
    Clear,
    DeleteToEnd,
}

impl Edit {
    /// Whether the key only moves the cursor and does not change the text.
    #[must_use]
    pub(crate) fn only_moves(self) -> bool {
        matches!(self, Self::Left | Self::Right | Self::WordLeft | Self::WordRight | Self::Home | Self::End)
    }
}

/// The editing key that `press` is, if it is one.
#[must_use]
pub(crate) fn edit_of(press: Press) -> Option<Edit> {
    let word = press.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    Some(match press.code {
        KeyCode::Left if word => Edit::WordLeft,
        KeyCode::Right if word => Edit::WordRight,
        KeyCode::Left => Edit::Left,
        KeyCode::Right => Edit::Right,
        KeyCode::Home => Edit::Home,
        KeyCode::End => Edit::End,
        KeyCode::Backspace if word => Edit::DeleteWord,
        KeyCode::Backspace => Edit::Backspace,
        KeyCode::Delete => Edit::Delete,
        KeyCode::Char(c) if press.modifiers == KeyModifiers::CONTROL => match c {
            'a' => Edit::Home,
            'e' => Edit::End,
            'w' => Edit::DeleteWord,
            'u' => Edit::Clear,
            'k' => Edit::DeleteToEnd,
            _ => return None,
        },
        _ => return None,
    })
}
