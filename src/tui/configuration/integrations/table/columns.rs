//! The columns of the table, and the sentence about the selected row.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::results::{self, Told};
use super::super::{credential_of, needs_person, words};
use crate::engine::ops::integrations::{State, next_of};
use crate::model::integration::{Integration, SyncResult, SyncSession};
use crate::tui::column::{Column, Order};
use crate::tui::context::Context;
use crate::tui::theme::Theme;
use crate::tui::widgets::list::{marked, marker};
use crate::tui::widgets::pane::{cell, named, text_in};
use crate::tui::widgets::when;

/// From this width on the last session, the next run and the records have columns.
const ROOMY: u16 = 100;

/// Before the first column: the mark of the selected row.
const MARKER: usize = 2;

/// Of "▲ No credential" and a space.
const STATE: usize = 16;

/// The state of a row, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown<'a> {
    /// Its history is being read.
    Reading,
    /// Its history cannot be read.
    Unknown,
    Known(State, Option<&'a SyncSession>),
}

impl Shown<'_> {
    fn in_words(self, theme: &Theme) -> (String, Style) {
        match self {
            Self::Reading => ("… reading".to_owned(), theme.muted),
            Self::Unknown => ("? unknown".to_owned(), theme.warn),
            Self::Known(state, _) => {
                let (glyph, style) = words::state(theme, state);
                (format!("{glyph} {}", state.word()), style)
            }
        }
    }
}

/// Widths of the columns, in cells; 0 for one that is not shown.
pub(super) struct Columns {
    name: usize,
    loads: usize,
    credential: usize,
    state: usize,
    last: usize,
    next: usize,
    records: usize,
    compact: bool,
}

impl Columns {
    pub(super) fn of(width: u16, compact: bool) -> Self {
        let room = usize::from(width);
        let none = Self { name: 0, loads: 0, credential: 0, state: 0, last: 0, next: 0, records: 0, compact };
        if compact {
            return Self { name: room.saturating_sub(4), ..none };
        }
        if width < ROOMY {
            let rest = room.saturating_sub(2 + STATE);
            let credential = rest / 2;
            return Self { name: rest - credential, credential, state: STATE, ..none };
        }
        let (last, next, records) = (15, 13, 9);
        let rest = room.saturating_sub(2 + STATE + last + next + records);
        let (loads, credential) = (rest / 4, rest * 3 / 8);
        Self { name: rest - loads - credential, loads, credential, state: STATE, last, next, records, ..none }
    }

