//! Checks the form's fields, and builds the draft.

use std::collections::BTreeMap;

use super::credential::Choice;
use super::field::{self, FieldKind};
use super::{Form, Purpose};
use crate::catalog::RecordType;
use crate::engine::ops::integrations::{self, Draft};
use crate::model::credential::Name;
use crate::model::integration::{Schedule, parse_fields};
use crate::tui::context::Context;
use crate::tui::present::advice;

impl Form {
    /// Checks every visible field.
    pub(super) fn check(&mut self, cx: &Context<'_>) {
        let own = if let Purpose::Edit(id) = self.purpose { Some(id) } else { None };
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return };
        let chosen = self.chosen(provider);
        let (nothing, credential) = (chosen.is_empty(), self.credential);
        let first_load = self.slots.iter().position(|slot| matches!(slot.of, FieldKind::RecordType(_)));
        let schedule =
            self.slots.iter().find(|slot| slot.of == FieldKind::Schedule).map(|slot| slot.field.text().parse());
        let runs_by_itself = !matches!(schedule, None | Some(Ok(Schedule::ByHand) | Err(_)));
        for (at, slot) in self.slots.iter_mut().enumerate() {
            let text = slot.field.text().trim();
            slot.error = match &slot.of {
                FieldKind::Name => match Name::parse(text) {
                    Err(error) => Some(error.to_string()),
                    Ok(name) if cx.snapshot.integrations.has_name(&name, own) => {
                        Some("Another integration has this name.".to_owned())
                    }
                    Ok(_) => None,
                },
                FieldKind::RecordType(_) => {
                    (nothing && Some(at) == first_load).then(|| "Choose at least one (press space).".to_owned())
                }
                FieldKind::Credential if credential == Choice::Create => {
                    Some("Press enter to create it, or choose one, or none for now.".to_owned())
                }
                FieldKind::Parameter(name) if field::needs(&chosen, name) && matches!(text, "" | "." | "..") => {
                    Some("Required to request the records.".to_owned())
                }
                FieldKind::Folder if text.is_empty() && runs_by_itself => {
                    Some("A schedule needs a folder. Without a folder, use manual.".to_owned())
                }
                FieldKind::Folder => {
                    integrations::folder(text).err().map(|problem| format!("{} {}", problem.why, advice(&problem)))
                }
                FieldKind::Schedule => text.parse::<Schedule>().err().map(|error| error.to_string()),
                FieldKind::Fields(_) => parse_fields(text).err().map(|error| error.to_string()),
                _ => None,
            };
        }
    }

    /// The draft to save. Call `check` first, which refuses invalid input.
    pub(super) fn draft(&self, cx: &Context<'_>) -> Draft {
        let mut draft = Draft { provider: self.provider.clone(), ..Draft::default() };
        let chosen = cx.catalog.by_id(&self.provider).map(|provider| self.chosen(provider)).unwrap_or_default();
        let is_chosen = |id: &String| chosen.iter().any(|load| load.id == *id);
        let kept = self.stored.iter().filter(|id| is_chosen(id)).cloned();
        let added = chosen.iter().map(|load| load.id.clone()).filter(|id| !self.stored.contains(id));
        draft.setup.loads = kept.chain(added).collect();
        draft.setup.credential = self.credential.id();
        draft.setup.format = self.format;
        draft.setup.accept_gone = self.accept_gone;
        draft.setup.parameters = self.parameters(&chosen);
        for slot in &self.slots {
            let text = slot.field.text().trim();
            match &slot.of {
                FieldKind::Name => text.clone_into(&mut draft.name),
                FieldKind::Folder => text.clone_into(&mut draft.setup.folder),
                FieldKind::Schedule => draft.setup.schedule = text.parse().unwrap_or_default(),
                FieldKind::Fields(load) if is_chosen(load) => {
                    draft.setup.fields.insert(load.clone(), parse_fields(text).unwrap_or_default());
                }
                _ => {}
            }
        }
        draft
    }

    /// The values of the parameters and filters of these record types.
    pub(super) fn parameters(&self, loads: &[&RecordType]) -> BTreeMap<String, String> {
        let value = |slot: &field::FormField| match &slot.of {
            FieldKind::Parameter(name) | FieldKind::Filter(name) if field::is_taken(loads, name) => {
                let text = slot.field.text().trim();
                (!text.is_empty()).then(|| (name.clone(), text.to_owned()))
            }
            _ => None,
        };
        self.slots.iter().filter_map(value).collect()
    }
}
