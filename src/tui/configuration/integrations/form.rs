//! The form that adds or edits an integration: its record types, credential, destination and schedule.

mod check;
mod choose;
mod credential;
mod draw;
mod field;

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{candidates, known, needs_person, present, provider_name};
use crate::catalog::{Provider, RecordType};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::integrations::IntegrationBase;
use crate::engine::ops::notes;
use crate::model::credential::{CredentialId, Name};
use crate::model::field::FieldConflict;
use crate::model::integration::{Format, IntegrationId, IntegrationSetup};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::conflict::{self, ConflictPane};
use crate::tui::widgets::picker::Picker;
use credential::Choice;
use field::{FieldKind, FormField};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Tab)], Action::NextField, "next field", "Next field"),
    Key::new(&[Press::plain(KeyCode::BackTab)], Action::PreviousField, "", "Previous field"),
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "", "Next field"),
    Key::new(&[Press::plain(KeyCode::Up)], Action::Up, "", "Previous field"),
    Key::new(&[Press::char(' ')], Action::Toggle, "", "Select this record type or not; opens a list"),
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "", "Next field; opens a list, presses a button"),
    Key::new(&[Press::ctrl('s')], Action::Save, "save", "Save"),
    Key::new(&[Press::ctrl('n')], Action::AddCredential, "new credential", "Create a credential and select it"),
    Key::new(
        &[Press::plain(KeyCode::F(5)), Press::alt('a')],
        Action::Authenticate,
        "authenticate",
        "Authenticate the credential, and come back",
    ),
    Key::new(&[Press::ctrl('x')], Action::Discard, "", "Start over: clears what was typed"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Go back; asks before discarding input"),
];

#[derive(Clone, Debug, Eq, PartialEq)]
enum Purpose {
    /// A new integration with this record type selected.
    New(String),
    Edit(IntegrationId),
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what was chosen, and what has happened so far, one by one")]
pub(crate) struct Form {
    purpose: Purpose,
    provider: String,
    slots: Vec<FormField>,
    focus: usize,
    credential: Choice,
    format: Format,
    accept_gone: bool,
    /// The stored record types. Saving keeps their order.
    stored: Vec<String>,
    /// The credentials at the previous read. One that is not among them was created for this integration.
    seen: BTreeSet<CredentialId>,
    /// Whether the form for a new credential was opened from here; the new credential is then selected.
    asked: bool,
    changed: bool,
    /// Esc was pressed once with unsaved changes; the next Esc discards them.
    warned: bool,
    /// A remark about the name, shown after saving.
    note: Option<String>,
    pending: Option<OperationId>,
    /// The stored values when the edit started, to detect conflicting changes.
    base: Option<IntegrationBase>,
    /// Fields that another process changed since the edit started.
    conflict: Option<ConflictPane>,
    /// The list of values for the focused field, while it is open.
    picker: Option<Picker>,
}

impl Form {
    /// Opens the form for a new integration of a provider, with one record type selected.
    /// # Errors
    /// `Kind::NotFound` if the provider is not in the catalog.
    pub(crate) fn new(cx: &Context<'_>, provider: &str, load: &str) -> Result<Self, Problem> {
        let provider = known(cx, provider)?;
        let label = provider.load(load).map_or("", |load| &load.label);
        let name = free_name(cx, format!("{} {}", provider.name, label.to_lowercase()).trim());
        let setup = IntegrationSetup { loads: vec![load.to_owned()], ..IntegrationSetup::default() };
        let credential = Choice::first(cx, &provider.id);
        let mut form = Self::with(cx, Purpose::New(load.to_owned()), provider, &name, &setup, credential);
        if let Some(slot) = form.slots.first_mut() {
            slot.field = std::mem::take(&mut slot.field).proposed();
        }
        Ok(form)
    }

    /// Opens the form for a stored integration.
    /// # Errors
    /// `Kind::NotFound` if it was deleted, or its provider is not in the catalog.
    pub(crate) fn over(cx: &Context<'_>, id: IntegrationId) -> Result<Self, Problem> {
        let one = present(cx, id)?;
        let credential = one.setup.credential.map_or(Choice::None, Choice::Stored);
        let provider = known(cx, &one.provider)?;
        let form = Self::with(cx, Purpose::Edit(id), provider, one.name.as_str(), &one.setup, credential);
        Ok(Self { base: Some(IntegrationBase::of(one)), ..form })
    }

