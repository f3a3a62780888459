//! Keys that select rows of a table for an action, for the screens' tables of keys.

use crossterm::event::KeyCode;

use crate::tui::keymap::{Action, Key, Press};

/// Selects one row and moves to the next.
pub(crate) const ONE: Key =
    Key::new(&[Press::char(' ')], Action::Toggle, "", "Select this row for a bulk action, and go down");

pub(crate) const RANGE: Key = Key::new(
    &[Press::char('v')],
    Action::SelectRange,
    "",
    "Select from here to where the cursor goes; v ends the range",
);

pub(crate) const ALL: Key =
    Key::new(&[Press::char('*')], Action::SelectAll, "", "Select all shown rows, or none of them");

/// Clears the selection, then the filter, then leaves the screen.
pub(crate) const BACK: Key = Key::new(
    &[Press::plain(KeyCode::Esc)],
    Action::Back,
    "menu",
    "Deselect all, then clear the filter, then to the menu",
);
