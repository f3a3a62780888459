//! A fresh access token: the stored one while it lasts, else one refresh, saved before it is handed out.
//!
//! The refresh engine's rule, **I-spend**: a refresh token is sent only by who holds its credential's lease, after the
//! credential was read again, after room for the answer was proven, and after a note that it is being spent; the answer
//! is saved before anybody sees it. So of many processes one refreshes and the others find its token, and a process
//! that dies leaves either an unspent refresh token or a note that the answer was lost. The store is locked for the
//! save only: a slow provider keeps nobody else waiting.
//!
//! Client credentials spend nothing: the same lease and the same save, and the client's own proof is sent in place of a
//! refresh token (RFC 6749 section 4.4).
//!
//! After a lost answer the stored access token is handed out while it lasts, whatever margin was asked for: a provider
//! that rotates may take the same refresh token, sent again, for a theft. Then that refresh token is tried, once a
//! call: most providers allow it, and for the others there is nothing to lose.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::call::Caller;
pub use crate::api::call::Sent;
use crate::catalog::Provider;
use crate::engine::audit::{Action, Note};
use crate::engine::blocking::blocking;
use crate::engine::grant::{self, Renewal};
use crate::engine::saving::{KEPT, save};
use crate::engine::session::Session;
use crate::engine::supervisor::Job;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Endpoints, MAIN_SECRET, Quota, Setback, Setup, Tokens};
use crate::oauth::token::TokenError;
use crate::printable::printable;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::{AccessToken, Secret};
use crate::store::{Lease, Pending, Wait};

/// How long to wait for another process, which may itself be waiting 30 seconds for the provider.
pub const LOCK_WAIT: Duration = Duration::from_secs(45);

/// Least remaining life, unless more is asked for: what a request may take, and clocks may differ.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// How long to wait for another process that is saving, before anything is spent.
const RESERVE_WAIT: Duration = Duration::from_secs(20);

/// Characters of a note.
const MAX_NOTE: usize = 300;

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

/// A token that works, or what was typed in.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token; the key, token or password as it was typed in.
    pub access: AccessToken,
    /// What proves the caller in a call of the API: one header at most providers.
    pub sent: Vec<Sent>,
    /// Where nothing is sent because each request is signed: with which key.
    pub signs_as: Option<SigningKey>,
    /// End of its life, where known.
    pub expires_at: Option<Timestamp>,
    /// What the provider changed with this refresh and a person should know: "Granted no longer: a.read".
    pub notes: Vec<String>,
}

/// Who signs requests with the secret key that is the token.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// The access key ID.
    pub id: String,
    /// The session token of temporary keys.
    pub session: Option<Secret>,
}

