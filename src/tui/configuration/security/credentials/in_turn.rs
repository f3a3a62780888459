//! Signs in or tests several credentials one after the other, and shows the result of each at the end.
//!
//! A sign-in is the page of [`Authenticate`], shown in place of the list. If the user leaves it, that credential is
//! skipped, and the list asks before the next sign-in begins, so that no browser opens unexpectedly. Credentials that
//! need no user interaction follow without a question.

mod draw;
mod steps;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use self::steps::{Step, StepResult, Steps};
use super::authenticate::Authenticate;
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::model::credential::{CredentialId, Status};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::BatchAction;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::list::moved;
use crate::tui::widgets::motion_keys;

/// Keys while a test runs.
const RUNNING: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "stop", "Stop after the current one"),
    motion_keys::UP,
    motion_keys::DOWN,
];

/// Keys while waiting to start the next one.
const WAITING: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Continue, "next", "Continue with the next one"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "stop", "Stop after the current one"),
    motion_keys::UP,
    motion_keys::DOWN,
];

/// Keys when all are done.
const DONE: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Back, "close", "Back to the table"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_BACK,
    motion_keys::PAGE_FORWARD,
];

#[derive(Debug)]
pub(crate) struct BatchRun {
    turn: BatchAction,
    steps: Steps,
    /// The row whose text is shown in full below the list.
    selected: usize,
    now: Now,
}

/// The current state.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one on a screen")]
enum Now {
    SigningIn(Authenticate),
    Testing(OperationId),
    /// Waits for a key before the next one starts.
    Waiting,
    Done,
}

impl BatchRun {
    /// Opens the screen and starts with the first credential.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>, turn: BatchAction, ids: &[CredentialId]) -> (Self, Vec<Effect>) {
        let steps = Steps::of(ids.iter().map(|id| {
            let known = cx.snapshot.credentials.by_id(*id);
            Step::new(*id, known.map_or_else(|| id.to_string(), |credential| credential.name.to_string()))
        }));
        let mut page = Self { turn, steps, selected: 0, now: Now::Waiting };
        let effects = page.next(cx);
        (page, effects)
    }

    /// Starts the next credential that can start; without one, all are done.
    fn next(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        while let Some((place, id)) = self.steps.begin_next() {
            self.selected = place;
            if self.turn == BatchAction::Test {
                self.now = Now::Testing(cx.operation);
                return vec![Effect::Work(cx.operation, Operation::Test(id))];
            }
            match Authenticate::start(cx, id) {
                Ok((page, effects)) => {
                    self.now = Now::SigningIn(page);
                    return effects;
                }
                Err(problem) => self.steps.end(StepResult::Failed(problem)),
            }
        }
        self.now = Now::Done;
        Vec::new()
    }

    fn stop(&mut self) -> Vec<Effect> {
        if matches!(self.now, Now::Done) {
            return vec![Effect::Back];
        }
        // A running test counts as skipped, because this screen no longer waits for its result.
        self.steps.end(StepResult::Skipped);
        self.now = Now::Done;
        Vec::new()
    }

    /// Translates the effects of the sign-in page: leaving the page ends this step, not the whole screen.
    fn translate(&mut self, cx: &Context<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        let (mut rest, mut is_left, mut done, mut said) = (Vec::new(), false, false, None);
        for effect in effects {
            match effect {
                Effect::Back | Effect::LeaveSignIn(_) => is_left = true,
                Effect::Authenticated(_) => done = true,
                Effect::Replace(route) => rest.push(Effect::Open(route)),
                Effect::Notice(notice) => said = Some(notice),
                other => rest.push(other),
            }
        }
        let Now::SigningIn(page) = &self.now else { return rest };
        let failure = page.failure().cloned();
        if done {
            self.steps.end(StepResult::Done(said.map(in_words).unwrap_or_default()));
            rest.extend(self.next(cx));
        } else if is_left {
            self.steps.end(failure.map_or(StepResult::Skipped, StepResult::Failed));
            self.now = if self.steps.are_through() { Now::Done } else { Now::Waiting };
        } else if let (Some(problem), true) = (failure, page.runs_alone()) {
            self.steps.end(StepResult::Failed(problem));
            rest.extend(self.next(cx));
        } else {
            rest.extend(said.map(Effect::Notice));
        }
        rest
    }

    fn tested(&mut self, cx: &Context<'_>, result: Result<Outcome, Problem>) -> Vec<Effect> {
        self.steps.end(match result {
            Ok(Outcome::Tested(text)) => StepResult::Done(text),
            Ok(_) => StepResult::Done(String::new()),
            Err(problem) => StepResult::Failed(problem),
        });
        self.next(cx)
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        if let Some(selected) = moved(self.selected, self.steps.len(), cx.size.1.saturating_sub(10), action) {
            self.selected = selected;
            return Vec::new();
        }
        match action {
            Action::Continue => self.next(cx),
            Action::Back => self.stop(),
            _ => Vec::new(),
        }
    }
}

