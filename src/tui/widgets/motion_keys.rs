//! Movement keys for the screens' tables of keys.

use crossterm::event::KeyCode;

use crate::tui::keymap::{Action, Key, Press};

pub(crate) const UP: Key = Key::new(&[Press::plain(KeyCode::Up), Press::char('k')], Action::Up, "", "Previous row");

pub(crate) const DOWN: Key = Key::new(&[Press::plain(KeyCode::Down), Press::char('j')], Action::Down, "", "Next row");

/// The previous row, without k, for screens where letters are typed.
pub(crate) const ARROW_UP: Key = Key::new(&[Press::plain(KeyCode::Up)], Action::Up, "", "Previous row");

pub(crate) const PAGE_UP: Key = Key::new(&[Press::plain(KeyCode::PageUp)], Action::PageUp, "", "Page up");

pub(crate) const PAGE_DOWN: Key = Key::new(&[Press::plain(KeyCode::PageDown)], Action::PageDown, "", "Page down");

pub(crate) const PAGE_BACK: Key =
    Key::new(&[Press::plain(KeyCode::PageUp), Press::ctrl('b')], Action::PageUp, "", "A page up");

pub(crate) const PAGE_FORWARD: Key =
    Key::new(&[Press::plain(KeyCode::PageDown), Press::ctrl('f')], Action::PageDown, "", "A page down");

pub(crate) const HALF_UP: Key = Key::new(&[Press::ctrl('u')], Action::HalfPageUp, "", "Half a page up");

pub(crate) const HALF_DOWN: Key = Key::new(&[Press::ctrl('d')], Action::HalfPageDown, "", "Half a page down");

pub(crate) const NEXT_MATCH: Key =
    Key::new(&[Press::char('n')], Action::NextMatch, "", "Next row that matches the last filter");

pub(crate) const PREVIOUS_MATCH: Key =
    Key::new(&[Press::char('N')], Action::PreviousMatch, "", "Previous row that matches the last filter");

pub(crate) const FIRST: Key = Key::new(&[Press::plain(KeyCode::Home)], Action::First, "", "First row");

/// The first row, also with g, for screens where g has no other use.
pub(crate) const FIRST_OR_G: Key =
    Key::new(&[Press::plain(KeyCode::Home), Press::char('g')], Action::First, "", "First row");

pub(crate) const LAST: Key = Key::new(&[Press::plain(KeyCode::End), Press::char('G')], Action::Last, "", "Last row");

/// Up in a text.
pub(crate) const SCROLL_UP: Key = Key::new(&[Press::plain(KeyCode::Up), Press::char('k')], Action::Up, "", "Scroll up");

/// Down in a text.
pub(crate) const SCROLL_DOWN: Key =
    Key::new(&[Press::plain(KeyCode::Down), Press::char('j')], Action::Down, "", "Scroll down");
