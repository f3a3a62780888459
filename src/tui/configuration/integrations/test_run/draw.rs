//! Draws a Test Run: the record types, the steps of the selected one, and its result.

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};

use super::kind::{Kind, KindResult};
use super::sample::{self, At, answer};
use crate::engine::ops::integrations::test::Sample;
use crate::problem::{Kind as ProblemKind, Problem};
use crate::tui::configuration::integrations::results::{ResultLabel, number, took};
use crate::tui::context::Context;
use crate::tui::present::advice;
use crate::tui::widgets::fields::{Row, rows, scrolled};
use crate::tui::widgets::list::{marker, window};
use crate::tui::widgets::pane::{cell, centered, clear, cut, indent, pane, split_top};

/// Width of the glyph and the word.
const WORD: usize = 22;

/// Most record types that are listed at once.
const MAX_KINDS: u16 = 5;

/// If there are at least this many rows below the steps, the request is shown above the records.
const TALL: u16 = 20;

/// Most records whose errors are listed above the table.
const MAX_ERRORS: usize = 2;

/// Draws the record types with glyph and word; returns the area below.
pub(super) fn kinds(cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, kinds: &[Kind], at: usize) -> Rect {
    let count = u16::try_from(kinds.len()).unwrap_or(u16::MAX);
    let (list, rest) = split_top(area, count.min(MAX_KINDS).min(area.height / 3));
    for (line, place) in list.rows().zip(window(at, kinds.len(), list.height)) {
        let Some(kind) = kinds.get(place) else { continue };
        let (told, chosen) = (kind.told(cx), place == at);
        let records = kind.sample().map_or_else(String::new, sample::records);
        let room = usize::from(line.width).saturating_sub(2 + WORD + records.len() + 1);
        let spans = vec![
            Span::raw(marker(chosen)),
            Span::styled(cell(&told.in_words(), WORD), cx.theme.in_row(chosen, told.style)),
            Span::raw(format!("{} {records}", cell(&kind.label, room))),
        ];
        frame.render_widget(Line::from(spans).style(cx.theme.in_row(chosen, cx.theme.text)), line);
    }
    split_top(rest, 1).1
}

/// Draws the four steps; returns the area below, after an empty row.
pub(super) fn steps(cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, kind: &Kind) -> Rect {
    let mut rest = area;
    for row in kind.rows() {
        let (line, below) = split_top(rest, 1);
        let told = match row.how {
            KindResult::Passed => ResultLabel::good(cx.theme, ""),
            KindResult::Failed => ResultLabel::bad(cx.theme, ""),
            KindResult::NotAvailable => ResultLabel::none(cx.theme, ""),
            KindResult::Running => ResultLabel::moving(cx, ""),
            KindResult::Ahead => {
                ResultLabel { glyph: ResultLabel::none(cx.theme, "").glyph, ..ResultLabel::ahead(cx.theme, "") }
            }
        };
        let time = row.took.map(took).unwrap_or_default();
        let room = usize::from(line.width).saturating_sub(time.len() + 2);
        let style = if row.how == KindResult::Passed { cx.theme.text } else { told.style };
        let glyph = Span::styled(format!("{} ", told.glyph), told.style);
        let text = Span::styled(cut(&row.text, room.saturating_sub(2)), style);
        frame.render_widget(Line::from(vec![glyph, text]), line);
        let right = indent(line, u16::try_from(room).unwrap_or(u16::MAX));
        frame.render_widget(Line::styled(time, cx.theme.muted).alignment(Alignment::Right), right);
        rest = below;
    }
    split_top(rest, 1).1
}

/// Draws the result of the selected record type in `area`, the part of the pane `whole` below the steps.
pub(super) fn outcome(
    cx: &Context<'_>,
    frame: &mut Frame<'_>,
    (whole, area): (Rect, Rect),
    kind: &Kind,
    at: At,
    has_panel: bool,
) {
    if kind.problem().is_some() {
        let text = failure(cx, kind, has_panel);
        scrolled(cx.theme, frame, (whole, area), 0, &text, at.field);
    } else if let Some(sample) = kind.sample() {
        let mut text = warnings(cx, sample);
        if area.height >= TALL {
            text.extend(request_rows(cx, kind));
        }
        text.push(Row::new("", format!("Response  {}", answer(sample))).style(cx.theme.muted));
        let rest = rows(cx.theme, frame, area, 0, &text);
        sample::draw(cx, frame, split_top(rest, u16::from(rest.height > 8)).1, sample, at);
    }
}

/// Number of rows that can be scrolled through.
pub(super) fn rows_to_scroll(cx: &Context<'_>, kind: &Kind, has_panel: bool) -> usize {
    match (kind.problem(), kind.sample()) {
        (Some(_), _) => failure(cx, kind, has_panel).len(),
        (None, Some(sample)) => sample.fields.len(),
        (None, None) => 0,
    }
}

