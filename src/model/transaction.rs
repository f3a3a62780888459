//! Edits that are saved together.

use super::change::Change;
use super::integration::IntegrationChange;

/// An edit of a record of either kind.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Of a credential.
    Credential(Change),
    /// Of an integration.
    Integration(IntegrationChange),
}

/// Edits that are saved together: all of them or none, as one generation and at most one step of undo.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// In the order they are applied.
    pub edits: Vec<Edit>,
    /// What `undo` calls the step; by default what the first edit that can be undone says.
    pub label: Option<String>,
}

impl From<Change> for Edit {
    fn from(change: Change) -> Self {
        Self::Credential(change)
    }
}

impl From<IntegrationChange> for Edit {
    fn from(change: IntegrationChange) -> Self {
        Self::Integration(change)
    }
}

impl<T: Into<Edit>> From<T> for Transaction {
    fn from(edit: T) -> Self {
        Self { edits: vec![edit.into()], label: None }
    }
}

impl Transaction {
    /// Of several edits.
    pub fn of<T: Into<Edit>>(edits: impl IntoIterator<Item = T>) -> Self {
        Self { edits: edits.into_iter().map(Into::into).collect(), label: None }
    }

    /// Whether it only holds what was observed of credentials, see [`Change::is_observed`].
    #[must_use]
    pub fn is_observed(&self) -> bool {
        let is_observed = |edit: &Edit| matches!(edit, Edit::Credential(change) if change.is_observed());
        self.label.is_none() && self.edits.iter().all(is_observed)
    }

    /// With a label of its own.
    #[must_use]
    pub fn labeled(self, label: String) -> Self {
        Self { label: Some(label), ..self }
    }
}