/// The stored token, if it is good for what is asked: no network, no lock, no runtime.
///
/// # Errors
/// NotFound, Storage; NeedsAuthentication when there never was one, or it was revoked.
pub fn stored_token(session: &Session, id: CredentialId, request: Request) -> Result<Option<Token>, Problem> {
    let credential = session.credential(id)?;
    if let Some(key) = credential.setup.secrets.get(MAIN_SECRET) {
        return typed_in(session.provider(&credential)?, &credential, key).map(Some);
    }
    refuse_without_tokens(&credential)?;
    let now = session.workspace.clock.now();
    let Some(tokens) = credential.tokens.as_ref().filter(|tokens| is_good(tokens, now, request)) else {
        return Ok(None);
    };
    handed_out(session.provider(&credential)?, &credential.setup, tokens).map(Some)
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

/// Another token in place of one that an API did not take: the one that somebody else refreshed meanwhile, or one refresh.
/// That the token is over is saved ahead of it, so that nobody gets it again, whatever comes of the refresh. `None` where
/// no other one can be had.
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
    if is_shared(&tokens, now, request, seen, lost.is_some()) {
        return handed_out(provider, &credential.setup, &tokens).map(Start::Token);
    }
    refuse_to_ask(provider, &credential, request, now)?;
    let unattended = credential.is_unattended();
    if tokens.refresh.is_none() && !unattended {
        return Err(needs_person(&credential, "Its access token has ended, and the provider gave no refresh token."));
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
fn is_shared(tokens: &Tokens, now: Timestamp, request: Request, seen: Option<Timestamp>, lost: bool) -> bool {
    // Somebody refreshed while the lease was waited for: that is the token a forced refresh asked for, too.
    let renewed = seen.is_some_and(|seen| tokens.received_at > seen);
    is_good(tokens, now, Request { force: request.force && !renewed, ..request })
        // Its whole life may be shorter than the margin: those who waited share it rather than spend another one each.
        || renewed && tokens.is_fresh(now, SignedDuration::ZERO)
        || lost && is_good(tokens, now, Request { min_ttl: SignedDuration::ZERO, ..request })
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
        let ready = session.provider(&credential).and_then(|provider| Ok((provider, session.http()?)));
        let answer = match ready {
            Ok((provider, http)) => {
                let (endpoints, setup, tokens) = (&endpoints, &credential.setup, &tokens);
                grant::renew(&permit, &Renewal { http: &http, provider, endpoints, setup, tokens, now }).await
            }
            // Nothing was sent: what keeps the request from being made is no answer.
            Err(problem) => return blocking(move || note.end(Err(problem))).await,
        };
        let spent = Spent { session, lease, credential, tokens, now, lost };
        blocking(move || note.end(spent.answered(answer))).await
    })
    .await
}

/// A refresh that was answered, or not.
struct Spent {
    session: Session,
    lease: Box<dyn Lease>,
    credential: Credential,
    /// The pair that was spent.
    tokens: Tokens,
    now: Timestamp,
    lost: Option<Pending>,
}

impl Spent {
    fn answered(mut self, answer: Result<Tokens, TokenError>) -> Result<Token, Problem> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Err(self.refused(error)),
        };
        let id = self.credential.id;
        let token = handed_out(self.session.provider(&self.credential)?, &self.credential.setup, &answer);
        let (expires_at, notes) = (answer.expires_at, changes(&self.tokens, &answer));
        let spent = Some(self.tokens.revision());
        let saved =
            save(&self.session, &mut *self.lease, &Change::Refreshed { id, tokens: Box::new(answer), spent }, []);
        // Kept or saved: in either case the answer is not lost.
        if saved.as_ref().map_or_else(|unsaved| unsaved.is_kept, |()| true) {
            self.lease.clear();
        }
        saved.map_err(|unsaved| unsaved.problem)?;
        // A new refresh token came with no usable access token: the refresh token is kept, the ended one not given.
        if expires_at.is_some_and(|end| end <= self.now) {
            return Err(no_access_token(&self.credential));
        }
        token.map(|token| Token { notes, ..token })
    }

    /// What a failed refresh leaves behind: the refresh token stays in every case.
    fn refused(mut self, error: TokenError) -> Problem {
        let (id, credential, lost) = (self.credential.id, &self.credential, self.lost);
        let final_word = matches!(&error, TokenError::Reauthenticate { .. });
        let unanswered = matches!(&error, TokenError::Temporary { sent: true, .. } | TokenError::Unreadable { .. });
        let is_client = matches!(&error, TokenError::Misconfigured { .. }) && credential.is_unattended();
        let is_unread = matches!(&error, TokenError::Unreadable { .. });
        let spent = Some(self.tokens.revision());
        let change = match &error {
            // With a refresh token the grant may be alive behind a wrong secret; without one the client is all there is.
            TokenError::Reauthenticate { code, .. } | TokenError::Misconfigured { code, .. }
                if final_word || is_client =>
            {
                Some(Change::RefreshRefused { id, code: code.clone(), spent })
            }
            TokenError::Throttled { until, .. } => Some(Change::Throttled { id, until: *until }),
            TokenError::Unreadable { answer, .. } => Some(Change::AnswerUnread { id, answer: answer.clone(), spent }),
            _ => None,
        };
        // A verdict can be had again; the problem itself matters more than a failed note of it. An answer cannot: until
        // it is kept, it counts as lost.
        let is_noted = change.is_none_or(|change| self.session.store.commit(change.into()).is_ok());
        let is_kept = is_unread && is_noted;
        // What does not say whether the token is alive leaves an earlier lost answer as lost as it was.
        if final_word || is_kept || !(unanswered || lost.is_some()) {
            self.lease.clear();
        }
        if is_kept && !credential.is_unattended() {
            let why = error.problem().why;
            return unread(credential)
                .why(format!("{why} {KEPT} The refresh token may be spent: it is not sent again by itself."));
        }
        let mut problem = error.problem();
        if is_unread && credential.is_unattended() {
            // Nothing was spent: the client asks again.
            problem.kind = Kind::Temporary;
        }
        if is_client {
            // No script can proceed until a person has fixed the client.
            problem.kind = Kind::NeedsAuthentication;
        }
        match lost {
            Some(lost) if final_word => {
                let why = format!(
                    "The answer to its refresh of {} was lost, and this provider takes each refresh token once. {}",
                    lost.since.strftime("%Y-%m-%d %H:%M UTC"),
                    problem.why
                );
                problem.why(why).step(authenticate_again(credential))
            }
            _ if final_word => problem.step(authenticate_again(credential)),
            _ => problem,
        }
    }
}

