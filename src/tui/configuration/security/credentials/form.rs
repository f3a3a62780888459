//! The form of a credential, step 2, with the tabs INFORMATION and AUTHORIZATION: new, edited or duplicated.

mod check;
mod choose;
mod conflict;
mod draw;
mod field;
mod layout;
mod over;
mod saved;

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::setup_help::{self, SetupHelp};
use crate::catalog::Provider;
use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::engine::ops::credentials::CredentialBase;
use crate::model::credential::{Credential, CredentialId, Details, Name, Setup};
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::view::View;
use crate::tui::widgets::conflict::{self as conflict_pane, ConflictPane};
use crate::tui::widgets::picker::Picker;
use field::{FieldKind, FormField};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Tab)], Action::NextField, "next", "Next field"),
    Key::new(&[Press::ctrl('s')], Action::Save, "save", "Save without authenticating").kept(),
    Key::new(
        &[Press::plain(KeyCode::F(5)), Press::alt('a')],
        Action::Authenticate,
        "authenticate",
        "Save, then authenticate",
    )
    .kept(),
    setup_help::OPEN,
    Key::new(&[Press::plain(KeyCode::BackTab)], Action::PreviousField, "", "Previous field"),
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "", "Next field"),
    Key::new(&[Press::plain(KeyCode::Up)], Action::Up, "", "Previous field"),
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "", "Next field; opens a list, presses a button"),
    Key::new(
        &[Press::plain(KeyCode::PageDown), Press::ctrl_key(KeyCode::Right)],
        Action::NextTab,
        "tabs",
        "Tab AUTHORIZATION",
    ),
    Key::new(
        &[Press::plain(KeyCode::PageUp), Press::ctrl_key(KeyCode::Left)],
        Action::PreviousTab,
        "",
        "Tab INFORMATION",
    ),
    Key::new(&[Press::ctrl('t')], Action::Reveal, "show", "Show or hide the secret typed here"),
    Key::new(&[Press::ctrl('y')], Action::CopyRedirectUri, "copy URI", "Copy the redirect URI to register"),
    setup_help::CONSOLE,
    Key::new(&[Press::ctrl('x')], Action::Discard, "", "Clear form"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Go back; the draft is kept"),
];

/// What saving does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    New,
    Edit(CredentialId),
}

#[derive(Debug)]
pub(crate) struct Form {
    purpose: Purpose,
    provider: String,
    /// The stored redirect URI, to keep it for grants whose form has no field for it.
    stored_redirect_uri: String,
    /// The stored values when the edit started, to detect conflicting changes.
    base: Option<CredentialBase>,
    /// Whether a client secret is stored. It is kept unless the user enters another.
    has_client_secret: bool,
    /// Names of the stored secrets. Each is kept unless the user enters another.
    kept: BTreeSet<String>,
    slots: Vec<FormField>,
    focus: usize,
    changed: bool,
    /// Esc was pressed once with unsaved changes; the next Esc discards them.
    warned: bool,
    /// Remarks about the draft, shown after saving.
    notes: Vec<String>,
    /// The save in progress, and whether authentication follows it.
    pending: Option<(OperationId, bool)>,
    /// Fields that were changed elsewhere since the edit started, and whether authentication was to follow the save.
    conflict: Option<(ConflictPane, bool)>,
    /// The list of values for the focused field, while it is open.
    picker: Option<Picker>,
    /// The setup help, while it is open.
    help: Option<SetupHelp>,
}

impl Form {
    /// Opens the form for a new credential of a provider.
    /// # Errors
    /// `Kind::NotFound` if the provider is not in the catalog.
    pub(crate) fn new(cx: &Context<'_>, provider: &str) -> Result<Self, Problem> {
        let provider = known(cx, provider)?;
        let setup = Setup {
            scopes: provider.scopes.clone(),
            redirect_uri: provider.redirect_uri(cx.workspace.settings.redirect_port),
            ..Setup::default()
        };
        let name = free_name(cx, &provider.name);
        let mut form = Self::with(Purpose::New, provider, &name, &Details::default(), setup);
        field::propose(&mut form.slots, &name);
        form.ask_for_data_center(provider);
        field::name_buttons(&mut form.slots);
        Ok(form)
    }

    /// Opens the form for a stored credential.
    /// # Errors
    /// `Kind::NotFound` if the credential was deleted, or its provider is not in the catalog.
    pub(crate) fn over(cx: &Context<'_>, id: CredentialId) -> Result<Self, Problem> {
        let (stored, provider) = stored(cx, id)?;
        let form = Self::with(Purpose::Edit(id), provider, stored.name.as_str(), &stored.details, stored.setup.clone());
        Ok(Self { base: Some(CredentialBase::of(stored)), ..form })
    }

