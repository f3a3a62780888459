//! Draws the table, the counts in its frame, and details of the row under the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::super::labels;
use super::columns::{self, DrawnRow, compact};
use super::histories::Histories;
use super::{COMPACT, FOOT, Integrations, integration_at};
use crate::engine::ops::integrations::{HealthState, next_of};
use crate::tui::context::Context;
use crate::tui::present::advice;
use crate::tui::widgets::columns::Columns;
use crate::tui::widgets::fuzzy::FuzzyWords;
use crate::tui::widgets::list::Marker;
use crate::tui::widgets::pane::{cut, indent, pane, paragraph, split_top};
use crate::tui::widgets::scroll;

impl Integrations {
    pub(super) fn view_pane(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        if area.width < COMPACT {
            self.view_rows(cx, frame, area, true);
            return;
        }
        let total = cx.snapshot.integrations.list.len();
        let reading = if matches!(self.histories, Histories::Reading) { " reading… " } else { " " };
        let title = if self.filter.takes_keys() {
            "Filter".to_owned()
        } else {
            format!("Integrations{}{}", self.rows.order().suffix(), self.rows.selection_suffix())
        };
        let room = usize::from(area.width).saturating_sub(title.width() + 8);
        let count = self.counts(cx, &format!("{reading}{} of {total} ", self.rows.shown()), room);
        let inside = pane(cx.theme, frame, area, &title, count);
        let (rows, foot) = split_top(inside, inside.height.saturating_sub(FOOT));
        let list = self.view_rows(cx, frame, rows, false);
        scroll::position(cx.theme, frame, (area, list), (self.rows.at(), self.rows.shown()));
        self.view_foot(cx, frame, foot);
    }

    /// The number of integrations in each state, with words if they fit, then how many of all are shown.
    fn counts(&self, cx: &Context<'_>, shown: &str, room: usize) -> Line<'static> {
        let count = |words: bool| {
            let mut line = Line::from(" ");
            for (state, count) in &self.widths.states {
                let (glyph, style) = labels::state(cx.theme, *state);
                let word = if words { format!(" {}", state.word()) } else { String::new() };
                line.push_span(Span::styled(format!("{count} {glyph}{word}  "), style));
            }
            line.push_span(Span::raw(shown.trim_start().to_owned()));
            line
        };
        let fits = |line: &Line<'_>| line.width() <= room;
        [count(true), count(false)].into_iter().find(fits).unwrap_or_else(|| Line::from(shown.to_owned()))
    }

    pub(super) fn columns(&self, width: u16, is_compact: bool) -> Columns {
        let (marker, width) = (Marker::width(self.rows.has_marks()), usize::from(width));
        if is_compact { compact(marker, width) } else { self.widths.columns(marker, width) }
    }

    fn view_rows(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, compact: bool) -> Rect {
        let mut rest = self.filter.view_over_rows(cx, frame, area, self.rows.mistake());
        if self.rows.shown() == 0 {
            self.view_empty(cx, frame, rest);
            return rest;
        }
        let columns = self.columns(area.width, compact);
        if !compact {
            let (line, below) = split_top(rest, 1);
            let heading = cut(&columns.heading(self.rows.ordered_by()), usize::from(line.width));
            frame.render_widget(Line::styled(heading, cx.theme.heading), line);
            rest = below;
        }
        let has_marks = self.rows.has_marks();
        let mut letters = FuzzyWords::new(self.rows.words());
        for (line, position) in rest.rows().zip(self.rows.visible(rest.height)) {
            let Some((index, id)) = self.rows.row(position) else { continue };
            let Some(one) = integration_at(cx, index, id) else { continue };
            let matched = letters.marks(one.name.as_str());
            let mark = has_marks.then(|| self.rows.is_marked(position));
            let marker = Marker { is_cursor: position == self.rows.at(), mark };
            let drawn = DrawnRow { columns: &columns, is_compact: compact, marker, matched: &matched };
            frame.render_widget(drawn.line(cx, one, self.health(cx, one)), line);
        }
        rest
    }

    fn view_empty(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let text = if self.filter.text().is_empty() {
            "No integrations yet.\n\nAn integration loads a provider's records, such as its devices or users: it signs in \
             with a credential, reads page by page, and writes one file per record type into a folder, manually or on a \
             schedule.\n\nPress + to add the first one."
        } else {
            "No integration matches. esc clears the filter."
        };
        let (_, area) = split_top(area, area.height / 4);
        paragraph(frame, indent(area, area.width / 12), text, cx.theme.text);
    }

    /// Draws the last and the next run of the selected integration, then what is wrong with it and what to do.
    fn view_foot(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let (first, second) = split_top(area, 1);
        let room = usize::from(area.width);
        if let Histories::Failed(problem) = &self.histories {
            let glyph = labels::state(cx.theme, HealthState::Failing).0;
            let text = format!("{glyph} {}", problem.what);
            frame.render_widget(Line::styled(cut(&text, room), cx.theme.danger), first);
            frame.render_widget(Line::styled(cut(&advice(problem), room), cx.theme.muted), second);
            return;
        }
        let Some(one) = self.current(cx) else { return };
        let last = self.last(one.id);
        let said = match (&self.histories, last) {
            (Histories::Known(_), Some(last)) => labels::last(cx, last),
            (Histories::Known(_), None) => "It never ran".to_owned(),
            _ => "Reading its runs…".to_owned(),
        };
        let next = matches!(self.histories, Histories::Known(_)).then(|| next_of(cx.snapshot, one, last, cx.zone));
        let then = match next.flatten() {
            Some(next) => format!("next {}", labels::next(cx, next)),
            None => labels::schedule(one.setup.schedule),
        };
        frame.render_widget(Line::styled(cut(&format!("{said} · {then}"), room), cx.theme.muted), first);
        let (text, style) = columns::advice(cx, one, self.state(cx, one), last);
        frame.render_widget(Span::styled(cut(&text, room), style), second);
    }
}
