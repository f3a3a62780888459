//! Rows of label and value, the values wrapped and indented.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::pane::{cell, indent, paragraph, split_top};
use crate::tui::theme::Theme;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Left; empty for a line without label; both empty for a blank line.
    pub label: String,
    /// Right.
    pub value: String,
    /// Of the value.
    pub style: Style,
}

impl Row {
    /// Label and value.
    #[must_use]
    pub fn new(label: &str, value: impl Into<String>) -> Self {
        Self { label: label.to_owned(), value: value.into(), style: Style::new() }
    }

    /// The same in another style.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// A blank line.
    #[must_use]
    pub fn blank() -> Self {
        Self::new("", "")
    }
}

/// Draws rows from the top, as many as fit, and gives the area left.
pub fn rows(theme: &Theme, frame: &mut Frame<'_>, area: Rect, label_width: u16, rows: &[Row]) -> Rect {
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
        let value = if row.label.is_empty() { rest } else { indent(rest, label_width) };
        if !row.label.is_empty() {
            let text = cell(&row.label, usize::from(label_width.saturating_sub(1)));
            frame.render_widget(Line::styled(text, theme.muted), line);
        }
        let used = paragraph(frame, value, &row.value, row.style).max(1);
        rest = split_top(rest, used).1;
    }
    rest
}
