//! Handles a conflict: fields of the form were changed elsewhere since it was opened.

use super::{Form, Purpose, stored};
use crate::engine::ops::credentials::CredentialBase;
use crate::model::credential::CredentialField;
use crate::model::field::FieldConflict;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice};
use crate::tui::keymap::Action;
use crate::tui::widgets::conflict::ConflictPane;

impl Form {
    /// Handles an action while the conflicting fields are shown.
    pub(super) fn act_on_conflict(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let Some((pane, authenticate)) = self.conflict.take() else { return Vec::new() };
        let Purpose::Edit(id) = self.purpose else { return Vec::new() };
        let stored = match stored(cx, id) {
            Ok((credential, _)) => credential,
            Err(problem) => return vec![Effect::Notice(Notice::Failed(problem))],
        };
        match action {
            Action::KeepMine => {
                self.base = Some(CredentialBase::of(stored));
                self.save(cx, authenticate)
            }
            Action::TakeStored => {
                let fields: Vec<CredentialField> = pane.fields().filter_map(|field| field.parse().ok()).collect();
                for slot in &mut self.slots {
                    if let Some(field) = slot.of.field().filter(|field| fields.contains(field)) {
                        slot.take(stored, &field);
                    }
                }
                self.base = Some(CredentialBase::of(stored));
                vec![Effect::Notice(Notice::Refused(
                    "The stored values are in the form. Press ctrl-s to save.".to_owned(),
                ))]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn conflicted(&mut self, cx: &Context<'_>, fields: &[FieldConflict], authenticate: bool) -> Vec<Effect> {
        let Purpose::Edit(id) = self.purpose else { return Vec::new() };
        let label = |field: &str| {
            let slot = self.slots.iter().find(|slot| slot.of.field().is_some_and(|one| one.to_string() == field))?;
            Some(slot.label.trim_end_matches([' ', '*']).to_owned())
        };
        self.conflict = Some((ConflictPane::new(cx, &id.to_string(), fields, label), authenticate));
        Vec::new()
    }
}
