//! The columns of the table: their widths, which depend on their values, their texts, and the sentence about the
//! selected row.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::super::results::{self, ResultLabel};
use super::super::{credential_of, labels, needs_person};
use crate::engine::ops::integrations::{HealthState, next_of};
use crate::model::integration::{Integration, SyncResult, SyncSession};
use crate::tui::column::Column;
use crate::tui::context::Context;
use crate::tui::theme::Theme;
use crate::tui::widgets::columns::{Columns, Plan};
use crate::tui::widgets::list::{Marker, marked};
use crate::tui::widgets::pane::{cell, named};
use crate::tui::widgets::relative_time;

/// Width of the sort arrow after a heading.
const ARROW: usize = 2;

/// When the fit of further columns is decided, these columns count with at most this width, so that a long value does
/// not keep others out.
const MODEST: &[(Column, usize)] = &[(Column::Name, 32), (Column::Credential, 28)];

/// The order in which columns shrink if there is too little room, and the width to which each of them shrinks.
const CUTS: &[(Column, usize)] = &[
    (Column::Credential, 24),
    (Column::Name, 24),
    (Column::Credential, 14),
    (Column::Name, 12),
    (Column::Credential, 0),
    (Column::Status, 10),
    (Column::Name, 1),
    (Column::Status, 0),
];

/// The state of a row, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowState<'a> {
    /// The sessions are being read.
    Reading,
    /// The sessions cannot be read.
    Unknown,
    Known(HealthState, Option<&'a SyncSession>),
}

impl RowState<'_> {
    fn in_words(self, theme: &Theme) -> (String, Style) {
        match self {
            Self::Reading => ("… reading".to_owned(), theme.muted),
            Self::Unknown => ("? unknown".to_owned(), theme.warn),
            Self::Known(state, _) => {
                let (glyph, style) = labels::state(theme, state);
                (format!("{glyph} {}", state.word()), style)
            }
        }
    }
}

/// The width of the longest value of each column, in cells, and the number of rows in each state.
#[derive(Debug, Default)]
pub(super) struct Widths {
    name: usize,
    loads: usize,
    credential: usize,
    state: usize,
    last: usize,
    next: usize,
    records: usize,
    /// In the order of [`STATES`], without states that have no rows.
    pub(super) states: Vec<(HealthState, usize)>,
}

/// All states, in the order in which their counts are shown.
const STATES: [HealthState; 6] = [
    HealthState::Active,
    HealthState::Failing,
    HealthState::NoCredential,
    HealthState::Running,
    HealthState::NeverRun,
    HealthState::Paused,
];

impl Widths {
    /// Measures all rows. Runs once per version of the vault and of the sessions.
    pub(super) fn measure<'a>(cx: &Context<'a>, health: impl Fn(&Integration) -> RowState<'a>) -> Self {
        let mut widths = Self::default();
        let mut states = Vec::new();
        for one in &cx.snapshot.integrations.list {
            let shown = health(one);
            let alike = cx.tally.integrations_alike.short_id(one.id).map_or(0, |id| id.len() + 3);
            widths.name = widths.name.max(one.name.as_str().width() + alike);
            widths.loads = widths.loads.max(labels::loads(cx, one).width());
            widths.credential = widths.credential.max(labels::credential(cx, one).0.width());
            widths.state = widths.state.max(shown.in_words(cx.theme).0.width());
            if let RowState::Known(state, last) = shown {
                states.push(state);
                let [last, next, records] = of_sessions(cx, one, last).map(|(text, _)| text.width());
                widths.last = widths.last.max(last);
                widths.next = widths.next.max(next);
                widths.records = widths.records.max(records);
            }
        }
        let count = |state: HealthState| (state, states.iter().filter(|one| **one == state).count());
        widths.states = STATES.map(count).into_iter().filter(|(_, count)| *count > 0).collect();
        widths
    }

    /// Fits the columns into `width` cells, with `marker` cells before the first.
    pub(super) fn columns(&self, marker: usize, width: usize) -> Columns {
        let headed = |column: Column, cells: usize| {
            if cells == 0 { (column, 0) } else { (column, cells.max(column.heading().width() + ARROW)) }
        };
        let always = [
            headed(Column::Name, self.name.max(1)),
            headed(Column::Credential, self.credential.max(1)),
            headed(Column::Status, self.state.max(1)),
        ];
        let extra = [
            headed(Column::LastSession, self.last),
            headed(Column::NextRun, self.next),
            headed(Column::Records, self.records),
            headed(Column::Loads, self.loads),
        ];
        Columns::fit(Plan { always: &always, extra: &extra, cuts: CUTS, modest: MODEST }, marker, width)
    }
}

