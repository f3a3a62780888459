//! A box over a form with all values for a field; the user chooses one, or checks several.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::list::{marker, moved, window};
use super::motion_keys;
use super::pane::{cell, centered, clear, inner, pane, split_top};
use super::text_field::TextField;
use crate::tui::context::Context;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};

const CLOSE: Key = Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "close", "Close the list; nothing is changed");
const MOVE: Key = Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "move", "Next row");

const ONE: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "choose", "Choose this one"),
    MOVE,
    motion_keys::ARROW_UP,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    CLOSE,
];

const SEVERAL: &[Key] = &[
    Key::new(&[Press::char(' ')], Action::Toggle, "check", "Select or clear this item").over_text(),
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "done", "Apply the selection"),
    Key::new(&[Press::ctrl('r')], Action::Discard, "reset", "Reset to the catalog's scopes"),
    Key::new(&[Press::ctrl('n')], Action::Add, "add typed", "Add the typed value"),
    MOVE,
    motion_keys::ARROW_UP,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    CLOSE,
];

const WIDTH: u16 = 78;

/// Rows of the box without entries: frame, filter, an empty row.
const AROUND: u16 = 4;

#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    /// The value for the field.
    pub value: String,
    /// The text of the entry.
    pub text: String,
    /// Shown to the right of the text.
    pub beside: String,
    /// Additional search words.
    pub words: String,
    /// Whether it is checked, or the field's present value.
    pub chosen: bool,
    /// Whether a reset checks it.
    pub preset: bool,
}

/// The result of an input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum PickerResult {
    /// The box stays.
    Nothing,
    /// The box closes, and nothing is changed.
    Left,
    /// The chosen or checked values.
    Values(Vec<String>),
    /// The typed text, which matches no entry.
    Typed(String),
}

#[derive(Debug)]
pub(crate) struct Picker {
    title: String,
    items: Vec<Item>,
    filter: TextField,
    /// Index among the entries that match.
    selected: usize,
    several: bool,
}

impl Picker {
    /// Chooses one of these; the field's present value is selected.
    #[must_use]
    pub(crate) fn one(title: &str, items: Vec<Item>) -> Self {
        let selected = items.iter().position(|item| item.chosen).unwrap_or_default();
        Self { title: title.to_owned(), items, filter: TextField::default(), selected, several: false }
    }

    /// Chooses several by checking them.
    #[must_use]
    pub(crate) fn several(title: &str, items: Vec<Item>) -> Self {
        Self { title: title.to_owned(), items, filter: TextField::default(), selected: 0, several: true }
    }

