//! The filter of a table: what is typed into it, whether it takes the keys, and its line above the rows.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::moves;
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

/// While it takes the keys.
pub const KEYS: &[Key] = &[KEEP, CLEAR];

/// While it takes the keys, over rows that can be selected meanwhile.
pub const KEYS_OVER_ROWS: &[Key] = &[KEEP, moves::ARROW_UP, SELECT, moves::PAGE_UP, moves::PAGE_DOWN, CLEAR];

/// The filter.
#[derive(Debug, Default)]
pub struct Filter {
    field: TextField,
    takes_keys: bool,
}

impl Filter {
    /// What is in it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.field.text()
    }

    /// Whether letters go into it.
    #[must_use]
    pub fn takes_keys(&self) -> bool {
        self.takes_keys
    }

    /// Whether its line is above the rows.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.takes_keys || !self.field.is_empty()
    }

    /// Gives it the keys.
    pub fn open(&mut self) {
        self.takes_keys = true;
    }

    /// Gives the keys back to the table; what is in it stays.
    pub fn keep(&mut self) {
        self.takes_keys = false;
    }

    /// Empties it and gives the keys back.
    pub fn clear(&mut self) {
        self.field.clear();
        self.takes_keys = false;
    }

    /// Types into it, where that is what was done.
    pub fn typed(&mut self, input: &Input) -> bool {
        match input {
            Input::Text(c) => self.field.insert(*c),
            Input::Edit(edit) => self.field.edit(*edit),
            Input::Paste(text) if self.takes_keys => self.field.paste(text),
            _ => return false,
        }
        true
    }

    /// Lines it takes above the rows: its own, and one about a mistake in it.
    #[must_use]
    pub fn lines(&self, mistake: Option<&str>) -> u16 {
        u16::from(self.is_shown()) + u16::from(mistake.is_some())
    }

    /// Draws its line above rows, and below it what is wrong with it; gives the area below.
    pub fn view_over_rows(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, mistake: Option<&str>) -> Rect {
        let rest = self.view(cx, frame, area, (Line::styled("/", cx.theme.key), 2));
        let Some(mistake) = mistake else { return rest };
        let (line, below) = split_top(rest, 1);
        let line = indent(line, 2);
        frame.render_widget(Line::styled(cut(mistake, usize::from(line.width)), cx.theme.warn), line);
        below
    }

    /// Draws its line behind a label so many columns wide, where it is shown; gives the area below.
    pub fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, (label, columns): (Line<'_>, u16)) -> Rect {
        if !self.is_shown() {
            return area;
        }
        let (line, below) = split_top(area, 1);
        frame.render_widget(label, line);
        self.field.view(cx, frame, indent(line, columns), self.takes_keys);
        below
    }
}
