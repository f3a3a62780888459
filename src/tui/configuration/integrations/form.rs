//! The form of an integration: what is loaded, with which credential, where to and when. New, or over a stored one.

mod check;
mod choose;
mod credential;
mod draw;
mod slot;

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{candidates, known, needs_person, present, provider_name};
use crate::catalog::{Load, Provider};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::integrations::IntegrationBase;
use crate::engine::ops::notes;
use crate::model::credential::{CredentialId, Name};
use crate::model::field::FieldConflict;
use crate::model::integration::{Format, IntegrationId, IntegrationSetup};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::conflict::{self, ConflictPane};
use crate::tui::widgets::picker::Picker;
use credential::Choice;
use slot::{Of, Slot};

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
    /// With this kind of record chosen.
    New(String),
    Edit(IntegrationId),
}

/// The screen.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what was chosen, and what has happened so far, one by one")]
pub struct Form {
    purpose: Purpose,
    provider: String,
    slots: Vec<Slot>,
    focus: usize,
    credential: Choice,
    format: Format,
    accept_gone: bool,
    /// The kinds of record as they are stored, in their order.
    stored: Vec<String>,
    /// Credentials that were there when it was looked last: another one is what was made for this.
    seen: BTreeSet<CredentialId>,
    /// A credential is being created for it.
    asked: bool,
    changed: bool,
    /// esc was pressed once over something that is not saved.
    warned: bool,
    /// What to say of the name once it is saved.
    note: Option<String>,
    pending: Option<FlowId>,
    /// What an edit is based on.
    base: Option<IntegrationBase>,
    /// What somebody else changed meanwhile.
    conflict: Option<ConflictPane>,
    /// The list of what the focused field can hold, while it is open.
    picker: Option<Picker>,
}

impl Form {
    /// For a provider of the catalog, with one kind of record chosen.
    ///
    /// # Errors
    /// NotFound.
    pub fn new(cx: &Context<'_>, provider: &str, load: &str) -> Result<Self, Problem> {
        let provider = known(cx, provider)?;
        let label = provider.load(load).map_or("", |load| &load.label);
        let name = free_name(cx, format!("{} {}", provider.name, label.to_lowercase()).trim());
        let setup = IntegrationSetup { loads: vec![load.to_owned()], ..IntegrationSetup::default() };
        let credential = Choice::first(cx, &provider.id);
        Ok(Self::with(cx, Purpose::New(load.to_owned()), provider, &name, &setup, credential))
    }

