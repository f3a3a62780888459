//! Determines what the next undo or redo step would delete.

use std::collections::{HashMap, HashSet};

use super::contents::Contents;
use super::steps::{Direction, Loss, SessionId, Step, UndoStep};
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId};
use crate::model::integration::{IntegrationChange, IntegrationId};
use crate::model::transaction::Edit;

impl Contents {
    /// The next step, from the perspective of `session`.
    #[must_use]
    pub fn next(&self, direction: Direction, session: Option<SessionId>) -> Option<Step> {
        let step = self.steps(direction).last()?;
        let is_own = session.is_some() && step.session == session;
        Some(Step { at: step.at, label: step.label.clone(), is_own, losses: self.losses(step) })
    }

    /// Each record is looked up once, because an import is one step with thousands of records.
    fn losses(&self, step: &UndoStep) -> Vec<Loss> {
        let mut removed = Vec::new();
        let mut gone = HashSet::new();
        for edit in step.inverses.iter() {
            match edit {
                Edit::Credential(Change::Remove { id }) => removed.push(*id),
                Edit::Integration(IntegrationChange::Remove { id }) => {
                    gone.insert(*id);
                }
                _ => {}
            }
        }
        let wanted: HashSet<CredentialId> = removed.iter().copied().collect();
        let there = self.credentials.list.iter().filter(|one| wanted.contains(&one.id));
        let there: HashMap<CredentialId, &Credential> = there.map(|one| (one.id, &**one)).collect();
        removed.iter().filter_map(|id| self.loss(there.get(id)?, &gone)).collect()
    }

    /// What is lost with a credential if the integrations `gone` are deleted as well.
    fn loss(&self, credential: &Credential, gone: &HashSet<IntegrationId>) -> Option<Loss> {
        let users = self.integrations.using(credential.id).filter(|one| !gone.contains(&one.id));
        let used_by: Vec<String> = users.map(|one| one.name.to_string()).collect();
        let (has_tokens, is_proven) = (credential.tokens.is_some(), credential.proof.is_some());
        let is_lost = has_tokens || is_proven || !used_by.is_empty();
        is_lost.then(|| Loss { name: credential.name.to_string(), has_tokens, is_proven, used_by })
    }
}
