//! The dialog that gives a new name: to something itself, or to a copy of it.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::fields::{Row, rows};
use super::pane::{centered, clear, indent, pane, split_top};
use super::text_field::TextField;
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::credentials;
use crate::model::credential::Name;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::View;

const KEYS: &[Key] = &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "save", "Save the name")];

/// What gets the name.
pub trait Named {
    /// Whether the name is for a copy.
    fn is_copy(&self) -> bool;

    /// Whether another one has this name.
    fn is_taken(&self, cx: &Context<'_>, name: &Name) -> bool;

    /// Whether another one's name looks like this one, in words.
    fn looks_like(&self, cx: &Context<'_>, name: &str) -> Option<String>;

    /// What saves it under this name.
    fn work(&self, name: String) -> Operation;

    /// What becomes of all the rest, said below the field while nothing is wrong.
    fn note(&self) -> &'static str;

    /// Where the copy is shown and what is said of it; `None` when `outcome` is none of a copy.
    fn copied(&self, was: &Name, outcome: &Outcome) -> Option<Vec<Effect>>;
}

/// The dialog.
#[derive(Debug)]
pub struct NameDialog<N> {
    named: N,
    was: Name,
    field: TextField,
    work: Option<FlowId>,
    failed: Option<Problem>,
}

impl<N: Named> NameDialog<N> {
    /// For what has the name `was`, with `name` in the field.
    #[must_use]
    pub fn new(named: N, was: &Name, name: &str) -> Self {
        Self { named, was: was.clone(), field: TextField::new(name), work: None, failed: None }
    }

    /// What is wrong with the name as entered, if something is.
    fn fault(&self, cx: &Context<'_>) -> Option<String> {
        match credentials::name(self.field.text()) {
            Ok(name) => self.named.is_taken(cx, &name).then(|| format!("The name \"{name}\" is taken.")),
            Err(problem) => Some(problem.what),
        }
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.fault(cx).is_some() {
            return Vec::new();
        }
        self.work = Some(cx.flow);
        vec![Effect::Work(cx.flow, self.named.work(self.field.text().trim().to_owned()))]
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        self.work = None;
        match result {
            Ok(outcome) => self.named.copied(&self.was, &outcome).unwrap_or_else(|| {
                let done = format!("Renamed \"{}\". Press u to undo.", self.was);
                vec![Effect::Back, Effect::Notice(Notice::Done(done))]
            }),
            Err(problem) => {
                self.failed = Some(problem);
                Vec::new()
            }
        }
    }
}

impl<N: Named> View for NameDialog<N> {
    fn title(&self, _cx: &Context<'_>) -> String {
        if self.named.is_copy() { "Duplicate" } else { "Rename" }.to_owned()
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
            Action::Accept if self.fault(cx).is_some() => Some("the name is not valid yet: see below the field"),
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
            Input::Flow(_, JobEvent::Finished(result)) => return self.finished(result),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let area = centered(area, 70, 9);
        clear(frame, area);
        let title = if self.named.is_copy() { "Duplicate under a new name" } else { "Rename" };
        let inside = pane(cx.theme, frame, area, title, Line::default());
        let before = [Row::blank(), Row::new("Was", self.was.to_string())];
        let (line, rest) = split_top(rows(cx.theme, frame, inside, 8, &before), 1);
        frame.render_widget(Span::styled("Name", cx.theme.muted), line);
        self.field.view(cx, frame, indent(line, 8), true);
        let (text, style) = match (&self.failed, self.fault(cx)) {
            (Some(problem), _) => (in_full(problem), cx.theme.danger),
            (None, Some(fault)) => (fault, cx.theme.warn),
            (None, None) => match self.named.looks_like(cx, self.field.text()) {
                Some(note) => (note, cx.theme.warn),
                None => (self.named.note().to_owned(), cx.theme.muted),
            },
        };
        rows(cx.theme, frame, split_top(rest, 1).1, 0, &[Row::new("", text).style(style)]);
    }
}
