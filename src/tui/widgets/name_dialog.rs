//! The dialog that asks for a new name, for a record or for a copy of it.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::fields::Row;
use super::form_dialog::{DialogFrame, FormDialog};
use super::text_field::TextField;
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::credentials;
use crate::model::credential::Name;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::view::View;

/// Columns of the labels.
const LABEL: u16 = 14;

const KEYS: &[Key] = &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "save", "Save the name")];

/// A record that gets a name, or is copied under one.
pub(crate) trait NameTarget {
    /// Whether the name is for a copy.
    fn is_copy(&self) -> bool;

    /// Whether another record has this name.
    fn is_taken(&self, cx: &Context<'_>, name: &Name) -> bool;

    /// A sentence if another record's name looks like this one.
    fn looks_like(&self, cx: &Context<'_>, name: &str) -> Option<String>;

    /// The operation that saves this name.
    fn work(&self, name: String) -> Operation;

    /// What else changes or stays; shown below the field while nothing is wrong.
    fn note(&self) -> &'static str;

    /// The effects that show the copy; `None` if `outcome` is not about one.
    fn copied(&self, was: &Name, outcome: &Outcome) -> Option<Vec<Effect>>;
}

#[derive(Debug)]
pub(crate) struct NameDialog<N> {
    named: N,
    was: Name,
    dialog: FormDialog,
}

impl<N: NameTarget> NameDialog<N> {
    /// Asks for a new name instead of `was`, with `name` in the field.
    #[must_use]
    pub(crate) fn new(named: N, was: &Name, name: &str) -> Self {
        Self { named, was: was.clone(), dialog: FormDialog::new(vec![("New name", TextField::new(name))]) }
    }

    /// The problem with the typed name, if any.
    fn fault(&self, cx: &Context<'_>) -> Option<String> {
        match credentials::name(self.dialog.text(0)) {
            Ok(name) => self.named.is_taken(cx, &name).then(|| format!("The name \"{name}\" is taken.")),
            Err(problem) => Some(problem.what),
        }
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.fault(cx).is_some() {
            return Vec::new();
        }
        let work = self.named.work(self.dialog.text(0).to_owned());
        self.dialog.submit(cx, work)
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        let Some(outcome) = self.dialog.ended(result) else { return Vec::new() };
        self.named.copied(&self.was, &outcome).unwrap_or_else(|| {
            let done = format!("Renamed \"{}\". Press u to undo.", self.was);
            vec![Effect::Back, Effect::Notice(Notice::Done(done))]
        })
    }
}

impl<N: NameTarget> View for NameDialog<N> {
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
            Action::Accept if self.dialog.is_busy() => Some("it is being saved"),
            Action::Accept if self.fault(cx).is_some() => Some("the name is not valid yet: see below the field"),
            _ => None,
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.dialog.waits_for()
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Job(_, JobEvent::Finished(result)) => return self.finished(result),
            input => self.dialog.typed(&input),
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let (title, was) =
            if self.named.is_copy() { ("Duplicate under a new name", "Copy of") } else { ("Rename", "Current name") };
        let looks_like = || self.named.looks_like(cx, self.dialog.text(0));
        let note = match self.fault(cx).or_else(looks_like) {
            Some(text) => Row::new("", text).style(cx.theme.warn),
            None => Row::new("", self.named.note()).style(cx.theme.muted),
        };
        let above = [Row::new(was, self.was.to_string())];
        self.dialog.view(cx, frame, area, DialogFrame { title, label: LABEL, above: &above, note, busy: "Saving." });
    }
}
