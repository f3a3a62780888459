//! A token that is good as it is: answered from what the agent has in memory, before its line is in the log.

use tokio::sync::watch;

use super::held::locked;
use super::protocol::{Handed, of_one};
use crate::engine::audit::{Action, Note};
use crate::engine::ops::credentials;
use crate::engine::ops::token::{self, Request};
use crate::engine::session::Session;
use crate::model::credential::{Credential, CredentialId};
use crate::problem::Problem;

/// What is asked, and by which process.
pub(super) struct FromMemory {
    pub(super) name: String,
    pub(super) request: Request,
    /// Every credential but these is refused.
    pub(super) only: [Option<CredentialId>; 2],
    pub(super) process: Option<u32>,
}

pub(super) enum Found {
    Token(CredentialId, Box<Handed>),
    /// The credential, whose token has to be refreshed, or whose line is due before it is handed out.
    Stale(Box<Credential>),
}

impl FromMemory {
    /// Blocks; reads the vault only where it has changed.
    ///
    /// # Errors
    /// NotFound, Refused, Locked; those of a stored token, which the log has then.
    pub(super) fn find(self, session: &Session, locks: &watch::Receiver<u64>) -> Result<Found, Problem> {
        let credential = credentials::find(session, &self.name)?;
        let id = credential.id;
        if self.only.into_iter().flatten().any(|only| only != id) {
            return Err(of_one());
        }
        let Some(token) = token::token_of(session, &credential, self.request).transpose() else {
            return Ok(Found::Stale(Box::new(credential)));
        };
        // A required log has its line before anything else happens.
        if session.workspace.settings.audit_required {
            return Ok(Found::Stale(Box::new(credential)));
        }
        let token = if locks.has_changed().unwrap_or(true) { Err(locked()) } else { token };
        let name = credential.name.to_string();
        let about = Some((id, name.clone()));
        let note = Note::begin_unspent(&session.workspace, Action::Token, about, self.process)?;
        let token = note.end_later(token)?;
        Ok(Found::Token(id, Box::new(Handed::new(id, name, &token))))
    }
}
