//! A dialog that asks for one or two texts and then starts one operation: its fields, the operation in progress, and
//! its error.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::fields::{Row, height, rows};
use super::pane::{centered, clear, pane, split_top};
use super::spinner;
use super::text_field::TextField;
use super::text_form::TextForm;
use crate::engine::event::Outcome;
use crate::engine::operation::Operation;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::present::in_full;
use crate::tui::view::RedrawRate;

/// Columns of every such dialog.
const WIDTH: u16 = 76;

/// Minimum rows for notes below the fields, so that a note does not move the border.
const BELOW: u16 = 2;

/// What a screen shows around the fields.
#[derive(Debug)]
pub(crate) struct DialogFrame<'a> {
    pub(crate) title: &'a str,
    /// Width of the labels, including those of `above`.
    pub(crate) label: u16,
    /// Rows above the fields.
    pub(crate) above: &'a [Row],
    /// Below the fields, unless an operation is in progress or failed.
    pub(crate) note: Row,
    /// Shown while the operation is in progress.
    pub(crate) busy: &'static str,
}

#[derive(Debug)]
pub(crate) struct FormDialog {
    form: TextForm,
    work: Option<OperationId>,
    failed: Option<Problem>,
}

impl FormDialog {
    pub(crate) fn new(fields: Vec<(&'static str, TextField)>) -> Self {
        Self { form: TextForm::new(fields), work: None, failed: None }
    }

    /// The text of a field that is not masked, trimmed.
    pub(crate) fn text(&self, at: usize) -> &str {
        self.form.text(at)
    }

    /// The text of a field, as a secret.
    pub(crate) fn secret(&self, at: usize) -> Secret {
        self.form.secret(at)
    }

    /// Whether a field is empty.
    pub(crate) fn is_empty(&self, at: usize) -> bool {
        self.form.is_empty(at)
    }

    /// Whether its operation is in progress.
    pub(crate) fn is_busy(&self) -> bool {
        self.work.is_some()
    }

    /// The operation it waits for.
    pub(crate) fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    /// A spinner while the operation is in progress.
    pub(crate) fn redraw_rate(&self) -> RedrawRate {
        if self.is_busy() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    /// Starts the operation.
    pub(crate) fn submit(&mut self, cx: &Context<'_>, work: Operation) -> Vec<Effect> {
        (self.work, self.failed) = (Some(cx.operation), None);
        vec![Effect::Work(cx.operation, work)]
    }

    /// Shows an error about the input.
    pub(crate) fn refuse(&mut self, problem: Problem) {
        self.failed = Some(problem);
    }

    /// Ends the operation: returns its outcome, or shows the problem. Passphrases are cleared either way.
    pub(crate) fn ended(&mut self, result: Result<Outcome, Problem>) -> Option<Outcome> {
        self.work = None;
        self.form.clear_masked();
        match result {
            Ok(outcome) => Some(outcome),
            Err(problem) => {
                self.failed = Some(problem);
                None
            }
        }
    }

    /// Types into the fields, unless the operation is in progress.
    pub(crate) fn typed(&mut self, input: &Input) {
        if self.work.is_none() && self.form.update(input) {
            self.failed = None;
        }
    }

    /// Draws it over the screen.
    pub(crate) fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, around: DialogFrame<'_>) {
        let below = match (&self.failed, self.work) {
            (_, Some(_)) => Row::new("", format!("{} {}", spinner(cx), around.busy)),
            (Some(problem), _) => Row::new("", in_full(problem)).style(cx.theme.danger),
            (None, None) => around.note,
        };
        let below = [below];
        let room = Rect { width: area.width.min(WIDTH).saturating_sub(4), ..area };
        let needed = height(room, around.label, around.above)
            .saturating_add(self.form.rows())
            .saturating_add(height(room, 0, &below).max(BELOW));
        // Two rows of frame, and a blank one at the top.
        let area = centered(area, WIDTH, needed.saturating_add(3));
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, around.title, Line::default());
        let rest = rows(cx.theme, frame, split_top(inside, 1).1, around.label, around.above);
        let rest = self.form.view(cx, frame, rest, (around.label, self.work.is_none()));
        rows(cx.theme, frame, rest, 0, &below);
    }
}