    fn with(purpose: Purpose, provider: &Provider, name: &str, details: &Details, setup: Setup) -> Self {
        let slots = field::of(provider, name, details, &setup);
        Self {
            purpose,
            provider: provider.id.clone(),
            stored_redirect_uri: setup.redirect_uri,
            base: None,
            has_client_secret: setup.client.secret.is_some(),
            kept: setup.secrets.into_keys().collect(),
            slots,
            focus: 0,
            changed: false,
            warned: false,
            notes: Vec::new(),
            pending: None,
            conflict: None,
            picker: None,
            help: None,
        }
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let warned = std::mem::take(&mut self.warned);
        let last = self.slots.len() - 1;
        match action {
            Action::NextField => self.focus = (self.focus + 1) % self.slots.len(),
            Action::PreviousField => self.focus = self.focus.checked_sub(1).unwrap_or(last),
            Action::Down => self.focus = (self.focus + 1).min(last),
            Action::Up => self.focus = self.focus.saturating_sub(1),
            Action::NextTab => self.focus = self.first_of_authorization(),
            Action::PreviousTab => self.focus = 0,
            Action::Accept => match self.slots.get(self.focus).map(|slot| &slot.of) {
                Some(FieldKind::AuthenticateButton) => return self.save(cx, true),
                Some(FieldKind::SaveButton) => return self.save(cx, false),
                Some(_) if self.opens_list(cx) => self.open_list(cx),
                _ => self.focus = (self.focus + 1).min(last),
            },
            Action::Authenticate => return self.save(cx, true),
            Action::Save => return self.save(cx, false),
            Action::Reveal => self.toggle_shown(),
            Action::Panel => self.open_help(cx),
            Action::OpenConsole => return self.open_console(cx),
            Action::CopyRedirectUri if self.redirect_uri(cx).is_empty() => {
                let text = "This integration signs in without a redirect URI.";
                return vec![Effect::Notice(Notice::Refused(text.to_owned()))];
            }
            Action::CopyRedirectUri => {
                let text = self.redirect_uri(cx);
                return vec![Effect::Copy(Copyable::Plain { what: "the redirect URI", text })];
            }
            Action::Discard => {
                return match self.purpose {
                    Purpose::New => Self::new(cx, &self.provider),
                    Purpose::Edit(id) => Self::over(cx, id),
                }
                .map_or_else(
                    |problem| vec![Effect::Notice(Notice::Failed(problem))],
                    |fresh| {
                        *self = fresh;
                        Vec::new()
                    },
                );
            }
            Action::Back if self.is_draft() => {
                let text = "Draft kept until the vault locks. Choose the integration again to continue.";
                return vec![Effect::Back, Effect::Notice(Notice::Done(text.to_owned()))];
            }
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

    /// Whether it is a new credential with unsaved input.
    #[must_use]
    pub(crate) fn is_draft(&self) -> bool {
        self.purpose == Purpose::New && self.changed && self.pending.is_none()
    }

    /// The provider's catalog id.
    #[must_use]
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// Shows or hides the focused secret, or the first one if none is focused.
    fn toggle_shown(&mut self) {
        let focused = self.slots.get(self.focus).is_some_and(|slot| slot.of.is_secret());
        let first = || self.slots.iter().position(|slot| slot.of.is_secret());
        let at = if focused { Some(self.focus) } else { first() };
        if let Some(slot) = at.and_then(|at| self.slots.get_mut(at)) {
            slot.field.toggle_shown();
        }
    }

    fn first_of_authorization(&self) -> usize {
        self.slots.iter().position(|slot| !slot.of.is_information()).unwrap_or_default()
    }

    /// Types into the focused field and clears its error.
    fn typed(&mut self, change: impl FnOnce(&mut FormField)) -> Vec<Effect> {
        self.warned = false;
        if let Some(slot) = self.slots.get_mut(self.focus).filter(|slot| !slot.of.is_button()) {
            change(slot);
            slot.error = None;
            self.changed = true;
        }
        Vec::new()
    }

    fn save(&mut self, cx: &Context<'_>, then_authenticate: bool) -> Vec<Effect> {
        if self.pending.is_some() {
            return Vec::new();
        }
        self.check(cx);
        if let Some(at) = self.slots.iter().position(|slot| slot.error.is_some()) {
            self.focus = at;
            return Vec::new();
        }
        let draft = Box::new(self.draft(cx));
        self.notes = self.notes_on(cx, &draft);
        self.pending = Some((cx.operation, then_authenticate));
        vec![match &self.base {
            Some(base) => Effect::Work(cx.operation, Operation::Edit(Box::new(base.clone()), draft)),
            None => Effect::Work(cx.operation, Operation::Add(draft)),
        }]
    }
}

impl View for Form {
    fn title(&self, cx: &Context<'_>) -> String {
        let name = cx.catalog.by_id(&self.provider).map_or(self.provider.as_str(), |provider| &provider.name);
        match self.purpose {
            Purpose::New => name.to_owned(),
            Purpose::Edit(_) => "Edit".to_owned(),
        }
    }

    fn keys(&self) -> &'static [Key] {
        match &self.picker {
            Some(picker) => picker.keys(),
            None if self.help.is_some() => setup_help::KEYS,
            None if self.conflict.is_some() => conflict_pane::KEYS,
            None => KEYS,
        }
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        if action == Action::Save {
            return (self.purpose == Purpose::New).then_some("create");
        }
        let provider = cx.catalog.by_id(&self.provider).filter(|_| action == Action::Authenticate)?;
        field::is_testable_key(provider).then_some("save and test")
    }

    fn captures_text(&self) -> bool {
        self.conflict.is_none() && self.help.is_none()
    }

    /// A new credential does not prevent leaving the form, because it is kept as a draft.
    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        let asks = self.changed && !self.is_draft() && self.pending.is_none() && !self.warned;
        asks.then(|| {
            self.warned = true;
            "Not saved yet. Press the key again to discard it, or ctrl-s to save.".to_owned()
        })
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.pending.map(|(id, _)| id)
    }

