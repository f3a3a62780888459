//! The keys of the table, and those of its filter.

use crossterm::event::KeyCode;

use crate::tui::configuration::integrations::deed;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::undoing;
use crate::tui::widgets::{filter, moves};

pub(super) const KEYS: &[Key] = &[
    Key::new(&[Press::char('+')], Action::Add, "add", "Add an integration"),
    Key::new(&[Press::char('c')], Action::ChooseCredential, "credential", "Choose the credential it signs in with"),
    deed::TEST,
    deed::SYNC_SESSIONS,
    deed::PAUSE,
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "open",
        "Open the selected integration",
    ),
    deed::SYNC_NOW,
    Key::new(&[Press::char('/')], Action::Filter, "filter", "Filter by name, credential, provider or state"),
    deed::AUTHENTICATE,
    Key::new(&[Press::char('n')], Action::AddCredential, "", "Add a credential for it on the spot"),
    Key::new(&[Press::char('o')], Action::OpenCredential, "", "Open the page of its credential"),
    deed::EDIT,
    deed::RENAME,
    Key::new(&[Press::char('D')], Action::Duplicate, "", "Duplicate under a new name, paused"),
    deed::DELETE,
    undoing::UNDO,
    undoing::REDO,
    moves::UP,
    moves::DOWN,
    moves::PAGE_UP,
    moves::PAGE_DOWN,
    moves::FIRST,
    moves::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "", "Clear the filter, then back"),
];

pub(super) const FILTER_KEYS: &[Key] = &filter::keys_over(Key::new(
    &[Press::plain(KeyCode::Enter)],
    Action::Accept,
    "open",
    "Open the selected integration",
));