/// The rows about a record type that failed.
fn failure(cx: &Context<'_>, kind: &Kind, has_panel: bool) -> Vec<Row> {
    let mut text = kind.problem().map_or_else(Vec::new, |problem| meaning(cx, kind, problem));
    let signs_in = kind.problem().is_some_and(|problem| problem.kind == ProblemKind::NeedsAuthentication);
    if has_panel && signs_in {
        // The hint belongs to the advice, so the empty row goes below the hint.
        text.pop();
        text.push(indented("m  when the provider asks for a second factor").style(cx.theme.accent));
        text.push(Row::blank());
    }
    text.extend(request_rows(cx, kind));
    text
}

/// What went wrong, what it means, and what to do.
fn meaning(cx: &Context<'_>, kind: &Kind, problem: &Problem) -> Vec<Row> {
    let mut text = Vec::new();
    if kind.is_broken() {
        text.push(Row::new("", problem.what.clone()).style(cx.theme.danger));
    } else {
        text.push(Row::new("", problem.what.clone()));
        text.push(Row::new("", "Other record types are unaffected.").style(cx.theme.muted));
    }
    for (heading, part) in [("What this means", &problem.why), ("What to do", &advice(problem))] {
        if !part.is_empty() {
            text.extend([Row::blank(), Row::new("", heading).style(cx.theme.heading), indented(part)]);
        }
    }
    text.push(Row::blank());
    text
}

/// The request, with dots in place of its credentials.
fn request_rows(cx: &Context<'_>, kind: &Kind) -> Vec<Row> {
    let Some(shown) = kind.tested.as_ref().and_then(|tested| tested.request.as_ref()) else { return Vec::new() };
    let plain = |text: &str| if cx.theme.ascii { text.replace('•', "*") } else { text.to_owned() };
    let mut text = vec![Row::new("", "Request").style(cx.theme.heading), indented(&shown.line)];
    text.extend(shown.headers.iter().map(|(name, value)| indented(&format!("{name}: {}", plain(value)))));
    text.push(Row::blank());
    text
}

/// Warnings about fields of the mapping that no record has, and about records that could not be mapped.
fn warnings(cx: &Context<'_>, sample: &Sample) -> Vec<Row> {
    let glyph = ResultLabel::warning(cx.theme, "").glyph;
    let mut text = Vec::new();
    if !sample.missing.is_empty() {
        text.push(format!("{glyph} No record has {}: correct the mapping.", sample.missing.join(", ")));
    }
    text.extend(sample.notes.iter().map(|note| format!("{glyph} {note}")));
    text.extend(sample.errors.iter().take(MAX_ERRORS).map(|error| format!("{glyph} {error}")));
    if let Some(more) = sample.errors.len().checked_sub(MAX_ERRORS).filter(|more| *more > 0) {
        text.push(format!("{glyph} {} more: press e to show them.", number(u64::try_from(more).unwrap_or(u64::MAX))));
    }
    text.into_iter().map(|line| Row::new("", line).style(cx.theme.warn)).collect()
}

/// Draws a box with everything about the selected record type.
pub(super) fn details(cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, kind: &Kind, top: usize) {
    let area = centered(area, 92, area.height);
    clear(frame, area);
    let inside = pane(cx.theme, frame, area, &kind.label, Line::from(" e or esc: close "));
    scrolled(cx.theme, frame, (area, inside), 0, &details_text(cx, kind), top);
}

/// The rows of the details box.
pub(super) fn details_text(cx: &Context<'_>, kind: &Kind) -> Vec<Row> {
    let mut text = vec![Row::new("", format!("Record type  {}", kind.load)).style(cx.theme.muted)];
    let failed = kind.tested.as_ref().and_then(|tested| tested.failed.as_ref());
    if let Some((step, about, problem)) = failed {
        text.push(Row::new("", format!("Failed at  {} {about}", step.word())).style(cx.theme.muted));
        text.push(Row::new("", format!("Problem type  {}", problem.kind.word())).style(cx.theme.muted));
        text.push(Row::blank());
        text.extend(meaning(cx, kind, problem));
    } else {
        text.push(Row::blank());
    }
    text.extend(request_rows(cx, kind));
    if let Some(sample) = kind.sample() {
        text.push(Row::new("", "Response").style(cx.theme.heading));
        text.push(indented(&answer(sample)));
        text.extend(sample.missing.iter().map(|path| indented(&format!("No record has {path}."))));
        text.extend(sample.notes.iter().chain(&sample.errors).map(|remark| indented(remark)));
    }
    text
}

fn indented(text: &str) -> Row {
    Row::new("", format!("  {text}"))
}
