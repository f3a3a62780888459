//! The keys of the table, and those of its menu of orders.

use crossterm::event::KeyCode;

use crate::tui::column::Column;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::undoing;
use crate::tui::widgets::{moves, sort_menu};

pub(super) const KEYS: &[Key] = &[
    Key::new(&[Press::char('+')], Action::Add, "add", "Add a credential"),
    Key::new(&[Press::plain(KeyCode::Enter), Press::char('>')], Action::Accept, "open", "Open the selected credential"),
    Key::new(
        &[Press::char('/')],
        Action::Filter,
        "filter",
        "Filter by words, status:, owner:, tag:, integration:; ! before one leaves its rows out",
    ),
    Key::new(&[Press::char('a')], Action::Authenticate, "authenticate", "Authenticate or re-authenticate"),
    Key::new(&[Press::char('r')], Action::Rename, "rename", "Rename"),
    Key::new(&[Press::char('E')], Action::Edit, "edit", "Edit information and authorization"),
    Key::new(
        &[Press::char('y')],
        Action::CopyToken,
        "copy token",
        "Copy a fresh access token, or the key (cleared after a while)",
    ),
    Key::new(&[Press::char('D')], Action::Duplicate, "", "Duplicate its client and settings under a new name"),
    Key::new(&[Press::char('d')], Action::Delete, "delete", "Delete (asks first)"),
    undoing::UNDO,
    undoing::REDO,
    Key::new(&[Press::char('s')], Action::Sort, "sort", "Sort by a column or by due date"),
    moves::UP,
    moves::DOWN,
    moves::PAGE_UP,
    moves::PAGE_DOWN,
    moves::FIRST_OR_G,
    moves::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "", "Clear the filter, then back"),
];

/// While the menu of orders is open.
pub(super) const SORT_KEYS: &[Key] = &[
    Key::new(&[Press::char('n')], Action::SortBy(Column::Name), "name", "Sort by name"),
    Key::new(&[Press::char('i')], Action::SortBy(Column::Integration), "", "Sort by integration"),
    Key::new(&[Press::char('s')], Action::SortBy(Column::Status), "status", "Sort by status (needs attention first)"),
    Key::new(&[Press::char('o')], Action::SortBy(Column::Owner), "", "Sort by owner"),
    Key::new(&[Press::char('e')], Action::SortBy(Column::Expires), "", "Sort by token expiry"),
    Key::new(&[Press::char('d')], Action::SortBy(Column::Due), "due first", "Sort by due date"),
    sort_menu::ACCEPT,
    moves::UP,
    moves::DOWN,
    sort_menu::CLOSE,
];
