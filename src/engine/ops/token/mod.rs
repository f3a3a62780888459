//! A fresh access token: the stored one while it lasts, else one refresh, saved before it is handed out.
//!
//! The refresh engine's rule, **I-spend**: a refresh token is sent only by who holds its credential's lease, after the
//! credential was read again, after room for the answer was proven, and after a note that it is being spent; the answer
//! is saved before anybody sees it. So of many processes one refreshes and the others find its token, and a process
//! that dies leaves either an unspent refresh token or a note that the answer was lost. The store is locked for the
//! save only: a slow provider keeps nobody else waiting.
//!
//! Client credentials spend nothing: the same lease and the same save, and the client's own proof is sent instead of a
//! refresh token (RFC 6749 section 4.4).
//!
//! After a lost answer the stored access token is handed out while it lasts, whatever margin was asked for: a provider
//! that rotates may take the same refresh token, sent again, for a theft. Then that refresh token is tried, once a
//! call: most providers allow it, and for the others there is nothing to lose.

mod handed_out;
mod problems;
mod spent;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::handed_out::{handed_out, typed_in};
use self::problems::{needs_person, never_authenticated, refuse_without_tokens, refused_before, throttled, used_up};
use self::spent::Spent;
use crate::catalog::Provider;
use crate::engine::audit::{Action, Note};
use crate::engine::blocking::blocking;
use crate::engine::clock_offset;
use crate::engine::grant::{self, Renewal};
use crate::engine::session::Session;
use crate::engine::supervisor::Job;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Endpoints, MAIN_SECRET, Quota, Setback, Tokens};
use crate::problem::Problem;
use crate::store::{Lease, Pending, Wait};

pub use self::handed_out::{Sent, SigningKey, Token};
pub(crate) use self::problems::{authenticate_again, unread};

/// How long to wait for another process, which may itself be waiting 30 seconds for the provider.
pub const LOCK_WAIT: Duration = Duration::from_secs(45);

/// Least remaining life, unless more is asked for: what a request may take, and clocks may differ.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// How long to wait for another process that is saving, before anything is spent.
const RESERVE_WAIT: Duration = Duration::from_secs(20);

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Least remaining life.
    pub min_ttl: SignedDuration,
    /// Refresh even if the stored one would do.
    pub force: bool,
    /// Send a refresh token again whose answer could not be read: only a person asks for that.
    pub again: bool,
    /// Longest wait for another process that uses the vault.
    pub lock_wait: Duration,
}

impl Default for Request {
    fn default() -> Self {
        Self { min_ttl: MARGIN, force: false, again: false, lock_wait: LOCK_WAIT }
    }
}

/// The stored token, if it is good for what is asked: no network, no lock, no runtime.
///
/// # Errors
/// NotFound, Storage; NeedsAuthentication when there never was one, or it was revoked.
pub fn stored_token(session: &Session, id: CredentialId, request: Request) -> Result<Option<Token>, Problem> {
    token_of(session, &session.credential(id)?, request)
}

/// As [`stored_token`], of a credential that was read just now.
///
/// # Errors
/// As `stored_token`.
pub fn token_of(session: &Session, credential: &Credential, request: Request) -> Result<Option<Token>, Problem> {
    if let Some(key) = credential.setup.secrets.get(MAIN_SECRET) {
        return typed_in(session.provider(credential)?, credential, key).map(Some);
    }
    refuse_without_tokens(credential)?;
    let now = session.workspace.clock.now();
    let Some(tokens) = credential.tokens.as_ref().filter(|tokens| is_good(credential, tokens, now, request)) else {
        return Ok(None);
    };
    handed_out(session.provider(credential)?, &credential.setup, tokens).map(Some)
}

/// Gives a token that is good for `min_ttl`. A token fresh from the provider is handed out once even if its whole life
/// is shorter, so that a short-lived one does not loop.
///
/// # Errors
/// NotFound, NeedsAuthentication, Temporary, Storage. Nothing is lost in any case.
pub async fn access_token(session: &Session, id: CredentialId, request: Request) -> Result<Token, Problem> {
    let start = {
        let session = session.clone();
        blocking(move || begin(&session, id, request, &mut || ())).await?
    };
    match start {
        Start::Token(token) => Ok(token),
        Start::Refresh(refresh) => finish(session, *refresh).await,
    }
}

