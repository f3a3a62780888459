//! The passphrase dialog that starts or unlocks the agent.

use std::time::Duration;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::engine::agent::command::AgentCommand;
use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::form_dialog::{DialogFrame, FormDialog};
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::{CANCEL, NEXT, PREVIOUS};

const START_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "start", "Start the agent"), NEXT, PREVIOUS, CANCEL];

const UNLOCK_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "unlock", "Unlock the agent"), CANCEL];

/// Width of the labels.
const LABEL: u16 = 12;

const PASSPHRASE: usize = 0;
const LOCK_AFTER: usize = 1;

#[derive(Debug)]
pub(crate) struct UnlockAgent {
    starts: bool,
    dialog: FormDialog,
}

impl UnlockAgent {
    #[must_use]
    pub(crate) fn start() -> Self {
        let fields = vec![("Passphrase", TextField::passphrase()), ("Lock after", TextField::new("8h"))];
        Self { starts: true, dialog: FormDialog::new(fields) }
    }

    /// The dialog that unlocks a running agent.
    #[must_use]
    pub(crate) fn unlock() -> Self {
        let fields = vec![("Passphrase", TextField::passphrase())];
        Self { starts: false, dialog: FormDialog::new(fields) }
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let passphrase = Passphrase::from(self.dialog.secret(PASSPHRASE));
        let request = if self.starts {
            let lock_after = match time(self.dialog.text(LOCK_AFTER)) {
                Ok(time) => time,
                Err(problem) => {
                    self.dialog.refuse(problem);
                    return Vec::new();
                }
            };
            let passphrase = Some(passphrase).filter(|_| !self.dialog.is_empty(PASSPHRASE));
            AgentCommand::Start { passphrase, lock_after: Some(lock_after) }
        } else {
            AgentCommand::Unlock(passphrase)
        };
        self.dialog.submit(cx, Operation::Agent(request))
    }
}

/// Parses a duration such as "8h" or "90s": at least one second, at most 30 days.
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
            Action::Accept if self.dialog.is_busy() => Some("The agent is being asked."),
            Action::Accept if !self.starts && self.dialog.is_empty(PASSPHRASE) => Some("Type the passphrase."),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        self.dialog.redraw_rate()
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.dialog.waits_for()
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Job(_, JobEvent::Finished(result)) => {
                if self.dialog.ended(result).is_some() {
                    let done = if self.starts { "The agent is running." } else { "The agent is unlocked." };
                    return vec![Effect::Back, Effect::Notice(Notice::Done(done.to_owned()))];
                }
            }
            input => self.dialog.typed(&input),
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let note = if self.starts {
            "With an empty passphrase it starts locked. It locks itself when nobody has asked for a token for the time \
             above."
        } else {
            "The agent opens the vault and hands out tokens again."
        };
        let note = Row::new("", note).style(cx.theme.muted);
        let (title, busy) = (self.title(cx), "Opening the vault. This takes some seconds.");
        self.dialog.view(cx, frame, area, DialogFrame { title: &title, label: LABEL, above: &[], note, busy });
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
