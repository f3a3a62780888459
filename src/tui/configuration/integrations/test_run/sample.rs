//! The first records as a table: one row per field, one column per record.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use crate::engine::ops::integrations::test::{Sample, SampleField};
use crate::tui::configuration::integrations::results::{number, several};
use crate::tui::context::Context;
use crate::tui::widgets::list::{marker, window};
use crate::tui::widgets::pane::{cell, cut, paragraph, split_top};

/// Largest width of a record's column.
const MAX_VALUE: usize = 30;

/// If at least this much room is left, another record is shown instead of wider values.
const ONE_MORE: usize = 18;

const GAP: usize = 2;

/// Rows at the foot for the complete value of the selected field.
const FOOT: u16 = 2;

/// The position of the cursor in the table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At {
    pub(super) field: usize,
    /// The first record that is shown.
    pub(super) record: usize,
}

/// The number of records, each of which has a column.
pub(super) fn columns(sample: &Sample) -> usize {
    sample.fields.first().map_or(0, |field| field.values.len())
}

/// "10 of 412 records".
pub(super) fn records(sample: &Sample) -> String {
    let count = u64::try_from(sample.count).unwrap_or(u64::MAX);
    match sample.total {
        Some(total) => format!("{} of {}", number(count), several(total, "record")),
        None => several(count, "record"),
    }
}

/// "200 · 18,234 bytes · 10 of 412 records".
pub(super) fn answer(sample: &Sample) -> String {
    let bytes = several(u64::try_from(sample.bytes).unwrap_or(u64::MAX), "byte");
    format!("{} · {bytes} · {}", sample.status, records(sample))
}

/// Widths of the field column, the type column and each record.
struct Widths {
    field: usize,
    kind: usize,
    shown: Range<usize>,
    values: Vec<usize>,
}

fn widths(sample: &Sample, room: usize, first: usize) -> Widths {
    let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(str::width).max().unwrap_or(0);
    let of = |text: fn(&SampleField) -> &str| widest(&mut sample.fields.iter().map(text));
    let field = of(|field| &field.path).clamp(6, 30).min(room * 2 / 5);
    let kind = of(|field| &field.kind).clamp(4, 16).min(room / 5);
    let mut left = room.saturating_sub(2 + field + kind + 2 * GAP);
    let side_by_side = (left / ONE_MORE).max(1);
    let most = ((left + GAP) / side_by_side).saturating_sub(GAP).min(MAX_VALUE);
    let mut values = Vec::new();
    for record in first..columns(sample) {
        let wanted = widest(&mut sample.fields.iter().filter_map(|field| field.values.get(record).map(String::as_str)));
        let width = wanted.max(heading(record).width()).min(most);
        if width > left && !values.is_empty() {
            break;
        }
        values.push(width.min(left));
        left = left.saturating_sub(width + GAP);
    }
    Widths { field, kind, shown: first..first + values.len(), values }
}

fn heading(record: usize) -> String {
    format!("RECORD {}", record + 1)
}

/// Draws the sample, with the complete value of the selected field below it if there is room.
pub(super) fn draw(cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, sample: &Sample, at: At) {
    if sample.fields.is_empty() {
        let text = "The response contains no records: there is nothing to load, or a filter excludes everything.";
        paragraph(frame, area, text, cx.theme.muted);
        return;
    }
    let room = usize::from(area.width);
    let (field_at, first) = (at.field.min(sample.fields.len() - 1), at.record.min(columns(sample).saturating_sub(1)));
    let widths = widths(sample, room, first);
    let row = |field: &str, kind: &str, values: &mut dyn Iterator<Item = String>| {
        let gap = " ".repeat(GAP);
        let mut text = format!("{}{gap}{}", cell(field, widths.field), cell(kind, widths.kind));
        for (value, width) in values.zip(&widths.values) {
            text.push_str(&gap);
            text.push_str(&cell(&value, *width));
        }
        text
    };
    let (head, below) = split_top(area, 1);
    let more = if widths.shown.end < columns(sample) { "  →" } else { "" };
    let headings = row("FIELD", "TYPE", &mut widths.shown.clone().map(heading));
    let heading = cut(&format!("  {}{more}", headings.trim_end()), room);
    frame.render_widget(Line::styled(heading, cx.theme.heading), head);
    let foot = if below.height > FOOT + 4 { FOOT } else { 0 };
    let (list, foot) = split_top(below, below.height - foot);
    for (line, place) in list.rows().zip(window(field_at, sample.fields.len(), list.height)) {
        let Some(field) = sample.fields.get(place) else { continue };
        let values = field.values.get(widths.shown.clone()).unwrap_or_default();
        let text = row(&field.path, &field.kind, &mut values.iter().cloned());
        let chosen = place == field_at;
        let style = if chosen { cx.theme.selected } else { cx.theme.text };
        frame.render_widget(Line::styled(cut(&format!("{}{text}", marker(chosen)), room), style), line);
    }
    if let Some(field) = sample.fields.get(field_at) {
        let value = field.values.get(first).map_or("", String::as_str);
        let value = if value.is_empty() { "has no value" } else { value };
        let whole = format!("{}, record {}: {value}", field.path, first + 1);
        paragraph(frame, foot, &cut(&whole, (room * usize::from(FOOT)).saturating_sub(4)), cx.theme.muted);
    }
}
