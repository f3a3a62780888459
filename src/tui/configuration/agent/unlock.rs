//! The dialog that takes the passphrase for the agent: to start it, or to unlock it.

use std::time::Duration;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::agent::requests::Request;
use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{Motion, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, clear, pane, split_top};
use crate::tui::widgets::spinner;
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::{CANCEL, NEXT, PREVIOUS, TextForm};

const START_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "start", "Start the agent"), NEXT, PREVIOUS, CANCEL];

const UNLOCK_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "unlock", "Unlock the agent"), CANCEL];

/// Size of the dialog, and the columns of its labels.
const SIZE: (u16, u16) = (74, 12);
const LABEL: u16 = 12;

const PASSPHRASE: usize = 0;
const LOCK_AFTER: usize = 1;

/// The dialog.
#[derive(Debug)]
pub struct UnlockAgent {
    starts: bool,
    form: TextForm,
    work: Option<FlowId>,
    failed: Option<Problem>,
}

impl UnlockAgent {
    /// To start the agent.
    #[must_use]
    pub fn start() -> Self {
        let fields = vec![("Passphrase", TextField::passphrase()), ("Lock after", TextField::new("8h"))];
        Self { starts: true, form: TextForm::new(fields), work: None, failed: None }
    }

    /// To unlock the agent that runs.
    #[must_use]
    pub fn unlock() -> Self {
        let fields = vec![("Passphrase", TextField::passphrase())];
        Self { starts: false, form: TextForm::new(fields), work: None, failed: None }
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let passphrase = Passphrase::from(self.form.secret(PASSPHRASE));
        let request = if self.starts {
            let lock_after = match time(self.form.text(LOCK_AFTER)) {
                Ok(time) => time,
                Err(problem) => {
                    self.failed = Some(problem);
                    return Vec::new();
                }
            };
            let passphrase = Some(passphrase).filter(|_| !self.form.is_empty(PASSPHRASE));
            Request::Start { passphrase, lock_after: Some(lock_after) }
        } else {
            Request::Unlock(passphrase)
        };
        (self.work, self.failed) = (Some(cx.flow), None);
        vec![Effect::Work(cx.flow, Operation::Agent(request))]
    }
}

/// "8h", "90s": at least a second, at most 30 days.
fn time(text: &str) -> Result<Duration, Problem> {
    let parsed: Option<jiff::SignedDuration> = text.parse().ok();
    let time = parsed.and_then(|time| Duration::try_from(time).ok());
    time.filter(|time| (1..=30 * 86_400).contains(&time.as_secs())).ok_or_else(|| {
        Problem::new(Kind::Usage, format!("\"{text}\" is not a time for the lock."))
            .try_this("Write 90s, 30m or 8h: from 1 second to 30 days.")
    })
}

impl View for UnlockAgent {
    fn title(&self, _cx: &Context<'_>) -> String {
        if self.starts { "Start agent" } else { "Unlock agent" }.to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.starts { START_KEYS } else { UNLOCK_KEYS }
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept if self.work.is_some() => Some("The agent is being asked."),
            Action::Accept if !self.starts && self.form.is_empty(PASSPHRASE) => Some("Type the passphrase."),
            _ => None,
        }
    }

    fn motion(&self) -> Motion {
        if self.work.is_some() { Motion::Spinner } else { Motion::Still }
    }

    fn waits_for(&self) -> Option<FlowId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Flow(_, JobEvent::Finished(Ok(_))) => {
                let done = if self.starts { "The agent is running." } else { "The agent is unlocked." };
                return vec![Effect::Back, Effect::Notice(Notice::Done(done.to_owned()))];
            }
            Input::Flow(_, JobEvent::Finished(Err(problem))) => {
                (self.work, self.failed) = (None, Some(problem));
                self.form.clear(PASSPHRASE);
            }
            input if self.work.is_none() && self.form.update(&input) => self.failed = None,
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let area = centered(area, SIZE.0, SIZE.1);
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, &self.title(cx), Line::default());
        let rest = self.form.view(cx, frame, split_top(inside, 1).1, (LABEL, self.work.is_none()));
        let text = match (&self.failed, self.work) {
            (_, Some(_)) => Row::new("", format!("{} Opening the vault. This takes some seconds.", spinner(cx))),
            (Some(problem), _) => Row::new("", in_full(problem)).style(cx.theme.danger),
            (None, None) if self.starts => Row::new(
                "",
                "With an empty passphrase it starts locked. It locks itself when nobody has asked for a token for the \
                 time above.",
            )
            .style(cx.theme.muted),
            (None, None) => Row::new("", "The agent opens the vault and hands out tokens again.").style(cx.theme.muted),
        };
        rows(cx.theme, frame, rest, 0, &[text]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_for_the_lock_is_bounded() {
        assert_eq!(time("8h").unwrap(), Duration::from_secs(8 * 3_600));
        for text in ["", "0s", "soon", "31d", "-5m"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
