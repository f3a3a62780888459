//! Steps of undo and redo: who made them, and what a person is told before one is taken.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::transaction::Edit;

/// Tells one opening of a store from another: a step made by the same one needs no question to be undone.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SessionId(Uuid);

impl SessionId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

/// Which way a step is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Takes the newest edit back.
    Undo,
    /// Makes the edit again that was undone last.
    Redo,
}

/// What one transaction changed, to take it back.
#[derive(Clone, Debug)]
pub struct UndoStep {
    /// When it was saved.
    pub at: Timestamp,
    /// "delete Zoho EU".
    pub label: String,
    /// Who saved it; `None` for a step of an older version.
    pub session: Option<SessionId>,
    /// In the order they are to be applied. Shared: each save copies the steps, and an import has thousands in one.
    pub inverses: Arc<Vec<Edit>>,
}

/// The step that undo, or redo, takes next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// When it was saved.
    pub at: Timestamp,
    /// "delete Zoho EU".
    pub label: String,
    /// Whether this session made it.
    pub is_own: bool,
    /// What would be deleted by it and is in use.
    pub losses: Vec<Loss>,
}

/// A credential that a step would delete although it was authenticated, or something uses it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Loss {
    /// The credential's name.
    pub name: String,
    /// Whether it has tokens.
    pub has_tokens: bool,
    /// Whether a test call, or a person, said that its key works.
    pub is_proven: bool,
    /// Names of the integrations that sign in with it and would stay.
    pub used_by: Vec<String>,
}

impl Step {
    /// Whether a person has to agree first: it is not of this session, or something in use would be deleted.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        !self.is_own || !self.losses.is_empty()
    }
}

impl Loss {
    /// One sentence each: what would be lost.
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