    /// The picker's keys, which replace the form's.
    #[must_use]
    pub(crate) fn keys(&self) -> &'static [Key] {
        if self.several { SEVERAL } else { ONE }
    }

    /// Handles an input.
    pub(crate) fn update(&mut self, cx: &Context<'_>, input: Input) -> PickerResult {
        let found = self.found();
        match input {
            Input::Do(Action::Back) => return PickerResult::Left,
            Input::Do(Action::Accept) => return self.accept(&found),
            Input::Do(Action::Toggle) => {
                if let Some(item) = found.get(self.selected).and_then(|at| self.items.get_mut(*at)) {
                    item.chosen = !item.chosen;
                }
            }
            Input::Do(Action::Discard) => self.items.iter_mut().for_each(|item| item.chosen = item.preset),
            Input::Do(Action::Add) => self.add_typed(),
            Input::Do(action) => {
                let page = cx.size.1.saturating_sub(12);
                self.selected = moved(self.selected, found.len(), page, action).unwrap_or(self.selected);
            }
            Input::Text(c) => self.filtered(|filter| filter.insert(c)),
            Input::Edit(edit) if edit.only_moves() => self.filter.edit(edit),
            Input::Edit(edit) => self.filtered(|filter| filter.edit(edit)),
            Input::Paste(text) => self.filtered(|filter| filter.paste(&text)),
            Input::Scroll(rows) => {
                let last = found.len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
            }
            Input::Click { x, y, .. } => return self.click(cx, (x, y), &found),
            Input::Job(..) => {}
        }
        PickerResult::Nothing
    }

    /// Chooses or checks the entry under a click; a click outside of the box closes it.
    fn click(&mut self, cx: &Context<'_>, at: (u16, u16), found: &[usize]) -> PickerResult {
        let body = Rect { x: 0, y: 0, width: cx.size.0, height: cx.size.1.saturating_sub(3) };
        let area = self.frame(body);
        if !area.contains(at.into()) {
            return PickerResult::Left;
        }
        let list = split_top(inner(area), 2).1;
        let rows = window(self.selected, found.len(), list.height);
        let Some(place) = at.1.checked_sub(list.y).and_then(|row| rows.clone().nth(row.into())) else {
            return PickerResult::Nothing;
        };
        self.selected = place;
        if !self.several {
            return self.accept(found);
        }
        if let Some(item) = found.get(place).and_then(|at| self.items.get_mut(*at)) {
            item.chosen = !item.chosen;
        }
        PickerResult::Nothing
    }

    fn frame(&self, area: Rect) -> Rect {
        let rows = u16::try_from(self.items.len()).unwrap_or(u16::MAX).saturating_add(AROUND);
        centered(area, WIDTH, rows.max(AROUND + 2))
    }

    fn filtered(&mut self, change: impl FnOnce(&mut TextField)) {
        change(&mut self.filter);
        self.selected = 0;
    }

    fn accept(&mut self, found: &[usize]) -> PickerResult {
        let typed = self.filter.text().trim();
        if found.is_empty() && !typed.is_empty() && !self.several {
            return PickerResult::Typed(typed.to_owned());
        }
        if self.several {
            if found.is_empty() {
                self.add_typed();
            }
            let checked = self.items.iter().filter(|item| item.chosen);
            return PickerResult::Values(checked.map(|item| item.value.clone()).collect());
        }
        let item = found.get(self.selected).and_then(|at| self.items.get(*at));
        item.map_or(PickerResult::Nothing, |item| PickerResult::Values(vec![item.value.clone()]))
    }

    /// Adds each typed word as an entry, unless it exists, and checks it.
    fn add_typed(&mut self) {
        let typed = self.filter.text().to_owned();
        for word in typed.split([' ', ',']).filter(|word| !word.is_empty()) {
            if let Some(item) = self.items.iter_mut().find(|item| item.value == word) {
                item.chosen = true;
            } else {
                let (value, beside) = (word.to_owned(), "not in the catalog".to_owned());
                self.items.push(Item { text: value.clone(), value, beside, chosen: true, ..Item::default() });
            }
        }
        self.filtered(TextField::clear);
    }

    /// Indexes of the entries that contain every word of the filter; exact matches come first.
    fn found(&self) -> Vec<usize> {
        let filter = self.filter.text().to_lowercase();
        let fits = |item: &Item| {
            let text = format!("{} {} {}", item.text, item.beside, item.words).to_lowercase();
            filter.split_whitespace().all(|word| text.contains(word))
        };
        let is_exact = |at: &usize| self.items[*at].words.split_whitespace().any(|word| word == filter.trim());
        let found = self.items.iter().enumerate().filter(|(_, item)| fits(item)).map(|(at, _)| at);
        let (mut exact, others): (Vec<usize>, Vec<usize>) = found.partition(is_exact);
        exact.extend(others);
        exact
    }

    /// Draws it over the form.
    pub(crate) fn draw(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let area = self.frame(area);
        clear(frame, area);
        let found = self.found();
        let count = format!(" {} of {} ", found.len(), self.items.len());
        let inside = pane(cx.theme, frame, area, &self.title, Line::from(count));
        let (line, list) = split_top(inside, 1);
        let (label, field) = (Rect { width: line.width.min(8), ..line }, super::pane::indent(line, 8));
        frame.render_widget(Span::styled("Filter", cx.theme.muted), label);
        self.filter.view(cx, frame, field, true);
        let list = split_top(list, 1).1;
        if found.is_empty() {
            let text = if self.several { "Not in the list: enter adds it." } else { "No matches." };
            frame.render_widget(Line::styled(text, cx.theme.muted), list);
        }
        let widest = self.items.iter().map(|item| unicode_width::UnicodeWidthStr::width(item.text.as_str())).max();
        for (line, place) in list.rows().zip(window(self.selected, found.len(), list.height)) {
            if let Some(item) = found.get(place).and_then(|at| self.items.get(*at)) {
                let selected = place == self.selected;
                frame.render_widget(self.row(cx, item, selected, (line.width.into(), widest.unwrap_or(0))), line);
            }
        }
    }

    fn row(&self, cx: &Context<'_>, item: &Item, selected: bool, (columns, widest): (usize, usize)) -> Line<'static> {
        let check = match (self.several, item.chosen) {
            (false, _) => "",
            (true, true) => "[x] ",
            (true, false) => "[ ] ",
        };
        let room = columns.saturating_sub(2 + check.len());
        let text = (widest + 2).min(room);
        let style = if selected { cx.theme.selected } else { Style::new() };
        let muted = if selected { cx.theme.selected } else { cx.theme.muted };
        Line::from(vec![
            Span::styled(format!("{}{check}", marker(selected)), style),
            Span::styled(cell(&item.text, text), style),
            Span::styled(cell(&item.beside, room - text), muted),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(value: &str, beside: &str, chosen: bool) -> Item {
        let (value, beside) = (value.to_owned(), beside.to_owned());
        Item { text: value.clone(), value, beside, chosen, preset: true, ..Item::default() }
    }

    fn typed(picker: &mut Picker, text: &str) {
        text.chars().for_each(|c| picker.filtered(|filter| filter.insert(c)));
    }

    #[test]
    fn one_is_found_by_any_of_its_words() {
        let mut picker = Picker::one("x", vec![item("a.com", "United States", false), item("a.eu", "Europe", true)]);
        assert_eq!(picker.selected, 1, "what the field holds is selected");
        typed(&mut picker, "STATES");
        assert_eq!(picker.accept(&picker.found()), PickerResult::Values(vec!["a.com".to_owned()]));
        typed(&mut picker, "x");
        assert_eq!(picker.accept(&picker.found()), PickerResult::Typed("STATESx".to_owned()));
    }

    #[test]
    fn several_keep_their_order_and_what_was_typed_comes_last() {
        let mut picker = Picker::several("x", vec![item("a", "", true), item("b", "", false)]);
        typed(&mut picker, "c,b");
        assert_eq!(
            picker.accept(&picker.found()),
            PickerResult::Values(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])
        );
    }
}