/// Another token instead of one that an API did not take: the one that somebody else refreshed meanwhile, or one
/// refresh. That the token is over is saved ahead of it, so that nobody gets it again, whatever the refresh returns.
/// `None` where no other one can be had.
///
/// # Errors
/// As [`access_token`].
pub(crate) async fn in_place_of(session: &Session, refused: &Credential) -> Result<Option<Credential>, Problem> {
    let Some(tokens) = refused.tokens.as_ref().filter(|tokens| tokens.refresh.is_some() || refused.is_unattended())
    else {
        return Ok(None);
    };
    let (id, change) = (refused.id, Change::AccessRefused { id: refused.id, refused: tokens.revision() });
    let (noting, reading) = (session.clone(), session.clone());
    blocking(move || Ok(noting.store.commit(change.into()).map(drop)?)).await?;
    access_token(session, id, Request::default()).await?;
    blocking(move || reading.credential(id)).await.map(Some)
}

/// A token, or a refresh that is ready to be sent.
#[derive(Debug)]
pub enum Start {
    /// The stored token is good.
    Token(Token),
    /// The lease is held, the answer has a place, and the process waits for it: [`finish`] it.
    Refresh(Box<Refresh>),
}

/// Everything a refresh needs, with the lease held.
#[derive(Debug)]
pub struct Refresh {
    lease: Box<dyn Lease>,
    job: Job,
    credential: Credential,
    tokens: Tokens,
    endpoints: Endpoints,
    now: Timestamp,
    /// The note of an earlier refresh of the same token whose answer was lost.
    lost: Option<Pending>,
    note: Note,
}

impl Refresh {
    /// Takes it back before it is sent; `why` is what the log has, and the caller.
    ///
    /// # Errors
    /// `why`. Blocks.
    pub fn take_back<T>(mut self, why: Problem) -> Result<T, Problem> {
        // The note of an earlier one, whose answer was lost, stays.
        if self.lost.is_none() {
            self.lease.clear();
        }
        self.note.end(Err(why))
    }
}

/// The part before anything is spent: may wait for another process, and may be interrupted. Blocks. `waiting` is called
/// once when that wait gets long.
///
/// # Errors
/// As [`access_token`].
pub fn begin(
    session: &Session,
    id: CredentialId,
    request: Request,
    waiting: &mut dyn FnMut(),
) -> Result<Start, Problem> {
    if let Some(token) = stored_token(session, id, request)? {
        return Ok(Start::Token(token));
    }
    let credential = session.credential(id)?;
    let seen = credential.tokens.as_ref().map(|tokens| tokens.received_at);
    let lease = session.lease(&credential, request.lock_wait, waiting)?;
    prepare(session, id, request, lease, seen, waiting)
}

/// With the lease: looks again, and makes sure that the answer will have a place.
fn prepare(
    session: &Session,
    id: CredentialId,
    request: Request,
    mut lease: Box<dyn Lease>,
    seen: Option<Timestamp>,
    waiting: &mut dyn FnMut(),
) -> Result<Start, Problem> {
    let now = session.workspace.clock.now();
    let credential = session.credential(id)?;
    refuse_without_tokens(&credential)?;
    let provider = session.provider(&credential)?;
    let Some(tokens) = credential.tokens.clone() else { return Err(never_authenticated(&credential)) };
    let lost = lease.pending();
    if is_shared(&credential, &tokens, now, request, seen, lost.is_some()) {
        return handed_out(provider, &credential.setup, &tokens).map(Start::Token);
    }
    refuse_to_ask(provider, &credential, request, now)?;
    let unattended = credential.is_unattended();
    if tokens.refresh.is_none() && !unattended {
        return Err(needs_person(
            &credential,
            "Its access token has expired, and the provider issued no refresh token.",
        ));
    }
    let endpoints = credential.endpoints.clone().ok_or_else(|| never_authenticated(&credential))?;
    session.store.reserve(Wait { longest: request.lock_wait.min(RESERVE_WAIT), noticed: waiting })?;
    let note = Note::begin(&session.workspace, Action::Refresh, Some((id, credential.name.to_string())))?;
    let job = session.workspace.supervisor.begin("refreshing", credential.name.as_str())?;
    if !unattended {
        lease.note()?;
    }
    Ok(Start::Refresh(Box::new(Refresh { lease, job, credential, tokens, endpoints, now, lost, note })))
}

