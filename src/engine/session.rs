//! An open vault, and what every operation asks of it.

use std::sync::Arc;
use std::time::Duration;

use super::workspace::Workspace;
use crate::catalog::Provider;
use crate::model::credential::{Credential, CredentialId};
use crate::oauth::http::Http;
use crate::problem::{Kind, Problem};
use crate::store::{Held, Keys, Lease, Store, StoreError, Wait};

/// An open vault. Cheap to clone; the key is wiped with the last clone.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where it is.
    pub workspace: Workspace,
    pub(super) store: Arc<dyn Store>,
}

impl Session {
    /// Over a store that was just opened: the workspace of the session writes to the log under the vault's key.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    pub(super) fn over(workspace: &Workspace, store: Arc<dyn Store>) -> Result<Self, Problem> {
        let log_key = store.log_proof()?.keys.into_iter().next();
        Ok(Self { workspace: Workspace { log_key, ..workspace.clone() }, store })
    }

    /// The credential as the vault has it now.
    pub(super) fn credential(&self, id: CredentialId) -> Result<Credential, Problem> {
        self.store.credential(id)?.ok_or_else(gone)
    }

    /// The lease of a credential: the right to spend what it holds. Blocks at most `longest`; `noticed` is called once
    /// when the wait becomes noticeable.
    pub(super) fn lease(
        &self,
        credential: &Credential,
        longest: Duration,
        noticed: &mut dyn FnMut(),
    ) -> Result<Box<dyn Lease>, Problem> {
        self.store.lease(credential.id, Wait { longest, noticed }).map_err(|error| match error {
            StoreError::Busy { held: Held::Lease, .. } => {
                let problem = Problem::from(error);
                let what = format!("\"{}\" is in use. {}", credential.name, problem.what);
                Problem::new(problem.kind, what)
                    .why(problem.why)
                    .try_this(problem.try_this)
                    .step(problem.step.map(|step| *step))
            }
            error => error.into(),
        })
    }

    /// The one client, for requests of `credential`: no answer is quoted with a secret of it, sent or not. Where the
    /// settings name a proxy that is none, nothing is begun.
    pub(super) fn http(&self, credential: &Credential) -> Result<Http, Problem> {
        self.workspace.http.check_proxy().map(|()| self.workspace.http.concealing(credential.secrets()))
    }

    /// The keys of the store on this machine.
    ///
    /// # Errors
    /// Refused where somebody else administers them.
    pub(super) fn keys(&self) -> Result<&dyn Keys, Problem> {
        self.store.keys().ok_or_else(|| Problem::new(Kind::Refused, "This machine cannot change who opens the vault."))
    }

    /// Keeps the page of the vault's key out of the swap from now on. False where the system refuses (`ulimit -l`).
    pub(super) fn holds_key_in_memory(&self) -> bool {
        self.store.keys().is_some_and(Keys::lock_in_memory)
    }

    /// The catalog's facts about the credential's provider.
    ///
    /// # Errors
    /// NotFound when the catalog has it no more.
    pub fn provider(&self, credential: &Credential) -> Result<&Provider, Problem> {
        self.workspace.catalog.by_id(&credential.provider).ok_or_else(|| {
            Problem::new(Kind::NotFound, format!("The catalog has no integration {}.", credential.provider))
                .why("The credential was made with a catalog file that is no longer there, or no longer valid.")
                .try_this(format!("Put the file back into {}.", self.workspace.paths.catalog().display()))
        })
    }
}

pub(crate) fn gone() -> Problem {
    Problem::new(Kind::NotFound, "The credential is no longer there.")
        .why("It was deleted in the meantime.")
        .try_this("Undo brings a deleted credential back.")
}
