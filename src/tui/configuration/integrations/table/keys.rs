//! The keys of the table, and those of its menu of orders.

use crossterm::event::KeyCode;

use crate::tui::column::Column;
use crate::tui::configuration::integrations::deed;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::undoing;
use crate::tui::widgets::{moves, selecting, sort_menu};

const FILTER_HELP: &str =
    "Filter by words, status:, credential:, integration:, owner:, tag:; ! before one leaves its rows out";

pub(super) const KEYS: &[Key] = &[
    Key::new(&[Press::char('+')], Action::Add, "add", "Add an integration"),
    Key::new(&[Press::char('c')], Action::ChooseCredential, "credential", "Choose its credential"),
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
    Key::new(&[Press::char('/')], Action::Filter, "filter", FILTER_HELP),
    deed::AUTHENTICATE,
    Key::new(&[Press::char('n')], Action::AddCredential, "", "Add a credential for it now"),
    Key::new(&[Press::char('o')], Action::OpenCredential, "", "Open the page of its credential"),
    deed::EDIT,
    deed::RENAME,
    Key::new(&[Press::char('O')], Action::Sort, "sort", "Sort by a column").kept(),
    Key::new(&[Press::char('D')], Action::Duplicate, "", "Duplicate, paused"),
    deed::DELETE,
    undoing::UNDO,
    undoing::REDO,
    moves::UP,
    moves::DOWN,
    selecting::ONE,
    selecting::RANGE,
    selecting::ALL,
    moves::PAGE_BACK,
    moves::PAGE_FORWARD,
    moves::HALF_UP,
    moves::HALF_DOWN,
    moves::FIRST,
    moves::LAST,
    selecting::BACK,
];

/// While the menu of orders is open.
pub(super) const SORT_KEYS: &[Key] = &[
    Key::new(&[Press::char('n')], Action::SortBy(Column::Name), "name", "Sort by name"),
    Key::new(&[Press::char('i')], Action::SortBy(Column::Integration), "", "Sort by provider"),
    Key::new(&[Press::char('c')], Action::SortBy(Column::Credential), "", "Sort by credential"),
    Key::new(&[Press::char('s')], Action::SortBy(Column::Status), "state", "Sort by state (failing first)"),
    Key::new(&[Press::char('l')], Action::SortBy(Column::LastSession), "", "Sort by last session (latest first)"),
    Key::new(&[Press::char('x')], Action::SortBy(Column::NextRun), "", "Sort by the next run"),
    Key::new(&[Press::char('r')], Action::SortBy(Column::Records), "", "Sort by records (most first)"),
    sort_menu::ACCEPT,
    moves::UP,
    moves::DOWN,
    sort_menu::CLOSE,
];
