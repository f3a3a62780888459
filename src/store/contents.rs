//! The contents of every kind of store: records and undo steps. Edits are applied to them in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::error::StoreError;
use super::steps::{Direction, SessionId, Step, UndoStep};
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Credentials};
use crate::model::integration::Integrations;
use crate::model::record::{self, Conflict};
use crate::model::transaction::{Edit, Transaction};

const MAX_UNDO: usize = 20;

/// The records and steps of one version. Cloning is cheap: the lists are shared until one of them is changed.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Shared with snapshots of this version.
    pub credentials: Arc<Credentials>,
    /// Shared with snapshots of this version.
    pub integrations: Arc<Integrations>,
    /// Oldest first.
    pub undo: Vec<UndoStep>,
    /// Steps undone since the last edit, the newest last.
    pub redo: Vec<UndoStep>,
}

impl Contents {
    /// Applies every edit of a transaction and adds one undo step. After an error `self` must be discarded: some of
    /// the edits may be in it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`].
    pub fn apply(&mut self, transaction: Transaction, now: Timestamp, session: SessionId) -> Result<(), StoreError> {
        let (mut label, mut inverses) = (transaction.label, Vec::new());
        let mut edits = transaction.edits.into_iter().peekable();
        let mut new = Vec::new();
        while let Some(edit) = edits.next() {
            let own = match &edit {
                Edit::Credential(change) => change.label(&self.credentials),
                Edit::Integration(change) => change.label(&self.integrations),
            };
            let inverse = if let Edit::Credential(Change::Insert(credential)) = edit {
                // An import has many new records in a row, which are checked in one pass.
                let inverse = Change::Remove { id: credential.id };
                new.push(*credential);
                if !matches!(edits.peek(), Some(Edit::Credential(Change::Insert(_)))) {
                    let Credentials { list, unreadable, .. } = Arc::make_mut(&mut self.credentials);
                    record::insert_all(list, unreadable, std::mem::take(&mut new)).map_err(StoreError::Conflict)?;
                }
                Some(inverse.into())
            } else {
                self.put(edit, now).map_err(StoreError::Conflict)?
            };
            if own.is_some() {
                inverses.extend(inverse);
                label = label.or(own);
            }
        }
        if let (Some(label), false) = (label, inverses.is_empty()) {
            inverses.reverse();
            // Steps undone before no longer apply to the current records.
            self.redo.clear();
            self.push(
                Direction::Undo,
                UndoStep { at: now, label, session: Some(session), inverses: Arc::new(inverses) },
            );
        }
        Ok(())
    }

    /// Applies the next step and returns its label. With `only`, refuses if that is not the next step. After an error
    /// `self` must be discarded, as for [`apply`](Self::apply).
    ///
    /// # Errors
    /// [`StoreError::NothingToUndo`], [`StoreError::NothingToRedo`]; [`StoreError::OtherStep`] if `only` is not the
    /// next step; [`StoreError::UndoConflict`] if the records it would change were changed since.
    pub fn undo_or_redo(
        &mut self,
        direction: Direction,
        only: Option<&Step>,
        now: Timestamp,
        session: SessionId,
    ) -> Result<String, StoreError> {
        let (steps, none, back) = match direction {
            Direction::Undo => (&mut self.undo, StoreError::NothingToUndo, Direction::Redo),
            Direction::Redo => (&mut self.redo, StoreError::NothingToRedo, Direction::Undo),
        };
        let step = steps.pop().ok_or(none)?;
        if only.is_some_and(|only| only.at != step.at || only.label != step.label) {
            return Err(StoreError::OtherStep { next: step.label });
        }
        let mut inverses = Vec::new();
        for inverse in Arc::unwrap_or_clone(step.inverses) {
            inverses.extend(self.put(inverse, now).map_err(StoreError::UndoConflict)?);
        }
        inverses.reverse();
        if !inverses.is_empty() {
            let inverses = Arc::new(inverses);
            self.push(back, UndoStep { at: now, label: step.label.clone(), session: Some(session), inverses });
        }
        Ok(step.label)
    }

    /// The steps of a direction, the next one last.
    pub(super) fn steps(&self, direction: Direction) -> &[UndoStep] {
        match direction {
            Direction::Undo => &self.undo,
            Direction::Redo => &self.redo,
        }
    }

    fn push(&mut self, direction: Direction, step: UndoStep) {
        let steps = match direction {
            Direction::Undo => &mut self.undo,
            Direction::Redo => &mut self.redo,
        };
        steps.push(step);
        let excess = steps.len().saturating_sub(MAX_UNDO);
        steps.drain(..excess);
    }

    /// Applies an edit and returns its inverse. New tokens of a deleted credential are stored in the undo step that
    /// would restore it, because the tokens in that step are spent.
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

    /// The deleted credential that `change` brings tokens for, if an undo step contains it.
    fn deleted(&mut self, change: &Change) -> Option<&mut Credential> {
        let id = change.id();
        if !change.brings_tokens() || self.credentials.by_id(id).is_some() {
            return None;
        }
        let brings_back =
            |edit: &Edit| matches!(edit, Edit::Credential(Change::Restore { credential, .. }) if credential.id == id);
        let mut steps = self.undo.iter_mut().rev().chain(self.redo.iter_mut().rev());
        let step = steps.find(|step| step.inverses.iter().any(brings_back))?;
        Arc::make_mut(&mut step.inverses).iter_mut().find_map(|edit| match edit {
            Edit::Credential(Change::Restore { credential, .. }) if credential.id == id => Some(&mut **credential),
            _ => None,
        })
    }

    /// The credential, even if it was deleted and only an undo step still contains it.
    pub(super) fn with_deleted(&self, id: CredentialId) -> Option<&Credential> {
        let of_undo = || {
            let steps = self.undo.iter().rev().chain(self.redo.iter().rev());
            steps.flat_map(|step| step.inverses.iter()).find_map(|edit| match edit {
                Edit::Credential(Change::Restore { credential, .. }) if credential.id == id => Some(&**credential),
                _ => None,
            })
        };
        self.credentials.by_id(id).or_else(of_undo)
    }

    /// What remains of credentials that are not in `there`: their names, and the labels of undo steps about them.
    pub(super) fn holds_beyond(&self, there: &BTreeSet<CredentialId>) -> Vec<String> {
        let gone = self.credentials.list.iter().filter(|credential| !there.contains(&credential.id));
        let steps = self.undo.iter().chain(&self.redo).filter(|step| step.is_beyond(there));
        gone.map(|credential| credential.name.to_string()).chain(steps.map(|step| step.label.clone())).collect()
    }
}

impl UndoStep {
    /// Whether the step is about a credential that is not in `there`.
    pub(super) fn is_beyond(&self, there: &BTreeSet<CredentialId>) -> bool {
        let beyond = |edit: &Edit| matches!(edit, Edit::Credential(change) if !there.contains(&change.id()));
        self.inverses.iter().any(beyond)
    }
}