/// Whether the stored token is the answer after all, now that the lease is held.
fn is_shared(
    credential: &Credential,
    tokens: &Tokens,
    now: Timestamp,
    request: Request,
    seen: Option<Timestamp>,
    lost: bool,
) -> bool {
    // Somebody refreshed while the lease was waited for: that is the token a forced refresh asked for, too.
    let renewed = seen.is_some_and(|seen| tokens.received_at > seen);
    is_good(credential, tokens, now, Request { force: request.force && !renewed, ..request })
        // Its whole life may be shorter than the margin: those who waited share it rather than spend another one each.
        || renewed && tokens.is_fresh(now, SignedDuration::ZERO)
        || lost && is_good(credential, tokens, now, Request { min_ttl: SignedDuration::ZERO, ..request })
}

/// What is known to be refused is not asked for.
fn refuse_to_ask(
    provider: &Provider,
    credential: &Credential,
    request: Request,
    now: Timestamp,
) -> Result<(), Problem> {
    if credential.is_spent_unread() && !request.again {
        return Err(unread(credential));
    }
    if let Some(until) = credential.not_before.filter(|until| *until > now) {
        return Err(throttled(credential, now, until));
    }
    if let Some(quota) = provider.quota(credential, now).filter(Quota::is_used_up) {
        return Err(used_up(credential, &quota, now));
    }
    match &credential.setback {
        Some(Setback::Refused { code, .. }) => Err(refused_before(credential, code)),
        _ => Ok(()),
    }
}

/// Sends the refresh token, or the client's own proof, once, saves the answer, hands it out. Runs to its end even if
/// the returned future is dropped.
///
/// # Errors
/// NeedsAuthentication, Temporary, Storage.
pub async fn finish(session: &Session, refresh: Refresh) -> Result<Token, Problem> {
    let Refresh { lease, job, credential, tokens, endpoints, now, lost, note } = refresh;
    let session = session.clone();
    job.run(move |permit| async move {
        let ready = session.provider(&credential).and_then(|provider| Ok((provider, session.http(&credential)?)));
        let answer = match ready {
            Ok((provider, http)) => {
                let (endpoints, setup, tokens) = (&endpoints, &credential.setup, &tokens);
                grant::renew(&permit, &Renewal { http: &http, provider, endpoints, setup, tokens, now }).await
            }
            // Nothing was sent: what keeps the request from being made is not an answer.
            Err(problem) => return blocking(move || note.end(Err(problem))).await,
        };
        let workspace = session.workspace.clone();
        let spent = Spent { session, lease, credential, tokens, now, lost };
        blocking(move || {
            let result = note.end(spent.answered(answer));
            clock_offset::remember(&workspace);
            result
        })
        .await
    })
    .await
}

/// Of a token that never lives as long as is wanted half its life will do, and the usual margin at least: a refresh for
/// each call would only use up what the provider allows.
fn margin(tokens: &Tokens, min_ttl: SignedDuration) -> SignedDuration {
    let life = tokens.expires_at.map(|end| tokens.received_at.duration_until(end));
    life.filter(|life| *life <= min_ttl).map_or(min_ttl, |life| min_ttl.min(MARGIN.max(life / 2)))
}

/// A token received in the future was judged by a clock that has been set back since: not to be trusted.
fn is_good(credential: &Credential, tokens: &Tokens, now: Timestamp, request: Request) -> bool {
    !request.force
        && tokens.received_at <= now
        && tokens.is_fresh(now, margin(tokens, request.min_ttl))
        && !is_too_old(credential, tokens, now, request)
}

/// Of a token whose end nobody knows, one that was received longer ago than a life that was asked for is renewed: the new
/// one is as good as can be had.
fn is_too_old(credential: &Credential, tokens: &Tokens, now: Timestamp, request: Request) -> bool {
    let is_renewable = tokens.refresh.is_some() || credential.is_unattended();
    let is_asked_for = request.min_ttl > MARGIN && tokens.expires_at.is_none() && is_renewable;
    is_asked_for && tokens.received_at.duration_until(now) >= request.min_ttl
}
