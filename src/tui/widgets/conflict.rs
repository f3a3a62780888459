//! A form over a record that somebody else has changed meanwhile: both values side by side, and what to do.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::field::FieldConflict;
use crate::tui::context::Context;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::widgets::pane::{cell, pane, paragraph, split_top};

/// The keys while it is shown.
pub const KEYS: &[Key] = &[
    Key::new(&[Press::char('m')], Action::KeepMine, "keep mine", "Save your values over the stored ones"),
    Key::new(&[Press::char('t')], Action::TakeStored, "take stored", "Replace the form with the stored values"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back to the form", "Back to the form; nothing is saved"),
];

/// The fields that differ.
#[derive(Debug)]
pub struct ConflictPane {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    field: String,
    label: String,
    wanted: String,
    stored: String,
}

impl ConflictPane {
    /// Of these fields, called as the form calls them.
    pub fn new(conflicts: &[FieldConflict], label: impl Fn(&str) -> Option<String>) -> Self {
        let row = |conflict: &FieldConflict| Row {
            label: label(&conflict.field).unwrap_or_else(|| conflict.field.clone()),
            field: conflict.field.clone(),
            wanted: conflict.wanted.clone(),
            stored: conflict.stored.clone(),
        };
        Self { rows: conflicts.iter().map(row).collect() }
    }

    /// The fields, as the model writes them.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.field.as_str())
    }

    /// Draws it instead of the form.
    pub fn draw(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Changed in the meantime", Line::from(" not saved "));
        let text = "These fields were changed elsewhere while the form was open. Nothing was saved.";
        let used = paragraph(frame, inside, text, cx.theme.warn);
        let (_, mut rest) = split_top(inside, used + 1);
        let width = usize::from(rest.width);
        let (first, other) = (width / 4, width * 3 / 8);
        let columns = |label: &str, mine: &str, stored: &str| {
            [cell(label, first.saturating_sub(1)), cell(mine, other.saturating_sub(1)), cell(stored, other)].join(" ")
        };
        let (line, below) = split_top(rest, 1);
        frame.render_widget(Span::styled(columns("Field", "Yours", "Stored now"), cx.theme.heading), line);
        rest = below;
        for row in &self.rows {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Span::raw(columns(&row.label, &row.wanted, &row.stored)), line);
            rest = below;
        }
        let (_, rest) = split_top(rest, 1);
        let text = "Press m to save your values, t to load the stored ones, esc to go back.";
        paragraph(frame, rest, text, cx.theme.muted);
    }
}
