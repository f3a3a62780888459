//! The columns of the table: their widths, which depend on their values, their texts, and their sort keys.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::super::integration;
use super::due;
use crate::model::credential::{Credential, CredentialId, Tokens};
use crate::printable::printable;
use crate::tui::column::{Column, Order};
use crate::tui::context::Context;
use crate::tui::widgets::columns::{Columns, Plan};
use crate::tui::widgets::list::{Marker, marked};
use crate::tui::widgets::pane::{cell, named};
use crate::tui::widgets::relative_time;
use crate::tui::widgets::table_rows::SortKey;

/// Longest user-entered text that a cell shows, in characters.
const MAX_SHOWN: usize = 60;

/// Width of the sort arrow after a heading.
const ARROW: usize = 2;

/// When the fit of further columns is decided, these columns count with at most this width, so that a long value does
/// not keep others out.
const MODEST: &[(Column, usize)] = &[(Column::Name, 40), (Column::Due, 40)];

/// The order in which columns shrink if there is too little room, and the width to which each of them shrinks.
const CUTS: &[(Column, usize)] = &[
    (Column::Due, 30),
    (Column::Tags, 12),
    (Column::Integration, 12),
    (Column::Name, 24),
    (Column::Due, 14),
    (Column::Name, 12),
    (Column::Integration, 0),
    (Column::Due, 0),
    (Column::Status, 12),
    (Column::Name, 1),
    (Column::Status, 0),
];

/// The width of the longest value of each column, in cells.
#[derive(Debug, Default)]
pub(super) struct Widths {
    name: usize,
    integration: usize,
    status: usize,
    owner: usize,
    tags: usize,
    /// 0 unless the rows are sorted by deadline.
    due: usize,
    expires: usize,
    used: usize,
}

impl Widths {
    /// Measures all rows. Runs once per version of the vault, and when the sort order changes.
    pub(super) fn measure(cx: &Context<'_>, uses: &LastUses, order: Order) -> Self {
        let instant = |at: Option<Timestamp>| at.map_or(0, |at| relative_time::instant(cx, at).width());
        let mut widths = Self::default();
        for credential in &cx.snapshot.credentials.list {
            let alike = cx.tally.credentials_alike.short_id(credential.id).map_or(0, |id| id.len() + 3);
            widths.name = widths.name.max(credential.name.as_str().width() + alike);
            widths.integration = widths.integration.max(printable(integration(cx, credential), MAX_SHOWN).width());
            widths.status = widths.status.max(credential.status(cx.now).word().width() + 2);
            widths.owner = widths.owner.max(printable(&credential.details.owner, MAX_SHOWN).width());
            widths.tags = widths.tags.max(printable(&credential.details.tags.join(", "), MAX_SHOWN).width());
            if order.column == Column::Due {
                widths.due = widths.due.max(due::words(cx, credential).width());
            }
            widths.expires = widths.expires.max(instant(expiry(credential)));
            widths.used = widths.used.max(instant(uses.get(&credential.id).copied()));
        }
        widths
    }

    /// Fits the columns into `width` cells, with `marker` cells before the first.
    pub(super) fn columns(&self, order: Order, marker: usize, width: usize) -> Columns {
        let headed = |column: Column, cells: usize| {
            if cells == 0 { (column, 0) } else { (column, cells.max(column.heading().width() + ARROW)) }
        };
        let second = if order.column == Column::Due {
            headed(Column::Due, self.due.max(1))
        } else {
            headed(Column::Integration, self.integration.max(1))
        };
        let always = [headed(Column::Name, self.name.max(1)), second, headed(Column::Status, self.status.max(1))];
        let extra = [
            headed(Column::Owner, self.owner),
            headed(Column::Tags, self.tags),
            headed(Column::Expires, self.expires),
            headed(Column::LastUsed, self.used),
        ];
        Columns::fit(Plan { always: &always, extra: &extra, cuts: CUTS, modest: MODEST }, marker, width)
    }

