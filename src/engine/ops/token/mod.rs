//! Provides a valid access token: the stored one, or the result of one refresh, which is saved before it is returned.
//!
//! The invariant of refreshes, **I-spend**: only the holder of the credential's lease sends a refresh token, and only
//! after it has read the credential again, has verified that there is room for the response, and has written a note
//! that the token is being spent. The response is saved before it is returned. So one of many processes refreshes and
//! the others use its token, and a process that dies leaves either an unspent refresh token or a note that the response
//! was lost. The store is locked only for the save, so a slow provider delays no other process.
//!
//! The client credentials grant spends nothing: with the same lease and save, the client authenticates with its own
//! secret instead of a refresh token (RFC 6749 section 4.4).
//!
//! After a lost response the stored access token is returned until it expires, whatever lifetime is required: a
//! provider that rotates refresh tokens may treat the reuse of one as theft. After the expiry, that refresh token is
//! tried once per call: most providers allow it, and with the others there is nothing to lose.

mod issued;
mod problems;
mod refresh_attempt;
mod token_set;

use std::borrow::Cow;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::issued::{handed_out, typed_in};
use self::problems::{needs_person, never_authenticated, refuse_without_tokens, refused_before, throttled, used_up};
use self::refresh_attempt::RefreshAttempt;
use self::token_set::{SelectedTokenSet, chosen};
use crate::catalog::Provider;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::blocking::blocking;
use crate::engine::clock_offset;
use crate::engine::grant::{self, Renewal};
use crate::engine::session::Session;
use crate::engine::supervisor::Job;
use crate::model::change::Change;
use crate::model::credential::{
    AuthFailure, Credential, CredentialId, Endpoints, MAIN_SECRET, Quota, TokenKind, Tokens,
};
use crate::oauth::token::RefreshRequest;
use crate::problem::{Kind, Problem};
use crate::store::{Lease, Pending, Wait};

pub use self::issued::{AuthParam, SigningKey, Token};
pub(crate) use self::problems::{authenticate_again, unread};

/// How long to wait for another process, which may itself be waiting 30 seconds for the provider.
pub const LOCK_WAIT: Duration = Duration::from_secs(45);

/// Default for the least remaining lifetime: covers the duration of a request and differences between clocks.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// How long to wait for another process that is saving, before anything is spent.
const RESERVE_WAIT: Duration = Duration::from_secs(20);

/// A request for a token.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Least remaining lifetime.
    pub min_ttl: SignedDuration,
    /// Whether to refresh even if the stored token is valid.
    pub force: bool,
    /// Whether to send a refresh token again although its response could not be read; only at the user's request.
    pub again: bool,
    /// Longest wait for another process that uses the vault.
    pub lock_wait: Duration,
    /// The token set, by the provider's name for it; the main one by default.
    pub kind: Option<TokenKind>,
}

impl Default for Request {
    fn default() -> Self {
        Self { min_ttl: MARGIN, force: false, again: false, lock_wait: LOCK_WAIT, kind: None }
    }
}

/// The token from the local copy of a shared vault, without a request to the store. Only a token with a known expiry
/// qualifies: until then it works whatever happened to the credential, and after a rejection `force` asks the store. A
/// key or password may have been replaced at any time.
pub(super) fn kept(session: &Session, word: &str, request: Request) -> Option<(Credential, Token)> {
    if request.force {
        return None;
    }
    let credential = session.store.cached_credential(word)?;
    if request.kind.is_none() && credential.setup.secrets.contains_key(MAIN_SECRET) {
        return None;
    }
    let token = token_of(session, &credential, request).ok()??;
    token.expires_at.is_some().then_some((credential, token))
}

/// If the shared store cannot be reached, adds a note about the age of the token.
pub(super) fn as_of(session: &Session, mut token: Token) -> Token {
    token.notes.extend(session.offline());
    token
}

/// The token of a credential that was just read, if it meets the request; without network or lock.
///
/// # Errors
/// `Kind::NeedsAuthentication` if there never was one, or it was revoked.
pub(crate) fn token_of(session: &Session, credential: &Credential, request: Request) -> Result<Option<Token>, Problem> {
    if let (Some(key), None) = (credential.setup.secrets.get(MAIN_SECRET), request.kind) {
        return typed_in(session.provider(credential)?, credential, key).map(Some);
    }
    let SelectedTokenSet { credential, .. } = chosen(session, Cow::Borrowed(credential), request.kind)?;
    refuse_without_tokens(&credential)?;
    let now = session.workspace.clock.now();
    let Some(tokens) = credential.tokens.as_ref().filter(|tokens| is_good(&credential, tokens, now, request)) else {
        return Ok(None);
    };
    handed_out(session.provider(&credential)?, &credential.setup, tokens).map(Some)
}

/// Returns a token that is valid for at least `min_ttl`. A token straight from the provider is returned even if its
/// whole lifetime is shorter, because refreshing it again would cause a loop.
///
/// # Errors
/// `Kind::NotFound`, `Kind::NeedsAuthentication`, `Kind::Temporary`, `Kind::Storage`. Nothing is lost in any case.
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

