//! Edits that are saved together.

use super::change::Change;
use super::integration::IntegrationChange;

/// An edit of a credential or an integration.
#[derive(Clone, Debug)]
pub enum Edit {
    Credential(Change),
    Integration(IntegrationChange),
}

/// Edits that are saved together: all of them or none, as one version and at most one undo step.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// In the order they are applied.
    pub edits: Vec<Edit>,
    /// The label of the undo step; by default that of the first edit that can be undone.
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
    /// A transaction of several edits.
    pub fn of<T: Into<Edit>>(edits: impl IntoIterator<Item = T>) -> Self {
        Self { edits: edits.into_iter().map(Into::into).collect(), label: None }
    }

    /// Whether it contains only observations, see [`Change::is_observed`].
    #[must_use]
    pub(crate) fn is_observed(&self) -> bool {
        let is_observed = |edit: &Edit| matches!(edit, Edit::Credential(change) if change.is_observed());
        self.label.is_none() && self.edits.iter().all(is_observed)
    }

    /// The same transaction with this label.
    #[must_use]
    pub fn labeled(self, label: String) -> Self {
        Self { label: Some(label), ..self }
    }
}
