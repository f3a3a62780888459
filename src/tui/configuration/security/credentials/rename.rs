//! A new name: for the same credential, or for a copy of it without tokens.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::credential::{Credential, CredentialId, Name};
use crate::problem::Problem;
use crate::service::credentials;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice, Work};
use crate::tui::input::{FlowEvent, Input, Outcome};
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, clear, indent, pane, split_top};
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] = &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "save", "Save the name")];

/// The dialog.
#[derive(Debug)]
pub struct Rename {
    id: CredentialId,
    from: Name,
    copy: bool,
    field: TextField,
    work: Option<FlowId>,
    failed: Option<Problem>,
}

impl Rename {
    /// For the same credential.
    ///
    /// # Errors
    /// NotFound when it is gone.
    pub fn new(cx: &Context<'_>, id: CredentialId) -> Result<Self, Problem> {
        let credential = super::present(cx, id)?;
        Ok(Self::with(credential, credential.name.as_str(), false))
    }

    /// For a copy.
    ///
    /// # Errors
    /// NotFound when it is gone.
    pub fn duplicate(cx: &Context<'_>, id: CredentialId) -> Result<Self, Problem> {
        let credential = super::present(cx, id)?;
        let name = format!("{} Updated", credential.name);
        Ok(Self::with(credential, &name, true))
    }

    fn with(credential: &Credential, name: &str, copy: bool) -> Self {
        let (id, from) = (credential.id, credential.name.clone());
        Self { id, from, copy, field: TextField::new(name), work: None, failed: None }
    }

    /// What is wrong with the name as it stands, if something is.
    fn fault(&self, cx: &Context<'_>) -> Option<String> {
        let name = match credentials::name(self.field.text()) {
            Ok(name) => name,
            Err(problem) => return Some(problem.what),
        };
        let except = (!self.copy).then_some(self.id);
        cx.snapshot.credentials.has_name(&name, except).then(|| format!("The name \"{name}\" is taken."))
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.fault(cx).is_some() {
            return Vec::new();
        }
        self.work = Some(cx.flow);
        let name = self.field.text().trim().to_owned();
        let work = if self.copy { Work::Duplicate(self.id, name) } else { Work::Rename(self.id, name) };
        vec![Effect::Work(cx.flow, work)]
    }
}

impl View for Rename {
    fn title(&self, _cx: &Context<'_>) -> String {
        if self.copy { "Duplicate" } else { "Rename" }.to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept if self.work.is_some() => Some("it is being saved"),
            Action::Accept if self.fault(cx).is_some() => Some("the name cannot be used yet: see below the field"),
            _ => None,
        }
    }

    fn waits_for(&self) -> Option<FlowId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Text(c) => self.field.insert(c),
            Input::Edit(edit) => self.field.edit(edit),
            Input::Paste(text) => self.field.paste(&text),
            Input::Flow(_, FlowEvent::Finished(result)) => {
                self.work = None;
                match result {
                    Ok(Outcome::Added(id)) => {
                        let done = format!("Copied \"{}\" without its tokens: a authenticates the copy.", self.from);
                        let route = crate::tui::route::Route::Details(id);
                        return vec![Effect::Replace(route), Effect::Notice(Notice::Done(done))];
                    }
                    Ok(_) => {
                        let done = format!("Renamed \"{}\". u undoes.", self.from);
                        return vec![Effect::Back, Effect::Notice(Notice::Done(done))];
                    }
                    Err(problem) => self.failed = Some(problem),
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let area = centered(area, 70, 9);
        clear(frame, area);
        let title = if self.copy { "Duplicate under a new name" } else { "Rename" };
        let inside = pane(cx.theme, frame, area, title, Line::default());
        let before = [Row::blank(), Row::new("Was", self.from.to_string())];
        let (line, rest) = split_top(rows(cx.theme, frame, inside, 8, &before), 1);
        frame.render_widget(Span::styled("Name", cx.theme.muted), line);
        self.field.view(cx, frame, indent(line, 8), true);
        let (text, style) = match (&self.failed, self.fault(cx)) {
            (Some(problem), _) => (problem.to_string(), cx.theme.danger),
            (None, Some(fault)) => (fault, cx.theme.warn),
            (None, None) if self.copy => {
                ("Client, domain and scopes are copied; tokens are not. The original stays.".to_owned(), cx.theme.muted)
            }
            (None, None) => {
                ("Tokens and history stay. Scripts use the new name from now on.".to_owned(), cx.theme.muted)
            }
        };
        rows(cx.theme, frame, split_top(rest, 1).1, 0, &[Row::new("", text).style(style)]);
    }
}
