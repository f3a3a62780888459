//! What every store holds, whatever it is kept in: records and the steps of undo. Edits are applied here, in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::error::StoreError;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Credentials};
use crate::model::integration::Integrations;
use crate::model::record::Conflict;
use crate::model::transaction::{Edit, Transaction};

/// How many steps `undo` can go back.
const MAX_UNDO: usize = 20;

/// The records and steps of one generation. Cheap to clone: a change copies only what it changes.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Shared with the snapshots of it.
    pub credentials: Arc<Credentials>,
    /// Shared with the snapshots of it.
    pub integrations: Arc<Integrations>,
    /// Oldest first.
    pub undo: Vec<UndoStep>,
}

/// What one transaction changed, to take it back.
#[derive(Clone, Debug)]
pub struct UndoStep {
    /// When it was saved.
    pub at: Timestamp,
    /// "delete Zoho EU".
    pub label: String,
    /// In the order they are to be applied.
    pub inverses: Vec<Edit>,
}

impl Contents {
    /// Applies every edit of a transaction and remembers one step of undo. On an error `self` is to be thrown away:
    /// some of the edits may be in it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`].
    pub fn apply(&mut self, transaction: Transaction, now: Timestamp) -> Result<(), StoreError> {
        let (mut label, mut inverses) = (transaction.label, Vec::new());
        for edit in transaction.edits {
            let own = match &edit {
                Edit::Credential(change) => change.label(&self.credentials),
                Edit::Integration(change) => change.label(&self.integrations),
            };
            let inverse = self.put(edit, now).map_err(StoreError::Conflict)?;
            if own.is_some() {
                inverses.extend(inverse);
                label = label.or(own);
            }
        }
        if let (Some(label), false) = (label, inverses.is_empty()) {
            inverses.reverse();
            self.undo.push(UndoStep { at: now, label, inverses });
            let excess = self.undo.len().saturating_sub(MAX_UNDO);
            self.undo.drain(..excess);
        }
        Ok(())
    }

    /// Takes the newest step back and gives its label.
    ///
    /// # Errors
    /// [`StoreError::NothingToUndo`]; [`StoreError::UndoConflict`] if what it would change was changed since.
    pub fn take_back(&mut self, now: Timestamp) -> Result<String, StoreError> {
        let step = self.undo.pop().ok_or(StoreError::NothingToUndo)?;
        for inverse in step.inverses {
            self.put(inverse, now).map_err(StoreError::UndoConflict)?;
        }
        Ok(step.label)
    }

    /// Applies an edit and gives its inverse. Tokens that come for a deleted credential are kept in the step of undo
    /// that would bring it back: the pair it holds is spent.
    fn put(&mut self, edit: Edit, now: Timestamp) -> Result<Option<Edit>, Conflict> {
        match edit {
            Edit::Credential(change) => {
                if let Some(deleted) = self.deleted(&change) {
                    change.record(deleted, now);
                    return Ok(None);
                }
                change.apply(Arc::make_mut(&mut self.credentials), now).map(|inverse| inverse.map(Edit::from))
            }
            Edit::Integration(change) => {
                change.apply(Arc::make_mut(&mut self.integrations), now).map(|inverse| inverse.map(Edit::from))
            }
        }
    }

    /// The deleted credential whose new tokens `change` brings, where a step of undo has it.
    fn deleted(&mut self, change: &Change) -> Option<&mut Credential> {
        let brings_tokens = matches!(change, Change::Refreshed { .. } | Change::Authenticated { .. });
        let id = change.id();
        if !brings_tokens || self.credentials.by_id(id).is_some() {
            return None;
        }
        let inverses = self.undo.iter_mut().rev().flat_map(|step| &mut step.inverses);
        inverses.into_iter().find_map(|edit| match edit {
            Edit::Credential(Change::Restore(credential)) if credential.id == id => Some(&mut **credential),
            _ => None,
        })
    }

    /// The credential, also if it was deleted and a step of undo has it.
    pub(super) fn with_deleted(&self, id: CredentialId) -> Option<&Credential> {
        let of_undo = || {
            let inverses = self.undo.iter().rev().flat_map(|step| &step.inverses);
            inverses.into_iter().find_map(|edit| match edit {
                Edit::Credential(Change::Restore(credential)) if credential.id == id => Some(&**credential),
                _ => None,
            })
        };
        self.credentials.by_id(id).or_else(of_undo)
    }

    /// What it holds of credentials that are not `there`: their names, and the labels of steps of undo about them.
    pub(super) fn holds_beyond(&self, there: &BTreeSet<CredentialId>) -> Vec<String> {
        let gone = self.credentials.list.iter().filter(|credential| !there.contains(&credential.id));
        let steps = self.undo.iter().filter(|step| step.is_beyond(there));
        gone.map(|credential| credential.name.to_string()).chain(steps.map(|step| step.label.clone())).collect()
    }
}

impl UndoStep {
    /// Whether it is about a credential that is not `there`.
    pub(super) fn is_beyond(&self, there: &BTreeSet<CredentialId>) -> bool {
        let beyond = |edit: &Edit| matches!(edit, Edit::Credential(change) if !there.contains(&change.id()));
        self.inverses.iter().any(beyond)
    }
}
