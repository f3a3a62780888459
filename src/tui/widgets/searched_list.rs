//! A list that is searched while typing: the query, the matches, and the selected row.

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

/// Minimum width of the screen for details beside the list.
const WITH_DETAILS: u16 = 100;

/// Rows of the screen above the list: header, frame, field, space.
const ABOVE: u16 = 3;

/// Rows of the terminal outside of the screen: header, notice and footer.
const AROUND: u16 = 3;

/// A row of a searched list.
pub(crate) trait Searched: Sized {
    /// The title of the frame: "Search the catalog".
    const TITLE: &'static str;
    /// Shown if nothing matches.
    const NONE: &'static str;
    /// Rows below the list that the screen needs for itself.
    const FOOT: u16;

    /// The matches, best first.
    fn search(cx: &Context<'_>, query: &str) -> Vec<Self>;

    /// The row's text; `None` if its subject was deleted.
    fn written(&self, cx: &Context<'_>) -> Option<ListRow<'_>>;

    /// Columns of the text in a row of this width; the rest is for `beside`.
    fn text_columns(row: usize) -> usize;
}

/// The text of a row.
#[derive(Clone, Debug)]
pub(crate) struct ListRow<'a> {
    /// The text that was searched.
    pub text: String,
    /// Indexes of its characters that match, ascending.
    pub matched: &'a [usize],
    /// Dimmed text at the right.
    pub beside: String,
}

/// The areas that a list leaves to its screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left {
    /// Below the rows, after a blank one.
    pub below: Rect,
    /// Beside the list, for the selected row.
    pub beside: Option<Rect>,
}

#[derive(Debug)]
pub(crate) struct SearchedList<T> {
    query: TextField,
    hits: Vec<T>,
    selected: usize,
}

impl<T: Searched> SearchedList<T> {
    /// Lists everything.
    #[must_use]
    pub(crate) fn new(cx: &Context<'_>) -> Self {
        Self { query: TextField::default(), hits: T::search(cx, ""), selected: 0 }
    }

    /// The selected row, unless nothing matches.
    #[must_use]
    pub(crate) fn selected(&self) -> Option<&T> {
        self.hits.get(self.selected)
    }

    /// Searches for these words.
    pub(crate) fn search(&mut self, cx: &Context<'_>, query: &str) {
        self.query.set(query);
        self.refresh(cx);
    }

    fn refresh(&mut self, cx: &Context<'_>) {
        self.hits = T::search(cx, self.query.text());
        self.selected = 0;
    }

    /// Handles an input; returns an action that the screen has to carry out. → at the end of the query and a double
    /// click accept, like enter.
    pub(crate) fn update(&mut self, cx: &Context<'_>, input: Input) -> Option<Action> {
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
            Input::Job(..) => {}
        }
        None
    }

    /// Selects the row under a click; false if there is none.
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
    pub(crate) fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) -> Left {
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

    fn row(cx: &Context<'_>, written: &ListRow<'_>, columns: usize, chosen: bool) -> Line<'static> {
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
