//! Shows whether the agent runs and what it has done recently; starts, stops, locks and unlocks it.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::agent::command::AgentCommand;
use crate::engine::agent::protocol::Status;
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::route::Route;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::confirm::{ConfirmDialog, Question, yes};
use crate::tui::widgets::fields::{Row, scrolled};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::pane;
use crate::tui::widgets::{relative_time, spinner};

const KEYS: &[Key] = &[
    Key::new(&[Press::char('s')], Action::StartAgent, "start", "Start the agent"),
    Key::new(&[Press::char('l')], Action::LockAgent, "lock", "Lock the agent: it forgets the vault's key"),
    Key::new(&[Press::char('o')], Action::UnlockAgent, "unlock", "Unlock the agent with the passphrase"),
    Key::new(&[Press::char('x')], Action::StopAgent, "stop", "Stop the agent; asks first"),
    Key::new(&[Press::char('r')], Action::Examine, "refresh", "Refresh"),
    motion_keys::SCROLL_DOWN,
    motion_keys::SCROLL_UP,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

const STOP_KEYS: &[Key] = &yes("stop it", "Yes: stop the agent");

/// Width of the labels.
const LABEL: u16 = 14;

/// Longest text from the agent that is shown.
const MAX: usize = 400;

#[derive(Debug)]
pub(crate) struct Agent {
    work: OperationId,
    /// `None` until the agent has responded for the first time.
    known: Option<Result<Option<Status>, Problem>>,
    top: usize,
}

impl Agent {
    /// Opens the screen and requests the status of the agent.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut screen = Self { work: cx.operation, known: None, top: 0 };
        let effects = screen.ask(cx, AgentCommand::Status);
        (screen, effects)
    }

    fn ask(&mut self, cx: &Context<'_>, request: AgentCommand) -> Vec<Effect> {
        self.work = cx.operation;
        vec![Effect::Work(cx.operation, Operation::Agent(request))]
    }

    fn status(&self) -> Option<&Status> {
        self.known.as_ref().and_then(|known| known.as_ref().ok()).and_then(Option::as_ref)
    }

    fn rows(&self, cx: &Context<'_>) -> Vec<Row> {
        match &self.known {
            None => vec![Row::blank(), Row::new("", format!("{} Asking the agent.", spinner(cx)))],
            Some(Err(problem)) => vec![Row::blank(), Row::new("", in_full(problem)).style(cx.theme.danger)],
            Some(Ok(None)) => vec![
                Row::blank(),
                Row::new("", "No agent is running for this vault."),
                Row::blank(),
                Row::new(
                    "",
                    "The agent is a process in the background that keeps the vault unlocked: scripts get tokens from \
                     it at once and without the passphrase, and it renews tokens before they expire.",
                ),
                Row::blank(),
                Row::new("", "Press s to start it."),
            ],
            Some(Ok(Some(status))) => running(cx, status),
        }
    }
}

/// The rows about a running agent, from the status that it reports.
fn running(cx: &Context<'_>, status: &Status) -> Vec<Row> {
    let state = if status.locked {
        Row::new("State", "locked: it hands out no tokens").style(cx.theme.warn)
    } else {
        Row::new("State", "unlocked").style(cx.theme.ok)
    };
    let up = relative_time::span(cx.now.duration_since(status.since));
    let mut text = vec![
        state,
        Row::new("Process", status.pid.to_string()),
        Row::new("Vault", printable(&status.vault, MAX)),
        Row::new("Started", format!("{} ({up} ago)", relative_time::instant(cx, status.since))),
    ];
    if let Some(at) = status.locks_at {
        let left = relative_time::span(cx.now.duration_until(at));
        text.push(Row::new("Locks", format!("{} (in {left}) if idle", relative_time::instant(cx, at))));
        let memory = if status.memory_locked { "kept out of swap" } else { "may be swapped (see ulimit -l)" };
        text.push(Row::new("Memory", memory));
    }
    text.push(Row::new("Tokens", format!("{} issued, {} refreshed early", status.tokens, status.refreshed)));
    text.extend([Row::blank(), Row::new("", "Latest events").style(cx.theme.heading)]);
    if status.events.is_empty() {
        text.push(Row::new("", "None yet.").style(cx.theme.muted));
    }
    let event =
        |(at, said): &(jiff::Timestamp, String)| Row::new(&relative_time::instant(cx, *at), printable(said, MAX));
    text.extend(status.events.iter().rev().map(event));
    text
}

/// Asks for confirmation to stop the agent.
#[must_use]
pub(crate) fn stop() -> ConfirmDialog {
    let lines = [
        "Stop the agent? It finishes its current work first.",
        "",
        "Scripts then open the vault themselves, or fail if they have neither passphrase nor identity file.",
    ];
    ConfirmDialog::new(Question {
        title: "Stop agent",
        lines: lines.map(str::to_owned).to_vec(),
        keys: STOP_KEYS,
        work: Operation::Agent(AgentCommand::Stop),
        done: Some("The agent has stopped.".to_owned()),
        closes_page: false,
    })
}

impl View for Agent {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Agent".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match (action, self.status()) {
            (Action::StartAgent, Some(_)) => Some("The agent is running already."),
            (Action::LockAgent | Action::UnlockAgent | Action::StopAgent, None) => Some("No agent is running."),
            (Action::LockAgent, Some(status)) if status.locked => Some("The agent is locked already."),
            (Action::UnlockAgent, Some(status)) if !status.locked => Some("The agent is unlocked already."),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.known.is_none() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.ask(cx, AgentCommand::Status)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::StartAgent) => return vec![Effect::Open(Route::StartAgent)],
            Input::Do(Action::UnlockAgent) => return vec![Effect::Open(Route::UnlockAgent)],
            Input::Do(Action::StopAgent) => return vec![Effect::Open(Route::StopAgent)],
            Input::Do(Action::LockAgent) => return self.ask(cx, AgentCommand::Lock),
            Input::Do(Action::Examine) => return self.ask(cx, AgentCommand::Status),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Down) | Input::Scroll(1..) => {
                self.top = (self.top + 1).min(self.rows(cx).len().saturating_sub(1));
            }
            Input::Do(Action::Up) | Input::Scroll(_) => self.top = self.top.saturating_sub(1),
            Input::Job(_, JobEvent::Finished(Ok(Outcome::Agent(status)))) => {
                self.known = Some(Ok(status.map(|one| *one)));
            }
            // The agent exited before it could respond.
            Input::Job(_, JobEvent::Finished(Err(problem))) if problem.kind == Kind::NotFound => {
                self.known = Some(Ok(None));
                return vec![Effect::Notice(Notice::Failed(problem))];
            }
            Input::Job(_, JobEvent::Finished(Err(problem))) => self.known = Some(Err(problem)),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Agent", Line::default());
        scrolled(cx.theme, frame, (area, inside), LABEL, &self.rows(cx), self.top);
    }
}
