//! Rows of label and value; values are wrapped and indented.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::pane::{cell, indent, more_below, paragraph, split_top, wrapped_rows};
use crate::tui::theme::Theme;

#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Shown at the left; empty for a line without a label. An empty line has neither label nor value.
    pub label: String,
    /// Shown at the right.
    pub value: String,
    /// The value's style.
    pub style: Style,
}

impl Row {
    #[must_use]
    pub(crate) fn new(label: &str, value: impl Into<String>) -> Self {
        Self { label: label.to_owned(), value: value.into(), style: Style::new() }
    }

    /// Sets the style of the value.
    #[must_use]
    pub(crate) fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// An empty line.
    #[must_use]
    pub(crate) fn blank() -> Self {
        Self::new("", "")
    }
}

/// The area of the value: right of the label, with all rows indented by the value's leading spaces.
fn value_area(row: &Row, area: Rect, label_width: u16) -> Rect {
    let label = if row.label.is_empty() { 0 } else { label_width };
    let blanks = row.value.len() - row.value.trim_start_matches(' ').len();
    indent(area, label.saturating_add(u16::try_from(blanks).unwrap_or(u16::MAX)))
}

/// How many rows of the terminal these rows take in this area.
#[must_use]
pub(crate) fn height(area: Rect, label_width: u16, rows: &[Row]) -> u16 {
    let of = |row: &Row| usize::from(wrapped_rows(&row.value, value_area(row, area, label_width).width));
    u16::try_from(rows.iter().map(of).sum::<usize>()).unwrap_or(u16::MAX)
}

/// Draws the rows from the one at `top` on, and shows on the lower border of `whole` whether there is more below.
pub(crate) fn scrolled(
    theme: &Theme,
    frame: &mut Frame<'_>,
    (whole, inside): (Rect, Rect),
    label_width: u16,
    text: &[Row],
    top: usize,
) {
    let shown = text.get(top.min(text.len().saturating_sub(1))..).unwrap_or_default();
    rows(theme, frame, inside, label_width, shown);
    if height(inside, label_width, shown) > inside.height {
        more_below(theme, frame, whole);
    }
}

/// Draws as many rows as fit, from the top; returns the area left.
pub(crate) fn rows(theme: &Theme, frame: &mut Frame<'_>, area: Rect, label_width: u16, rows: &[Row]) -> Rect {
    let mut rest = area;
    for row in rows {
        if rest.height == 0 {
            break;
        }
        if row.label.is_empty() && row.value.is_empty() {
            rest = split_top(rest, 1).1;
            continue;
        }
        let (line, _) = split_top(rest, 1);
        let value = value_area(row, rest, label_width);
        if !row.label.is_empty() {
            let text = cell(&row.label, usize::from(label_width.saturating_sub(1)));
            // A span, not a line: a line would color the value beside it as well.
            frame.render_widget(Span::styled(text, theme.muted), line);
        }
        let used = paragraph(frame, value, &row.value, row.style).max(1);
        rest = split_top(rest, used).1;
    }
    rest
}