/// Returns a replacement for a token that an API rejected: the token that another process has refreshed meanwhile, or
/// the result of one refresh. The rejection is saved first, so that the rejected token is never returned again,
/// whatever the refresh returns. `None` if there is no other token.
///
/// # Errors
/// As [`access_token`].
pub(crate) async fn in_place_of(session: &Session, refused: &Credential) -> Result<Option<Credential>, Problem> {
    let Some(tokens) =
        refused.tokens.as_ref().filter(|tokens| tokens.refresh.is_some() || refused.uses_client_credentials())
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
    /// The stored token is valid.
    Token(Token),
    /// The lease is held, there is room for the response, and the process will wait for the refresh: call [`finish`].
    Refresh(Box<Refresh>),
}

/// Everything that a refresh needs, with the lease held.
#[derive(Debug)]
pub struct Refresh {
    lease: Box<dyn Lease>,
    job: Job,
    credential: Credential,
    tokens: Tokens,
    kind: Option<TokenKind>,
    endpoints: Endpoints,
    now: Timestamp,
    /// The note of an earlier refresh of the same token whose response was lost.
    lost: Option<Pending>,
    note: PendingEntry,
}

impl Refresh {
    /// Abandons the refresh before it is sent; `why` is logged and returned.
    ///
    /// # Errors
    /// `why`. Blocks.
    pub fn abandon<T>(mut self, why: Problem) -> Result<T, Problem> {
        // The note of an earlier refresh, whose response was lost, stays.
        if self.lost.is_none() {
            self.lease.clear_spending();
        }
        self.note.end(Err(why))
    }
}

/// Does everything that comes before a token is spent. May wait for another process, and may be interrupted. Blocks.
/// `waiting` is called once if the wait gets long.
///
/// # Errors
/// As [`access_token`].
pub fn begin(
    session: &Session,
    id: CredentialId,
    request: Request,
    waiting: &mut dyn FnMut(),
) -> Result<Start, Problem> {
    if let Some((_, token)) = kept(session, &id.to_string(), request) {
        return Ok(Start::Token(token));
    }
    let credential = session.credential(id)?;
    match token_of(session, &credential, request)? {
        Some(token) => Ok(Start::Token(as_of(session, token))),
        None => begin_refresh(session, credential, request, waiting),
    }
}

/// As [`begin`], for a credential that was just read and has no token that meets the request.
///
/// # Errors
/// As [`access_token`].
pub fn begin_refresh(
    session: &Session,
    credential: Credential,
    request: Request,
    waiting: &mut dyn FnMut(),
) -> Result<Start, Problem> {
    let id = credential.id;
    let credential = chosen(session, Cow::Owned(credential), request.kind)?.credential;
    let seen = credential.tokens.as_ref().map(|tokens| tokens.received_at);
    let mut renewed = None;
    let mut is_renewed = || {
        renewed = renewed_meanwhile(session, id, request, seen);
        renewed.is_some()
    };
    let lease = session.lease_unless(&credential, request.lock_wait, waiting, &mut is_renewed)?;
    match (lease, renewed) {
        (Some(lease), _) => prepare(session, id, request, lease, seen, waiting),
        (None, Some(token)) => Ok(Start::Token(token)),
        (None, None) => Err(Problem::internal("There is neither a lease nor a token.")),
    }
}

/// The token that another machine has saved since this machine began to wait for the lease.
fn renewed_meanwhile(session: &Session, id: CredentialId, request: Request, seen: Option<Timestamp>) -> Option<Token> {
    let credential = chosen(session, Cow::Owned(session.credential(id).ok()?), request.kind).ok()?.credential;
    refuse_without_tokens(&credential).ok()?;
    let tokens = credential.tokens.as_ref()?;
    let is_good = is_shared(&credential, tokens, session.workspace.clock.now(), request, seen, false);
    is_good.then(|| handed_out(session.provider(&credential).ok()?, &credential.setup, tokens).ok())?
}