    /// The width at which no column is cut.
    pub(super) fn whole(&self, order: Order) -> usize {
        self.columns(order, Marker::WIDTH, usize::from(u16::MAX)).width()
    }
}

/// When a program last received the token of each credential.
pub(super) type LastUses = BTreeMap<CredentialId, Timestamp>;

/// A single column for narrow terminals, with the glyph of the status before the name.
pub(super) fn compact(marker: usize, width: usize) -> Columns {
    Columns { shown: vec![(Column::Name, width.saturating_sub(marker + 2))], marker }
}

pub(super) struct DrawnRow<'a> {
    pub(super) columns: &'a Columns,
    pub(super) uses: &'a LastUses,
    /// Whether the glyph of the status is shown before the name.
    pub(super) is_compact: bool,
    pub(super) marker: Marker,
    /// Positions of the matched characters in the name.
    pub(super) matched: &'a [usize],
}

impl DrawnRow<'_> {
    pub(super) fn line(&self, cx: &Context<'_>, credential: &Credential) -> Line<'static> {
        let is_selected = self.marker.is_cursor;
        let in_row = |style| cx.theme.in_row(is_selected, style);
        let base = in_row(cx.theme.text);
        let status = credential.status(cx.now);
        let (glyph, color) = cx.theme.status(status);
        let mut line = Line::from(self.marker.span(cx.theme)).style(base);
        if self.is_compact {
            line.push_span(Span::styled(format!("{glyph} "), in_row(color)));
        }
        let alike = cx.tally.credentials_alike.short_id(credential.id);
        for (at, (column, room)) in self.columns.shown.iter().enumerate() {
            if at > 0 {
                line.push_span(Columns::gap());
            }
            let details = &credential.details;
            let instant = |at: Option<Timestamp>| at.map_or_else(String::new, |at| relative_time::instant(cx, at));
            let (text, style) = match column {
                Column::Name => {
                    let name = cell(&named(&credential.name, alike, *room), *room);
                    line.extend(marked(cx.theme, &name, self.matched, base).spans);
                    continue;
                }
                Column::Due => (due::words(cx, credential), base),
                Column::Status => (format!("{glyph} {}", status.word()), in_row(color)),
                Column::Owner => (printable(&details.owner, MAX_SHOWN), base),
                Column::Tags => (printable(&details.tags.join(", "), MAX_SHOWN), base),
                Column::Expires => (instant(expiry(credential)), base),
                Column::LastUsed => (instant(self.uses.get(&credential.id).copied()), base),
                _ => (printable(integration(cx, credential), MAX_SHOWN), base),
            };
            line.push_span(Span::styled(cell(&text, *room), style));
        }
        line
    }
}

/// When the user has to act: the earliest expiry of a refresh token, or of an access token without a refresh token.
fn expiry(credential: &Credential) -> Option<Timestamp> {
    let end = |tokens: &Tokens| match tokens.refresh {
        Some(_) => tokens.refresh_expires_at,
        None => tokens.expires_at,
    };
    credential.all_tokens().filter_map(end).min()
}

pub(super) fn sort_key(cx: &Context<'_>, uses: &LastUses, credential: &Credential, column: Column) -> SortKey {
    match column {
        Column::Integration => SortKey::text(integration(cx, credential)),
        Column::Status => SortKey::Number(u64::from(due::severity(credential.status(cx.now)))),
        Column::Owner => SortKey::text(&credential.details.owner),
        Column::Tags => SortKey::text(&credential.details.tags.join(", ")),
        Column::Expires => SortKey::time(expiry(credential)),
        Column::LastUsed => SortKey::time(uses.get(&credential.id).copied()),
        Column::Due => {
            let (severity, at) = due::urgency(cx, credential);
            SortKey::Urgency(severity, at)
        }
        _ => SortKey::text(credential.name.as_str()),
    }
}
