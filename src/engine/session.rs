//! An open vault, and what every operation needs from it.

use std::sync::Arc;
use std::time::Duration;

use super::workspace::Workspace;
use crate::catalog::Provider;
use crate::clock::SuspendAwareInstant;
use crate::model::credential::{Credential, CredentialId};
use crate::oauth::http::Http;
use crate::problem::{Kind, Problem};
use crate::store::{Lease, LockKind, Store, StoreError, VaultAdmin, Wait, Watcher};

/// How long to wait for a lease before checking whether it is still needed.
const TURN: Duration = Duration::from_millis(500);

/// An open vault. Cheap to clone; the key is wiped with the last clone.
#[derive(Clone, Debug)]
pub struct Session {
    pub workspace: Workspace,
    pub(super) store: Arc<dyn Store>,
}

impl Session {
    /// A session with a store that was just opened; its workspace writes to the log with the vault's key.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    pub(super) fn over(workspace: &Workspace, store: Arc<dyn Store>) -> Result<Self, Problem> {
        let log_key = store.log_proof()?.keys.into_iter().next();
        Ok(Self { workspace: Workspace { log_key, ..workspace.clone() }, store })
    }

    /// Reads the current state of a credential.
    pub(super) fn credential(&self, id: CredentialId) -> Result<Credential, Problem> {
        self.store.credential(id)?.ok_or_else(gone)
    }

    /// Takes the lease of a credential, which allows spending its refresh token. Blocks at most `longest`; `noticed`
    /// is called once when the wait becomes noticeable.
    pub(super) fn lease(
        &self,
        credential: &Credential,
        longest: Duration,
        noticed: &mut dyn FnMut(),
    ) -> Result<Box<dyn Lease>, Problem> {
        self.store.lease(credential.id, Wait { longest, noticed }).map_err(|error| in_use(credential, error))
    }

    /// As [`lease`](Self::lease), but returns `None` once the lease is no longer needed, which is checked now and then
    /// while another machine holds it: of many machines that wait for one token, only the first has to take the lease.
    pub(super) fn lease_unless(
        &self,
        credential: &Credential,
        longest: Duration,
        noticed: &mut dyn FnMut(),
        is_needless: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Box<dyn Lease>>, Problem> {
        if self.store.team().is_none() {
            return self.lease(credential, longest, noticed).map(Some);
        }
        let (begun, mut was_noticed) = (SuspendAwareInstant::now(), false);
        let mut noticed_once = || {
            if !std::mem::replace(&mut was_noticed, true) {
                noticed();
            }
        };
        loop {
            let left = longest.saturating_sub(begun.elapsed());
            let wait = Wait { longest: left.min(TURN), noticed: &mut noticed_once };
            match self.store.lease(credential.id, wait) {
                Err(StoreError::Busy { held: LockKind::Lease, .. }) if is_needless() => return Ok(None),
                Err(StoreError::Busy { held: LockKind::Lease, holder, place, .. }) if left <= TURN => {
                    let busy = StoreError::Busy { held: LockKind::Lease, holder, waited: longest, place };
                    return Err(in_use(credential, busy));
                }
                Err(StoreError::Busy { held: LockKind::Lease, .. }) => {}
                done => return done.map(Some).map_err(|error| in_use(credential, error)),
            }
        }
    }

    /// The HTTP client for requests of `credential`: it masks the credential's secrets, sent or not, when it quotes a
    /// response. Fails at once if the settings name a proxy that is not an address.
    pub(super) fn http(&self, credential: &Credential) -> Result<Http, Problem> {
        self.workspace.http.check_proxy().map(|()| self.workspace.http.concealing(credential.secrets()))
    }

    /// The keys of the store on this machine.
    ///
    /// # Errors
    /// `Kind::Refused` if the keys are not managed on this machine.
    pub(super) fn vault_admin(&self) -> Result<&dyn VaultAdmin, Problem> {
        self.store.admin().ok_or_else(|| Problem::new(Kind::Refused, "This machine cannot change who opens the vault."))
    }

    /// Notifies of writes by others, without the vault's key. `None` for a vault in a file, whose folder is watched
    /// instead.
    #[must_use]
    pub fn watcher(&self) -> Option<Box<dyn Watcher>> {
        self.store.watcher()
    }

    /// A sentence that a shared store cannot be reached, with its place and since when; `None` if it can. Reads
    /// nothing.
    #[must_use]
    pub fn offline(&self) -> Option<String> {
        let team = self.store.team()?;
        let (since, place) = (team.offline_since()?, team.place());
        Some(format!("{place} cannot be reached; this is as of {}", since.strftime("%Y-%m-%d %H:%M UTC")))
    }

    /// Keeps the memory page of the vault's key out of swap from now on. False if the system refuses (`ulimit -l`).
    pub(super) fn lock_key_in_memory(&self) -> bool {
        self.store.admin().is_some_and(VaultAdmin::lock_in_memory)
    }

    /// The catalog entry of the credential's provider.
    ///
    /// # Errors
    /// `Kind::NotFound` if the catalog no longer has it.
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

fn in_use(credential: &Credential, error: StoreError) -> Problem {
    let is_of_the_lease = matches!(error, StoreError::Busy { held: LockKind::Lease, .. });
    let problem = Problem::from(error);
    if !is_of_the_lease {
        return problem;
    }
    Problem::new(problem.kind, format!("\"{}\" is in use. {}", credential.name, problem.what))
        .why(problem.why)
        .try_this(problem.try_this)
        .step(problem.step.map(|step| *step))
}
