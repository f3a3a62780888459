//! Unlock: the passphrase of the vault. Leaves to the credentials.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::engine::ops::unlock::VaultState;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::overlay::problem_rows;
use crate::tui::view::{Motion, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, cut, indent, pane, split_top};
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::{spinner, when};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "unlock", "Unlock the vault"),
    Key::new(&[Press::plain(KeyCode::Tab)], Action::Reveal, "show", "Show or hide what is typed"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Quit, "quit", "Quit"),
];

/// The same after the vault was refused for being older than what was seen.
const KEYS_OLDER: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter)],
        Action::Accept,
        "unlock",
        "Unlock the vault (after restoring the newer file)",
    ),
    Key::new(&[Press::ctrl('o')], Action::Restore, "keep older", "Keep using the older vault"),
    Key::new(&[Press::plain(KeyCode::Tab)], Action::Reveal, "show", "Show or hide what is typed"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Quit, "quit", "Quit"),
];

/// The prompt.
#[derive(Debug)]
pub struct Unlock {
    field: TextField,
    work: Option<FlowId>,
    failed: Option<Problem>,
}

impl Default for Unlock {
    fn default() -> Self {
        Self { field: TextField::passphrase(), work: None, failed: None }
    }
}

impl Unlock {
    fn is_older(&self) -> bool {
        self.failed.as_ref().is_some_and(|problem| problem.kind == Kind::RolledBack)
    }
}

impl View for Unlock {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Unlock vault".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.is_older() { KEYS_OLDER } else { KEYS }
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept | Action::Restore if self.work.is_some() => Some("the vault is being unlocked"),
            Action::Restore if self.field.is_empty() => Some("type the passphrase again first"),
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
            Input::Do(Action::Quit) => return vec![Effect::Quit],
            Input::Do(Action::Reveal) => self.field.toggle_shown(),
            Input::Do(Action::Accept) => {
                self.failed = None;
                self.work = Some(cx.flow);
                return vec![Effect::Work(cx.flow, Operation::Unlock(Passphrase::from(self.field.secret())))];
            }
            Input::Do(Action::Restore) => {
                self.failed = None;
                self.work = Some(cx.flow);
                return vec![Effect::Work(cx.flow, Operation::Restore(Passphrase::from(self.field.secret())))];
            }
            Input::Text(c) => self.field.insert(c),
            Input::Edit(edit) => self.field.edit(edit),
            Input::Paste(text) => self.field.paste(&text),
            Input::Flow(_, JobEvent::Finished(result)) => {
                self.work = None;
                self.field.clear();
                self.failed = result.err();
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let area = centered(area, 66, if self.failed.is_some() { 17 } else { 11 });
        let inside = pane(cx.theme, frame, area, "Unlock vault", Line::default());
        let room = usize::from(inside.width).saturating_sub(12);
        let about = match cx.vault {
            VaultState::Locked { path, modified, .. } => vec![
                Row::blank(),
                Row::new("Vault", cut(&path.display().to_string(), room)),
                Row::new("Modified", modified.map_or_else(|| "?".to_owned(), |at| when::instant(cx, at))),
                Row::blank(),
            ],
            _ => vec![Row::blank()],
        };
        let rest = rows(cx.theme, frame, inside, 12, &about);
        let (line, rest) = split_top(rest, 1);
        frame.render_widget(Span::styled("Passphrase", cx.theme.muted), line);
        self.field.view(cx, frame, indent(line, 12), self.work.is_none());
        let rest = split_top(rest, 1).1;
        match (&self.failed, cx.vault) {
            _ if self.work.is_some() => {
                frame.render_widget(Line::from(format!("{} Unlocking. This takes about a second.", spinner(cx))), rest);
            }
            (Some(problem), _) | (None, VaultState::Unusable(problem)) => {
                problem_rows(cx, problem, frame, rest);
            }
            _ => {}
        }
    }
}
