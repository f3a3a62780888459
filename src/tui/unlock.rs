//! Unlock: asks for the passphrase of the vault. Leads to the credentials.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};

use crate::engine::event::{EntryEvent, JobEvent};
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::engine::ops::unlock::{KeyDescription, VaultState};
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::configuration::security::team::waiting::{self, Waiting};
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::overlay::problem_rows;
use crate::tui::route::Route;
use crate::tui::vaults;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, cut, indent, pane, split_top};
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::{gauge, relative_time, spinner};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "unlock", "Unlock the vault"),
    Key::new(&[Press::plain(KeyCode::Tab)], Action::Reveal, "show", "Show or hide what is typed"),
    vaults::OTHER_VAULT,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Quit, "quit", "Quit"),
];

/// Keys after the vault was refused because it is older than the one last seen.
const KEYS_OLDER: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter)],
        Action::Accept,
        "unlock",
        "Unlock the vault (after restoring the newer file)",
    ),
    Key::new(&[Press::ctrl('o')], Action::Restore, "keep older", "Keep using the older vault"),
    Key::new(&[Press::plain(KeyCode::Tab)], Action::Reveal, "show", "Show or hide what is typed"),
    vaults::OTHER_VAULT,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Quit, "quit", "Quit"),
];

/// The keys while this machine waits for an admin.
const KEYS_WAITING: &[Key] = &[waiting::COPY, vaults::OTHER_VAULT, waiting::LEAVE];

/// The passphrase prompt.
#[derive(Debug)]
pub(crate) struct Unlock {
    field: TextField,
    work: Option<OperationId>,
    /// How many objects of a shared vault have been read, and how many there are.
    reading: Option<(usize, usize)>,
    failed: Option<Problem>,
    /// What an admin needs in order to let this machine in, before it can open the vault.
    waiting: Option<Waiting>,
    /// The other vault that is being opened; the passphrase that is typed meanwhile is for that vault.
    opening: Option<String>,
}

impl Default for Unlock {
    fn default() -> Self {
        Self { field: TextField::passphrase(), work: None, reading: None, failed: None, waiting: None, opening: None }
    }
}

impl Unlock {
    /// The prompt for another vault, whose state is not known yet.
    pub(super) fn opening(vault: String) -> Self {
        Self { opening: Some(vault), ..Self::default() }
    }

    /// The same prompt, once the state of that vault is known.
    pub(super) fn opened(self) -> Self {
        Self { opening: None, ..self }
    }

    /// Stops waiting for an admin: cancels the operation and ignores its result.
    fn stop_waiting(&mut self) -> Vec<Effect> {
        let work = self.waiting.take().and_then(|_| self.work.take());
        work.map(|work| Effect::Control(work, Control::Cancel)).into_iter().collect()
    }

    fn is_older(&self) -> bool {
        self.failed.as_ref().is_some_and(|problem| problem.kind == Kind::RolledBack)
    }
}

/// The key file that opens the vault instead of a passphrase.
fn key<'a>(cx: &Context<'a>) -> Option<&'a KeyDescription> {
    match cx.vault {
        VaultState::Locked { key, .. } => key.as_ref(),
        _ => None,
    }
}

