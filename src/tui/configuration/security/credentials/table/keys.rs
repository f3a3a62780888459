//! The keys of the table and of its sort menu.

use crossterm::event::KeyCode;

use crate::tui::column::Column;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::undoing;
use crate::tui::widgets::{motion_keys, selection_keys, sort_menu};

pub(super) const KEYS: &[Key] = &[
    Key::new(&[Press::char('+')], Action::Add, "add", "Add a credential"),
    Key::new(&[Press::plain(KeyCode::Enter), Press::char('>')], Action::Accept, "open", "Open the selected credential"),
    Key::new(
        &[Press::char('/')],
        Action::Filter,
        "filter",
        "Filter by words, status:, owner:, tag:, integration:; ! before one leaves its rows out",
    ),
    Key::new(
        &[Press::char('a')],
        Action::Authenticate,
        "authenticate",
        "Authenticate or re-authenticate; the selected ones in turn",
    ),
    Key::new(&[Press::char('r')], Action::Rename, "rename", "Rename"),
    Key::new(&[Press::char('E')], Action::Edit, "edit", "Edit information and authorization"),
    Key::new(
        &[Press::char('y')],
        Action::CopyToken,
        "copy token",
        "Copy a fresh access token, or the key (cleared after a while)",
    ),
    Key::new(&[Press::char('D')], Action::Duplicate, "", "Duplicate its client and settings under a new name"),
    Key::new(&[Press::char('d')], Action::Delete, "delete", "Delete (asks first); acts on all selected rows"),
    Key::new(&[Press::char('t')], Action::Test, "", "Test with a read-only call; acts on all selected rows"),
    Key::new(&[Press::char('T')], Action::ChangeTags, "", "Add and remove tags; acts on all selected rows"),
    Key::new(&[Press::char('o')], Action::SetOwner, "", "Set the owner; acts on all selected rows"),
    Key::new(
        &[Press::char('c')],
        Action::CopyMenu,
        "copy",
        "Copy token, client ID, secret, redirect URI, scopes and more",
    ),
    Key::new(
        &[Press::char('X')],
        Action::CopyTemplate,
        "",
        "Export: copy a template without secrets; acts on all selected rows",
    ),
    selection_keys::ONE,
    selection_keys::RANGE,
    selection_keys::ALL,
    undoing::UNDO,
    undoing::REDO,
    Key::new(&[Press::char('s')], Action::Sort, "sort", "Sort by a column or by due date").kept(),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_BACK,
    motion_keys::PAGE_FORWARD,
    motion_keys::HALF_UP,
    motion_keys::HALF_DOWN,
    motion_keys::NEXT_MATCH,
    motion_keys::PREVIOUS_MATCH,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    selection_keys::BACK,
];

/// Keys while the sort menu is open.
pub(super) const SORT_KEYS: &[Key] = &[
    Key::new(&[Press::char('n')], Action::SortBy(Column::Name), "name", "Sort by name"),
    Key::new(&[Press::char('i')], Action::SortBy(Column::Integration), "", "Sort by integration"),
    Key::new(&[Press::char('s')], Action::SortBy(Column::Status), "status", "Sort by status (needs attention first)"),
    Key::new(&[Press::char('o')], Action::SortBy(Column::Owner), "", "Sort by owner"),
    Key::new(&[Press::char('e')], Action::SortBy(Column::Expires), "", "Sort by token expiry"),
    Key::new(&[Press::char('t')], Action::SortBy(Column::Tags), "", "Sort by tags"),
    Key::new(&[Press::char('d')], Action::SortBy(Column::Due), "due first", "Sort by due date"),
    sort_menu::ACCEPT,
    motion_keys::UP,
    motion_keys::DOWN,
    sort_menu::CLOSE,
];
