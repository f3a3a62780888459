//! Export: first the credentials, then the file: a template without secrets, or a file encrypted to a recipient.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::transfer::file::ExportFile;
use crate::model::credential::CredentialId;
use crate::paths;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cut, pane, split_top};
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::{NEXT, PREVIOUS, TextForm};

const LIST_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "next", "Continue with the checked credentials"),
    Key::new(&[Press::char(' ')], Action::Toggle, "check", "Check or uncheck the selected credential"),
    Key::new(&[Press::char('*')], Action::ToggleAll, "all", "Check all credentials, or none"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

const FORM_KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter)],
        Action::Accept,
        "next, export",
        "Next field; on the last one, write the file",
    ),
    Key::new(
        &[Press::ctrl('t')],
        Action::Toggle,
        "with tokens",
        "Include or leave out tokens (encrypted exports only)",
    ),
    NEXT,
    PREVIOUS,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the list of credentials"),
];

/// Width of the labels.
const LABEL: u16 = 12;

const RECIPIENT: usize = 0;
const FILE: usize = 1;

#[derive(Debug)]
pub(crate) struct Export {
    checked: BTreeSet<CredentialId>,
    selected: usize,
    /// The form of the second step; `None` in the first step.
    form: Option<TextForm>,
    with_tokens: bool,
    work: Option<OperationId>,
    failed: Option<Problem>,
}

impl Export {
    #[must_use]
    pub(crate) fn new(checked: &[CredentialId]) -> Self {
        let checked = checked.iter().copied().collect();
        Self { checked, selected: 0, form: None, with_tokens: false, work: None, failed: None }
    }

    /// The checked credentials that still exist, in the order of the vault.
    fn ids(&self, cx: &Context<'_>) -> Vec<CredentialId> {
        let all = cx.snapshot.credentials.list.iter().map(|credential| credential.id);
        all.filter(|id| self.checked.contains(id)).collect()
    }

    fn toggle(&mut self, cx: &Context<'_>) {
        if let Some(credential) = cx.snapshot.credentials.list.get(self.selected)
            && !self.checked.remove(&credential.id)
        {
            self.checked.insert(credential.id);
        }
    }

    fn toggle_all(&mut self, cx: &Context<'_>) {
        let all: BTreeSet<CredentialId> = cx.snapshot.credentials.list.iter().map(|credential| credential.id).collect();
        self.checked = if self.checked.is_superset(&all) { BTreeSet::new() } else { all };
    }

    fn list(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        match action {
            Action::Accept => {
                let fields = vec![("Recipient", TextField::default()), ("File", TextField::default())];
                self.form = Some(TextForm::new(fields));
            }
            Action::Toggle => self.toggle(cx),
            Action::ToggleAll => self.toggle_all(cx),
            Action::Back => return vec![Effect::Back],
            action => {
                let total = cx.snapshot.credentials.list.len();
                let page = cx.size.1.saturating_sub(8);
                self.selected = moved(self.selected, total, page, action).unwrap_or(self.selected);
            }
        }
        Vec::new()
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let ids = self.ids(cx);
        let Some(form) = &mut self.form else { return Vec::new() };
        if form.next() {
            return Vec::new();
        }
        let recipient = Some(form.text(RECIPIENT).to_owned()).filter(|text| !text.is_empty());
        match paths::typed(form.text(FILE)) {
            Ok(path) => {
                let with_tokens = self.with_tokens && recipient.is_some();
                (self.work, self.failed) = (Some(cx.operation), None);
                let file = ExportFile { ids, recipient, with_tokens, path };
                vec![Effect::Work(cx.operation, Operation::Export(Box::new(file)))]
            }
            Err(problem) => {
                self.failed = Some(problem);
                Vec::new()
            }
        }
    }

    fn draw_list(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let all = &cx.snapshot.credentials.list;
        if all.is_empty() {
            rows(cx.theme, frame, area, 0, &[Row::blank(), Row::new("", "The vault has no credentials to export.")]);
            return;
        }
        for (line, at) in area.rows().zip(window(self.selected, all.len(), area.height)) {
            let Some(credential) = all.get(at) else { continue };
            let chosen = at == self.selected;
            let check = if self.checked.contains(&credential.id) { "[x]" } else { "[ ]" };
            let text = format!("{}{check} {}", marker(chosen), credential.name);
            let style = if chosen { cx.theme.selected } else { cx.theme.text };
            frame.render_widget(Line::styled(cut(&text, line.width.into()), style), line);
        }
    }

