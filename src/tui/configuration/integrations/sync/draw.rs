//! Draws a sync: a block of rows for each record type.

use jiff::SignedDuration;
use unicode_width::UnicodeWidthStr as _;

use super::kind::{Kind, KindState};
use crate::model::integration::{LoadResult, PartResult, StoredProblem};
use crate::tui::configuration::integrations::results::{
    ResultLabel, counts, counts_so_far, number, of_part, several, took,
};
use crate::tui::context::Context;
use crate::tui::present::said_advice;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::pane::{cell, cut};
use crate::tui::widgets::{gauge, relative_time};

/// Width of the glyph and the word.
const WORD: usize = 19;

/// Most errors of single records that are listed; the session contains all of them.
const MAX_ERRORS: usize = 3;

/// The rows of all record types. While the sync runs, finished ones are shortened to keep the current one visible.
pub(super) fn blocks(cx: &Context<'_>, kinds: &[Kind], width: u16, running: bool) -> Vec<Row> {
    let mut text = Vec::new();
    for kind in kinds {
        text.push(Row::blank());
        text.push(headline(cx, kind, width.into()));
        match &kind.doing {
            KindState::Nothing => {}
            KindState::Ended(part) if running => in_short(cx, &mut text, part),
            KindState::Ended(part) => draw_ended(cx, &mut text, part),
            KindState::Reading | KindState::Pausing { .. } | KindState::Writing => moving(cx, &mut text, kind),
        }
    }
    text
}

/// "◐ Reading   Devices               250 of 412 records".
fn headline(cx: &Context<'_>, kind: &Kind, width: usize) -> Row {
    let told = match &kind.doing {
        KindState::Nothing => ResultLabel::ahead(cx.theme, "Not started"),
        KindState::Reading => ResultLabel::moving(cx, "Reading"),
        KindState::Pausing { .. } => ResultLabel::moving(cx, "Waiting"),
        KindState::Writing => ResultLabel::moving(cx, "Writing"),
        KindState::Ended(part) => of_part(cx.theme, part),
    };
    let records = match (&kind.doing, kind.total) {
        (KindState::Nothing, _) => String::new(),
        (KindState::Ended(part), _) if part.result == PartResult::Done => several(part.counts.records, "record"),
        (KindState::Ended(part), _) if part.counts.records == 0 => String::new(),
        (KindState::Ended(part), _) => format!("{} read", several(part.counts.records, "record")),
        (_, Some(total)) => format!("{} of {}", number(kind.read()), several(total, "record")),
        (_, None) => format!("{} so far", several(kind.read(), "record")),
    };
    let room = width.saturating_sub(WORD + records.width() + 1);
    let text = format!("{}{} {records}", cell(&told.in_words(), WORD), cell(&kind.label, room));
    Row::new("", cut(text.trim_end(), width)).style(told.style)
}

/// Adds the rows about the progress and the speed.
fn moving(cx: &Context<'_>, text: &mut Vec<Row>, kind: &Kind) {
    let mut facts = Vec::new();
    if let Some(percent) = kind.percent() {
        facts.push(format!("{} {percent} %", gauge(cx, percent)));
    }
    facts.push(several(kind.pages, "page"));
    facts.extend(kind.rate().map(|rate| format!("{} a second", number(rate))));
    facts.extend(kind.left().map(|left| format!("{} left", relative_time::span(left))));
    text.push(Row::new("", format!("  {}", facts.join(" · "))));
    text.push(Row::new("", format!("  {}", counts_so_far(&kind.counts))).style(cx.theme.muted));
    match &kind.doing {
        KindState::Pausing { until, why } => {
            let left = cx.now.duration_until(*until).as_millis().max(0);
            let seconds = (left + 999) / 1_000;
            text.push(Row::new("", format!("  Waiting {seconds} s: {why}.")).style(cx.theme.warn));
        }
        KindState::Writing => text.push(Row::new("", "  All records were read; writing the file.")),
        _ => {}
    }
}

fn in_short(cx: &Context<'_>, text: &mut Vec<Row>, part: &LoadResult) {
    match &part.problem {
        Some(said) => text.push(Row::new("", format!("  {}", said.what)).style(cx.theme.muted)),
        None => text.push(Row::new("", format!("  {}", counts(&part.counts))).style(cx.theme.muted)),
    }
}

fn draw_ended(cx: &Context<'_>, text: &mut Vec<Row>, part: &LoadResult) {
    if part.result == PartResult::Waiting {
        return;
    }
    if part.pages > 0 || part.counts.records > 0 {
        text.push(Row::new("", format!("  {} · {}", several(part.pages, "page"), counts(&part.counts))));
    }
    if part.resumed {
        text.push(Row::new("", "  It resumed where the previous run stopped.").style(cx.theme.muted));
    }
    if let Some(file) = &part.file {
        text.push(Row::new("", format!("  Written to {file}")).style(cx.theme.accent));
    }
    text.extend(part.remarks.iter().map(|remark| Row::new("", format!("  {remark}")).style(cx.theme.muted)));
    text.extend(part.problem.iter().flat_map(|said| said_rows(cx, said, is_mild(part))));
    text.extend(part.errors.iter().take(MAX_ERRORS).map(|error| {
        let id = if error.id.is_empty() { String::new() } else { format!(", id {}", error.id) };
        Row::new("", format!("  Page {}, place {}{id}: {}", error.page, error.place, error.why)).style(cx.theme.warn)
    }));
    let named = u64::try_from(part.errors.len().min(MAX_ERRORS)).unwrap_or(0);
    if let Some(more) = part.counts.errors.checked_sub(named).filter(|more| *more > 0) {
        let line = format!("  and {} more. Press s for the sessions.", number(more));
        text.push(Row::new("", line).style(cx.theme.muted));
    }
}

/// Whether the error did no damage: the account has no such records, or the file is unchanged.
fn is_mild(part: &LoadResult) -> bool {
    matches!(part.result, PartResult::NotAvailable | PartResult::Withheld)
}

/// The rows of a stored problem; `mild` if the error did no damage.
pub(super) fn said_rows(cx: &Context<'_>, said: &StoredProblem, mild: bool) -> Vec<Row> {
    let style = if mild { cx.theme.text } else { cx.theme.danger };
    let parts = [(&said.what, style), (&said.why, cx.theme.text), (&said_advice(said), cx.theme.accent)];
    let shown = parts.into_iter().filter(|(text, _)| !text.is_empty());
    shown.map(|(text, style)| Row::new("", format!("  {text}")).style(style)).collect()
}

/// The text at the right of the title while the sync runs: "◐ running 12.3 s".
pub(super) fn running(cx: &Context<'_>, time: SignedDuration, canceling: bool) -> (ResultLabel, String) {
    if canceling {
        return (ResultLabel::moving(cx, "stops after this page"), String::new());
    }
    (ResultLabel::moving(cx, "running"), took(time))
}
