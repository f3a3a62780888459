//! One session in detail: each record type with its counts, file and errors, and the records that were left out.

use super::table::duration;
use crate::model::integration::{LoadResult, StoredProblem, SyncSession};
use crate::tui::configuration::integrations::results::{counts, number, of_part, of_session, several};
use crate::tui::context::Context;
use crate::tui::present::said_advice;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// Width of the labels.
pub(super) const LABEL: u16 = 14;

/// The rows of the page. `label` returns the name of a record type.
pub(super) fn text(cx: &Context<'_>, session: &SyncSession, label: &dyn Fn(&str) -> String) -> Vec<Row> {
    let told = of_session(cx, session);
    let ended = match session.ended {
        Some(at) => format!("{}, after {}", relative_time::instant(cx, at), duration(cx, session)),
        None => format!("not yet, after {} so far", duration(cx, session)),
    };
    let mut text = vec![
        Row::new("Result", told.in_words()).style(told.style),
        Row::new("Started", relative_time::instant(cx, session.started)),
        Row::new("Ended", ended),
        Row::new("Trigger", session.trigger.word()),
    ];
    if session.parts.len() > 1 {
        let sum = session.counts();
        text.push(Row::new("Total", format!("{}: {}", several(sum.records, "record"), counts(&sum))));
    }
    text.extend(session.problem.iter().flat_map(|said| problem(cx, said)));
    for part in &session.parts {
        text.push(Row::blank());
        text.extend(of(cx, part, &label(&part.load)));
    }
    text
}

fn of(cx: &Context<'_>, part: &LoadResult, label: &str) -> Vec<Row> {
    let told = of_part(cx.theme, part);
    let mut text = vec![
        Row::new("", label).style(cx.theme.heading),
        Row::new("Result", told.in_words()).style(told.style),
        Row::new("Records", format!("{}: {}", number(part.counts.records), counts(&part.counts))),
    ];
    let resumed = if part.resumed { ", resumed from an earlier run" } else { "" };
    text.push(Row::new("Pages", format!("{}{resumed}", number(part.pages))));
    text.extend(part.file.iter().map(|file| Row::new("File", file.clone()).style(cx.theme.accent)));
    text.extend(part.remarks.iter().map(|remark| Row::new("Remark", remark.clone())));
    text.extend(part.problem.iter().flat_map(|said| problem(cx, said)));
    for (at, error) in part.errors.iter().enumerate() {
        let id = if error.id.is_empty() { String::new() } else { format!(", id {}", error.id) };
        let line = format!("page {}, record {}{id}: {}", error.page, error.place, error.why);
        text.push(Row::new(if at == 0 { "Left out" } else { " " }, line).style(cx.theme.warn));
    }
    let named = u64::try_from(part.errors.len()).unwrap_or(u64::MAX);
    if let Some(more) = part.counts.errors.checked_sub(named).filter(|more| *more > 0) {
        text.push(Row::new(" ", format!("and {} more (not kept)", number(more))).style(cx.theme.muted));
    }
    text
}

fn problem(cx: &Context<'_>, said: &StoredProblem) -> Vec<Row> {
    let parts = [
        ("Problem", &said.what, cx.theme.danger),
        ("Why", &said.why, cx.theme.text),
        ("What to do", &said_advice(said), cx.theme.accent),
    ];
    let shown = parts.into_iter().filter(|(_, text, _)| !text.is_empty());
    shown.map(|(label, text, style)| Row::new(label, text.clone()).style(style)).collect()
}
