//! From consent to saved tokens: exchange, account check, lookups and save, in one job that runs to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::attempt::Attempt;
use super::endings::missing;
use super::new_tokens::NewTokens;
use super::options::Options;
use super::progress::{Authenticated, Progress};
use super::{account, former_refresh_token, lookups};
use crate::engine::audit::SharedEntry;
use crate::engine::blocking::blocking;
use crate::engine::saving::{KEPT, save};
use crate::engine::session::Session;
use crate::engine::supervisor::Job;
use crate::model::change::Change;
use crate::model::credential::{Account, Credential, TokenKind, Tokens};
use crate::oauth::permit::MustFinish;
use crate::oauth::token::{TokenError, type_note};
use crate::problem::{NextStep, Problem};
use crate::store::Lease;

/// How long a sign-in waits for another process that sends a token request for the same credential. That request has
/// its own timeout.
const LEASE_WAIT: Duration = Duration::from_secs(60);

/// A sign-in that holds the lease and is about to spend something.
pub(super) struct Exchange {
    session: Session,
    credential: Credential,
    options: Options,
    progress: mpsc::Sender<Progress>,
    lease: Box<dyn Lease>,
    note: SharedEntry,
}

/// The credential's lease and a registered job, acquired before anything is spent.
pub(super) struct LeasedJob {
    pub(super) exchange: Exchange,
    job: Job,
}

impl LeasedJob {
    /// Takes the lease and registers the job.
    ///
    /// # Errors
    /// `Kind::Temporary` while another process has the lease, `Kind::Storage`.
    pub(super) async fn take(attempt: &Attempt) -> Result<Self, Problem> {
        let Attempt { session, credential, options, progress, note, .. } = attempt;
        let (session, credential, options) = (session.clone(), credential.clone(), options.clone());
        let (progress, note) = (progress.clone(), note.clone());
        blocking(move || {
            let lease = session.lease(&credential, LEASE_WAIT, &mut || ())?;
            let job = session.workspace.supervisor.begin("signing in", credential.name.as_str())?;
            // Another process may have refreshed the tokens while the user was in the browser. The setup stays the one
            // with which the sign-in began.
            let stored = session.credential(credential.id)?;
            let credential = Credential { setup: credential.setup, ..stored };
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

    /// Saves the tokens, the account and the lookup values as one version.
    ///
    /// # Errors
    /// `Kind::OtherAccount` for another account than the bound one; `Kind::Storage`.
    pub(super) async fn keep(self, new: NewTokens) -> Result<Authenticated, Problem> {
        let note = self.note.clone();
        // Boxed, because it holds the session and the tokens across several requests.
        let kept = Box::pin(self.saved(new)).await;
        blocking(move || note.end(kept)).await
    }

    /// Handles a token request that failed: an unreadable response is stored with the credential.
    pub(super) async fn refused(self, error: TokenError) -> Problem {
        let TokenError::Unreadable { response, problem } = error else { return error.problem() };
        let (store, id) = (Arc::clone(&self.session.store), self.credential.id);
        let change = Change::ResponseUnread { id, response, spent: None };
        match blocking(move || Ok(store.commit(change.into())?)).await {
            Ok(_) => {
                let why = format!("{} {KEPT}", problem.why);
                problem.why(why).step(NextStep::SettleUnreadAnswer { name: self.credential.name.to_string() })
            }
            Err(unsaved) => {
                let why = format!("{} The response could not be saved: {} {}", problem.why, unsaved.what, unsaved.why);
                problem.why(why)
            }
        }
    }

    async fn saved(mut self, new: NewTokens) -> Result<Authenticated, Problem> {
        // A closed receiver is not an error, and the job must not wait.
        let _ = self.progress.try_send(Progress::Saving);
        // Checked before anything is replaced, if the credential is bound to an account.
        let known = account::check(&self.session, &self.credential, &new, &self.options).await?;
        let NewTokens { tokens, sets, endpoints, account, moved, mut notes, by } = new;
        let (tokens, kept) = former_refresh_token::with_former(&self.credential, tokens, known.as_ref());
        notes.extend(kept);
        notes.extend(type_note(None, &tokens));
        let sets = self.sets_with_former(sets, known.as_ref(), &mut notes);
        let id = self.credential.id;
        let scopes = missing(&self.credential.setup.scopes, tokens.scopes.as_deref());
        let expires_at = tokens.expires_at;
        let (tokens, endpoints) = (Box::new(tokens), Box::new(endpoints));
        let change = Change::Authenticated { id, tokens, endpoints, moved, by, sets };
        let mut after = self.credential.clone();
        change.clone().record(&mut after, self.session.workspace.clock.now());
        let asks = !lookups::needs_no_lookup(&self.session, &after) || account::is_unknown(&after);
        if asks {
            // Saved first: the lookups take time, and a crash must not lose the tokens. If this copy cannot be written,
            // the vault may still take them.
            let (mut lease, keeping) = (self.lease, change.clone());
            self.lease = blocking(move || {
                let _ = lease.stash(&[keeping]);
                Ok(lease)
            })
            .await?;
        }
        let found = lookups::look_up(&self.session, &self.credential, &after, self.options.place.as_deref()).await;
        notes.extend(found.notes);
        let asked = if account::is_unknown(&after) { account::ask(&self.session, &after).await } else { None };
        let account = known.or(asked).or(account);
        if !after.uses_client_credentials() {
            notes.extend(account::unbound_note(&self.credential, account.as_ref()));
        }
        let beside = self.beside(account, found.values);
        self.commit(change, beside).await?;
        Ok(Authenticated { id, missing_scopes: scopes, notes, step: found.step, expires_at })
    }

    /// As [`with_former`](former_refresh_token::with_former), for the token sets beside the main one.
    fn sets_with_former(
        &self,
        sets: BTreeMap<TokenKind, Tokens>,
        known: Option<&Account>,
        notes: &mut Vec<String>,
    ) -> BTreeMap<TokenKind, Tokens> {
        let with_former = |(kind, tokens)| {
            let Some(former) = self.credential.with_token_set(kind) else { return (kind, tokens) };
            let (tokens, note) = former_refresh_token::with_former(&former, tokens, known);
            notes.extend(note.map(|note| format!("{kind} token: {note}")));
            (kind, tokens)
        };
        sets.into_iter().map(with_former).collect()
    }

    /// The changes to save together with the tokens: a new account, new lookup values.
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
            lease.discard_stash();
            lease.clear_spending();
            Ok(())
        })
        .await
    }
}
