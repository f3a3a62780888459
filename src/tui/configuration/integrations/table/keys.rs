//! The keys of the table, and those of its filter.

use crossterm::event::KeyCode;

use crate::tui::keymap::{Action, Key, Press};
use crate::tui::widgets::{filter, moves};

pub(super) const KEYS: &[Key] = &[
    Key::new(&[Press::char('+')], Action::Add, "add", "Add an integration"),
    Key::new(&[Press::char('c')], Action::ChooseCredential, "credential", "Choose the credential it signs in with"),
    Key::new(&[Press::char('t')], Action::Test, "test run", "Test Run: step by step to the first records"),
    Key::new(
        &[Press::char('s'), Press::char('S')],
        Action::SyncSessions,
        "sync sessions",
        "Sync Sessions: what each run loaded, and its errors",
    ),
    Key::new(&[Press::char('p')], Action::Pause, "pause", "Pause or resume: whether its schedule runs it"),
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "open",
        "Open the selected integration",
    ),
    Key::new(&[Press::char('g')], Action::SyncNow, "sync now", "Load its records now"),
    Key::new(&[Press::char('/')], Action::Filter, "filter", "Filter by name, credential, provider or state"),
    Key::new(&[Press::char('a')], Action::Authenticate, "", "Authenticate its credential, first or again"),
    Key::new(&[Press::char('n')], Action::AddCredential, "", "Add a credential for it on the spot"),
    Key::new(&[Press::char('o')], Action::OpenCredential, "", "Open the page of its credential"),
    Key::new(&[Press::char('E')], Action::Edit, "edit", "Edit what is loaded, where to and when"),
    Key::new(&[Press::char('r')], Action::Rename, "rename", "Rename"),
    Key::new(&[Press::char('D')], Action::Duplicate, "", "Duplicate under a new name, paused"),
    Key::new(&[Press::char('d')], Action::Delete, "delete", "Delete; u brings it back"),
    Key::new(&[Press::char('u')], Action::Undo, "undo", "Take the last change back"),
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