    /// The columns in their order, those without room with 0 cells; what the records are sorted by is the last one.
    fn cells(&self) -> [(&'static str, Option<Column>, usize); 7] {
        [
            ("NAME", Some(Column::Name), self.name),
            ("LOADS", None, self.loads),
            ("CREDENTIAL", Some(Column::Credential), self.credential),
            ("STATE", Some(Column::Status), self.state),
            ("LAST SESSION", Some(Column::LastSession), self.last),
            ("NEXT RUN", Some(Column::NextRun), self.next),
            ("RECORDS", Some(Column::Records), self.records),
        ]
    }

    /// The column at so many cells from the beginning of a row; `None` for one that nothing is sorted by.
    pub(super) fn at(&self, x: u16) -> Option<Column> {
        let mut end = MARKER;
        let under = self.cells().into_iter().find(|(_, _, room)| {
            end += room;
            usize::from(x) < end
        });
        under.and_then(|(_, column, _)| column)
    }

    /// With an arrow beside the column that the rows are sorted by.
    pub(super) fn heading(&self, order: Option<Order>) -> String {
        let cell = |(text, column, room): (&str, Option<Column>, usize)| {
            let arrow = order.filter(|order| Some(order.column) == column).map(Order::arrow);
            let text = arrow.map_or_else(|| text.to_owned(), |arrow| format!("{text} {arrow}"));
            match column {
                Some(Column::Records) if room > 0 => format!("{text:>room$}"),
                _ => text_in(&text, room),
            }
        };
        " ".repeat(MARKER) + &self.cells().into_iter().map(cell).collect::<String>()
    }

    /// `marks` are the matched characters of the name.
    pub(super) fn row(
        &self,
        cx: &Context<'_>,
        (one, marks): (&Integration, &[usize]),
        standing: Shown<'_>,
        selected: bool,
    ) -> Line<'static> {
        let alike = cx.tally.integrations_alike.short_id(one.id);
        let base = if selected { cx.theme.selected } else { Style::new() };
        let (state, color) = standing.in_words(cx.theme);
        let mut line = Line::from(Span::styled(marker(selected), base)).style(base);
        if self.compact {
            let glyph: String = state.chars().take(1).collect();
            line.push_span(Span::styled(format!("{glyph} "), base.patch(color)));
            let name = cell(&named(&one.name, alike, self.name), self.name);
            line.extend(marked(cx.theme, &name, marks, base).spans);
            return line;
        }
        let name = text_in(&named(&one.name, alike, self.name.saturating_sub(1)), self.name);
        line.extend(marked(cx.theme, &name, marks, base).spans);
        line.push_span(Span::styled(text_in(&words::loads(cx, one), self.loads), base));
        let (credential, style) = words::credential(cx, one);
        line.push_span(Span::styled(text_in(&credential, self.credential), base.patch(style)));
        line.push_span(Span::styled(text_in(&state, self.state), base.patch(color)));
        if let (Shown::Known(_, last), 1..) = (standing, self.last) {
            line.extend(self.of_sessions(cx, one, last, base));
        }
        line
    }

    /// The last session, the next one, and how many records the last one wrote.
    fn of_sessions(
        &self,
        cx: &Context<'_>,
        one: &Integration,
        last: Option<&SyncSession>,
        base: Style,
    ) -> [Span<'static>; 3] {
        let (when, style) = match last {
            Some(last) => {
                let told = words::result(cx.theme, last);
                (format!("{} {}", told.glyph, when::instant(cx, last.started)), told.style)
            }
            None => ("never".to_owned(), cx.theme.muted),
        };
        let none = || "–".to_owned();
        let next = next_of(cx.snapshot, one, last, cx.zone).map_or_else(none, |next| words::next(cx, next));
        let wrote = last.filter(|last| !matches!(last.result, None | Some(SyncResult::Failed)));
        let records = wrote.map_or_else(none, |last| results::number(last.counts().records));
        [
            Span::styled(text_in(&when, self.last), base.patch(style)),
            Span::styled(text_in(&next, self.next), base),
            Span::styled(format!("{records:>width$}", width = self.records), base),
        ]
    }
}

/// What is wrong with one and what to do; else what it loads.
pub(super) fn advice(
    cx: &Context<'_>,
    one: &Integration,
    state: Option<State>,
    last: Option<&SyncSession>,
) -> (String, Style) {
    let Some(credential) = credential_of(cx, one) else {
        let glyph = Told::warning(cx.theme, "").glyph;
        let text = if one.setup.credential.is_some() { "Its credential was deleted" } else { "It has no credential" };
        return (format!("{glyph} {text}: press c to choose one, n to create one."), cx.theme.warn);
    };
    if needs_person(cx, credential) {
        let (status, _) = words::status(cx, credential);
        return (format!("{status}: its credential needs attention. Press a to authenticate."), cx.theme.warn);
    }
    match (state, last.and_then(words::trouble)) {
        (Some(State::Failing), Some(trouble)) => (
            format!("{} {trouble} Press s for the session.", words::state(cx.theme, State::Failing).0),
            cx.theme.danger,
        ),
        (Some(State::Paused), _) => {
            ("Paused: it does not run on schedule. Press p to resume.".to_owned(), cx.theme.muted)
        }
        _ => (format!("Loads {}.", words::loads(cx, one)), cx.theme.muted),
    }
}
