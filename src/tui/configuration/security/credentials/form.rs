//! The form of a credential, step 2: INFORMATION and AUTHORIZATION, new, edited or duplicated.

mod conflict;
mod draw;
mod saved;
mod slot;

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::catalog::Provider;
use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::engine::ops::credentials::{CredentialBase, Draft};
use crate::model::credential::{Client, ClientId, Credential, CredentialId, Details, Name, Setup};
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::View;
use crate::tui::widgets::conflict::{self as conflict_pane, ConflictPane};
use slot::{Of, Slot};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Tab)], Action::NextField, "next", "The next field"),
    Key::new(&[Press::ctrl('s')], Action::Save, "save", "Save without authenticating"),
    Key::new(&[Press::ctrl('a')], Action::Authenticate, "authenticate", "Save, then authenticate"),
    Key::new(&[Press::plain(KeyCode::BackTab)], Action::PreviousField, "", "The field before"),
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "", "The next choice, or the next field"),
    Key::new(&[Press::plain(KeyCode::Up)], Action::Up, "", "The choice before, or the field before"),
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "", "The next field; at a button, press it"),
    Key::new(
        &[Press::plain(KeyCode::PageDown), Press::ctrl_key(KeyCode::Right)],
        Action::NextTab,
        "tabs",
        "To the tab AUTHORIZATION",
    ),
    Key::new(
        &[Press::plain(KeyCode::PageUp), Press::ctrl_key(KeyCode::Left)],
        Action::PreviousTab,
        "",
        "To the tab INFORMATION",
    ),
    Key::new(&[Press::ctrl('t')], Action::Reveal, "show", "Show or hide the secret typed here"),
    Key::new(&[Press::ctrl('y')], Action::CopyRedirectUri, "copy URI", "Copy the redirect URI to register"),
    Key::new(&[Press::ctrl('x')], Action::Discard, "", "Empty the form: what was typed is forgotten"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back; a new credential's draft is kept"),
];

/// What becomes of the draft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    New,
    Edit(CredentialId),
}

/// The screen.
#[derive(Debug)]
pub struct Form {
    purpose: Purpose,
    provider: String,
    redirect_uri: String,
    /// What an edit is based on.
    base: Option<CredentialBase>,
    /// Whether the vault has a client secret: it is kept when no other is typed.
    has_client_secret: bool,
    /// Names of the secrets the vault has: each is kept when no other is typed.
    kept: BTreeSet<String>,
    slots: Vec<Slot>,
    focus: usize,
    changed: bool,
    /// esc was pressed once over a changed draft.
    warned: bool,
    /// What to say of the draft once it is saved.
    notes: Vec<String>,
    /// The save under way, and whether authentication follows.
    pending: Option<(FlowId, bool)>,
    /// What somebody else changed meanwhile, and whether authentication was to follow.
    conflict: Option<(ConflictPane, bool)>,
}

impl Form {
    /// Empty, for a provider of the catalog.
    ///
    /// # Errors
    /// NotFound.
    pub fn new(cx: &Context<'_>, provider: &str) -> Result<Self, Problem> {
        let provider = known(cx, provider)?;
        let setup = Setup {
            scopes: provider.scopes.clone(),
            redirect_uri: provider.redirect_uri(cx.workspace.settings.redirect_port),
            ..Setup::default()
        };
        let name = free_name(cx, &provider.name);
        Ok(Self::with(Purpose::New, provider, &name, &Details::default(), setup))
    }

    /// Over a stored credential.
    ///
    /// # Errors
    /// NotFound.
    pub fn over(cx: &Context<'_>, id: CredentialId) -> Result<Self, Problem> {
        let (stored, provider) = stored(cx, id)?;
        let form = Self::with(Purpose::Edit(id), provider, stored.name.as_str(), &stored.details, stored.setup.clone());
        Ok(Self { base: Some(CredentialBase::of(stored)), ..form })
    }

    fn with(purpose: Purpose, provider: &Provider, name: &str, details: &Details, setup: Setup) -> Self {
        let slots = slot::of(provider, name, details, &setup);
        Self {
            purpose,
            provider: provider.id.clone(),
            redirect_uri: setup.redirect_uri,
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
        }
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let warned = std::mem::take(&mut self.warned);
        let last = self.slots.len() - 1;
        match action {
            Action::NextField => self.focus = (self.focus + 1) % self.slots.len(),
            Action::PreviousField => self.focus = self.focus.checked_sub(1).unwrap_or(last),
            Action::Down if !self.cycle(cx, true) => self.focus = (self.focus + 1).min(last),
            Action::Up if !self.cycle(cx, false) => self.focus = self.focus.saturating_sub(1),
            Action::NextTab => self.focus = self.first_of_authorization(),
            Action::PreviousTab => self.focus = 0,
            Action::Accept => match self.slots.get(self.focus).map(|slot| &slot.of) {
                Some(Of::AuthenticateButton) => return self.save(cx, true),
                Some(Of::SaveButton) => return self.save(cx, false),
                _ => self.focus = (self.focus + 1).min(last),
            },
            Action::Authenticate => return self.save(cx, true),
            Action::Save => return self.save(cx, false),
            Action::Reveal => self.toggle_shown(),
            Action::CopyRedirectUri if self.redirect_uri.is_empty() => {
                let text = "This integration signs in without a redirect URI.";
                return vec![Effect::Notice(Notice::Refused(text.to_owned()))];
            }
            Action::CopyRedirectUri => {
                let text = self.redirect_uri.clone();
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
                let text = "The draft is kept until the vault locks: choose the integration again to go on.";
                return vec![Effect::Back, Effect::Notice(Notice::Done(text.to_owned()))];
            }
            Action::Back if self.changed && !warned => {
                self.warned = true;
                let text = "This is not saved yet. esc again discards it, ctrl-s saves it.";
                return vec![Effect::Notice(Notice::Refused(text.to_owned()))];
            }
            Action::Back => return vec![Effect::Back],
            _ => {}
        }
        Vec::new()
    }

