//! Answers a token request from memory if the stored token is valid, before the line is in the audit log.

use tokio::sync::watch;

use super::protocol::{TokenReply, of_one};
use super::unlocked_vault::locked;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::ops::token::Request;
use crate::engine::ops::token_by_name;
use crate::engine::session::Session;
use crate::model::credential::{Credential, CredentialId};
use crate::problem::Problem;

/// A token request, and the process that sent it.
pub(super) struct CachedTokenRequest {
    pub(super) name: String,
    pub(super) request: Request,
    /// If set, every other credential is refused.
    pub(super) only: [Option<CredentialId>; 2],
    pub(super) process: Option<u32>,
}

pub(super) enum CachedToken {
    Token(CredentialId, Box<TokenReply>),
    /// The token has to be refreshed, or must be logged before it is served.
    Stale(Box<Credential>),
}

impl CachedTokenRequest {
    /// Finds the token. Blocks; reads the vault only if it has changed.
    ///
    /// # Errors
    /// `Kind::NotFound` for an unknown credential, `Kind::Refused` for one that `only` excludes, `Kind::Locked`; the
    /// problems of a stored token, which are logged.
    pub(super) fn find(self, session: &Session, locks: &watch::Receiver<u64>) -> Result<CachedToken, Problem> {
        let (credential, token) = token_by_name::find(session, &self.name, self.request)?;
        let id = credential.id;
        if self.only.into_iter().flatten().any(|only| only != id) {
            return Err(of_one());
        }
        let Some(token) = token.transpose() else {
            return Ok(CachedToken::Stale(Box::new(credential)));
        };
        // If the log is required, the line must be written first.
        if session.workspace.settings.audit_required {
            return Ok(CachedToken::Stale(Box::new(credential)));
        }
        let token = if locks.has_changed().unwrap_or(true) { Err(locked()) } else { token };
        let name = credential.name.to_string();
        let about = Some((id, name.clone()));
        let note = PendingEntry::begin_unspent(&session.workspace, Action::Token, about, self.process)?;
        let token = note.end_later(token)?;
        Ok(CachedToken::Token(id, Box::new(TokenReply::new(id, name, self.request.kind, &token))))
    }
}
