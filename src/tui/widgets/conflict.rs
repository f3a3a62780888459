//! Shown over a form if someone else has changed the record since it was opened: both values side by side, and the
//! choices.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::ops::team::Authorship;
use crate::model::field::FieldConflict;
use crate::tui::context::Context;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::widgets::pane::{cell, pane, paragraph, split_top};
use crate::tui::widgets::relative_time;

/// The keys while the conflict is shown.
pub(crate) const KEYS: &[Key] = &[
    Key::new(&[Press::char('m')], Action::KeepMine, "keep mine", "Save your values over the stored ones"),
    Key::new(&[Press::char('t')], Action::TakeStored, "take stored", "Replace the form with the stored values"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back to the form", "Back to the form; nothing is saved"),
];

/// The fields that differ.
#[derive(Debug)]
pub(crate) struct ConflictPane {
    rows: Vec<Row>,
    /// Who saved the stored values; `None` unless a team shares the vault.
    by: Option<Authorship>,
}

#[derive(Debug)]
struct Row {
    field: String,
    label: String,
    wanted: String,
    stored: String,
}

impl ConflictPane {
    /// Compares these fields of a record; `label` gives the form's name of a field.
    pub(crate) fn new(
        cx: &Context<'_>,
        id: &str,
        conflicts: &[FieldConflict],
        label: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let row = |conflict: &FieldConflict| Row {
            label: label(&conflict.field).unwrap_or_else(|| conflict.field.clone()),
            field: conflict.field.clone(),
            wanted: conflict.wanted.clone(),
            stored: conflict.stored.clone(),
        };
        let by = cx.snapshot.team.as_ref().and_then(|team| team.authors.get(id).cloned());
        Self { rows: conflicts.iter().map(row).collect(), by }
    }

    /// The fields, by their names in the model.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.field.as_str())
    }

    /// The heading of the stored values: "Bob's", or "Stored now" if it is not known who saved them.
    fn heading(&self) -> String {
        let by = self.by.as_ref().filter(|by| !by.is_own);
        by.map_or_else(|| "Stored now".to_owned(), |by| format!("{}'s", by.by))
    }

    /// Draws the conflict instead of the form.
    pub(crate) fn draw(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Changed in the meantime", Line::from(" not saved "));
        let text = match &self.by {
            Some(by) => format!(
                "{} changed these fields {} while the form was open. Nothing was saved.",
                if by.is_own { "You" } else { &by.by },
                relative_time::distance(cx.now, by.at)
            ),
            None => "These fields were changed elsewhere while the form was open. Nothing was saved.".to_owned(),
        };
        let used = paragraph(frame, inside, &text, cx.theme.warn);
        let (_, mut rest) = split_top(inside, used + 1);
        let width = usize::from(rest.width);
        let (first, other) = (width / 4, width * 3 / 8);
        let columns = |label: &str, mine: &str, stored: &str| {
            [cell(label, first.saturating_sub(1)), cell(mine, other.saturating_sub(1)), cell(stored, other)].join(" ")
        };
        let (line, below) = split_top(rest, 1);
        frame.render_widget(Span::styled(columns("Field", "Yours", &self.heading()), cx.theme.heading), line);
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