/// Of a token that never lives as long as is wanted half its life will do, and the usual margin at least: a refresh for
/// each call would only use up what the provider allows.
fn margin(tokens: &Tokens, min_ttl: SignedDuration) -> SignedDuration {
    let life = tokens.expires_at.map(|end| tokens.received_at.duration_until(end));
    life.filter(|life| *life <= min_ttl).map_or(min_ttl, |life| min_ttl.min(MARGIN.max(life / 2)))
}

/// A token received in the future was judged by a clock that has been set back since: not to be trusted.
fn is_good(tokens: &Tokens, now: Timestamp, request: Request) -> bool {
    !request.force && tokens.received_at <= now && tokens.is_fresh(now, margin(tokens, request.min_ttl))
}

fn handed_out(provider: &Provider, setup: &Setup, tokens: &Tokens) -> Result<Token, Problem> {
    let sent = Caller { provider, setup, tokens: Some(tokens) }.sent(None)?;
    Ok(Token { access: tokens.access.clone(), sent, signs_as: None, expires_at: tokens.expires_at, notes: Vec::new() })
}

/// What was typed in, unless the provider refused it: a script is told rather than given what does not work.
fn typed_in(provider: &Provider, credential: &Credential, key: &Secret) -> Result<Token, Problem> {
    let notes = match (&credential.setback, &credential.proof) {
        (Some(Setback::Refused { code, .. }), _) => {
            return Err(needs_person(credential, &format!("The provider refused it: {code}.")));
        }
        (Some(Setback::Revoked { .. }), _) => return Err(needs_person(credential, "It was revoked.")),
        (None, None) => vec!["It has not been tested yet.".to_owned()],
        (None, Some(_)) => Vec::new(),
    };
    let setup = &credential.setup;
    let sent = Caller { provider, setup, tokens: None }.sent(None)?;
    let signs_as: Option<Result<_, Problem>> = provider.signature.as_ref().map(|by| {
        let id = provider.fill(&by.access_key, &setup.variables)?;
        let session = by.session_token.as_ref().and_then(|name| setup.secrets.get(name)).cloned();
        Ok(SigningKey { id, session })
    });
    let signs_as = signs_as.transpose()?;
    Ok(Token { access: AccessToken::from(key.clone()), sent, signs_as, expires_at: None, notes })
}

