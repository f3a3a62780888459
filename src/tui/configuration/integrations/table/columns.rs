//! The columns of the table, and the sentence about the selected row.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::{credential_of, words};
use super::found::Found;
use crate::credential::Status;
use crate::integration::{Integration, SyncSession};
use crate::service::integrations::{State, next_of};
use crate::tui::context::Context;
use crate::tui::widgets::list::{marked, marker};
use crate::tui::widgets::pane::cell;
use crate::tui::widgets::when;

/// From this width on the last session, the next run and the records have columns.
const ROOMY: u16 = 100;

/// Of "▲ No credential" and a blank.
const STATE: usize = 16;

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

    pub(super) fn heading(&self) -> String {
        let cells = [
            ("NAME", self.name),
            ("RECORDS OF", self.loads),
            ("CREDENTIAL", self.credential),
            ("STATE", self.state),
            ("LAST SESSION", self.last),
            ("NEXT RUN", self.next),
        ];
        let shown = cells.iter().map(|(text, room)| text_in(text, *room));
        let records =
            if self.records > 0 { format!("{:>width$}", "RECORDS", width = self.records) } else { String::new() };
        format!("  {}{records}", shown.collect::<String>())
    }

    pub(super) fn row(
        &self,
        cx: &Context<'_>,
        found: &Found<'_>,
        state: Option<State>,
        last: Option<&SyncSession>,
        selected: bool,
    ) -> Line<'static> {
        let one = found.one;
        let base = if selected { cx.theme.selected } else { Style::new() };
        let (glyph, word, color) = match state {
            Some(state) => (words::state(cx.theme, state).0, state.word(), words::state(cx.theme, state).1),
            None => (if cx.theme.ascii { "?" } else { "…" }, "reading", cx.theme.muted),
        };
        let mut line = Line::from(Span::styled(marker(selected), base)).style(base);
        if self.compact {
            line.push_span(Span::styled(format!("{glyph} "), base.patch(color)));
            line.extend(marked(cx.theme, &cell(one.name.as_str(), self.name), &found.positions, base).spans);
            return line;
        }
        line.extend(marked(cx.theme, &text_in(one.name.as_str(), self.name), &found.positions, base).spans);
        line.push_span(Span::styled(text_in(&words::loads(cx, one), self.loads), base));
        let (credential, style) = words::credential(cx, one);
        line.push_span(Span::styled(text_in(&credential, self.credential), base.patch(style)));
        line.push_span(Span::styled(text_in(&format!("{glyph} {word}"), self.state), base.patch(color)));
        if self.last > 0 {
            let (text, style) = match last {
                Some(last) => {
                    let (glyph, _, style) = words::result(cx.theme, last.result);
                    (format!("{glyph} {}", when::instant(cx, last.started)), style)
                }
                None if state.is_some() => ("never".to_owned(), cx.theme.muted),
                None => (String::new(), cx.theme.muted),
            };
            line.push_span(Span::styled(text_in(&text, self.last), base.patch(style)));
            let next = state.and_then(|_| next_of(cx.snapshot, one, last, cx.zone));
            let next = next.map_or_else(|| "–".to_owned(), |next| words::next(cx, next));
            line.push_span(Span::styled(text_in(&next, self.next), base));
            let records = last.filter(|last| last.result.is_some()).map(|last| words::thousands(last.counts().records));
            let records = records.unwrap_or_else(|| "–".to_owned());
            line.push_span(Span::styled(format!("{records:>width$}", width = self.records), base));
        }
        line
    }
}

/// Cut and padded, with a blank behind it; nothing where there is no room.
fn text_in(text: &str, room: usize) -> String {
    if room == 0 { String::new() } else { cell(text, room - 1) + " " }
}

/// What is wrong with one and what to do; else what it loads.
pub(super) fn advice(
    cx: &Context<'_>,
    one: &Integration,
    state: Option<State>,
    last: Option<&SyncSession>,
) -> (String, Style) {
    let glyph = if cx.theme.ascii { "!" } else { "▲" };
    let Some(credential) = credential_of(cx, one) else {
        let text = if one.setup.credential.is_some() { "Its credential was deleted" } else { "It has no credential" };
        return (format!("{glyph} {text}: c chooses one, n creates one."), cx.theme.warn);
    };
    let (status, _) = words::status(cx, credential);
    match credential.status(cx.now) {
        Status::Authenticated | Status::ExpiringSoon => {}
        _ => return (format!("{status}: its credential needs you. a authenticates."), cx.theme.warn),
    }
    match (state, last.and_then(words::trouble)) {
        (Some(State::Failing), Some(trouble)) => {
            (format!("{} {trouble} s shows the session.", words::state(cx.theme, State::Failing).0), cx.theme.danger)
        }
        (Some(State::Paused), _) => ("Paused: no schedule runs it. p resumes.".to_owned(), cx.theme.muted),
        _ => (format!("Loads {}.", words::loads(cx, one)), cx.theme.muted),
    }
}
