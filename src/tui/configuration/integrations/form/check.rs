//! What is wrong with the form's fields, and the draft it comes down to.

use std::collections::BTreeMap;

use super::credential::Choice;
use super::slot::{self, Of};
use super::{Form, Purpose};
use crate::catalog::Load;
use crate::engine::ops::integrations::{self, Draft};
use crate::model::credential::Name;
use crate::model::integration::{Schedule, parse_fields};
use crate::tui::context::Context;
use crate::tui::present::advice;

impl Form {
    /// Looks at every field that is shown.
    pub(super) fn check(&mut self, cx: &Context<'_>) {
        let own = if let Purpose::Edit(id) = self.purpose { Some(id) } else { None };
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return };
        let chosen = self.chosen(provider);
        let (nothing, credential) = (chosen.is_empty(), self.credential);
        let first_load = self.slots.iter().position(|slot| matches!(slot.of, Of::Load(_)));
        let schedule = self.slots.iter().find(|slot| slot.of == Of::Schedule).map(|slot| slot.field.text().parse());
        let runs_by_itself = !matches!(schedule, None | Some(Ok(Schedule::ByHand) | Err(_)));
        for (at, slot) in self.slots.iter_mut().enumerate() {
            let text = slot.field.text().trim();
            slot.error = match &slot.of {
                Of::Name => match Name::parse(text) {
                    Err(error) => Some(error.to_string()),
                    Ok(name) if cx.snapshot.integrations.has_name(&name, own) => {
                        Some("Another integration has this name.".to_owned())
                    }
                    Ok(_) => None,
                },
                Of::Load(_) => {
                    (nothing && Some(at) == first_load).then(|| "Choose at least one (press space).".to_owned())
                }
                Of::Credential if credential == Choice::Create => {
                    Some("Press enter to create it, or choose one, or none for now.".to_owned())
                }
                Of::Parameter(name) if slot::needs(&chosen, name) && matches!(text, "" | "." | "..") => {
                    Some("Required to request the records.".to_owned())
                }
                Of::Folder if text.is_empty() && runs_by_itself => {
                    Some("A schedule needs a folder. Without a folder, use manual.".to_owned())
                }
                Of::Folder => {
                    integrations::folder(text).err().map(|problem| format!("{} {}", problem.why, advice(&problem)))
                }
                Of::Schedule => text.parse::<Schedule>().err().map(|error| error.to_string()),
                Of::Fields(_) => parse_fields(text).err().map(|error| error.to_string()),
                _ => None,
            };
        }
    }

    /// What is to be saved. What could not be read was refused by the check before.
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
                Of::Name => text.clone_into(&mut draft.name),
                Of::Folder => text.clone_into(&mut draft.setup.folder),
                Of::Schedule => draft.setup.schedule = text.parse().unwrap_or_default(),
                Of::Fields(load) if is_chosen(load) => {
                    draft.setup.fields.insert(load.clone(), parse_fields(text).unwrap_or_default());
                }
                _ => {}
            }
        }
        draft
    }

    /// What was typed for the parameters and filters these kinds of record take.
    pub(super) fn parameters(&self, loads: &[&Load]) -> BTreeMap<String, String> {
        let value = |slot: &slot::Slot| match &slot.of {
            Of::Parameter(name) | Of::Filter(name) if slot::is_taken(loads, name) => {
                let text = slot.field.text().trim();
                (!text.is_empty()).then(|| (name.clone(), text.to_owned()))
            }
            _ => None,
        };
        self.slots.iter().filter_map(value).collect()
    }
}