impl View for Unlock {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Unlock vault".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        match &self.waiting {
            Some(_) => KEYS_WAITING,
            None if self.is_older() => KEYS_OLDER,
            None => KEYS,
        }
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::SwitchVault => (!vaults::others(cx)).then_some(""),
            Action::Quit => self.reading.is_some().then_some("cancel"),
            _ => None,
        }
    }

    fn captures_text(&self) -> bool {
        self.waiting.is_none()
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept if self.opening.is_some() => Some("the vault is being opened"),
            Action::Accept | Action::Restore if self.work.is_some() => Some("the vault is being unlocked"),
            Action::Restore if self.field.is_empty() => Some("type the passphrase again first"),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.work.is_some() || self.opening.is_some() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Quit) => {
                // The first read of a large vault may take a while, so it can be canceled; later ones use the cache.
                return match (self.work, self.reading) {
                    (Some(work), Some(_)) => vec![Effect::Control(work, Control::Cancel)],
                    _ => vec![Effect::Quit],
                };
            }
            Input::Do(Action::SwitchVault) => {
                let stopped = self.stop_waiting();
                return stopped.into_iter().chain([Effect::Open(Route::Vaults)]).collect();
            }
            Input::Do(Action::Back) => return self.stop_waiting(),
            Input::Do(Action::CopyCode) => return self.waiting.iter().flat_map(Waiting::copy).collect(),
            Input::Job(_, JobEvent::Entry(EntryEvent::Asked(asked))) => {
                self.field.clear();
                (self.waiting, self.reading) = (Some(Waiting::new(*asked)), None);
            }
            Input::Job(_, JobEvent::Entry(event)) => {
                if let Some(waiting) = &mut self.waiting {
                    waiting.told(event);
                }
            }
            Input::Job(_, JobEvent::Reading { done, total }) => self.reading = Some((done, total)),
            Input::Do(Action::Reveal) => self.field.toggle_shown(),
            Input::Do(Action::Accept) => {
                self.failed = None;
                self.work = Some(cx.operation);
                return vec![Effect::Work(cx.operation, Operation::Unlock(Passphrase::from(self.field.secret())))];
            }
            Input::Do(Action::Restore) => {
                self.failed = None;
                self.work = Some(cx.operation);
                return vec![Effect::Work(cx.operation, Operation::Restore(Passphrase::from(self.field.secret())))];
            }
            Input::Text(c) => self.field.insert(c),
            Input::Edit(edit) => self.field.edit(edit),
            Input::Paste(text) => self.field.paste(&text),
            Input::Job(_, JobEvent::Finished(result)) => {
                (self.work, self.reading, self.waiting) = (None, None, None);
                self.field.clear();
                self.failed = result.err();
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        if let Some(waiting) = &self.waiting {
            return waiting.view(cx, frame, area, waiting.status_rows(cx));
        }
        let height = if self.failed.is_some() { 17 } else { 11 } + u16::from(key(cx).is_some());
        let area = centered(area, 66, height);
        let inside = pane(cx.theme, frame, area, "Unlock vault", Line::default());
        let room = usize::from(inside.width).saturating_sub(12);
        let mut about = vec![Row::blank()];
        if let Some(vault) = &self.opening {
            about.push(Row::new("Vault", cut(vault, room)));
            about.push(Row::blank());
        } else if let VaultState::Locked { path, modified, .. } = cx.vault {
            about.push(Row::new("Vault", cut(&path.display().to_string(), room)));
            about.push(Row::new(
                "Modified",
                modified.map_or_else(|| "?".to_owned(), |at| relative_time::instant(cx, at)),
            ));
            about.extend(key(cx).map(|key| Row::new("Opened by", cut(&key.about, room))));
            about.push(Row::blank());
        }
        let rest = rows(cx.theme, frame, inside, 12, &about);
        let (line, rest) = split_top(rest, 1);
        let key = if self.opening.is_some() { None } else { key(cx) };
        if let Some(label) = key.map_or(Some("Passphrase"), |key| key.label) {
            frame.render_widget(Span::styled(label, cx.theme.muted), line);
            self.field.view(cx, frame, indent(line, 12), self.work.is_none());
        }
        let rest = split_top(rest, 1).1;
        if let Some((done, total)) = self.reading {
            let percent = done * 100 / total.max(1);
            let said = format!("{} Reading the team vault: {done} of {total} objects", spinner(cx));
            let bar = format!("{} {percent} %", gauge(cx, percent as u64));
            frame.render_widget(Text::from(vec![Line::from(said), Line::from(bar)]), rest);
            return;
        }
        match (&self.failed, cx.vault) {
            _ if self.opening.is_some() => {
                frame.render_widget(Line::from(format!("{} Opening the vault.", spinner(cx))), rest);
            }
            _ if self.work.is_some() => {
                let how_long = if key.is_some() {
                    "Touch your key, or enter its PIN, when asked."
                } else {
                    "This takes about a second."
                };
                frame.render_widget(Line::from(format!("{} Unlocking. {how_long}", spinner(cx))), rest);
            }
            (Some(problem), _) | (None, VaultState::Unusable(problem)) => {
                problem_rows(cx, problem, frame, rest);
            }
            _ => {}
        }
    }
}
