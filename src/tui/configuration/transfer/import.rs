//! Import: which file, what would come in, consent to the places the file names, then the tokens that came along.

mod draw;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::engine::ops::transfer::file::{ImportFile, Imports, Trying};
use crate::engine::ops::transfer::{Import as Preview, Placing, chosen_places};
use crate::paths;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::view::{Motion, View};
use crate::tui::widgets::moves;
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::{CANCEL, NEXT, PREVIOUS, TextForm};

const FORM_KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter)],
        Action::Accept,
        "next, preview",
        "To the next field; on the last one: show what would come in",
    ),
    NEXT,
    PREVIOUS,
    CANCEL,
];

const PREVIEW_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "import", "Import what is shown"),
    Key::new(&[Press::char('t')], Action::Toggle, "try tokens", "Try the refresh tokens that come along, or not"),
    moves::SCROLL_DOWN,
    moves::SCROLL_UP,
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

const RUNNING_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "stop", "Try no further tokens; what came in stays")];

const DONE_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Esc)], Action::Back, "close", "Close"),
    moves::SCROLL_DOWN,
    moves::SCROLL_UP,
];

const FILE: usize = 0;
const KEY_FILE: usize = 1;
const INTEGRATION: usize = 2;
const ENTRIES: usize = 3;

/// Where the person is.
#[derive(Debug)]
enum Step {
    Form,
    Reading,
    Preview(Preview),
    /// The file names places that need consent.
    Consent(Preview),
    Running(Option<Trying>),
    Done(Imports),
}

/// The screen.
#[derive(Debug)]
pub struct Import {
    form: TextForm,
    step: Step,
    /// What the preview is of.
    file: Option<ImportFile>,
    tries_tokens: bool,
    top: usize,
    work: Option<FlowId>,
    failed: Option<Problem>,
}

impl Default for Import {
    fn default() -> Self {
        let fields = ["File", "Key file", "Integration", "Entries"].map(|label| (label, TextField::default()));
        Self {
            form: TextForm::new(fields.into_iter().collect()),
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
    /// What was typed, as a file to import.
    fn typed(&self) -> Result<ImportFile, Problem> {
        let text = |at| Some(self.form.text(at)).filter(|text| !text.is_empty());
        let key_file = text(KEY_FILE).map(paths::typed).transpose()?;
        let only = text(ENTRIES).map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
        let placing = Placing {
            integration: text(INTEGRATION).map(str::to_owned),
            only: only.unwrap_or_default(),
            ..Placing::default()
        };
        let path = paths::typed(self.form.text(FILE))?;
        Ok(ImportFile { path, key_file, placing, tries_tokens: self.tries_tokens })
    }

    fn preview(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.form.next() {
            return Vec::new();
        }
        match self.typed() {
            Ok(file) => {
                self.file = Some(file.clone());
                (self.step, self.work, self.failed, self.top) = (Step::Reading, Some(cx.flow), None, 0);
                vec![Effect::Work(cx.flow, Operation::PreviewImport(Box::new(file)))]
            }
            Err(problem) => {
                self.failed = Some(problem);
                Vec::new()
            }
        }
    }

    fn import(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let Some(file) = self.file.clone() else { return Vec::new() };
        (self.step, self.work, self.top) = (Step::Running(None), Some(cx.flow), 0);
        let file = ImportFile { tries_tokens: self.tries_tokens, ..file };
        vec![Effect::Work(cx.flow, Operation::Import(Box::new(file)))]
    }

    /// Enter on the preview: the places of the file are asked about first.
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
                let notice = "No further token is tried. The one under way is finished.".to_owned();
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

    fn motion(&self) -> Motion {
        if matches!(self.step, Step::Reading | Step::Running(_)) { Motion::Spinner } else { Motion::Still }
    }

    fn waits_for(&self) -> Option<FlowId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Flow(_, event) => self.told(event),
            Input::Do(Action::Back) => return self.back(),
            Input::Do(Action::Accept) if matches!(self.step, Step::Form) => return self.preview(cx),
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::Confirm) => return self.import(cx),
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