    /// Over a stored one.
    ///
    /// # Errors
    /// NotFound when it is gone, or its provider.
    pub fn over(cx: &Context<'_>, id: IntegrationId) -> Result<Self, Problem> {
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
            slots: slot::of(provider, name, setup),
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

    /// The kinds of record that are chosen, in the catalog's order.
    fn chosen<'a>(&self, provider: &'a Provider) -> Vec<&'a Load> {
        let is_chosen =
            |load: &&Load| self.slots.iter().any(|slot| slot.chosen && slot.of == Of::Load(load.id.clone()));
        provider.loads.iter().filter(is_chosen).collect()
    }

    /// Places of the fields that matter for what is chosen.
    fn shown(&self, cx: &Context<'_>) -> Vec<usize> {
        let chosen = cx.catalog.by_id(&self.provider).map(|provider| self.chosen(provider)).unwrap_or_default();
        let is_shown = |slot: &Slot| match &slot.of {
            Of::Parameter(name) | Of::Filter(name) => slot::is_taken(&chosen, name),
            Of::Fields(load) => chosen.iter().any(|chosen| chosen.id == *load),
            _ => true,
        };
        self.slots.iter().enumerate().filter(|(_, slot)| is_shown(slot)).map(|(at, _)| at).collect()
    }

    fn focused(&self) -> Option<&Of> {
        self.slots.get(self.focus).map(|slot| &slot.of)
    }

    /// To the field after or before among those shown; from the last to the first where it `wraps`.
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
                Some(Of::SaveButton) => return self.save(cx),
                Some(Of::Credential) if self.credential == Choice::Create => return self.create_credential(),
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

    /// Opens the form of a new credential, to come back with it.
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

    /// space: on a kind of record, chooses it or not; on a choice, opens the list.
    fn toggle(&mut self, cx: &Context<'_>) {
        if self.focused().is_some_and(Of::is_choice) {
            return self.open_list(cx);
        }
        if let Some(slot) = self.slots.get_mut(self.focus).filter(|slot| matches!(slot.of, Of::Load(_))) {
            slot.chosen = !slot.chosen;
            self.changed = true;
            let of_loads = self.slots.iter_mut().filter(|slot| matches!(slot.of, Of::Load(_)));
            of_loads.for_each(|slot| slot.error = None);
        }
    }

    /// Types into the focused field; what was wrong with it is forgotten.
    fn typed(&mut self, change: impl FnOnce(&mut Slot)) -> Vec<Effect> {
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
        self.pending = Some(cx.flow);
        vec![match &self.base {
            Some(base) => Effect::Work(cx.flow, Operation::EditIntegration(Box::new(base.clone()), draft)),
            None => Effect::Work(cx.flow, Operation::AddIntegration(draft)),
        }]
    }

    /// What somebody else changed meanwhile is shown; the person decides.
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
        self.conflict = Some(ConflictPane::new(&fields, |field| Some(field.replace(':', " "))));
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
                // It stays until the next key.
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

    fn waits_for(&self) -> Option<FlowId> {
        self.pending
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        let asks = self.changed && self.pending.is_none() && !self.warned;
        asks.then(|| {
            self.warned = true;
            "This is not saved yet. Again discards it, ctrl-s saves it.".to_owned()
        })
    }

    fn asks_for_credential(&self) -> bool {
        true
    }

    /// A credential that was asked for and was not there before is chosen.
    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let list = candidates(cx, &self.provider);
        let new = list.iter().rev().find(|credential| !self.seen.contains(&credential.id)).copied();
        self.seen = list.iter().map(|credential| credential.id).collect();
        let Some(new) = new.filter(|_| std::mem::take(&mut self.asked)) else { return Vec::new() };
        (self.credential, self.changed) = (Choice::Stored(new.id), true);
        self.slots.iter_mut().filter(|slot| slot.of == Of::Credential).for_each(|slot| slot.error = None);
        let next = if needs_person(cx, new) { "F5 authenticates it" } else { "Press ctrl-s to save the integration" };
        vec![Effect::Notice(Notice::Done(format!("\"{}\" is selected: {next}.", new.name)))]
    }

    fn about(&self, _cx: &Context<'_>) -> Vec<(String, String)> {
        let about = |slot: &Slot| {
            let name =
                if matches!(slot.of, Of::Load(_)) { "Loads" } else { slot.label.trim_matches(['[', ']', ' ', '*']) };
            (format!("This field: {name}"), slot.of.about().to_owned())
        };
        self.slots.get(self.focus).map(about).into_iter().collect()
    }

    fn step(&self) -> Option<&'static str> {
        self.is_new().then_some("step 2 of 2")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Flow(_, JobEvent::Finished(result)) => self.finished(cx, result),
            input if self.picker.is_some() => self.choose(cx, input),
            Input::Do(action) if self.conflict.is_some() => self.act_on_conflict(cx, action),
            Input::Paste(_) if self.conflict.is_some() => Vec::new(),
            Input::Do(action) => self.act(cx, action),
            Input::Text(' ') if !self.focused().is_some_and(Of::is_text) => {
                self.warned = false;
                self.toggle(cx);
                Vec::new()
            }
            Input::Text(c) if self.focused().is_some_and(Of::is_choice) => {
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
            Input::Flow(..) | Input::Click { .. } => Vec::new(),
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

/// The name itself, or with the first number that makes it unique.
fn free_name(cx: &Context<'_>, wanted: &str) -> String {
    let all = &cx.snapshot.integrations;
    let free = |text: &String| Name::parse(text).is_ok_and(|name| !all.has_name(&name, None));
    let numbered = (2..=all.list.len() + 2).map(|number| format!("{wanted} {number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(free).unwrap_or_default()
}
