//! Which rows of a long list are visible: only those are built, so 10,000 rows draw as fast as 100.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::tui::keymap::Action;
use crate::tui::theme::Theme;

/// The visible rows. In a list longer than its window, the selected row is kept in the middle.
#[must_use]
pub(crate) fn window(selected: usize, total: usize, height: u16) -> Range<usize> {
    let height = usize::from(height);
    let offset = selected.saturating_sub(height / 2).min(total.saturating_sub(height));
    offset..(offset + height).min(total)
}

/// The row that a movement selects; `None` if `action` is not a movement.
#[must_use]
pub(crate) fn moved(selected: usize, total: usize, page: u16, action: Action) -> Option<usize> {
    let last = total.saturating_sub(1);
    let page = usize::from(page.max(1));
    Some(match action {
        Action::Up => selected.saturating_sub(1),
        Action::Down => (selected + 1).min(last),
        Action::PageUp => selected.saturating_sub(page),
        Action::PageDown => (selected + page).min(last),
        Action::HalfPageUp => selected.saturating_sub(page.div_ceil(2)),
        Action::HalfPageDown => (selected + page.div_ceil(2)).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => return None,
    })
}

/// `> ` before the selected row; the caller also highlights it.
#[must_use]
pub(crate) fn marker(selected: bool) -> &'static str {
    if selected { "> " } else { "  " }
}

/// The cells before a row: `>` at the cursor, and a check mark if the row is selected for an action.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Marker {
    /// Whether the cursor is on it.
    pub(crate) is_cursor: bool,
    /// Whether the row is selected for an action; `None` if no row is, so that the marks take no cells.
    pub(crate) mark: Option<bool>,
}

impl Marker {
    /// Width if no row is selected for an action.
    pub(crate) const WIDTH: usize = 2;

    pub(crate) fn width(has_marks: bool) -> usize {
        if has_marks { Self::WIDTH + 2 } else { Self::WIDTH }
    }

    /// The marker as it is drawn.
    pub(crate) fn span(self, theme: &Theme) -> Span<'static> {
        let check = if theme.ascii { "+ " } else { "✓ " };
        let mark = match self.mark {
            None => "",
            Some(true) => check,
            Some(false) => "  ",
        };
        Span::styled(format!("{}{mark}", marker(self.is_cursor)), theme.in_row(self.is_cursor, theme.accent))
    }
}

/// Text with the matched characters marked. `positions` counts characters, ascending.
#[must_use]
pub(crate) fn marked(theme: &Theme, text: &str, positions: &[usize], style: Style) -> Line<'static> {
    let mut line = Line::default();
    let mut at = 0;
    for grapheme in text.graphemes(true) {
        let count = grapheme.chars().count();
        let hit = positions.iter().any(|position| (at..at + count).contains(position));
        at += count;
        line.push_span(Span::styled(grapheme.to_owned(), if hit { style.patch(theme.matched) } else { style }));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_is_always_visible() {
        for (total, height) in [(0_usize, 5), (3, 5), (10, 3), (10_000, 20), (7, 0), (1, 1)] {
            for selected in [0, total / 2, total.saturating_sub(1)] {
                let rows = window(selected, total, height);
                assert!(rows.len() <= usize::from(height) && rows.end <= total);
                assert!(total == 0 || height == 0 || rows.contains(&selected), "{selected} of {total} in {height}");
            }
        }
    }

    #[test]
    fn movement_stays_in_the_list() {
        assert_eq!(moved(0, 3, 10, Action::Up), Some(0));
        assert_eq!(moved(2, 3, 10, Action::Down), Some(2));
        assert_eq!(moved(0, 0, 10, Action::Last), Some(0));
        assert_eq!(moved(0, 3, 10, Action::PageDown), Some(2));
        assert_eq!(moved(0, 30, 9, Action::HalfPageDown), Some(5));
        assert_eq!(moved(6, 30, 9, Action::HalfPageUp), Some(1));
        assert_eq!(moved(0, 3, 10, Action::Add), None);
    }
}
