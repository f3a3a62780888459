//! A list that is searched as one types: the query, what fits it, and the selected row.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::list::{marked, marker, moved, window};
use super::pane::{cell, indent, pane, share, split_top};
use super::text_field::TextField;
use crate::tui::context::Context;
use crate::tui::input::{Edit, Input};
use crate::tui::keymap::Action;

/// From this width on there is room beside the list.
const WITH_DETAILS: u16 = 100;

/// Rows of the screen above the list: header, frame, field, space.
const ABOVE: u16 = 3;

/// Rows of the terminal that are not the screen's: header, notice and footer.
const AROUND: u16 = 3;

/// What such a list is made of: one of these a row.
pub trait Searched: Sized {
    /// Of the frame: "Search the catalog".
    const TITLE: &'static str;
    /// Said where nothing fits.
    const NONE: &'static str;
    /// Rows below the list that the screen says something in.
    const FOOT: u16;

    /// What fits the query, best first.
    fn search(cx: &Context<'_>, query: &str) -> Vec<Self>;

    /// How it is written; `None` for one that is no longer there.
    fn written(&self, cx: &Context<'_>) -> Option<Written<'_>>;

    /// Columns for the text in a row of so many; the others are for what is beside it.
    fn text_columns(row: usize) -> usize;
}

/// A row as it is written.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// What was searched.
    pub text: String,
    /// Characters of it that matched, ascending.
    pub matched: &'a [usize],
    /// Muted, right of the text.
    pub beside: String,
}

/// Room that a list leaves to its screen.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    /// Below the rows, after a space one.
    pub below: Rect,
    /// Beside the list, for the selected row.
    pub beside: Option<Rect>,
}

/// The list.
#[derive(Debug)]
pub struct SearchedList<T> {
    query: TextField,
    hits: Vec<T>,
    selected: usize,
}

impl<T: Searched> SearchedList<T> {
    /// With everything there is.
    #[must_use]
    pub fn new(cx: &Context<'_>) -> Self {
        Self { query: TextField::default(), hits: T::search(cx, ""), selected: 0 }
    }

    /// The selected row, unless nothing fits.
    #[must_use]
    pub fn selected(&self) -> Option<&T> {
        self.hits.get(self.selected)
    }

    /// Searches for these words.
    pub fn search(&mut self, cx: &Context<'_>, query: &str) {
        self.query.set(query);
        self.refresh(cx);
    }

    fn refresh(&mut self, cx: &Context<'_>) {
        self.hits = T::search(cx, self.query.text());
        self.selected = 0;
    }

    /// Takes an input, and gives the action that is left for the screen. → at the end of the query and a double click
    /// select as the key does.
    pub fn update(&mut self, cx: &Context<'_>, input: Input) -> Option<Action> {
        match input {
            Input::Do(Action::Back) if !self.query.is_empty() => self.search(cx, ""),
            Input::Do(action) => match moved(self.selected, self.hits.len(), cx.size.1.saturating_sub(8), action) {
                Some(selected) => self.selected = selected,
                None => return Some(action),
            },
            Input::Text(c) => {
                self.query.insert(c);
                self.refresh(cx);
            }
            Input::Edit(Edit::Right) if self.query.at_end() => return Some(Action::Accept),
            Input::Edit(edit) => {
                self.query.edit(edit);
                if !edit.only_moves() {
                    self.refresh(cx);
                }
            }
            Input::Paste(text) => {
                self.query.paste(&text);
                self.refresh(cx);
            }
            Input::Scroll(rows) => {
                let last = self.hits.len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
            }
            Input::Click { x, y, double } => return (self.click(cx, (x, y)) && double).then_some(Action::Accept),
            Input::Flow(..) => {}
        }
        None
    }

    /// Selects the row of a cell; false where there is none.
    fn click(&mut self, cx: &Context<'_>, (x, y): (u16, u16)) -> bool {
        let height = cx.size.1.saturating_sub(AROUND + ABOVE + 1 + T::FOOT);
        let Some(row) = y.checked_sub(ABOVE).filter(|row| *row < height && x < width(cx.size.0)) else {
            return false;
        };
        let shown = window(self.selected, self.hits.len(), height);
        let at = shown.start + usize::from(row);
        if shown.contains(&at) {
            self.selected = at;
        }
        shown.contains(&at)
    }

    /// Draws the query and the rows in their frame.
    pub fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) -> Left {
        let width = width(area.width);
        let count = Line::from(format!(" {} ", self.hits.len()));
        let inside = pane(cx.theme, frame, Rect { width, ..area }, T::TITLE, count);
        let (field, rest) = split_top(inside, 1);
        self.query.view(cx, frame, field, true);
        let (_, rest) = split_top(rest, 1);
        let (list, foot) = split_top(rest, rest.height.saturating_sub(T::FOOT));
        if self.hits.is_empty() {
            frame.render_widget(Line::styled(T::NONE, cx.theme.muted), list);
        }
        for (line, at) in list.rows().zip(window(self.selected, self.hits.len(), list.height)) {
            if let Some(written) = self.hits.get(at).and_then(|hit| hit.written(cx)) {
                frame.render_widget(Self::row(cx, &written, line.width.into(), at == self.selected), line);
            }
        }
        Left { below: split_top(foot, 1).1, beside: (width < area.width).then(|| indent(area, width)) }
    }

    fn row(cx: &Context<'_>, written: &Written<'_>, columns: usize, chosen: bool) -> Line<'static> {
        let room = columns.saturating_sub(2);
        let text = T::text_columns(room).min(room);
        let (style, muted) =
            if chosen { (cx.theme.selected, cx.theme.selected) } else { (Style::new(), cx.theme.muted) };
        let mut line = Line::from(Span::styled(marker(chosen), style));
        line.extend(marked(cx.theme, &cell(&written.text, text), written.matched, style).spans);
        line.push_span(Span::styled(cell(&format!(" {}", written.beside), room - text), muted));
        line
    }
}

/// Columns of the list with its frame.
fn width(screen: u16) -> u16 {
    if screen >= WITH_DETAILS { share(screen, 3, 5) } else { screen }
}