    fn with(
        cx: &Context<'_>,
        purpose: Purpose,
        provider: &Provider,
        name: &str,
        setup: &IntegrationSetup,
        credential: Choice,
    ) -> Self {
        Self {
            purpose,
            provider: provider.id.clone(),
            slots: field::of(provider, name, setup),
            focus: 0,
            credential,
            format: setup.format,
            accept_gone: setup.accept_gone,
            stored: setup.loads.clone(),
            seen: candidates(cx, &provider.id).iter().map(|credential| credential.id).collect(),
            asked: false,
            changed: false,
            warned: false,
            note: None,
            pending: None,
            base: None,
            conflict: None,
            picker: None,
        }
    }

    fn is_new(&self) -> bool {
        matches!(self.purpose, Purpose::New(_))
    }

    /// The selected record types, in the catalog's order.
    fn chosen<'a>(&self, provider: &'a Provider) -> Vec<&'a RecordType> {
        let is_chosen = |load: &&RecordType| {
            self.slots.iter().any(|slot| slot.chosen && slot.of == FieldKind::RecordType(load.id.clone()))
        };
        provider.loads.iter().filter(is_chosen).collect()
    }

    /// Indexes of the fields that apply to the selected record types.
    fn shown(&self, cx: &Context<'_>) -> Vec<usize> {
        let chosen = cx.catalog.by_id(&self.provider).map(|provider| self.chosen(provider)).unwrap_or_default();
        let is_shown = |slot: &FormField| match &slot.of {
            FieldKind::Parameter(name) | FieldKind::Filter(name) => field::is_taken(&chosen, name),
            FieldKind::Fields(load) => chosen.iter().any(|chosen| chosen.id == *load),
            _ => true,
        };
        self.slots.iter().enumerate().filter(|(_, slot)| is_shown(slot)).map(|(at, _)| at).collect()
    }

    fn focused(&self) -> Option<&FieldKind> {
        self.slots.get(self.focus).map(|slot| &slot.of)
    }

    /// Moves to the next or previous visible field; with `wraps`, the first field follows the last one.
    fn step(&mut self, cx: &Context<'_>, forward: bool, wraps: bool) {
        let shown = self.shown(cx);
        let (at, last) =
            (shown.iter().position(|at| *at == self.focus).unwrap_or_default(), shown.len().saturating_sub(1));
        let next = match (forward, wraps) {
            (true, true) if at == last => 0,
            (true, _) => (at + 1).min(last),
            (false, true) if at == 0 => last,
            (false, _) => at.saturating_sub(1),
        };
        self.focus = shown.get(next).copied().unwrap_or_default();
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let warned = std::mem::take(&mut self.warned);
        match action {
            Action::NextField => self.step(cx, true, true),
            Action::PreviousField => self.step(cx, false, true),
            Action::Down => self.step(cx, true, false),
            Action::Up => self.step(cx, false, false),
            Action::Toggle => self.toggle(cx),
            Action::Accept => match self.focused() {
                Some(FieldKind::SaveButton) => return self.save(cx),
                Some(FieldKind::Credential) if self.credential == Choice::Create => return self.create_credential(),
                Some(of) if of.is_choice() => self.open_list(cx),
                _ => self.step(cx, true, false),
            },
            Action::AddCredential => return self.create_credential(),
            Action::Authenticate => {
                return self.credential.id().map(Route::Authenticate).map(Effect::Open).into_iter().collect();
            }
            Action::Save => return self.save(cx),
            Action::Discard => return self.begin_again(cx),
            Action::Back if self.changed && !warned => {
                self.warned = true;
                let text = "Not saved yet. Press ctrl-s to save, or esc again to discard.";
                return vec![Effect::Notice(Notice::Refused(text.to_owned()))];
            }
            Action::Back => return vec![Effect::Back],
            _ => {}
        }
        Vec::new()
    }

    /// Opens the form for a new credential, which returns here.
    fn create_credential(&mut self) -> Vec<Effect> {
        self.asked = true;
        vec![Effect::Open(Route::NewCredential { provider: self.provider.clone() })]
    }

    fn begin_again(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let fresh = match &self.purpose {
            Purpose::New(load) => Self::new(cx, &self.provider, load),
            Purpose::Edit(id) => Self::over(cx, *id),
        };
        match fresh {
            Ok(fresh) => *self = fresh,
            Err(problem) => return vec![Effect::Notice(Notice::Failed(problem))],
        }
        Vec::new()
    }

    /// Handles the space key: selects or deselects a record type, or opens the list of a choice.
    fn toggle(&mut self, cx: &Context<'_>) {
        if self.focused().is_some_and(FieldKind::is_choice) {
            return self.open_list(cx);
        }
        if let Some(slot) = self.slots.get_mut(self.focus).filter(|slot| matches!(slot.of, FieldKind::RecordType(_))) {
            slot.chosen = !slot.chosen;
            self.changed = true;
            let of_loads = self.slots.iter_mut().filter(|slot| matches!(slot.of, FieldKind::RecordType(_)));
            of_loads.for_each(|slot| slot.error = None);
        }
    }

    /// Types into the focused field and clears its error.
    fn typed(&mut self, change: impl FnOnce(&mut FormField)) -> Vec<Effect> {
        self.warned = false;
        if let Some(slot) = self.slots.get_mut(self.focus).filter(|slot| slot.of.is_text()) {
            change(slot);
            slot.error = None;
            self.changed = true;
        }
        Vec::new()
    }

    fn save(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.pending.is_some() {
            return Vec::new();
        }
        self.check(cx);
        let wrong = |at: &usize| self.slots.get(*at).is_some_and(|slot| slot.error.is_some());
        if let Some(at) = self.shown(cx).into_iter().find(wrong) {
            self.focus = at;
            return Vec::new();
        }
        let draft = Box::new(self.draft(cx));
        let own = if let Purpose::Edit(id) = self.purpose { Some(id) } else { None };
        let others = cx.snapshot.integrations.list.iter().filter(|other| Some(other.id) != own);
        self.note = notes::on_name(&draft.name, others.map(|other| &other.name));
        self.pending = Some(cx.operation);
        vec![match &self.base {
            Some(base) => Effect::Work(cx.operation, Operation::EditIntegration(Box::new(base.clone()), draft)),
            None => Effect::Work(cx.operation, Operation::AddIntegration(draft)),
        }]
    }

    /// Handles an action while the conflicting fields are shown.
    fn act_on_conflict(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        self.conflict = None;
        let Purpose::Edit(id) = self.purpose else { return Vec::new() };
        match (action, present(cx, id)) {
            (_, Err(problem)) => vec![Effect::Notice(Notice::Failed(problem))],
            (Action::KeepMine, Ok(stored)) => {
                self.base = Some(IntegrationBase::of(stored));
                self.save(cx)
            }
            (Action::TakeStored, Ok(_)) => self.begin_again(cx),
            _ => Vec::new(),
        }
    }

    fn conflicted(&mut self, cx: &Context<'_>, mut fields: Vec<FieldConflict>) -> Vec<Effect> {
        let named = |id: &String| {
            let known = id.parse().ok().and_then(|id| cx.snapshot.credentials.by_id(id));
            known.map_or_else(|| id.clone(), |credential| credential.name.to_string())
        };
        for conflict in fields.iter_mut().filter(|conflict| conflict.field == "credential") {
            (conflict.wanted, conflict.stored) = (named(&conflict.wanted), named(&conflict.stored));
        }
        let Purpose::Edit(id) = self.purpose else { return Vec::new() };
        let label = |field: &str| Some(field.replace(':', " "));
        self.conflict = Some(ConflictPane::new(cx, &id.to_string(), &fields, label));
        Vec::new()
    }

    fn finished(&mut self, cx: &Context<'_>, result: Result<Outcome, Problem>) -> Vec<Effect> {
        self.pending = None;
        if let Ok(Outcome::Conflict(fields)) = result {
            return self.conflicted(cx, fields);
        }
        let note = self.note.take();
        let said = |text: &str| {
            Effect::Notice(match &note {
                None => Notice::Done(text.to_owned()),
                // Shown as a refusal, because a refusal stays until the next key press.
                Some(note) => Notice::Refused(format!("{text} {note}")),
            })
        };
        match result {
            Err(problem) => vec![Effect::Notice(Notice::Failed(problem))],
            Ok(Outcome::IntegrationAdded(id)) => vec![
                Effect::BackToIntegrations,
                Effect::Open(Route::Integration(id)),
                said("Added. Press t to run a test before anything is written, u to undo."),
            ],
            Ok(_) => vec![Effect::Back, said("Saved. Press u to undo.")],
        }
    }
}

