//! Widgets that several screens use.

pub(crate) mod catalog_list;
pub(crate) mod columns;
pub(crate) mod confirm;
pub(crate) mod conflict;
pub(crate) mod fields;
pub(crate) mod filter;
pub(crate) mod form_dialog;
pub(crate) mod list;
pub(crate) mod motion_keys;
pub(crate) mod name_dialog;
pub(crate) mod pane;
pub(crate) mod picker;
pub(crate) mod qr;
pub(crate) mod relative_time;
pub(crate) mod scroll;
pub(crate) mod searched_list;
pub(crate) mod selected_rows;
pub(crate) mod selection_keys;
pub(crate) mod sort_menu;
pub(crate) mod table_rows;
pub(crate) mod text_field;
pub(crate) mod text_form;

pub(crate) use crate::filter::{fuzzy, query, search_index};

use crate::tui::context::Context;

/// Columns of a progress bar.
const GAUGE: u64 = 24;

/// A progress bar.
#[must_use]
pub(crate) fn gauge(cx: &Context<'_>, percent: u64) -> String {
    let cells = |count: u64| usize::try_from(count).unwrap_or(0);
    bar(cx, cells(percent.min(100) * GAUGE / 100), cells(GAUGE))
}

/// A bar of `cells` cells, of which the first `filled` are filled.
pub(crate) fn bar(cx: &Context<'_>, filled: usize, cells: usize) -> String {
    let (full, empty) = if cx.theme.ascii { ("#", ".") } else { ("█", "░") };
    format!("{}{}", full.repeat(filled), empty.repeat(cells.saturating_sub(filled)))
}

/// One frame of a spinner.
#[must_use]
pub(crate) fn spinner(cx: &Context<'_>) -> &'static str {
    let frames = if cx.theme.ascii { ["|", "/", "-", "\\"] } else { ["◐", "◓", "◑", "◒"] };
    frames[usize::try_from(cx.beat % 4).unwrap_or(0)]
}
