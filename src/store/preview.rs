//! What taking the next step of undo or redo would delete.

use super::contents::Contents;
use super::steps::{Direction, Loss, SessionId, Step, UndoStep};
use crate::model::change::Change;
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationChange;
use crate::model::transaction::Edit;

impl Contents {
    /// The step that would be taken next, as `session` sees it.
    #[must_use]
    pub fn next(&self, direction: Direction, session: Option<SessionId>) -> Option<Step> {
        let step = self.steps(direction).last()?;
        let is_own = session.is_some() && step.session == session;
        Some(Step { at: step.at, label: step.label.clone(), is_own, losses: self.losses(step) })
    }

    fn losses(&self, step: &UndoStep) -> Vec<Loss> {
        let removed = |edit: &Edit| match edit {
            Edit::Credential(Change::Remove { id }) => Some(*id),
            _ => None,
        };
        step.inverses.iter().filter_map(removed).filter_map(|id| self.loss(id, step)).collect()
    }

    fn loss(&self, id: CredentialId, step: &UndoStep) -> Option<Loss> {
        let credential = self.credentials.by_id(id)?;
        let stays = |integration| {
            let removes = |edit: &Edit| match edit {
                Edit::Integration(IntegrationChange::Remove { id }) => *id == integration,
                _ => false,
            };
            !step.inverses.iter().any(removes)
        };
        let users = self.integrations.using(id).filter(|one| stays(one.id));
        let loss = Loss {
            name: credential.name.to_string(),
            has_tokens: credential.tokens.is_some(),
            is_proven: credential.proof.is_some(),
            used_by: users.map(|one| one.name.to_string()).collect(),
        };
        (loss.has_tokens || loss.is_proven || !loss.used_by.is_empty()).then_some(loss)
    }
}
