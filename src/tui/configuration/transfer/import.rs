//! Imports a file: the form, a preview, consent to the hosts that the file names, then a test of the file's tokens.

mod draw;
mod options;

use std::path::Path;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::engine::ops::transfer::file::{ImportFile, Imports, TrialProgress};
use crate::engine::ops::transfer::{Import as Preview, chosen_places};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::text_form::{CANCEL, NEXT, PREVIOUS, TextForm};

const FORM_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "preview", "Preview the import"),
    NEXT,
    PREVIOUS,
    Key::new(&[Press::ctrl('f')], Action::FindFiles, "find files", "Look for files of other programs on this machine"),
    Key::new(&[Press::ctrl('t')], Action::Reveal, "", "Show or hide the client secret"),
    CANCEL,
];

const PREVIEW_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "import", "Import what is shown"),
    Key::new(&[Press::char('t')], Action::Toggle, "try tokens", "Turn trying the imported refresh tokens on or off"),
    motion_keys::SCROLL_DOWN,
    motion_keys::SCROLL_UP,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the file; nothing is imported"),
];

const CONSENT_KEYS: &[Key] = &[
    Key::new(&[Press::char('y')], Action::Confirm, "import", "Yes: send secrets, codes and tokens there"),
    Key::new(
        &[Press::char('n'), Press::plain(KeyCode::Esc), Press::plain(KeyCode::Enter)],
        Action::Back,
        "no",
        "No: import nothing",
    ),
];

const RUNNING_KEYS: &[Key] = &[Key::new(
    &[Press::plain(KeyCode::Esc)],
    Action::Back,
    "stop",
    "Stop trying tokens; imported credentials are kept",
)];

const DONE_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Esc)], Action::Back, "close", "Close"),
    motion_keys::SCROLL_DOWN,
    motion_keys::SCROLL_UP,
];

#[derive(Debug)]
enum Step {
    Form,
    Reading,
    Preview(Preview),
    /// The file names hosts that need consent.
    Consent(Preview),
    Running(Option<TrialProgress>),
    Done(Imports),
}

#[derive(Debug)]
pub(crate) struct Import {
    form: TextForm,
    step: Step,
    /// The file that the preview shows.
    file: Option<ImportFile>,
    tries_tokens: bool,
    top: usize,
    work: Option<OperationId>,
    failed: Option<Problem>,
}

impl Default for Import {
    fn default() -> Self {
        Self {
            form: options::form(""),
            step: Step::Form,
            file: None,
            tries_tokens: true,
            top: 0,
            work: None,
            failed: None,
        }
    }
}

impl Import {
    /// Opens the screen for a file that was found; shows its preview at once.
    pub(crate) fn of(cx: &Context<'_>, path: &Path) -> (Self, Vec<Effect>) {
        let mut page = Self { form: options::form(&path.display().to_string()), ..Self::default() };
        let effects = page.preview(cx);
        (page, effects)
    }

    fn preview(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        match options::typed(&self.form, self.tries_tokens) {
            Ok(file) => {
                self.file = Some(file.clone());
                (self.step, self.work, self.failed, self.top) = (Step::Reading, Some(cx.operation), None, 0);
                vec![Effect::Work(cx.operation, Operation::PreviewImport(Box::new(file)))]
            }
            Err(problem) => {
                self.failed = Some(problem);
                Vec::new()
            }
        }
    }

    fn import(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let Some(file) = self.file.clone() else { return Vec::new() };
        (self.step, self.work, self.top) = (Step::Running(None), Some(cx.operation), 0);
        let file = ImportFile { tries_tokens: self.tries_tokens, ..file };
        vec![Effect::Work(cx.operation, Operation::Import(Box::new(file)))]
    }

    /// Enter on the preview: asks for consent to the file's hosts first.
    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        match std::mem::replace(&mut self.step, Step::Form) {
            Step::Preview(preview) if !chosen_places(&preview).is_empty() => {
                (self.step, self.top) = (Step::Consent(preview), 0);
                Vec::new()
            }
            _ => self.import(cx),
        }
    }

    fn back(&mut self) -> Vec<Effect> {
        match std::mem::replace(&mut self.step, Step::Form) {
            Step::Form | Step::Done(_) => return vec![Effect::Back],
            Step::Consent(preview) => self.step = Step::Preview(preview),
            Step::Running(trying) => {
                self.step = Step::Running(trying);
                let notice = "Stopped. The token that is being tried is finished first.".to_owned();
                let cancel = self.work.map(|id| Effect::Control(id, Control::Cancel));
                return cancel.into_iter().chain([Effect::Notice(Notice::Done(notice))]).collect();
            }
            Step::Reading | Step::Preview(_) => self.work = None,
        }
        Vec::new()
    }

    fn told(&mut self, event: JobEvent) {
        match event {
            JobEvent::Import(trying) => self.step = Step::Running(Some(trying)),
            JobEvent::Finished(Ok(Outcome::ImportPreview(preview))) => self.step = Step::Preview(*preview),
            JobEvent::Finished(Ok(Outcome::Imported(imports))) => self.step = Step::Done(*imports),
            JobEvent::Finished(Err(problem)) => (self.step, self.failed) = (Step::Form, Some(problem)),
            _ => {}
        }
        if !matches!(self.step, Step::Running(_)) {
            (self.work, self.top) = (None, 0);
        }
    }
}

impl View for Import {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Import".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        match &self.step {
            Step::Form | Step::Reading => FORM_KEYS,
            Step::Preview(_) => PREVIEW_KEYS,
            Step::Consent(_) => CONSENT_KEYS,
            Step::Running(_) => RUNNING_KEYS,
            Step::Done(_) => DONE_KEYS,
        }
    }

    fn captures_text(&self) -> bool {
        matches!(self.step, Step::Form)
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match (&self.step, action) {
            (Step::Reading, Action::Accept) => Some("The file is being read."),
            (Step::Preview(preview), Action::Accept) if preview.imported.is_empty() => {
                Some("Nothing in the file is new.")
            }
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if matches!(self.step, Step::Reading | Step::Running(_)) { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Job(_, event) => self.told(event),
            Input::Do(Action::Back) => return self.back(),
            Input::Do(Action::Accept) if matches!(self.step, Step::Form) => return self.preview(cx),
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::Confirm) => return self.import(cx),
            Input::Do(Action::FindFiles) => return vec![Effect::Open(Route::FoundFiles)],
            Input::Do(Action::Reveal) => self.form.toggle_shown(options::CLIENT_SECRET),
            Input::Do(Action::Toggle) => self.tries_tokens = !self.tries_tokens,
            Input::Do(Action::Down) | Input::Scroll(1..) => {
                self.top = (self.top + 1).min(self.rows(cx).len().saturating_sub(1));
            }
            Input::Do(Action::Up) | Input::Scroll(_) => self.top = self.top.saturating_sub(1),
            input => {
                if self.form.update(&input) {
                    self.failed = None;
                }
            }
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        self.draw(cx, frame, area);
    }
}
