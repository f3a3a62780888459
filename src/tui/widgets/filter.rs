//! The filter of a table: its text, whether it has the focus, and its line above the rows.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::motion_keys;
use super::pane::{cut, indent, split_top};
use super::text_field::TextField;
use crate::tui::context::Context;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};

const KEEP: Key = Key::new(
    &[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Tab)],
    Action::NextField,
    "keep",
    "Keep the filter and return to the table",
);

const SELECT: Key = Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "select", "Next row");

const CLEAR: Key = Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "clear", "Clear the filter");

/// Keys while it has the focus.
pub(crate) const KEYS: &[Key] = &[KEEP, CLEAR];

/// Keys while it has the focus, over rows that can be selected at the same time.
pub(crate) const KEYS_OVER_ROWS: &[Key] =
    &[KEEP, motion_keys::ARROW_UP, SELECT, motion_keys::PAGE_UP, motion_keys::PAGE_DOWN, CLEAR];

#[derive(Debug, Default)]
pub(crate) struct Filter {
    field: TextField,
    takes_keys: bool,
}

impl Filter {
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        self.field.text()
    }

    /// Whether it has the focus.
    #[must_use]
    pub(crate) fn takes_keys(&self) -> bool {
        self.takes_keys
    }

    /// Whether its line is shown above the rows.
    #[must_use]
    pub(crate) fn is_shown(&self) -> bool {
        self.takes_keys || !self.field.is_empty()
    }

    /// Gives the filter the focus.
    pub(crate) fn open(&mut self) {
        self.takes_keys = true;
    }

    /// Returns the focus to the table; the filter stays.
    pub(crate) fn keep(&mut self) {
        self.takes_keys = false;
    }

    /// Empties the filter and returns the focus to the table.
    pub(crate) fn clear(&mut self) {
        self.field.clear();
        self.takes_keys = false;
    }

    /// Types into it, if the input is text; returns whether it was.
    pub(crate) fn typed(&mut self, input: &Input) -> bool {
        match input {
            Input::Text(c) => self.field.insert(*c),
            Input::Edit(edit) => self.field.edit(*edit),
            Input::Paste(text) if self.takes_keys => self.field.paste(text),
            _ => return false,
        }
        true
    }

    /// Lines above the rows: its own, and one for an error in it.
    #[must_use]
    pub(crate) fn lines(&self, mistake: Option<&str>) -> u16 {
        u16::from(self.is_shown()) + u16::from(mistake.is_some())
    }

    /// Draws its line above the rows with any error below it; returns the remaining area.
    pub(crate) fn view_over_rows(
        &self,
        cx: &Context<'_>,
        frame: &mut Frame<'_>,
        area: Rect,
        mistake: Option<&str>,
    ) -> Rect {
        let rest = self.view(cx, frame, area, (Line::styled("/", cx.theme.key), 2));
        let Some(mistake) = mistake else { return rest };
        let (line, below) = split_top(rest, 1);
        let line = indent(line, 2);
        frame.render_widget(Line::styled(cut(mistake, usize::from(line.width)), cx.theme.warn), line);
        below
    }

    /// Draws its line after a label of this width, if it is shown; returns the area below.
    pub(crate) fn view(
        &self,
        cx: &Context<'_>,
        frame: &mut Frame<'_>,
        area: Rect,
        (label, columns): (Line<'_>, u16),
    ) -> Rect {
        if !self.is_shown() {
            return area;
        }
        let (line, below) = split_top(area, 1);
        frame.render_widget(label, line);
        self.field.view(cx, frame, indent(line, columns), self.takes_keys);
        below
    }
}