    fn about(&self, cx: &Context<'_>) -> Vec<(String, String)> {
        self.slots.get(self.focus).map(|slot| slot.about(cx, &self.provider)).into_iter().collect()
    }

    fn step(&self) -> Option<&'static str> {
        (self.purpose == Purpose::New).then_some("step 2 of 3")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Job(id, JobEvent::Finished(result)) if self.waits_for() == Some(id) => self.finished(cx, result),
            input if self.picker.is_some() => self.choose(cx, input),
            input if self.help.is_some() => self.act_in_help(cx, &input),
            Input::Do(action) if self.conflict.is_some() => self.act_on_conflict(cx, action),
            Input::Paste(_) if self.conflict.is_some() => Vec::new(),
            Input::Do(action) => self.act(cx, action),
            Input::Text(c) if self.is_choice(cx) => self.open_list_at(cx, c),
            Input::Text(c) => self.typed(|slot| slot.field.insert(c)),
            Input::Edit(_) if self.is_choice(cx) => Vec::new(),
            Input::Paste(text) if self.is_choice(cx) => self.typed(|slot| {
                slot.field.clear();
                slot.field.paste(&text);
            }),
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
            Some((pane, _)) => pane.draw(cx, frame, area),
            None => self.draw(cx, frame, area),
        }
        if let Some(picker) = &self.picker {
            picker.draw(cx, frame, area);
        }
        if let Some(help) = &self.help {
            help.view(cx, frame, area);
        }
    }
}

fn known<'a>(cx: &Context<'a>, id: &str) -> Result<&'a Provider, Problem> {
    cx.catalog.by_id(id).ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("The catalog has no integration {id}."))
            .try_this("Put its file back into the catalog folder.")
    })
}

fn stored<'a>(cx: &Context<'a>, id: CredentialId) -> Result<(&'a Credential, &'a Provider), Problem> {
    let credential = super::present(cx, id)?;
    Ok((credential, known(cx, &credential.provider)?))
}

