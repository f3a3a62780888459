//! A few labeled lines of text with one focus: for screens that need no more of a form.

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

/// To the next field.
pub(crate) const NEXT: Key = Key::new(
    &[Press::plain(KeyCode::Tab), Press::plain(KeyCode::Down)],
    Action::NextField,
    "next field",
    "To the next field",
);

/// To the previous field.
pub(crate) const PREVIOUS: Key = Key::new(
    &[Press::plain(KeyCode::BackTab), Press::plain(KeyCode::Up)],
    Action::PreviousField,
    "",
    "To the previous field",
);

/// Leaves the form.
pub(crate) const CANCEL: Key =
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Leave; nothing is changed");

/// The fields.
#[derive(Debug)]
pub(crate) struct TextForm {
    fields: Vec<(&'static str, TextField)>,
    focus: usize,
}

impl TextForm {
    /// With these labels and fields.
    pub(crate) fn new(fields: Vec<(&'static str, TextField)>) -> Self {
        Self { fields, focus: 0 }
    }

    /// What is in a field that is not masked, without blanks around it.
    pub(crate) fn text(&self, at: usize) -> &str {
        self.fields.get(at).map_or("", |(_, field)| field.text().trim())
    }

    /// What is in a field, as a secret.
    pub(crate) fn secret(&self, at: usize) -> Secret {
        self.fields.get(at).map(|(_, field)| field.secret()).unwrap_or_default()
    }

    /// Whether nothing is in a field.
    pub(crate) fn is_empty(&self, at: usize) -> bool {
        self.fields.get(at).is_none_or(|(_, field)| field.is_empty())
    }

    /// Empties a field.
    pub(crate) fn clear(&mut self, at: usize) {
        if let Some((_, field)) = self.fields.get_mut(at) {
            field.clear();
        }
    }

    /// To the next field; false on the last one.
    pub(crate) fn next(&mut self) -> bool {
        let is_last = self.focus + 1 >= self.fields.len();
        self.focus += usize::from(!is_last);
        !is_last
    }

    /// Takes an input; false where it is nothing for a form. What is typed into a field, and where the focus goes.
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

    /// Draws the fields, a blank row after each where there is room, and gives the area below. `takes_keys`: whether the
    /// cursor is shown.
    pub(crate) fn view(
        &self,
        cx: &Context<'_>,
        frame: &mut Frame<'_>,
        area: Rect,
        (label_width, takes_keys): (u16, bool),
    ) -> Rect {
        let mut rest = area;
        for (at, (label, field)) in self.fields.iter().enumerate() {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Span::styled(*label, cx.theme.muted), line);
            field.view(cx, frame, indent(line, label_width), takes_keys && at == self.focus);
            rest = split_top(below, 1).1;
        }
        rest
    }
}