/// A single column for narrow terminals, with the glyph of the state before the name.
pub(super) fn compact(marker: usize, width: usize) -> Columns {
    Columns { shown: vec![(Column::Name, width.saturating_sub(marker + 2))], marker }
}

pub(super) struct DrawnRow<'a> {
    pub(super) columns: &'a Columns,
    /// Whether the glyph of the state is shown before the name.
    pub(super) is_compact: bool,
    pub(super) marker: Marker,
    /// Positions of the matched characters in the name.
    pub(super) matched: &'a [usize],
}

impl DrawnRow<'_> {
    pub(super) fn line(&self, cx: &Context<'_>, one: &Integration, health: RowState<'_>) -> Line<'static> {
        let is_selected = self.marker.is_cursor;
        let in_row = |style| cx.theme.in_row(is_selected, style);
        let base = in_row(cx.theme.text);
        let (state, color) = health.in_words(cx.theme);
        let mut line = Line::from(self.marker.span(cx.theme)).style(base);
        if self.is_compact {
            let glyph: String = state.chars().take(1).collect();
            line.push_span(Span::styled(format!("{glyph} "), in_row(color)));
        }
        let alike = cx.tally.integrations_alike.short_id(one.id);
        let last = if let RowState::Known(_, last) = health { Some(last) } else { None };
        let sessions = last.map(|last| of_sessions(cx, one, last));
        for (at, (column, room)) in self.columns.shown.iter().enumerate() {
            if at > 0 {
                line.push_span(Columns::gap());
            }
            let of_session = |at: usize| sessions.as_ref().map_or_else(Default::default, |all| all[at].clone());
            let (text, style) = match column {
                Column::Name => {
                    let name = cell(&named(&one.name, alike, *room), *room);
                    line.extend(marked(cx.theme, &name, self.matched, base).spans);
                    continue;
                }
                Column::Credential => labels::credential(cx, one),
                Column::Status => (state.clone(), color),
                Column::LastSession => of_session(0),
                Column::NextRun => of_session(1),
                Column::Records => of_session(2),
                _ => (labels::loads(cx, one), cx.theme.text),
            };
            let text = if column.is_number() { format!("{text:>room$}") } else { cell(&text, *room) };
            line.push_span(Span::styled(text, in_row(style)));
        }
        line
    }
}

/// The cells of the last session, the next run, and the number of records that the last session wrote.
fn of_sessions(cx: &Context<'_>, one: &Integration, last: Option<&SyncSession>) -> [(String, Style); 3] {
    let when = match last {
        Some(last) => {
            let told = labels::result(cx.theme, last);
            (format!("{} {}", told.glyph, relative_time::instant(cx, last.started)), told.style)
        }
        None => ("never".to_owned(), cx.theme.muted),
    };
    let none = || "–".to_owned();
    let next = next_of(cx.snapshot, one, last, cx.zone).map_or_else(none, |next| labels::next(cx, next));
    let wrote = last.filter(|last| !matches!(last.result, None | Some(SyncResult::Failed)));
    let records = wrote.map_or_else(none, |last| results::number(last.counts().records));
    [when, (next, cx.theme.text), (records, cx.theme.text)]
}

/// What is wrong with an integration and what to do; the record types it loads if nothing is wrong.
pub(super) fn advice(
    cx: &Context<'_>,
    one: &Integration,
    state: Option<HealthState>,
    last: Option<&SyncSession>,
) -> (String, Style) {
    let Some(credential) = credential_of(cx, one) else {
        let glyph = ResultLabel::warning(cx.theme, "").glyph;
        let text = if one.setup.credential.is_some() { "Its credential was deleted" } else { "It has no credential" };
        return (format!("{glyph} {text}: press c to choose one, n to create one."), cx.theme.warn);
    };
    if needs_person(cx, credential) {
        let (status, _) = labels::status(cx, credential);
        return (format!("{status}: its credential needs attention. Press a to authenticate."), cx.theme.warn);
    }
    match (state, last.and_then(labels::trouble)) {
        (Some(HealthState::Failing), Some(trouble)) => (
            format!("{} {trouble} Press s for the session.", labels::state(cx.theme, HealthState::Failing).0),
            cx.theme.danger,
        ),
        (Some(HealthState::Paused), _) => {
            ("Paused: it does not run on schedule. Press p to resume.".to_owned(), cx.theme.muted)
        }
        _ => (format!("Loads {}.", labels::loads(cx, one)), cx.theme.muted),
    }
}