/// Suggests a name that is not in use; empty if there is none.
fn free_name(cx: &Context<'_>, wanted: &str) -> String {
    Name::first_free(wanted, |name| !cx.snapshot.credentials.has_name(name, None))
        .map_or_else(|_| String::new(), |name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CANARY, Fixture};
    use super::*;
    use crate::engine::event::Outcome;
    use crate::secret::Secret;
    use crate::tui::route::Route;

    fn to(form: &mut Form, of: &FieldKind) {
        form.focus = form.slots.iter().position(|slot| slot.of == *of).unwrap();
    }

    #[test]
    fn tt_13_a_filled_form_saves_and_never_shows_its_secret() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let mut form = Form::new(&cx, "manageengine").unwrap();
        form.update(&cx, Input::Do(Action::Save));
        assert_eq!(form.slots[form.focus].of, FieldKind::ClientId, "the first wrong field has the focus");
        form.update(&cx, Input::Paste(Secret::new(" 1000.ABC\r\n".to_owned())));
        to(&mut form, &FieldKind::Variable("accounts_host".to_owned()));
        form.update(&cx, Input::Paste(Secret::new("eu".to_owned())));
        to(&mut form, &FieldKind::ClientSecret);
        form.update(&cx, Input::Paste(Secret::new(format!(" {CANARY}\n"))));
        let frame = fixture.draw(&form, 80, 22);
        assert!(frame.contains("pasted, 16 characters") && frame.contains("••••"), "{frame}");
        fixture.draw_every_size(&form);
        let effects = form.update(&cx, Input::Do(Action::Authenticate));
        let [Effect::Work(_, Operation::Add(draft))] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!((draft.setup.client.id.0.as_str(), draft.name.as_str()), ("1000.ABC", "ManageEngine"));
        assert_eq!(draft.setup.client.secret.as_ref().unwrap().chars(), CANARY.len());
        let id = cx.snapshot.credentials.list[0].id;
        let done = form.update(&cx, Input::Job(cx.operation, JobEvent::Finished(Ok(Outcome::Added(id)))));
        assert!(matches!(done.as_slice(), [Effect::Replace(Route::Authenticate(to))] if *to == id));
    }

    #[test]
    fn esc_discards_a_changed_draft_only_when_pressed_twice() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let id = cx.snapshot.credentials.list[0].id;
        let mut form = Form::over(&cx, id).unwrap();
        assert!(matches!(form.update(&cx, Input::Do(Action::Back)).as_slice(), [Effect::Back]));
        form.update(&cx, Input::Text('x'));
        assert!(matches!(form.update(&cx, Input::Do(Action::Back)).as_slice(), [Effect::Notice(_)]));
        assert!(matches!(form.update(&cx, Input::Do(Action::Back)).as_slice(), [Effect::Back]));
    }

    #[test]
    fn cf_01_the_domain_is_chosen_or_corrected_and_nonsense_is_refused() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let mut form = Form::new(&cx, "manageengine").unwrap();
        to(&mut form, &FieldKind::Variable("accounts_host".to_owned()));
        assert_eq!(form.slots[form.focus].field.text(), "", "a data center is asked for, not assumed");
        let held =
            |form: &Form| form.slots.iter().find(|slot| slot.label.contains("Domain")).unwrap().field.text().to_owned();
        "europe".chars().for_each(|c| drop(form.update(&cx, Input::Text(c))));
        assert!(fixture.draw(&form, 80, 22).contains("accounts.zoho.eu"), "typing opens the list");
        form.update(&cx, Input::Do(Action::Accept));
        assert_eq!((held(&form).as_str(), form.picker.is_none()), ("accounts.zoho.eu", true));
        assert!(fixture.draw(&form, 80, 22).contains("Europe"));
        form.update(&cx, Input::Do(Action::Accept));
        form.update(&cx, Input::Do(Action::Down));
        form.update(&cx, Input::Do(Action::Back));
        assert_eq!(held(&form), "accounts.zoho.eu", "esc leaves it as it was");
        form.update(&cx, Input::Paste(Secret::new("evil.example".to_owned())));
        form.check(&cx);
        assert!(form.slots[form.focus].error.is_some());
    }

    #[test]
    fn arrows_move_through_every_field_and_change_none() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let mut form = Form::over(&cx, cx.snapshot.credentials.list[0].id).unwrap();
        let text = |form: &Form| form.slots.iter().map(|slot| slot.field.text().to_owned()).collect::<Vec<_>>();
        let before = text(&form);
        for (action, end) in [(Action::Down, form.slots.len() - 1), (Action::Up, 0)] {
            for _ in 0..form.slots.len() {
                form.update(&cx, Input::Do(action));
            }
            assert_eq!((form.focus, text(&form), form.changed), (end, before.clone(), false));
        }
    }

    #[test]
    fn scopes_are_checked_in_a_list_and_reset_to_those_of_the_catalog() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let mut form = Form::new(&cx, "manageengine").unwrap();
        to(&mut form, &FieldKind::Scopes);
        let all = form.slots[form.focus].field.text().to_owned();
        form.slots[form.focus].field.set("eu");
        assert!(fixture.draw(&form, 80, 22).contains("1 scope · not in the catalog: eu"));
        for action in [Action::Accept, Action::Toggle, Action::Accept] {
            form.update(&cx, Input::Do(action));
        }
        let first = all.split(' ').next().unwrap();
        assert_eq!(form.slots[form.focus].field.text(), format!("{first} eu"));
        for action in [Action::Accept, Action::Discard, Action::Accept] {
            form.update(&cx, Input::Do(action));
        }
        assert_eq!(form.slots[form.focus].field.text(), all);
    }
}
