//! From consent to saved tokens, as one job that runs to its end: exchange, the right account, lookups, one save.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::attempt::Attempt;
use super::endings::missing;
use super::new_tokens::NewTokens;
use super::options::Options;
use super::progress::{Authenticated, Progress};
use super::{account, kept, places};
use crate::engine::audit::SharedNote;
use crate::engine::blocking::blocking;
use crate::engine::saving::{KEPT, save};
use crate::engine::session::Session;
use crate::engine::supervisor::Job;
use crate::model::change::Change;
use crate::model::credential::{Account, Credential};
use crate::oauth::permit::MustFinish;
use crate::oauth::token::{TokenError, type_note};
use crate::problem::{NextStep, Problem};
use crate::store::Lease;

/// How long consent waits for another process that talks to the provider for the same credential, whose request has a
/// deadline of its own.
const LEASE_WAIT: Duration = Duration::from_secs(60);

/// One sign-in about to spend something, with the lease held.
pub(super) struct Exchange {
    session: Session,
    credential: Credential,
    options: Options,
    progress: mpsc::Sender<Progress>,
    lease: Box<dyn Lease>,
    note: SharedNote,
}

/// What a job is given: the lease and all it needs to save.
pub(super) struct Owned {
    pub(super) exchange: Exchange,
    job: Job,
}

impl Owned {
    /// Takes the lease and registers the job.
    ///
    /// # Errors
    /// Temporary while another process keeps the lease, Storage.
    pub(super) async fn take(attempt: &Attempt) -> Result<Self, Problem> {
        let Attempt { session, credential, options, progress, note, .. } = attempt;
        let (session, credential, options) = (session.clone(), credential.clone(), options.clone());
        let (progress, note) = (progress.clone(), note.clone());
        blocking(move || {
            let lease = session.lease(&credential, LEASE_WAIT, &mut || ())?;
            let job = session.workspace.supervisor.begin("signing in", credential.name.as_str())?;
            let exchange = Exchange { session, credential, options, progress, lease, note };
            Ok(Self { exchange, job })
        })
        .await
    }

    /// Runs `work` to its end, even if the returned future is dropped.
    ///
    /// # Errors
    /// Those of `work`.
    pub(super) async fn run<T, F>(self, work: impl FnOnce(MustFinish, Exchange) -> F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let Self { exchange, job } = self;
        job.run(|permit| work(permit, exchange)).await
    }
}

impl Exchange {
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    pub(super) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Saves what came: the tokens, whose they are and what they are about, as one generation.
    ///
    /// # Errors
    /// OtherAccount for another account than the one bound; Storage.
    pub(super) async fn keep(self, new: NewTokens) -> Result<Authenticated, Problem> {
        let note = self.note.clone();
        let kept = self.saved(new).await;
        blocking(move || note.end(kept)).await
    }

    /// What a request that brought no tokens leaves behind: an answer that could not be read is kept with the credential.
    pub(super) async fn refused(self, error: TokenError) -> Problem {
        let TokenError::Unreadable { answer, problem } = error else { return error.problem() };
        let (store, id) = (Arc::clone(&self.session.store), self.credential.id);
        let change = Change::AnswerUnread { id, answer, spent: None };
        match blocking(move || Ok(store.commit(change.into())?)).await {
            Ok(_) => {
                let why = format!("{} {KEPT}", problem.why);
                problem.why(why).step(NextStep::SettleUnreadAnswer { name: self.credential.name.to_string() })
            }
            Err(unsaved) => {
                let why = format!("{} It could not be kept: {} {}", problem.why, unsaved.what, unsaved.why);
                problem.why(why)
            }
        }
    }

    async fn saved(mut self, new: NewTokens) -> Result<Authenticated, Problem> {
        // Whether anybody watches is not the job's concern: it must not wait for them.
        let _ = self.progress.try_send(Progress::Saving);
        // Asked before anything is replaced, but only where there is somebody to be mistaken for.
        let known = account::check(&self.session, &self.credential, &new, &self.options).await?;
        let NewTokens { tokens, endpoints, account, moved, mut notes, by } = new;
        let (tokens, kept) = kept::with_former(&self.credential, tokens, known.as_ref());
        notes.extend(kept);
        notes.extend(type_note(None, &tokens));
        let id = self.credential.id;
        let scopes = missing(&self.credential.setup.scopes, tokens.scopes.as_deref());
        let expires_at = tokens.expires_at;
        let change = Change::Authenticated { id, tokens: Box::new(tokens), endpoints: Box::new(endpoints), moved, by };
        let mut after = self.credential.clone();
        change.clone().record(&mut after, self.session.workspace.clock.now());
        let asks = !places::is_settled(&self.session, &after) || account::is_unknown(&after);
        if asks {
            // What is asked takes time, and the tokens are here: a death meanwhile loses nothing.
            let (mut lease, keeping) = (self.lease, change.clone());
            self.lease = blocking(move || {
                lease.keep(&keeping)?;
                Ok(lease)
            })
            .await?;
        }
        let found = places::look_up(&self.session, &self.credential, &after, self.options.place.as_deref()).await;
        notes.extend(found.notes);
        let asked = if account::is_unknown(&after) { account::ask(&self.session, &after).await } else { None };
        let account = known.or(asked).or(account);
        if !after.is_unattended() {
            notes.extend(account::unbound_note(&self.credential, account.as_ref()));
        }
        let beside = self.beside(account, found.values);
        self.commit(change, beside).await?;
        Ok(Authenticated { id, missing_scopes: scopes, notes, step: found.step, expires_at })
    }

    /// What belongs to the tokens and is new.
    fn beside(&self, account: Option<Account>, found: BTreeMap<String, String>) -> Vec<Change> {
        let id = self.credential.id;
        let bound = account.filter(|account| self.credential.account.as_ref() != Some(account));
        let bound = bound.map(|account| Change::Bound { id, account });
        let looked_up = (!found.is_empty()).then_some(Change::LookedUp { id, found });
        bound.into_iter().chain(looked_up).collect()
    }

    async fn commit(self, change: Change, beside: Vec<Change>) -> Result<(), Problem> {
        let Self { session, mut lease, .. } = self;
        blocking(move || {
            save(&session, &mut *lease, &change, beside).map_err(|unsaved| unsaved.problem)?;
            lease.kept();
            lease.clear();
            Ok(())
        })
        .await
    }
}
