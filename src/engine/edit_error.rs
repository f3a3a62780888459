//! Why an edit was not saved. Conflicts are separate, so that they can be shown field by field.

use crate::model::record::Conflict;
use crate::problem::Problem;
use crate::store::StoreError;

/// Why an edit was not saved, not even in part.
#[derive(Clone, Debug)]
pub enum EditError {
    /// The record was changed since the edit was begun.
    Conflict(Conflict),
    /// Any other problem.
    Other(Problem),
}

impl From<StoreError> for EditError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(conflict @ Conflict::Changed { .. }) => Self::Conflict(conflict),
            error => Self::Other(error.into()),
        }
    }
}

impl From<Problem> for EditError {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Conflict(conflict) => conflict.into(),
            EditError::Other(problem) => problem,
        }
    }
}
