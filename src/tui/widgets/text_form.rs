//! A few labeled text fields with one focus, for screens that need no larger form.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::pane::{indent, split_top};
use super::text_field::TextField;
use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};

pub(crate) const NEXT: Key =
    Key::new(&[Press::plain(KeyCode::Tab), Press::plain(KeyCode::Down)], Action::NextField, "next field", "Next field");

pub(crate) const PREVIOUS: Key =
    Key::new(&[Press::plain(KeyCode::BackTab), Press::plain(KeyCode::Up)], Action::PreviousField, "", "Previous field");

/// Leaves the form.
pub(crate) const CANCEL: Key =
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Leave; nothing is changed");

/// Rows below the fields that a screen uses.
const ROOM_BELOW: usize = 1;

#[derive(Debug)]
pub(crate) struct TextForm {
    fields: Vec<(&'static str, TextField)>,
    focus: usize,
}

impl TextForm {
    pub(crate) fn new(fields: Vec<(&'static str, TextField)>) -> Self {
        Self { fields, focus: 0 }
    }

    /// The text of a field that is not masked, trimmed.
    pub(crate) fn text(&self, at: usize) -> &str {
        self.fields.get(at).map_or("", |(_, field)| field.text().trim())
    }

    /// The text of a field, as a secret.
    pub(crate) fn secret(&self, at: usize) -> Secret {
        self.fields.get(at).map(|(_, field)| field.secret()).unwrap_or_default()
    }

    /// Whether a field is empty.
    pub(crate) fn is_empty(&self, at: usize) -> bool {
        self.fields.get(at).is_none_or(|(_, field)| field.is_empty())
    }

    /// Empties the masked fields.
    pub(crate) fn clear_masked(&mut self) {
        self.fields.iter_mut().filter(|(_, field)| field.is_masked()).for_each(|(_, field)| field.clear());
    }

    /// Rows that the form takes with a blank one after each field.
    pub(crate) fn rows(&self) -> u16 {
        u16::try_from(2 * self.fields.len()).unwrap_or(u16::MAX)
    }

    /// Shows or hides the text of a masked field.
    pub(crate) fn toggle_shown(&mut self, at: usize) {
        if let Some((_, field)) = self.fields.get_mut(at) {
            field.toggle_shown();
        }
    }

    /// Moves the focus to a field.
    pub(crate) fn focus_on(&mut self, at: usize) {
        self.focus = at.min(self.fields.len().saturating_sub(1));
    }

    /// The index of the focused field.
    pub(crate) fn focus(&self) -> usize {
        self.focus
    }

    /// Replaces the text of a field.
    #[cfg(test)]
    pub(crate) fn set(&mut self, at: usize, text: &str) {
        if let Some((_, field)) = self.fields.get_mut(at) {
            field.set(text);
        }
    }

    /// Focuses the next field; false on the last one.
    pub(crate) fn next(&mut self) -> bool {
        let is_last = self.focus + 1 >= self.fields.len();
        self.focus += usize::from(!is_last);
        !is_last
    }

    /// Handles editing and moving the focus; returns false for any other input.
    pub(crate) fn update(&mut self, input: &Input) -> bool {
        let count = self.fields.len().max(1);
        match input {
            Input::Do(Action::NextField) => self.focus = (self.focus + 1) % count,
            Input::Do(Action::PreviousField) => self.focus = (self.focus + count - 1) % count,
            Input::Text(_) | Input::Edit(_) | Input::Paste(_) => {
                let Some((_, field)) = self.fields.get_mut(self.focus) else { return false };
                match input {
                    Input::Text(c) => field.insert(*c),
                    Input::Edit(edit) => field.edit(*edit),
                    Input::Paste(text) => field.paste(text),
                    _ => {}
                }
            }
            _ => return false,
        }
        true
    }

    /// Draws the fields, with a blank row after each if there is room; returns the area below. `takes_keys` is whether
    /// the cursor is shown.
    pub(crate) fn view(
        &self,
        cx: &Context<'_>,
        frame: &mut Frame<'_>,
        area: Rect,
        (label_width, takes_keys): (u16, bool),
    ) -> Rect {
        let mut rest = area;
        let has_room = usize::from(area.height) >= 2 * self.fields.len() + ROOM_BELOW;
        for (at, (label, field)) in self.fields.iter().enumerate() {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Span::styled(*label, cx.theme.muted), line);
            field.view(cx, frame, indent(line, label_width), takes_keys && at == self.focus);
            rest = if has_room { split_top(below, 1).1 } else { below };
        }
        if has_room { rest } else { split_top(rest, 1).1 }
    }
}
