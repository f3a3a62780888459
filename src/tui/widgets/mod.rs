//! What more than one screen draws.

pub(crate) mod columns;
pub mod confirm;
pub mod conflict;
pub mod fields;
pub mod filter;
pub mod list;
pub(crate) mod marks;
pub mod moves;
pub mod name_dialog;
pub mod pane;
pub mod picker;
pub mod qr;
pub(crate) mod scroll;
pub mod searched_list;
pub(crate) mod selecting;
pub(crate) mod sort_menu;
pub(crate) mod table_rows;
pub mod text_field;
pub(crate) mod text_form;
pub mod when;

pub(crate) use crate::filter::{fuzzy, query, search_index};

use crate::tui::context::Context;

/// One frame of a spinner.
#[must_use]
pub fn spinner(cx: &Context<'_>) -> &'static str {
    let frames = if cx.theme.ascii { ["|", "/", "-", "\\"] } else { ["◐", "◓", "◑", "◒"] };
    frames[usize::try_from(cx.beat % 4).unwrap_or(0)]
}
