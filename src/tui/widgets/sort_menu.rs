//! The sort menu over a table: each column has a letter, and choosing the same column again reverses the order.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::list::{marker, moved};
use super::pane::{cell, centered, clear, pane};
use crate::tui::column::{Column, Order};
use crate::tui::context::Context;
use crate::tui::keymap::{Action, Key, Press};

const WIDTH: u16 = 34;

/// Sorts by the column in the selected row.
pub(crate) const ACCEPT: Key =
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "sort", "Sort by the selected column, or reverse it");

/// Leaves the order as it is.
pub(crate) const CLOSE: Key = Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "close", "Keep the order");

/// The menu; its rows are the keys that sort by a column.
#[derive(Debug)]
pub(crate) struct SortMenu {
    selected: usize,
}

impl SortMenu {
    /// Opens the menu with the current order selected.
    pub(crate) fn open(keys: &[Key], order: Order) -> Self {
        let selected = columns(keys).position(|(_, column)| column == order.column);
        Self { selected: selected.unwrap_or(0) }
    }

    /// The column that an action chooses; any other action moves the selection.
    pub(crate) fn act(&mut self, keys: &[Key], action: Action) -> Option<Column> {
        match action {
            Action::SortBy(column) => return Some(column),
            Action::Accept => return columns(keys).nth(self.selected).map(|(_, column)| column),
            _ => {}
        }
        self.selected = moved(self.selected, columns(keys).count(), 1, action).unwrap_or(self.selected);
        None
    }

    pub(crate) fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, keys: &[Key], order: Order) {
        let height = u16::try_from(columns(keys).count() + 2).unwrap_or(u16::MAX);
        let area = centered(area, WIDTH, height);
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, "Sort by", Line::default());
        for (row, ((key, column), at)) in inside.rows().zip(columns(keys).zip(0..)) {
            let is_selected = at == self.selected;
            let style = if is_selected { cx.theme.selected } else { Style::new() };
            let letter = key.presses.first().map(|press| press.label(cx.theme.ascii)).unwrap_or_default();
            let arrow = if column == order.column { order.arrow() } else { "" };
            let text = format!("{}{letter}  {} {arrow}", marker(is_selected), column.word());
            frame.render_widget(Line::styled(cell(&text, row.width.into()), style), row);
        }
    }
}

fn columns(keys: &[Key]) -> impl Iterator<Item = (&Key, Column)> {
    keys.iter().filter_map(|key| match key.action {
        Action::SortBy(column) => Some((key, column)),
        _ => None,
    })
}
