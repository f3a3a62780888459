//! The columns of the table: how wide each is, what it shows, and which one is under a click.

use jiff::Timestamp;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::integration;
use super::due;
use crate::model::credential::Credential;
use crate::tui::column::{Column, Order};
use crate::tui::context::Context;
use crate::tui::widgets::list::{marked, marker};
use crate::tui::widgets::pane::{cell, named, text_in};
use crate::tui::widgets::table_rows::SortKey;
use crate::tui::widgets::when;

/// Before the first column: the mark of the selected row.
const MARKER: usize = 2;

/// The columns that are shown and their widths in cells, each with one space at its end.
pub(super) struct Columns {
    shown: Vec<(Column, usize)>,
    compact: bool,
}

impl Columns {
    pub(super) fn of(width: u16, compact: bool, order: Order) -> Self {
        let width = usize::from(width);
        if compact {
            // The glyph of the status takes two cells.
            return Self { shown: vec![(Column::Name, width.saturating_sub(MARKER + 2))], compact };
        }
        let by_due = order.column == Column::Due;
        let status = 26;
        let owner = if width >= 100 { 18 } else { 0 };
        let expires = if width >= 130 { 18 } else { 0 };
        let rest = width.saturating_sub(MARKER + status + owner + expires);
        let about = if by_due { (rest / 2).min(40) } else { (rest / 3).min(26) };
        let second = if by_due { Column::Due } else { Column::Integration };
        let all = [
            (Column::Name, rest - about),
            (second, about),
            (Column::Status, status),
            (Column::Owner, owner),
            (Column::Expires, expires),
        ];
        Self { shown: all.into_iter().filter(|(_, room)| *room > 0).collect(), compact }
    }

    /// The column at so many cells from the beginning of a row.
    pub(super) fn at(&self, x: u16) -> Option<Column> {
        let mut end = MARKER;
        self.shown.iter().find_map(|(column, room)| {
            end += room;
            (usize::from(x) < end).then_some(*column)
        })
    }

    /// With an arrow beside the column that the rows are sorted by.
    pub(super) fn heading(&self, order: Option<Order>) -> String {
        let text = |column: Column| {
            let name = match column {
                Column::Name => "NAME",
                Column::Due => "NEXT",
                Column::Status => "STATUS",
                Column::Owner => "OWNER",
                Column::Expires => "EXPIRES",
                _ => "INTEGRATION",
            };
            match order.filter(|order| order.column == column) {
                Some(order) => format!("{name} {}", order.arrow()),
                None => name.to_owned(),
            }
        };
        let cells = self.shown.iter().map(|(column, room)| text_in(&text(*column), *room));
        " ".repeat(MARKER) + &cells.collect::<String>()
    }

    /// `marks` are the matched characters of the name.
    pub(super) fn row(
        &self,
        cx: &Context<'_>,
        credential: &Credential,
        marks: &[usize],
        selected: bool,
    ) -> Line<'static> {
        let base = if selected { cx.theme.selected } else { Style::new() };
        let status = credential.status(cx.now);
        let (glyph, color) = cx.theme.status(status);
        let mut line = Line::from(Span::styled(marker(selected), base)).style(base);
        if self.compact {
            line.push_span(Span::styled(format!("{glyph} "), base.patch(color)));
        }
        let alike = cx.tally.credentials_alike.short_id(credential.id);
        for (column, room) in &self.shown {
            let (text, style) = match column {
                Column::Name => {
                    let gap = usize::from(!self.compact);
                    let name = cell(&named(&credential.name, alike, room.saturating_sub(gap)), *room);
                    line.extend(marked(cx.theme, &name, marks, base).spans);
                    continue;
                }
                Column::Due => (due::words(cx, credential), base),
                Column::Status => (format!("{glyph} {}", status.word()), base.patch(color)),
                Column::Owner => (credential.details.owner.clone(), base),
                Column::Expires => (expiry(credential).map_or_else(String::new, |end| when::instant(cx, end)), base),
                _ => (integration(cx, credential).to_owned(), base),
            };
            line.push_span(Span::styled(text_in(&text, *room), style));
        }
        line
    }
}

/// When a person is needed: the end of the refresh token, else of the access token.
fn expiry(credential: &Credential) -> Option<Timestamp> {
    credential.tokens.as_ref().and_then(|tokens| match tokens.refresh {
        Some(_) => tokens.refresh_expires_at,
        None => tokens.expires_at,
    })
}

/// What a row is sorted by.
pub(super) fn sort_key(cx: &Context<'_>, credential: &Credential, column: Column) -> SortKey {
    match column {
        Column::Integration => SortKey::text(integration(cx, credential)),
        Column::Status => SortKey::Number(u64::from(due::severity(credential.status(cx.now)))),
        Column::Owner => SortKey::text(&credential.details.owner),
        Column::Expires => SortKey::time(expiry(credential)),
        Column::Due => {
            let (severity, at) = due::urgency(cx, credential);
            SortKey::Urgency(severity, at)
        }
        _ => SortKey::text(credential.name.as_str()),
    }
}
