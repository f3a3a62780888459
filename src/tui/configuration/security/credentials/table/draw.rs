//! Draws the table, the counts in its frame, and the selected credential beside it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::super::summary;
use super::columns::{DrawnRow, compact};
use super::{COMPACT, Table, credential_at};
use crate::model::credential::Status;
use crate::tui::configuration::security::team::rotation_sentence;
use crate::tui::context::Context;
use crate::tui::widgets::columns::Columns;
use crate::tui::widgets::fields;
use crate::tui::widgets::fuzzy::FuzzyWords;
use crate::tui::widgets::list::Marker;
use crate::tui::widgets::pane::{cut, indent, pane, pane_beside, paragraph, share, split_top};
use crate::tui::widgets::scroll;

/// Width from which the selected credential is shown beside the table.
const WITH_DETAILS: u16 = 110;

/// Smallest width of the details.
const DETAILS: u16 = 44;

/// Smallest height of the table.
const LEAST_ROWS: u16 = 4;

/// Width of a pane's border, including a blank on each side.
const FRAME: u16 = 4;

impl Table {
    pub(super) fn view_panes(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        if area.width < COMPACT {
            self.view_rows(cx, frame, area, true);
            return;
        }
        let (left, right) = self.panes(area);
        let title = self.table_title();
        let room = usize::from(left.width).saturating_sub(title.width() + 8);
        let mut inside = pane(cx.theme, frame, left, &title, self.counts(cx, room));
        for sentence in sentences(cx) {
            if inside.height > LEAST_ROWS {
                let (rows, last) = split_top(inside, inside.height - 1);
                frame.render_widget(Line::styled(cut(&sentence, usize::from(last.width)), cx.theme.warn), last);
                inside = rows;
            }
        }
        let list = self.view_rows(cx, frame, inside, false);
        scroll::position(cx.theme, frame, (left, list), (self.rows.at(), self.rows.shown()));
        if let Some(credential) = self.current(cx).filter(|_| !right.is_empty()) {
            let name = cx.tally.credentials_alike.label(credential.id, &credential.name);
            let inside = pane_beside(cx.theme, frame, right, &name, Line::default());
            let text = [summary::summary(cx, credential), summary::more(cx, credential)].concat();
            fields::rows(cx.theme, frame, inside, 16, &text);
        }
    }

    /// The areas of the table, as wide as its columns need, and of the details, if there is room.
    pub(super) fn panes(&self, area: Rect) -> (Rect, Rect) {
        if area.width < WITH_DETAILS {
            return (area, Rect::ZERO);
        }
        let whole = u16::try_from(self.widths.whole(self.rows.order())).unwrap_or(u16::MAX);
        let wanted = whole.saturating_add(FRAME + 2);
        let width = wanted.clamp(share(area.width, 1, 2), area.width - DETAILS);
        (Rect { width, ..area }, indent(area, width))
    }

    pub(super) fn columns(&self, width: u16, is_compact: bool) -> Columns {
        let (marker, width) = (Marker::width(self.rows.has_marks()), usize::from(width));
        if is_compact { compact(marker, width) } else { self.widths.columns(self.rows.order(), marker, width) }
    }

    /// "Credentials, by owner ↑, 3 selected (1 hidden)".
    fn table_title(&self) -> String {
        if self.filter.takes_keys() {
            return "Filter".to_owned();
        }
        format!("Credentials{}{}", self.rows.order().suffix(), self.rows.selection_suffix())
    }

