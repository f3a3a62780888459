//! A running change of the members: shows its progress and stops it early.

use jiff::Timestamp;

use crate::engine::operation::{Operation, TeamOperation};
use crate::engine::ops::sign_in::Control;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::view::RedrawRate;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::{bar, relative_time, spinner};

/// Width of the progress bar.
const BAR: usize = 40;

#[derive(Debug, Default)]
pub(super) struct Encrypting {
    work: Option<OperationId>,
    started: Option<Timestamp>,
    counts: (usize, usize),
    is_ending: bool,
}

impl Encrypting {
    pub(super) fn begin(&mut self, cx: &Context<'_>, operation: TeamOperation) -> Vec<Effect> {
        *self = Self { work: Some(cx.operation), ..Self::default() };
        vec![Effect::Work(cx.operation, Operation::Team(operation))]
    }

    /// Updates the progress.
    pub(super) fn counted(&mut self, now: Timestamp, done: usize, total: usize) {
        self.counts = (done, total);
        self.started.get_or_insert(now);
    }

    /// Stops after the batch that is being saved.
    pub(super) fn stop(&mut self) -> Vec<Effect> {
        self.is_ending = true;
        self.work.map(|work| Effect::Control(work, Control::Cancel)).into_iter().collect()
    }

    pub(super) fn ended(&mut self) {
        self.work = None;
    }

    pub(super) fn is_running(&self) -> bool {
        self.work.is_some()
    }

    /// Whether it stopped before everything was re-encrypted.
    pub(super) fn is_incomplete(&self) -> bool {
        self.counts.0 < self.counts.1
    }

    pub(super) fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    pub(super) fn redraw_rate(&self) -> RedrawRate {
        if self.is_running() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    /// The rows to show while it runs; `doing` is shown before the first progress report.
    pub(super) fn rows(&self, cx: &Context<'_>, doing: &str) -> Vec<Row> {
        let (done, total) = self.counts;
        if total == 0 {
            return vec![Row::new("", format!("{} {doing}", spinner(cx)))];
        }
        let what = if self.is_ending { "Stopping after this portion" } else { "Re-encrypting to the current members" };
        let passed = self.started.map(|started| started.duration_until(cx.now)).unwrap_or_default();
        let left = relative_time::remaining(passed, done, total)
            .map_or_else(String::new, |left| format!(", {} left", relative_time::span(left)));
        let counts = format!("{done} of {total} objects, {}%{left}", 100 * done / total);
        vec![
            Row::new("", format!("{} {what}", spinner(cx))),
            Row::new("", bar(cx, BAR * done / total, BAR)).style(cx.theme.accent),
            Row::new("", counts),
        ]
    }
}
