//! The keys of the table and of its sort menu.

use crossterm::event::KeyCode;

use crate::tui::column::Column;
use crate::tui::configuration::integrations::actions;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::undoing;
use crate::tui::widgets::{motion_keys, selection_keys, sort_menu};

const FILTER_HELP: &str =
    "Filter by words, status:, credential:, integration:, owner:, tag:; ! before one leaves its rows out";

pub(super) const KEYS: &[Key] = &[
    Key::new(&[Press::char('+')], Action::Add, "add", "Add an integration"),
    Key::new(&[Press::char('c')], Action::ChooseCredential, "credential", "Choose its credential"),
    actions::TEST,
    actions::SYNC_SESSIONS,
    actions::PAUSE,
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "open",
        "Open the selected integration",
    ),
    actions::SYNC_NOW,
    Key::new(&[Press::char('/')], Action::Filter, "filter", FILTER_HELP),
    actions::AUTHENTICATE,
    Key::new(&[Press::char('n')], Action::AddCredential, "", "Add a credential for it now"),
    Key::new(&[Press::char('o')], Action::OpenCredential, "", "Open the page of its credential"),
    actions::EDIT,
    actions::RENAME,
    Key::new(&[Press::char('O')], Action::Sort, "sort", "Sort by a column").kept(),
    Key::new(&[Press::char('D')], Action::Duplicate, "", "Duplicate, paused"),
    actions::DELETE,
    undoing::UNDO,
    undoing::REDO,
    motion_keys::UP,
    motion_keys::DOWN,
    selection_keys::ONE,
    selection_keys::RANGE,
    selection_keys::ALL,
    motion_keys::PAGE_BACK,
    motion_keys::PAGE_FORWARD,
    motion_keys::HALF_UP,
    motion_keys::HALF_DOWN,
    motion_keys::FIRST,
    motion_keys::LAST,
    selection_keys::BACK,
];

/// Keys while the sort menu is open.
pub(super) const SORT_KEYS: &[Key] = &[
    Key::new(&[Press::char('n')], Action::SortBy(Column::Name), "name", "Sort by name"),
    Key::new(&[Press::char('i')], Action::SortBy(Column::Integration), "", "Sort by provider"),
    Key::new(&[Press::char('c')], Action::SortBy(Column::Credential), "", "Sort by credential"),
    Key::new(&[Press::char('s')], Action::SortBy(Column::Status), "state", "Sort by state (failing first)"),
    Key::new(&[Press::char('l')], Action::SortBy(Column::LastSession), "", "Sort by last session (latest first)"),
    Key::new(&[Press::char('x')], Action::SortBy(Column::NextRun), "", "Sort by the next run"),
    Key::new(&[Press::char('r')], Action::SortBy(Column::Records), "", "Sort by records (most first)"),
    sort_menu::ACCEPT,
    motion_keys::UP,
    motion_keys::DOWN,
    sort_menu::CLOSE,
];
