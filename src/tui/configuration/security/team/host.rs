//! Adds a host: its name, the file for its key and the credentials it may read; then shows what to do on that host.

use std::path::PathBuf;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::encrypting::Encrypting;
use super::labels;
use crate::engine::event::{JobEvent, Outcome, TeamOutcome};
use crate::engine::operation::TeamOperation;
use crate::engine::ops::team::Member;
use crate::model::credential::CredentialId;
use crate::paths;
use crate::printable::{printable, shell_word};
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{pane, split_top};
use crate::tui::widgets::picker::{Item, Picker, PickerResult};
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::{CANCEL, NEXT, PREVIOUS, TextForm};

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter)],
        Action::Accept,
        "next",
        "Next field; after the last one, the credentials",
    ),
    NEXT,
    PREVIOUS,
    CANCEL,
];

const RUNNING_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "stop", "Stop; Team > f finishes the rest later")];

const DONE_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the team")];

/// Width of the labels.
const LABEL: u16 = 12;

const NAME: usize = 0;
const FILE: usize = 1;

/// The screen: first the form, then the result.
#[derive(Debug)]
pub(crate) struct AddTeamHost {
    form: TextForm,
    picker: Option<Picker>,
    /// The file name that was entered, as a path.
    key_file: PathBuf,
    encrypting: Encrypting,
    failed: Option<Problem>,
    added: Option<Member>,
}

impl Default for AddTeamHost {
    fn default() -> Self {
        let form = TextForm::new(vec![("Name", TextField::default()), ("File", TextField::default())]);
        let (key_file, encrypting) = (PathBuf::new(), Encrypting::default());
        Self { form, picker: None, key_file, encrypting, failed: None, added: None }
    }
}

impl AddTeamHost {
    /// Enter moves through the fields, then to the credentials.
    fn accept(&mut self, cx: &Context<'_>) {
        if self.form.next() {
            return;
        }
        match paths::typed(self.form.text(FILE)) {
            Ok(key_file) => {
                (self.key_file, self.failed) = (key_file, None);
                self.picker = Some(credentials(cx));
            }
            Err(problem) => self.failed = Some(problem),
        }
    }

    fn picked(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let Some(picker) = &mut self.picker else { return Vec::new() };
        match picker.update(cx, input) {
            PickerResult::Values(values) => {
                self.picker = None;
                let credentials: Vec<CredentialId> = values.iter().filter_map(|value| value.parse().ok()).collect();
                if credentials.is_empty() {
                    let problem = Problem::new(Kind::Usage, "A host needs at least one credential.");
                    self.failed = Some(problem.try_this("Press enter, and check those it reads with space."));
                    return Vec::new();
                }
                let (name, key_file) = (self.form.text(NAME).to_owned(), self.key_file.clone());
                return self.encrypting.begin(cx, TeamOperation::AddHost { name, credentials, key_file });
            }
            PickerResult::Left => self.picker = None,
            PickerResult::Nothing | PickerResult::Typed(_) => {}
        }
        Vec::new()
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) {
        self.encrypting.ended();
        match result {
            Ok(Outcome::Team(TeamOutcome::Added(host))) => self.added = Some(*host),
            Ok(_) => self.failed = Some(Problem::internal("The job returned an unexpected result.")),
            Err(problem) => self.failed = Some(problem),
        }
    }

    fn text(&self, cx: &Context<'_>) -> Vec<Row> {
        if self.encrypting.is_running() {
            return self.encrypting.rows(cx, "Saving the list of members.");
        }
        if let Some(problem) = &self.failed {
            return vec![Row::new("", in_full(problem)).style(cx.theme.danger)];
        }
        vec![
            Row::new(
                "",
                "Credenza makes a new key and writes it to the identity file, which must not exist yet. Next you \
                 choose the credentials that the host reads; it reads no others.",
            ),
            Row::blank(),
            Row::new("", "Anyone who can read the identity file can read those credentials.").style(cx.theme.warn),
        ]
    }

    /// The result, with the remaining steps on the host.
    fn done(&self, cx: &Context<'_>, host: &Member) -> Vec<Row> {
        let file = printable(&self.key_file.display().to_string(), 400);
        let mut text = vec![
            Row::blank(),
            Row::new("", format!("\"{}\" reads {} now.", host.name, labels::reads(host))).style(cx.theme.ok),
            Row::blank(),
            Row::new("File", file.clone()),
            Row::new("Reads", labels::reads_in_full(cx, host)),
            Row::blank(),
            Row::new(
                "",
                "Move the identity file to that host and keep it there only. The host needs access to the store, too.",
            ),
            Row::new("", "On that host, run:"),
            Row::new("", format!("  credenza --identity-file {} token NAME", shell_word(&file))).style(cx.theme.accent),
        ];
        if self.encrypting.is_incomplete() {
            let rest = "The re-encryption was stopped: press f in Team to finish it.";
            text.extend([Row::blank(), Row::new("", rest).style(cx.theme.warn)]);
        }
        text
    }
}

/// All credentials, none of them selected.
fn credentials(cx: &Context<'_>) -> Picker {
    let item = |one: &crate::model::credential::Credential| Item {
        value: one.id.to_string(),
        text: cx.tally.credentials_alike.label(one.id, &one.name),
        beside: one.details.owner.clone(),
        words: one.provider.clone(),
        ..Item::default()
    };
    Picker::several("Credentials it reads", cx.snapshot.credentials.list.iter().map(|one| item(one)).collect())
}

impl View for AddTeamHost {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Team > Add host".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        match &self.picker {
            Some(picker) => picker.keys(),
            None if self.encrypting.is_running() => RUNNING_KEYS,
            None if self.added.is_some() => DONE_KEYS,
            None => KEYS,
        }
    }

    fn captures_text(&self) -> bool {
        self.added.is_none() && !self.encrypting.is_running()
    }

    fn redraw_rate(&self) -> RedrawRate {
        self.encrypting.redraw_rate()
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.encrypting.waits_for()
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        self.encrypting.is_running().then(|| "Records are being re-encrypted. Press esc to stop.".to_owned())
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Job(_, JobEvent::Encrypting(done, total)) => self.encrypting.counted(cx.now, done, total),
            Input::Job(_, JobEvent::Finished(result)) => self.finished(result),
            Input::Job(..) => {}
            input if self.picker.is_some() => return self.picked(cx, input),
            Input::Do(Action::Back) if self.encrypting.is_running() => return self.encrypting.stop(),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Accept) => self.accept(cx),
            input => {
                if self.form.update(&input) {
                    self.failed = None;
                }
            }
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Add host", Line::default());
        if let Some(host) = &self.added {
            rows(cx.theme, frame, inside, LABEL, &self.done(cx, host));
            return;
        }
        let fields = split_top(inside, 1).1;
        let rest = self.form.view(cx, frame, fields, (LABEL, !self.encrypting.is_running()));
        rows(cx.theme, frame, rest, 0, &self.text(cx));
        if let Some(picker) = &self.picker {
            picker.draw(cx, frame, area);
        }
    }
}