/// What an answer changed beside the tokens. It is stored as it came; requests go to the pinned endpoints as before.
fn changes(before: &Tokens, after: &Tokens) -> Vec<String> {
    let mut notes = Vec::new();
    let kept = after.scopes.as_deref().unwrap_or_default();
    let lost: Vec<&str> =
        before.scopes.iter().flatten().filter(|scope| !kept.contains(scope)).map(String::as_str).collect();
    if !lost.is_empty() {
        notes.push(printable(&format!("Granted no longer: {}.", lost.join(", ")), MAX_NOTE));
    }
    for (name, value) in &after.captured {
        if before.captured.get(name).is_some_and(|old| old != value) {
            notes.push(printable(&format!("The provider changed {name} to {value}."), MAX_NOTE));
        }
    }
    notes
}

fn no_access_token(credential: &Credential) -> Problem {
    Problem::new(
        Kind::Temporary,
        format!("The provider renewed \"{}\" without a usable access token.", credential.name),
    )
    .why("Its new refresh token was saved.")
    .try_this("Try again.")
}

fn refuse_without_tokens(credential: &Credential) -> Result<(), Problem> {
    match (&credential.setback, &credential.tokens) {
        (Some(Setback::Revoked { .. }), _) => Err(needs_person(credential, "It was revoked.")),
        (_, None) => Err(never_authenticated(credential)),
        _ => Ok(()),
    }
}

fn never_authenticated(credential: &Credential) -> Problem {
    needs_person(credential, "It has not been authenticated yet.")
}

fn refused_before(credential: &Credential, code: &str) -> Problem {
    let what = if credential.is_unattended() { "client" } else { "refresh token" };
    needs_person(credential, &format!("The authorization server refused its {what}: {code}."))
}

/// A person decides whether the spent refresh token is sent once more.
pub(crate) fn unread(credential: &Credential) -> Problem {
    let what = format!("The provider's last answer for \"{}\" could not be read.", credential.name);
    let problem = match &credential.unread {
        Some(answer) => Problem::new(Kind::NeedsAuthentication, what).why(format!(
            "It came on {} ({}). {KEPT} The refresh token may be spent: it is not sent again by itself.",
            answer.at.strftime("%Y-%m-%d %H:%M UTC"),
            answer.in_words(),
        )),
        None => Problem::new(Kind::NeedsAuthentication, what),
    };
    problem
        .try_this("Authenticate again, or look at the answer first.")
        .step(NextStep::SettleUnreadAnswer { name: credential.name.to_string() })
}

fn needs_person(credential: &Credential, why: &str) -> Problem {
    Problem::new(Kind::NeedsAuthentication, format!("\"{}\" needs a person to authenticate it.", credential.name))
        .why(why)
        .step(authenticate_again(credential))
}

pub(crate) fn authenticate_again(credential: &Credential) -> NextStep {
    NextStep::Authenticate { name: credential.name.to_string() }
}

/// One more would be refused, and at some providers block the refresh token for a while.
fn used_up(credential: &Credential, quota: &Quota, now: Timestamp) -> Problem {
    let minutes = quota.frees_at.map_or(0, |at| now.duration_until(at).as_secs()) / 60 + 1;
    let what = format!(
        "\"{}\" has had its {} access tokens of {} minutes.",
        credential.name,
        quota.of,
        quota.window.as_mins()
    );
    Problem::new(Kind::Temporary, what)
        .why("The provider gives no more for this refresh token; it was not asked. The stored token may still be good.")
        .try_this(format!("Use the stored token, or try again in {minutes} minutes."))
        .step(NextStep::UseStoredToken { name: credential.name.to_string() })
}

fn throttled(credential: &Credential, now: Timestamp, until: Timestamp) -> Problem {
    let seconds = now.duration_until(until).as_secs();
    Problem::new(Kind::Temporary, format!("The provider asked to wait before \"{}\" is refreshed.", credential.name))
        .why("It had too many token requests in a row. The tokens are still good.")
        .try_this(format!("Try again in {} minutes.", seconds / 60 + 1))
}