    /// What the file will contain.
    fn about(&self, cx: &Context<'_>, form: &TextForm) -> Vec<Row> {
        let encrypts = !form.text(RECIPIENT).is_empty();
        let mut text = vec![match (encrypts, self.with_tokens) {
            (false, _) => Row::new(
                "",
                "Without a recipient the file is a template: names, settings and scopes as JSON, no secret. Others \
                 fill in their own.",
            ),
            (true, false) => Row::new(
                "",
                "Encrypted to the recipient (age1…): with client secrets and keys, without tokens. Only the \
                 recipient's key opens the file.",
            ),
            (true, true) => Row::new(
                "",
                "Encrypted to the recipient (age1…): with client secrets, keys and tokens. Stop using these \
                 credentials here once they are imported there: two programs that use one refresh token can invalidate \
                 it.",
            )
            .style(cx.theme.warn),
        }];
        text.push(Row::blank());
        let tokens = match (encrypts, self.with_tokens) {
            (false, _) => "never in a template",
            (true, true) => "with tokens; ctrl-t leaves them out",
            (true, false) => "without tokens; ctrl-t adds them",
        };
        text.push(Row::new("Tokens", tokens));
        text.push(Row::new("Credentials", self.ids(cx).len().to_string()));
        if let Some(problem) = &self.failed {
            text.extend([Row::blank(), Row::new("", in_full(problem)).style(cx.theme.danger)]);
        }
        text
    }
}

impl View for Export {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Export".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.form.is_some() { FORM_KEYS } else { LIST_KEYS }
    }

    fn captures_text(&self) -> bool {
        self.form.is_some()
    }

    fn step(&self) -> Option<&'static str> {
        Some(if self.form.is_some() { "step 2 of 2" } else { "step 1 of 2" })
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept if self.work.is_some() => Some("The file is being written."),
            Action::Accept if self.ids(cx).is_empty() => Some("No credential is checked: press space on one."),
            Action::Toggle | Action::ToggleAll if cx.snapshot.credentials.list.is_empty() => {
                Some("There is no credential.")
            }
            Action::Toggle if self.form.as_ref().is_some_and(|form| form.text(RECIPIENT).is_empty()) => {
                Some("Tokens are exported only to a recipient.")
            }
            _ => None,
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match (input, &mut self.form) {
            (Input::Job(_, JobEvent::Finished(result)), _) => {
                self.work = None;
                match result {
                    Ok(Outcome::Exported(names)) => {
                        let done = format!("Exported {}.", counted(names.len()));
                        return vec![Effect::Back, Effect::Notice(Notice::Done(done))];
                    }
                    Ok(_) => self.failed = Some(Problem::internal("The job returned an unexpected result.")),
                    Err(problem) => self.failed = Some(problem),
                }
            }
            (Input::Do(action), None) => return self.list(cx, action),
            (Input::Scroll(by), None) => return self.list(cx, if by > 0 { Action::Down } else { Action::Up }),
            (Input::Do(Action::Accept), Some(_)) => return self.accept(cx),
            (Input::Do(Action::Toggle), Some(_)) => self.with_tokens = !self.with_tokens,
            (Input::Do(Action::Back), Some(_)) => (self.form, self.failed) = (None, None),
            (input, Some(form)) => {
                let is_edited = form.update(&input);
                self.failed.take_if(|_| is_edited);
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let all = cx.snapshot.credentials.list.len();
        let right = Line::from(format!(" {} of {all} checked ", self.ids(cx).len()));
        let inside = pane(cx.theme, frame, area, "Export", right);
        match &self.form {
            None => self.draw_list(cx, frame, inside),
            Some(form) => {
                let fields = split_top(inside, 1).1;
                let rest = form.view(cx, frame, fields, (LABEL, self.work.is_none()));
                rows(cx.theme, frame, rest, LABEL, &self.about(cx, form));
            }
        }
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 credential".to_owned() } else { format!("{count} credentials") }
}
