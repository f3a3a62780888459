//! A new name: for the same integration, or for a copy of it.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::credential;
use crate::integration::{Integration, IntegrationId};
use crate::problem::Problem;
use crate::service::credentials;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice, Work};
use crate::tui::input::{FlowEvent, Input, Outcome};
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, clear, indent, pane, split_top};
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] = &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "save", "Save the name")];

/// The dialog.
#[derive(Debug)]
pub struct Name {
    id: IntegrationId,
    from: credential::Name,
    copy: bool,
    field: TextField,
    work: Option<FlowId>,
    failed: Option<Problem>,
}

impl Name {
    /// For the same integration.
    ///
    /// # Errors
    /// NotFound when it is gone.
    pub fn rename(cx: &Context<'_>, id: IntegrationId) -> Result<Self, Problem> {
        let one = super::present(cx, id)?;
        Ok(Self::with(one, one.name.as_str(), false))
    }

    /// For a copy.
    ///
    /// # Errors
    /// NotFound when it is gone.
    pub fn duplicate(cx: &Context<'_>, id: IntegrationId) -> Result<Self, Problem> {
        let one = super::present(cx, id)?;
        Ok(Self::with(one, &format!("{} copy", one.name), true))
    }

    fn with(one: &Integration, name: &str, copy: bool) -> Self {
        Self { id: one.id, from: one.name.clone(), copy, field: TextField::new(name), work: None, failed: None }
    }

    /// What is wrong with the name as it stands, if something is.
    fn fault(&self, cx: &Context<'_>) -> Option<String> {
        let name = match credentials::name(self.field.text()) {
            Ok(name) => name,
            Err(problem) => return Some(problem.what),
        };
        let except = (!self.copy).then_some(self.id);
        cx.snapshot.integrations.has_name(&name, except).then(|| format!("The name \"{name}\" is taken."))
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.fault(cx).is_some() {
            return Vec::new();
        }
        self.work = Some(cx.flow);
        let name = self.field.text().trim().to_owned();
        let work = if self.copy { Work::DuplicateIntegration } else { Work::RenameIntegration };
        vec![Effect::Work(cx.flow, work(self.id, name))]
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        self.work = None;
        match result {
            Ok(Outcome::IntegrationAdded(id)) => {
                let done = format!("Copied \"{}\", paused and without its folder: E names one, p resumes.", self.from);
                vec![
                    Effect::BackToIntegrations,
                    Effect::Open(Route::Integration(id)),
                    Effect::Notice(Notice::Done(done)),
                ]
            }
            Ok(_) => vec![Effect::Back, Effect::Notice(Notice::Done(format!("Renamed \"{}\". u undoes.", self.from)))],
            Err(problem) => {
                self.failed = Some(problem);
                Vec::new()
            }
        }
    }
}

impl View for Name {
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
            Input::Flow(_, FlowEvent::Finished(result)) => return self.finished(result),
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
            (None, None) if self.copy => (
                "What it loads, credential, fields and schedule are copied. The copy is paused, and has no folder yet."
                    .to_owned(),
                cx.theme.muted,
            ),
            (None, None) => {
                ("Its files and its sessions stay. Scripts use the new name from now on.".to_owned(), cx.theme.muted)
            }
        };
        rows(cx.theme, frame, split_top(rest, 1).1, 0, &[Row::new("", text).style(style)]);
    }
}