    /// Whether something was typed into a new one that is not saved.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.purpose == Purpose::New && self.changed && self.pending.is_none()
    }

    /// Catalog id of the integration.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Of the focused secret, else of the first.
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

    /// The next or former choice of the field; false where it has none.
    fn cycle(&mut self, cx: &Context<'_>, forward: bool) -> bool {
        let Some(slot) = self.slots.get_mut(self.focus) else { return false };
        let Of::Variable(name) = &slot.of else { return false };
        let Some(variable) = cx.catalog.by_id(&self.provider).and_then(|provider| provider.variable(name)) else {
            return false;
        };
        let total = variable.choices.len();
        if total == 0 {
            return false;
        }
        let at = variable.choices.iter().position(|choice| choice.value == slot.field.text());
        let next = match (at, forward) {
            (None, _) => 0,
            (Some(at), true) => (at + 1) % total,
            (Some(at), false) => (at + total - 1) % total,
        };
        if let Some(choice) = variable.choices.get(next) {
            slot.field.set(&choice.value);
            self.changed = true;
        }
        true
    }

    /// Types into the focused field; what was wrong with it is forgotten.
    fn typed(&mut self, change: impl FnOnce(&mut Slot)) -> Vec<Effect> {
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
        self.pending = Some((cx.flow, then_authenticate));
        vec![match &self.base {
            Some(base) => Effect::Work(cx.flow, Operation::Edit(Box::new(base.clone()), draft)),
            None => Effect::Work(cx.flow, Operation::Add(draft)),
        }]
    }

    fn check(&mut self, cx: &Context<'_>) {
        let own = if let Purpose::Edit(id) = self.purpose { Some(id) } else { None };
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return };
        let has_secret = self.has_client_secret || !provider.needs_client_secret;
        for slot in &mut self.slots {
            let text = slot.field.text().trim().to_owned();
            slot.error = match &slot.of {
                Of::Name => match Name::parse(&text) {
                    Err(error) => Some(error.to_string()),
                    Ok(name) if cx.snapshot.credentials.has_name(&name, own) => {
                        Some("Another credential has this name.".to_owned())
                    }
                    Ok(_) => None,
                },
                Of::ExpiresOn if !text.is_empty() && text.parse::<jiff::civil::Date>().is_err() => {
                    Some("Write the day as 2027-02-01, or leave it empty.".to_owned())
                }
                Of::ClientId if text.is_empty() => Some("Copy it from the provider's console.".to_owned()),
                Of::ClientSecret if slot.field.secret().is_blank() && !has_secret => {
                    Some("Copy it from the provider's console.".to_owned())
                }
                Of::Secret(name) if slot.field.secret().is_blank() => {
                    let free = self.kept.contains(name) || provider.variable(name).is_some_and(|known| known.optional);
                    (!free).then(|| "Copy it from the provider's console.".to_owned())
                }
                Of::Variable(name) => match provider.variable(name).map(|variable| variable.normalize(&text)) {
                    // A list to choose from is not read out: ↑↓ goes through it.
                    Some(Err(problem)) if provider.variable(name).is_some_and(|known| !known.choices.is_empty()) => {
                        Some(format!("{} {} ↑↓ chooses.", problem.what, problem.why))
                    }
                    Some(Err(problem)) => Some(in_full(&problem)),
                    _ => None,
                },
                _ => None,
            };
        }
    }

    fn draft(&self, cx: &Context<'_>) -> Draft {
        let mut draft = Draft { provider: self.provider.clone(), ..Draft::default() };
        draft.setup.redirect_uri.clone_from(&self.redirect_uri);
        let mut client = Client { id: ClientId(String::new()), secret: None };
        for slot in &self.slots {
            let text = slot.field.text().trim().to_owned();
            match &slot.of {
                Of::Name => draft.name = text,
                Of::Description => draft.details.description = text,
                Of::Owner => draft.details.owner = text,
                Of::Tags => draft.details.tags = words(&text, ','),
                // What is no date was refused by the check before.
                Of::ExpiresOn => draft.details.expires_on = text.parse().ok(),
                Of::Browser => draft.details.browser = text,
                Of::ClientId => client.id.0 = text,
                Of::Secret(name) if !slot.field.is_empty() => {
                    draft.setup.secrets.insert(name.clone(), slot.field.secret());
                }
                Of::ClientSecret if !slot.field.is_empty() => client.secret = Some(slot.field.secret().into()),
                Of::Variable(name) => {
                    let variable = cx.catalog.by_id(&self.provider).and_then(|provider| provider.variable(name));
                    let value = variable.and_then(|variable| variable.normalize(&text).ok());
                    draft.setup.variables.insert(name.clone(), value.map_or(text, |value| value.value));
                }
                Of::Scopes => {
                    draft.setup.scopes = text.split([' ', ',']).filter(|s| !s.is_empty()).map(str::to_owned).collect();
                }
                Of::ClientSecret | Of::Secret(_) | Of::AuthenticateButton | Of::SaveButton => {}
            }
        }
        draft.setup.client = client;
        draft
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
        if self.conflict.is_some() { conflict_pane::KEYS } else { KEYS }
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let provider = cx.catalog.by_id(&self.provider).filter(|_| action == Action::Authenticate)?;
        slot::is_testable_key(provider).then_some("save and test")
    }

    fn captures_text(&self) -> bool {
        self.conflict.is_none()
    }

    fn waits_for(&self) -> Option<FlowId> {
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
            Input::Do(action) if self.conflict.is_some() => self.act_on_conflict(cx, action),
            Input::Paste(_) if self.conflict.is_some() => Vec::new(),
            Input::Do(action) => self.act(cx, action),
            Input::Text(c) => self.typed(|slot| slot.field.insert(c)),
            Input::Edit(edit) if edit.only_moves() => {
                self.slots.get_mut(self.focus).into_iter().for_each(|slot| slot.field.edit(edit));
                Vec::new()
            }
            Input::Edit(edit) => self.typed(|slot| slot.field.edit(edit)),
            Input::Paste(text) => self.typed(|slot| slot.field.paste(&text)),
            Input::Flow(id, JobEvent::Finished(result)) if self.waits_for() == Some(id) => self.finished(result),
            Input::Flow(..) | Input::Click { .. } | Input::Scroll(_) => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        match &self.conflict {
            Some((pane, _)) => pane.draw(cx, frame, area),
            None => self.draw(cx, frame, area),
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

/// The name itself, or with the first number that makes it unique.
fn free_name(cx: &Context<'_>, wanted: &str) -> String {
    let free = |text: &String| Name::parse(text).is_ok_and(|name| !cx.snapshot.credentials.has_name(&name, None));
    let numbered = (2..=cx.snapshot.credentials.list.len() + 2).map(|number| format!("{wanted} {number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(free).unwrap_or_default()
}

fn words(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CANARY, Fixture};
    use super::*;
    use crate::engine::event::Outcome;
    use crate::secret::Secret;
    use crate::tui::route::Route;

    fn to(form: &mut Form, of: &Of) {
        form.focus = form.slots.iter().position(|slot| slot.of == *of).unwrap();
    }

    #[test]
    fn tt_13_a_filled_form_saves_and_never_shows_its_secret() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let mut form = Form::new(&cx, "manageengine").unwrap();
        form.update(&cx, Input::Do(Action::Save));
        assert_eq!(form.slots[form.focus].of, Of::ClientId, "the first wrong field has the focus");
        form.update(&cx, Input::Paste(Secret::new(" 1000.ABC\r\n".to_owned())));
        to(&mut form, &Of::ClientSecret);
        form.update(&cx, Input::Paste(Secret::new(format!(" {CANARY}\n"))));
        let frame = fixture.draw(&form, 80, 22);
        assert!(frame.contains("pasted, 16 characters") && frame.contains("••••"), "{frame}");
        fixture.draw_every_size(&form);
        let effects = form.update(&cx, Input::Do(Action::Authenticate));
        let [Effect::Work(_, Operation::Add(draft))] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!((draft.setup.client.id.0.as_str(), draft.name.as_str()), ("1000.ABC", "ManageEngine"));
        assert_eq!(draft.setup.client.secret.as_ref().unwrap().chars(), CANARY.len());
        let id = cx.snapshot.credentials.list[0].id;
        let done = form.update(&cx, Input::Flow(cx.flow, JobEvent::Finished(Ok(Outcome::Added(id)))));
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
    fn cf_01_the_domain_is_chosen_or_mended_and_nonsense_is_refused() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let mut form = Form::new(&cx, "manageengine").unwrap();
        let name = cx.catalog.by_id("manageengine").unwrap().variables[0].name.clone();
        to(&mut form, &Of::Variable(name));
        let before = form.slots[form.focus].field.text().to_owned();
        form.update(&cx, Input::Do(Action::Down));
        assert_ne!(form.slots[form.focus].field.text(), before);
        form.slots[form.focus].field.set("https://accounts.zoho.eu/");
        assert!(fixture.draw(&form, 80, 22).contains("Europe"));
        form.slots[form.focus].field.set("evil.example");
        form.check(&cx);
        assert!(form.slots[form.focus].error.is_some());
    }
}