/// The text of a notice.
fn in_words(notice: Notice) -> String {
    match notice {
        Notice::Done(text) | Notice::Refused(text) => text,
        Notice::Failed(problem) => problem.what,
    }
}

impl View for BatchRun {
    fn title(&self, cx: &Context<'_>) -> String {
        let what = if self.turn == BatchAction::Test { "Test" } else { "Authenticate" };
        let place = format!("{what} {} of {}", self.steps.number(), self.steps.len());
        match &self.now {
            Now::SigningIn(page) => format!("{place} > {}", page.title(cx)),
            _ => place,
        }
    }

    fn keys(&self) -> &'static [Key] {
        match &self.now {
            Now::SigningIn(page) => page.keys(),
            Now::Testing(_) => RUNNING,
            Now::Waiting => WAITING,
            Now::Done => DONE,
        }
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let Now::SigningIn(page) = &self.now else { return None };
        let leaves = action == Action::Back && !page.captures_text();
        if leaves { Some(if page.failure().is_some() { "go on" } else { "skip" }) } else { page.hint(cx, action) }
    }

    fn captures_text(&self) -> bool {
        matches!(&self.now, Now::SigningIn(page) if page.captures_text())
    }

    fn takes_paste(&self) -> bool {
        matches!(&self.now, Now::SigningIn(page) if page.takes_paste())
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        if let Now::SigningIn(page) = &self.now { page.refusal(cx, action) } else { None }
    }

    fn redraw_rate(&self) -> RedrawRate {
        match &self.now {
            Now::SigningIn(page) => page.redraw_rate(),
            Now::Testing(_) => RedrawRate::Spinner,
            Now::Waiting | Now::Done => RedrawRate::Still,
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        match &self.now {
            Now::SigningIn(page) => page.waits_for(),
            Now::Testing(id) => Some(*id),
            Now::Waiting | Now::Done => None,
        }
    }

    fn asks_for_credential(&self) -> bool {
        true
    }

    /// A failed sign-in may have been fixed on a screen above this one.
    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let Now::SigningIn(page) = &self.now else { return Vec::new() };
        let status = self.steps.current().and_then(|id| cx.snapshot.credentials.by_id(id));
        let is_repaired = status.is_some_and(|credential| credential.status(cx.now) == Status::Authenticated);
        if page.failure().is_none() || !is_repaired {
            return Vec::new();
        }
        self.steps.end(StepResult::Done("Authenticated.".to_owned()));
        self.next(cx)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if let Now::SigningIn(page) = &mut self.now {
            let effects = page.update(cx, input);
            return self.translate(cx, effects);
        }
        match input {
            Input::Do(action) => self.act(cx, action),
            Input::Scroll(rows) => {
                let last = self.steps.len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
                Vec::new()
            }
            Input::Job(_, JobEvent::Finished(result)) => self.tested(cx, result),
            _ => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        match &self.now {
            Now::SigningIn(page) => page.view(cx, frame, area),
            now => self.steps.view(cx, frame, area, (self.turn, self.selected, matches!(now, Now::Waiting))),
        }
    }
}
