//! The runs of an integration as a table, newest first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::integration::SyncSession;
use crate::tui::configuration::integrations::results::{ResultLabel, counts, number, of_session, several, took};
use crate::tui::context::Context;
use crate::tui::widgets::list::{marker, window};
use crate::tui::widgets::pane::{cell, cut, paragraph, split_top};
use crate::tui::widgets::relative_time;

/// Widths of the fixed columns.
const NUMBER: usize = 6;
const STARTED: usize = 15;
const TOOK: usize = 12;
const TRIGGER: usize = 10;
const RESULT: usize = 24;

/// Widths of the columns for records, added, updated, unchanged, gone and errors.
const COUNTS: [usize; 6] = [9, 7, 8, 8, 7, 8];

/// Width from which each count has its own column.
const WIDE: usize = 114;

/// Rows below the table for the details of the selected session.
const FOOT: u16 = 3;

/// The first row of the table on the terminal, below the frame and the headings, to map clicks to rows.
pub(super) const FIRST_ROW: u16 = 2;

/// How long the session took, or has taken so far.
pub(super) fn duration(cx: &Context<'_>, session: &SyncSession) -> String {
    took(session.started.duration_until(session.ended.unwrap_or(cx.now)))
}

/// Height of the list if the table has this many rows below its headings.
pub(super) fn list_rows(below: u16) -> u16 {
    below - if below > FOOT + 4 { FOOT } else { 0 }
}

struct Cells {
    /// The columns that are aligned left; the last one is the result.
    left: Vec<(String, usize)>,
    right: Vec<(String, usize)>,
}

impl Cells {
    /// The columns before the result, the result, and the right-aligned numbers.
    fn parts(&self) -> [String; 3] {
        let text = |(text, room): &(String, usize)| cell(&cut(text, room.saturating_sub(1)), *room);
        let (result, before) =
            self.left.split_last().map_or((None, &[][..]), |(result, before)| (Some(result), before));
        [
            before.iter().map(text).collect(),
            result.map(text).unwrap_or_default(),
            self.right.iter().map(|(text, room)| format!("{text:>room$}")).collect::<Vec<_>>().concat(),
        ]
    }
}

/// The number, rounded down to thousands (k) or millions (M) if the column is too narrow.
fn short(count: u64, room: usize) -> String {
    let scales = [(1, ""), (1_000, "k"), (1_000_000, "M")].map(|(by, unit)| format!("{}{unit}", number(count / by)));
    scales.into_iter().find(|text| text.len() < room).unwrap_or_default()
}

fn cells(width: usize, left: [String; 5], right: [String; 6]) -> Cells {
    // As the terminal gets narrower, the trigger and the single counts are left out first, then the duration.
    let (wide, took) = (width >= WIDE, if width >= 70 { TOOK } else { 0 });
    let widths = [NUMBER, STARTED, took, if wide { TRIGGER } else { 0 }, RESULT];
    let counted = |(at, room): (usize, usize)| if wide || at == 0 || at == 5 { room } else { 0 };
    let counted = COUNTS.iter().copied().enumerate().map(counted);
    let shown = |(_, room): &(String, usize)| *room > 0;
    Cells {
        left: left.into_iter().zip(widths).filter(shown).collect(),
        right: right.into_iter().zip(counted).filter(shown).collect(),
    }
}

fn row(cx: &Context<'_>, width: usize, session: &SyncSession, told: &ResultLabel, marked: bool) -> [String; 3] {
    let sum = session.counts();
    let left = [
        format!("{}{}", if marked { "*" } else { "" }, session.number),
        relative_time::instant(cx, session.started),
        duration(cx, session),
        session.trigger.word().to_owned(),
        told.in_words(),
    ];
    let numbers = [sum.records, sum.added, sum.updated, sum.skipped, sum.gone, session.error_count()];
    let numbers = std::array::from_fn(|at| short(numbers[at], COUNTS[at]));
    cells(width, left, numbers).parts()
}

/// Draws the rows that fit, and details of the selected session below them.
pub(super) fn draw(
    cx: &Context<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
    (hits, selected): (&[&SyncSession], usize),
    marked: Option<u64>,
) {
    let width = usize::from(area.width);
    let room = width.saturating_sub(2);
    let (head, below) = split_top(area, 1);
    let left = ["NO.", "STARTED", "TOOK", "TRIGGER", "RESULT"].map(str::to_owned);
    let right = ["RECORDS", "ADDED", "UPDATED", "UNCHANGED", "GONE", "ERRORS"].map(str::to_owned);
    let headings = cut(&format!("  {}", cells(room, left, right).parts().concat()), width);
    frame.render_widget(Line::styled(headings, cx.theme.heading), head);
    let (list, foot) = split_top(below, list_rows(below.height));
    for (line, at) in list.rows().zip(window(selected, hits.len(), list.height)) {
        let Some(session) = hits.get(at) else { continue };
        let (told, chosen) = (of_session(cx, session), at == selected);
        let is_marked = marked == Some(session.number);
        let [before, result, counts] = row(cx, room, session, &told, is_marked);
        let spans = vec![
            Span::raw(format!("{}{before}", marker(chosen))),
            Span::styled(result, cx.theme.in_row(chosen, told.style)),
            Span::raw(counts),
        ];
        frame.render_widget(Line::from(spans).style(cx.theme.in_row(chosen, cx.theme.text)), line);
    }
    if let Some(session) = hits.get(selected) {
        let style = if session.first_problem().is_some() { cx.theme.warn } else { cx.theme.muted };
        paragraph(frame, split_top(foot, 1).1, &about(session), style);
    }
}

/// "manual · 412 records: 3 added · …", or the first problem of the session.
fn about(session: &SyncSession) -> String {
    match session.first_problem() {
        Some(said) if said.why.is_empty() => said.what.clone(),
        Some(said) => format!("{} {}", said.what, said.why),
        None => {
            let (sum, trigger) = (session.counts(), session.trigger.word());
            format!("{trigger} · {}: {}", several(sum.records, "record"), counts(&sum))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_does_not_fit_is_never_cut() {
        let words = [412, 99_999, 1_234_567, 12_345_678_901].map(|count| short(count, 8));
        assert_eq!(words, ["412", "99,999", "1,234k", "12,345M"]);
    }
}
