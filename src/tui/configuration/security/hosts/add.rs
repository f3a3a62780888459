//! Adds a host: its name and the file for its key; then shows what to do on that host.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::hosts::AddedHost;
use crate::paths;
use crate::printable::{printable, shell_word};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{pane, split_top};
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::{CANCEL, NEXT, PREVIOUS, TextForm};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "next, add", "Next field; on the last one, add the host"),
    NEXT,
    PREVIOUS,
    CANCEL,
];

const DONE_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the hosts")];

/// Width of the labels.
const LABEL: u16 = 12;

const NAME: usize = 0;
const FILE: usize = 1;

/// The screen: first the form, then the result.
#[derive(Debug)]
pub(crate) struct AddHost {
    form: TextForm,
    work: Option<OperationId>,
    failed: Option<Problem>,
    added: Option<AddedHost>,
}

impl Default for AddHost {
    fn default() -> Self {
        let form = TextForm::new(vec![("Name", TextField::default()), ("File", TextField::default())]);
        Self { form, work: None, failed: None, added: None }
    }
}

impl AddHost {
    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.form.next() {
            return Vec::new();
        }
        match paths::typed(self.form.text(FILE)) {
            Ok(key_file) => {
                (self.work, self.failed) = (Some(cx.operation), None);
                let name = self.form.text(NAME).to_owned();
                vec![Effect::Work(cx.operation, Operation::AddHost { name, key_file })]
            }
            Err(problem) => {
                self.failed = Some(problem);
                Vec::new()
            }
        }
    }

    fn text(&self, cx: &Context<'_>) -> Vec<Row> {
        if let Some(problem) = &self.failed {
            return vec![Row::new("", in_full(problem)).style(cx.theme.danger)];
        }
        let row = |text: &str| Row::new("", text);
        vec![
            row(
                "Credenza makes a new key and writes it to the identity file, which must not exist yet. Copy that file \
                 to the host over a safe channel (scp), and delete it here.",
            ),
            Row::blank(),
            row("Anyone who can read the identity file can read and change the whole vault.").style(cx.theme.warn),
        ]
    }
}

/// The result, with the remaining steps on the host.
fn done(cx: &Context<'_>, added: &AddedHost) -> Vec<Row> {
    let file = printable(&added.key_file.display().to_string(), 400);
    let mut text = vec![
        Row::blank(),
        Row::new("", format!("\"{}\" opens the vault now.", printable(&added.host.name, 100))).style(cx.theme.ok),
        Row::blank(),
        Row::new("File", file.clone()),
        Row::new("Public key", added.host.recipient.clone()),
        Row::blank(),
        Row::new("", "Keep the identity file on that host only. On that host, run:"),
        Row::new("", format!("  credenza --identity-file {} token NAME", shell_word(&file))).style(cx.theme.accent),
    ];
    text.extend(added.note.iter().flat_map(|note| [Row::blank(), Row::new("", note.clone()).style(cx.theme.warn)]));
    text
}

impl View for AddHost {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Add host".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.added.is_some() { DONE_KEYS } else { KEYS }
    }

    fn captures_text(&self) -> bool {
        self.added.is_none()
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::Accept && self.work.is_some()).then_some("The host is being added.")
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Job(_, JobEvent::Finished(result)) => {
                self.work = None;
                match result {
                    Ok(Outcome::HostAdded(added)) => self.added = Some(*added),
                    Ok(_) => self.failed = Some(Problem::internal("The job returned an unexpected result.")),
                    Err(problem) => self.failed = Some(problem),
                }
            }
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
        if let Some(added) = &self.added {
            rows(cx.theme, frame, inside, LABEL, &done(cx, added));
            return;
        }
        let fields = split_top(inside, 1).1;
        let rest = self.form.view(cx, frame, fields, (LABEL, self.work.is_none()));
        rows(cx.theme, frame, rest, 0, &self.text(cx));
    }
}
