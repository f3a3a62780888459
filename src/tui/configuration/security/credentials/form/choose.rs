//! The lists of values for a field: a variable's choices, and the scopes of the catalog.

use super::Form;
use super::field::FieldKind;
use crate::catalog::{Provider, Variable};
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice};
use crate::tui::input::Input;
use crate::tui::widgets::picker::{Item, Picker, PickerResult};

impl Form {
    /// Leaves the data center of a new credential empty, because providers reject a wrong one with a misleading error.
    pub(super) fn ask_for_data_center(&mut self, provider: &Provider) {
        for slot in &mut self.slots {
            let FieldKind::Variable(name) = &slot.of else { continue };
            if provider.variable(name).is_some_and(|variable| provider.is_data_center(variable)) {
                slot.field.clear();
            }
        }
    }

    /// The variable of the focused field, if it has a list of choices.
    fn choice<'a>(&self, cx: &Context<'a>) -> Option<&'a Variable> {
        let FieldKind::Variable(name) = &self.slots.get(self.focus)?.of else { return None };
        let variable = cx.catalog.by_id(&self.provider)?.variable(name)?;
        (!variable.choices.is_empty()).then_some(variable)
    }

    /// Whether the focused field only accepts values from a list.
    pub(super) fn is_choice(&self, cx: &Context<'_>) -> bool {
        self.choice(cx).is_some()
    }

    /// Whether Enter opens a list at the focused field.
    pub(super) fn opens_list(&self, cx: &Context<'_>) -> bool {
        let at_scopes = self.slots.get(self.focus).is_some_and(|slot| slot.of == FieldKind::Scopes);
        self.is_choice(cx) || (at_scopes && cx.catalog.by_id(&self.provider).is_some_and(Provider::names_scopes))
    }

    pub(super) fn open_list(&mut self, cx: &Context<'_>) {
        let Some(slot) = self.slots.get(self.focus) else { return };
        let text = slot.field.text();
        self.picker = match (self.choice(cx), cx.catalog.by_id(&self.provider)) {
            (Some(variable), _) => Some(Picker::one(&variable.label, choices(variable, text))),
            (None, Some(provider)) => Some(Picker::several("Scopes", scopes(provider, text))),
            (None, None) => None,
        };
    }

    /// Opens the list with this character in its filter; a space only opens it.
    pub(super) fn open_list_at(&mut self, cx: &Context<'_>, c: char) -> Vec<Effect> {
        self.warned = false;
        self.open_list(cx);
        if c == ' ' { Vec::new() } else { self.choose(cx, Input::Text(c)) }
    }

    /// Handles an input while the list is open.
    pub(super) fn choose(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let Some(picker) = &mut self.picker else { return Vec::new() };
        let text = match picker.update(cx, input) {
            PickerResult::Nothing => return Vec::new(),
            PickerResult::Left => None,
            PickerResult::Values(values) => Some(values.join(" ")),
            // A pasted URL may also select one of the choices.
            PickerResult::Typed(text) => match self.choice(cx).map(|variable| variable.normalize(&text)) {
                Some(Ok(found)) => {
                    self.picker = None;
                    self.typed(|slot| slot.field.set(&found.value));
                    return found.note.map(|note| Effect::Notice(Notice::Done(note))).into_iter().collect();
                }
                Some(Err(problem)) => {
                    let text = format!("{} {}", problem.what, problem.why);
                    return vec![Effect::Notice(Notice::Refused(text))];
                }
                None => None,
            },
        };
        self.picker = None;
        text.map_or_else(Vec::new, |text| self.typed(|slot| slot.field.set(&text)))
    }
}

fn choices(variable: &Variable, held: &str) -> Vec<Item> {
    let held = variable.normalize(held).map(|found| found.value).unwrap_or_default();
    let item = |choice: &crate::catalog::Choice| Item {
        value: choice.value.clone(),
        text: choice.value.clone(),
        beside: choice.label.clone(),
        words: format!("{} {}", choice.code, choice.accepts.join(" ")),
        chosen: choice.value == held,
        preset: false,
    };
    let none = variable.optional.then(|| Item { text: "none".to_owned(), ..Item::default() });
    none.into_iter().chain(variable.choices.iter().map(item)).collect()
}

/// The scopes of the catalog with what each one allows, then the other scopes in the field.
fn scopes(provider: &Provider, held: &str) -> Vec<Item> {
    let held: Vec<&str> = split(held).collect();
    let mut items: Vec<Item> = Vec::new();
    let known = provider.scopes.iter().chain(provider.scope_help.iter().map(|(scope, _)| scope));
    for scope in known.map(String::as_str).chain(held.iter().copied()) {
        if items.iter().any(|item| item.value == scope) {
            continue;
        }
        let known = provider.scope_help.iter().find(|(known, _)| known.eq_ignore_ascii_case(scope));
        let preset = provider.scopes.iter().any(|known| known == scope);
        let unknown = if preset { "" } else { "not in the catalog" };
        items.push(Item {
            value: scope.to_owned(),
            text: scope.to_owned(),
            beside: known.map_or_else(|| unknown.to_owned(), |(_, words)| words.clone()),
            words: String::new(),
            chosen: held.contains(&scope),
            preset,
        });
    }
    items
}

/// Splits a text into scopes, at spaces and commas.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',']).filter(|scope| !scope.is_empty())
}
