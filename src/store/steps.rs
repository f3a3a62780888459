//! Undo and redo steps: who made them, and what is shown before one is applied.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::transaction::Edit;

/// Identifies one opening of a store. A step of the same session can be undone without confirmation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SessionId(Uuid);

impl SessionId {
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Reverts the newest edit.
    Undo,
    /// Repeats the edit that was undone last.
    Redo,
}

/// What one transaction changed, as the edits that revert it.
#[derive(Clone, Debug)]
pub struct UndoStep {
    /// When it was saved.
    pub at: Timestamp,
    /// For example "delete Zoho EU".
    pub label: String,
    /// The session that saved it; `None` for a step of an older program.
    pub session: Option<SessionId>,
    /// In the order they are applied. Shared, because each save copies the steps, and one step can have thousands (an
    /// import).
    pub inverses: Arc<Vec<Edit>>,
}

/// The next undo or redo step, as it is shown to the user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// When it was saved.
    pub at: Timestamp,
    /// For example "delete Zoho EU".
    pub label: String,
    /// Whether it was made in this session.
    pub is_own: bool,
    /// What the step would delete although it is in use.
    pub losses: Vec<Loss>,
}

/// A credential that a step would delete although it is authenticated, or an integration uses it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Loss {
    /// The credential's name.
    pub name: String,
    /// Whether it has tokens.
    pub has_tokens: bool,
    /// Whether a test call, or the user, confirmed its key.
    pub is_proven: bool,
    /// Names of the integrations that sign in with it and would remain.
    pub used_by: Vec<String>,
}

impl Step {
    /// Whether the user has to confirm the step: it was made in another session, or would delete something in use.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        !self.is_own || !self.losses.is_empty()
    }
}

impl Loss {
    /// What would be lost, one sentence each.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.has_tokens {
            sentences.push(format!("\"{}\" is authenticated: its tokens would be deleted.", self.name));
        } else if self.is_proven {
            sentences.push(format!("\"{}\" was tested and works: its key would be deleted.", self.name));
        }
        if !self.used_by.is_empty() {
            sentences.push(format!("Integrations that use \"{}\": {}.", self.name, self.used_by.join(", ")));
        }
        sentences
    }
}