impl View for Form {
    fn title(&self, cx: &Context<'_>) -> String {
        if self.is_new() { provider_name(cx, &self.provider) } else { "Edit" }.to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        match &self.picker {
            Some(picker) => picker.keys(),
            None if self.conflict.is_some() => conflict::KEYS,
            None => KEYS,
        }
    }

    fn captures_text(&self) -> bool {
        self.conflict.is_none()
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Authenticate if self.credential.stored(cx).is_none() => {
                Some("No credential is chosen. Press ctrl-n to create one.")
            }
            Action::Save if self.pending.is_some() => Some("it is being saved"),
            _ => None,
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.pending
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        let asks = self.changed && self.pending.is_none() && !self.warned;
        asks.then(|| {
            self.warned = true;
            "Not saved yet. Press the key again to discard it, or ctrl-s to save.".to_owned()
        })
    }

    fn asks_for_credential(&self) -> bool {
        true
    }

    /// Selects the credential that was created from here.
    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let list = candidates(cx, &self.provider);
        let new = list.iter().rev().find(|credential| !self.seen.contains(&credential.id)).copied();
        self.seen = list.iter().map(|credential| credential.id).collect();
        let Some(new) = new.filter(|_| std::mem::take(&mut self.asked)) else { return Vec::new() };
        (self.credential, self.changed) = (Choice::Stored(new.id), true);
        self.slots.iter_mut().filter(|slot| slot.of == FieldKind::Credential).for_each(|slot| slot.error = None);
        let next = if needs_person(cx, new) { "F5 authenticates it" } else { "Press ctrl-s to save the integration" };
        vec![Effect::Notice(Notice::Done(format!("\"{}\" is selected: {next}.", new.name)))]
    }

    fn about(&self, _cx: &Context<'_>) -> Vec<(String, String)> {
        let about = |slot: &FormField| {
            let name = if matches!(slot.of, FieldKind::RecordType(_)) {
                "Record types"
            } else {
                slot.label.trim_matches(['[', ']', ' ', '*'])
            };
            (format!("This field: {name}"), slot.of.about().to_owned())
        };
        self.slots.get(self.focus).map(about).into_iter().collect()
    }

    fn step(&self) -> Option<&'static str> {
        self.is_new().then_some("step 2 of 2")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Job(_, JobEvent::Finished(result)) => self.finished(cx, result),
            input if self.picker.is_some() => self.choose(cx, input),
            Input::Do(action) if self.conflict.is_some() => self.act_on_conflict(cx, action),
            Input::Paste(_) if self.conflict.is_some() => Vec::new(),
            Input::Do(action) => self.act(cx, action),
            Input::Text(' ') if !self.focused().is_some_and(FieldKind::is_text) => {
                self.warned = false;
                self.toggle(cx);
                Vec::new()
            }
            Input::Text(c) if self.focused().is_some_and(FieldKind::is_choice) => {
                self.open_list(cx);
                self.choose(cx, Input::Text(c))
            }
            Input::Text(c) => self.typed(|slot| slot.field.insert(c)),
            Input::Edit(edit) if edit.only_moves() => {
                self.slots.get_mut(self.focus).into_iter().for_each(|slot| slot.field.edit(edit));
                Vec::new()
            }
            Input::Edit(edit) => self.typed(|slot| slot.field.edit(edit)),
            Input::Paste(text) => self.typed(|slot| slot.field.paste(&text)),
            Input::Click { x, y, .. } if self.conflict.is_none() => self.click(cx, x, y),
            Input::Scroll(rows) => self.act(cx, if rows > 0 { Action::Down } else { Action::Up }),
            Input::Job(..) | Input::Click { .. } => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        match &self.conflict {
            Some(pane) => pane.draw(cx, frame, area),
            None => self.draw(cx, frame, area),
        }
        if let Some(picker) = &self.picker {
            picker.draw(cx, frame, area);
        }
    }
}

/// Suggests a name that is not in use; empty if there is none.
fn free_name(cx: &Context<'_>, wanted: &str) -> String {
    Name::first_free(wanted, |name| !cx.snapshot.integrations.has_name(name, None))
        .map_or_else(|_| String::new(), |name| name.to_string())
}