/// With the lease held: reads the credential again, and makes sure that there is room for the response.
fn prepare(
    session: &Session,
    id: CredentialId,
    request: Request,
    mut lease: Box<dyn Lease>,
    seen: Option<Timestamp>,
    waiting: &mut dyn FnMut(),
) -> Result<Start, Problem> {
    let now = session.workspace.clock.now();
    let SelectedTokenSet { credential, kind } = chosen(session, Cow::Owned(session.credential(id)?), request.kind)?;
    let credential = credential.into_owned();
    refuse_without_tokens(&credential)?;
    let provider = session.provider(&credential)?;
    let Some(tokens) = credential.tokens.clone() else { return Err(never_authenticated(&credential)) };
    let lost = lease.pending();
    if is_shared(&credential, &tokens, now, request, seen, lost.is_some()) {
        return handed_out(provider, &credential.setup, &tokens).map(Start::Token);
    }
    refuse_to_ask(provider, &credential, request, now)?;
    let unattended = credential.uses_client_credentials();
    if tokens.refresh.is_none() && !unattended {
        return Err(needs_person(
            &credential,
            "Its access token has expired, and the provider issued no refresh token.",
        ));
    }
    let endpoints = credential.endpoints.clone().ok_or_else(|| never_authenticated(&credential))?;
    // What was read without the store may be spent already. It may answer again by now.
    let offline = session.offline();
    session.store.check_can_save(Wait { longest: request.lock_wait.min(RESERVE_WAIT), noticed: waiting })?;
    if let Some(offline) = offline {
        return Err(Problem::new(Kind::Temporary, "The refresh token was not sent.")
            .why(format!("{offline}."))
            .try_this("Try again."));
    }
    let note = PendingEntry::begin(&session.workspace, Action::Refresh, Some((id, credential.name.to_string())))?;
    let job = session.workspace.supervisor.begin("refreshing", credential.name.as_str())?;
    if !unattended {
        lease.record_spending()?;
    }
    Ok(Start::Refresh(Box::new(Refresh { lease, job, credential, tokens, kind, endpoints, now, lost, note })))
}

/// Whether the stored token now meets the request, after the lease was taken.
fn is_shared(
    credential: &Credential,
    tokens: &Tokens,
    now: Timestamp,
    request: Request,
    seen: Option<Timestamp>,
    lost: bool,
) -> bool {
    // Another process refreshed while this one waited for the lease: its token satisfies a forced refresh, too.
    let renewed = seen.is_some_and(|seen| tokens.received_at > seen);
    is_good(credential, tokens, now, Request { force: request.force && !renewed, ..request })
        // Its lifetime may be shorter than the margin: waiting processes share it instead of each spending a refresh
        // token.
        || renewed && tokens.is_fresh(now, SignedDuration::ZERO)
        || lost && is_good(credential, tokens, now, Request { min_ttl: SignedDuration::ZERO, ..request })
}

/// Avoids a request that is known to be refused.
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
        Some(AuthFailure::Refused { code, .. }) => Err(refused_before(credential, code)),
        _ => Ok(()),
    }
}

/// Sends the refresh token, or the client's own secret, once, saves the response, and returns the token. Runs to its
/// end even if the returned future is dropped.
///
/// # Errors
/// `Kind::NeedsAuthentication`, `Kind::Temporary`, `Kind::Storage`.
pub async fn finish(session: &Session, refresh: Refresh) -> Result<Token, Problem> {
    let Refresh { mut lease, job, credential, tokens, kind, endpoints, now, lost, note } = refresh;
    let session = session.clone();
    job.run(move |permit| async move {
        let ready = session.provider(&credential).and_then(|provider| {
            let http = session.http(&credential)?;
            lease.still_held()?;
            Ok((provider, http))
        });
        let refreshed = match ready {
            Ok((provider, http)) => {
                let (endpoints, setup, of) = (&endpoints, &credential.setup, RefreshRequest { tokens: &tokens, kind });
                grant::renew(&permit, &Renewal { http: &http, provider, endpoints, setup, of, now }).await
            }
            // Nothing was sent: the request could not be built, or it is too late for it.
            Err(problem) => {
                return blocking(move || {
                    if lost.is_none() {
                        lease.clear_spending();
                    }
                    note.end(Err(problem))
                })
                .await;
            }
        };
        let workspace = session.workspace.clone();
        let attempt = RefreshAttempt { session, lease, credential, tokens, kind, now, lost };
        blocking(move || {
            let result = note.end(attempt.ended(refreshed));
            clock_offset::remember(&workspace);
            result
        })
        .await
    })
    .await
}

/// The remaining lifetime to require. For tokens that never live as long as requested, it is half their lifetime, but
/// at least the usual margin: refreshing for each call would only use up the provider's quota.
fn margin(tokens: &Tokens, min_ttl: SignedDuration) -> SignedDuration {
    let life = tokens.expires_at.map(|end| tokens.received_at.duration_until(end));
    life.filter(|life| *life <= min_ttl).map_or(min_ttl, |life| min_ttl.min(MARGIN.max(life / 2)))
}

/// Whether the stored token meets the request. If its time of receipt is in the future, the clock was set back since,
/// and the expiry cannot be trusted.
fn is_good(credential: &Credential, tokens: &Tokens, now: Timestamp, request: Request) -> bool {
    !request.force
        && tokens.received_at <= now
        && tokens.is_fresh(now, margin(tokens, request.min_ttl))
        && !is_too_old(credential, tokens, now, request)
}

/// Whether a token without a known expiry was received longer ago than the requested lifetime. It is then renewed,
/// since a new token is the best that can be returned.
fn is_too_old(credential: &Credential, tokens: &Tokens, now: Timestamp, request: Request) -> bool {
    let is_renewable = tokens.refresh.is_some() || credential.uses_client_credentials();
    let is_asked_for = request.min_ttl > MARGIN && tokens.expires_at.is_none() && is_renewable;
    is_asked_for && tokens.received_at.duration_until(now) >= request.min_ttl
}