    /// Number of credentials by status, in words if they fit, and how many of all are shown.
    fn counts(&self, cx: &Context<'_>, room: usize) -> Line<'static> {
        let total = cx.snapshot.credentials.list.len();
        let shown = format!("{} of {total} ", self.rows.shown());
        let count = |words: bool| {
            let mut line = Line::from(" ");
            for (status, count) in &cx.tally.by_status {
                let (glyph, style) = cx.theme.status(*status);
                let word = if words { format!(" {}", status.word()) } else { String::new() };
                line.push_span(Span::styled(format!("{count} {glyph}{word}  "), style));
            }
            line.push_span(Span::raw(shown.clone()));
            line
        };
        let fits = |line: &Line<'_>| line.width() <= room;
        [count(true), count(false)].into_iter().find(fits).unwrap_or_else(|| Line::from(format!(" {shown}")))
    }

    /// Lines for rows in a body of this height: without frame, heading and the sentences below.
    pub(super) fn visible_lines(cx: &Context<'_>, body: u16, is_compact: bool) -> u16 {
        if is_compact {
            return body;
        }
        let inside = body.saturating_sub(2);
        let below = u16::try_from(sentences(cx).count()).unwrap_or(u16::MAX).min(inside.saturating_sub(LEAST_ROWS));
        inside.saturating_sub(1 + below)
    }

    /// Draws the heading; returns the area of the rows.
    fn view_rows(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, is_compact: bool) -> Rect {
        let mut rest = self.filter.view_over_rows(cx, frame, area, self.rows.mistake());
        if self.rows.shown() == 0 {
            self.view_empty(cx, frame, rest);
            return rest;
        }
        let columns = self.columns(area.width, is_compact);
        if !is_compact {
            let (line, below) = split_top(rest, 1);
            let heading = cut(&columns.heading(self.rows.ordered_by()), usize::from(line.width));
            frame.render_widget(Line::styled(heading, cx.theme.heading), line);
            rest = below;
        }
        let mut letters = FuzzyWords::new(self.rows.words());
        let has_marks = self.rows.has_marks();
        for (line, position) in rest.rows().zip(self.rows.visible(rest.height)) {
            let Some((index, id)) = self.rows.row(position) else { continue };
            let Some(credential) = credential_at(cx, index, id) else { continue };
            let matched = letters.marks(credential.name.as_str());
            let mark = has_marks.then(|| self.rows.is_marked(position));
            let marker = Marker { is_cursor: position == self.rows.at(), mark };
            let drawn = DrawnRow { columns: &columns, uses: &self.uses, is_compact, marker, matched: &matched };
            frame.render_widget(drawn.line(cx, credential), line);
        }
        rest
    }

    fn view_empty(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let unreadable = cx.snapshot.unreadable.join(", ");
        let not_read = format!("Credentials that this version cannot read: {unreadable}. They are kept unchanged.");
        let text = if self.filter.text().is_empty() && !unreadable.is_empty() {
            &not_read
        } else if self.filter.text().is_empty() {
            "No credentials yet.\n\nA credential is what an integration signs in with: a client ID, a client secret and \
             the tokens they were exchanged for.\n\nPress + to add the first one."
        } else {
            "No credential matches. esc clears the filter."
        };
        let (_, area) = split_top(area, area.height / 4);
        paragraph(frame, indent(area, area.width / 12), text, cx.theme.text);
    }
}

/// The sentences below the table, from bottom to top.
fn sentences(cx: &Context<'_>) -> impl Iterator<Item = String> {
    attention(cx).into_iter().chain(to_rotate(cx))
}

/// A sentence that is shown until everything a removed member knew has been rotated at the providers.
fn to_rotate(cx: &Context<'_>) -> Option<String> {
    let sentence = rotation_sentence(&cx.snapshot.team.as_ref()?.rotation)?;
    let glyph = if cx.theme.ascii { "!" } else { "▲" };
    Some(format!("{glyph} {sentence}. Press 0, then o."))
}

/// A sentence that is shown while credentials need the user's attention.
fn attention(cx: &Context<'_>) -> Option<String> {
    let (glyph, _) = cx.theme.status(Status::NeedsReauthentication);
    match (cx.tally.needed, cx.tally.soon) {
        (0, 0) => None,
        (0, 1) => Some(format!("{glyph} 1 credential expires soon. Select it and press a.")),
        (0, soon) => Some(format!("{glyph} {soon} credentials expire soon. Select one and press a.")),
        (1, _) => Some(format!("{glyph} 1 credential needs attention. Select it and press a to authenticate again.")),
        (now, _) => {
            Some(format!("{glyph} {now} credentials need attention. Select one and press a to authenticate again."))
        }
    }
}
