//! Checks with a read-only call of the provider's API whether a credential works.
//!
//! For a typed-in key, token or password the verdict is stored, as an authentication or a rejection. For OAuth tokens
//! it is not stored: only the token endpoint decides about those.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::token::{self, LOCK_WAIT, authenticate_again};
use crate::api::call::{ApiCaller, CallOutcome, CallReport};
use crate::catalog::{Provider, TestTarget};
use crate::engine::audit::{Action, PendingEntry, about};
use crate::engine::blocking::blocking;
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, ProvenBy};
use crate::model::field::Revision;
use crate::model::record::Conflict;
use crate::oauth::http::place;
use crate::problem::next_step::HostUse;
use crate::problem::{Kind, NextStep, Problem};
use crate::store::StoreError;

/// The result of a successful test call.
#[derive(Clone, Debug)]
pub struct VerifyReport {
    /// The catalog's label: "Signed-in user"; may be empty.
    pub label: String,
    /// The masked request line: `GET https://api.example.com/v1/me`.
    pub asked: String,
    pub status: u16,
    /// Time from the first byte sent to the last one read.
    pub took: Duration,
    /// Notes about the response, such as a byte that is not UTF-8.
    pub notes: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct PreparedCall<'a> {
    credential: Credential,
    provider: &'a Provider,
    trial: TestTarget<'a>,
    url: url::Url,
}

impl VerifyReport {
    /// `GET https://api.example.com/v1/me answered 200 in 0.12 s.`
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{} answered {} in {:.2} s.", self.asked, self.status, self.took.as_secs_f64())
    }
}

/// The call that [`test()`] would make; `None` if the catalog has none.
#[must_use]
pub fn call_of<'a>(provider: &'a Provider, credential: &Credential) -> Option<TestTarget<'a>> {
    let granted = credential.tokens.as_ref().and_then(|tokens| tokens.scopes.as_ref());
    let scopes = granted.unwrap_or(&credential.setup.scopes);
    let may = |scope: &String| {
        let all = scope.rsplit_once('.').map(|(module, _)| format!("{module}.ALL"));
        scopes.iter().any(|known| known == scope || Some(known) == all.as_ref())
    };
    let none = BTreeMap::new();
    let captured = credential.tokens.as_ref().map_or(&none, |tokens| &tokens.captured);
    let fits = |trial: &TestTarget<'_>| {
        trial.call.scope.as_ref().is_none_or(may) && !provider.lacks_captured_value(*trial, captured)
    };
    provider.trials_with(&credential.setup.variables).into_iter().find(fits)
}

/// The URL of the test call; `None` if there is none.
pub(crate) fn address_of(session: &Session, credential: &Credential) -> Result<Option<url::Url>, Problem> {
    Ok(ready(session, credential.clone(), true)?.map(|ready| ready.url))
}

/// Makes the test call, and stores its verdict about a typed-in secret. `asking` is called with the request line before
/// it is sent.
///
/// # Errors
/// `Kind::Usage` if the catalog has no test call, `Kind::NeedsAuthentication` if it is rejected, `Kind::Temporary`,
/// `Kind::NotFound`, `Kind::Storage`, and `Kind::Refused` if the call would go to another host than the pinned one,
/// unless `accept_new_host`.
pub async fn test(
    session: &Session,
    id: CredentialId,
    accept_new_host: bool,
    asking: impl AsyncFnOnce(&str),
) -> Result<VerifyReport, Problem> {
    let note = {
        let session = session.clone();
        blocking(move || PendingEntry::begin(&session.workspace, Action::Test, Some(about(&session, id)))).await?
    };
    let result = call(session, id, accept_new_host, asking).await;
    blocking(move || note.end(result)).await
}

async fn call(
    session: &Session,
    id: CredentialId,
    accept_new_host: bool,
    asking: impl AsyncFnOnce(&str),
) -> Result<VerifyReport, Problem> {
    let credential = {
        let session = session.clone();
        blocking(move || session.credential(id)).await?
    };
    if credential.is_static_secret() {
        let leasing = session.clone();
        // One test at a time, so that verdicts do not contradict each other; a rotation waits for it.
        let (lease, credential) = blocking(move || {
            let lease = leasing.lease(&credential, LOCK_WAIT, &mut || ())?;
            Ok((lease, leasing.credential(id)?))
        })
        .await?;
        let ready = ready(session, credential, accept_new_host)?.ok_or_else(|| no_call(session, id))?;
        let tested = ask(session, ready, asking).await;
        drop(lease);
        return tested;
    }
    let received = |credential: &Credential| credential.tokens.as_ref().map(|tokens| tokens.received_at);
    let before = received(&credential);
    let credential = {
        token::access_token(session, id, token::Request::default()).await?;
        let session = session.clone();
        blocking(move || session.credential(id)).await?
    };
    // The token was refreshed for this very call, so another refresh would not help.
    let may_renew = received(&credential) == before;
    let call = |credential| ready(session, credential, accept_new_host)?.ok_or_else(|| no_call(session, id));
    let first = call(credential.clone())?;
    let (asked, provider) = (first.asked(), first.provider);
    asking(&asked).await;
    let mut answered = send(session, &first).await?;
    if may_renew
        && matches!(answered.called.verdict, CallOutcome::TokenRejected(_))
        && let Some(renewed) = token::in_place_of(session, &credential).await?
    {
        answered = send(session, &call(renewed)?).await?;
    }
    judge(session, &credential, provider, asked, answered).await
}

/// The call for this credential, with its URL built and its host known; `None` if the catalog has none.
pub(crate) fn ready(
    session: &Session,
    credential: Credential,
    accept_new_host: bool,
) -> Result<Option<PreparedCall<'_>>, Problem> {
    let provider = session.provider(&credential)?;
    let Some(trial) = call_of(provider, &credential) else { return Ok(None) };
    let caller = ApiCaller { provider, setup: &credential.setup, tokens: credential.tokens.as_ref() };
    let url = caller.url(trial, session.workspace.catalog.origin())?;
    let pinned = credential.proof.as_ref().and_then(|proof| proof.host.as_ref());
    if let Some(pinned) = pinned.filter(|pinned| !accept_new_host && **pinned != place(&url)) {
        let what = format!("The key would be sent to a new host: {}.", place(&url));
        let by = if credential.is_static_secret() { HostUse::SignIn } else { HostUse::TestCall };
        return Err(Problem::new(Kind::Refused, what)
            .why(format!("Until now it was {pinned}. A catalog file has changed since the last test."))
            .try_this("Check that the change is wanted.")
            .step(NextStep::AcceptNewHost { by, name: credential.name.to_string() }));
    }
    Ok(Some(PreparedCall { credential, provider, trial, url }))
}

/// Makes the call, and stores the verdict.
pub(crate) async fn ask(
    session: &Session,
    ready: PreparedCall<'_>,
    asking: impl AsyncFnOnce(&str),
) -> Result<VerifyReport, Problem> {
    let asked = ready.asked();
    asking(&asked).await;
    let answered = send(session, &ready).await?;
    judge(session, &ready.credential, ready.provider, asked, answered).await
}

struct TestResponse {
    label: String,
    host: String,
    called: CallReport,
    took: Duration,
    tested: Revision,
}

impl PreparedCall<'_> {
    fn asked(&self) -> String {
        format!("{} {}", self.trial.call.method, self.url)
    }
}

async fn send(session: &Session, ready: &PreparedCall<'_>) -> Result<TestResponse, Problem> {
    let PreparedCall { credential, provider, trial, url } = ready;
    let http = session.http(credential)?;
    let caller = ApiCaller { provider, setup: &credential.setup, tokens: credential.tokens.as_ref() };
    let start = Instant::now();
    let response = caller.call(&http, *trial, url, session.workspace.clock.now()).await;
    let response = response.map_err(|failure| failure.problem)?;
    let (label, host) = (trial.call.label.clone(), place(url));
    Ok(TestResponse { label, host, called: response, took: start.elapsed(), tested: credential.tested_revision() })
}

async fn judge(
    session: &Session,
    credential: &Credential,
    provider: &Provider,
    asked: String,
    answered: TestResponse,
) -> Result<VerifyReport, Problem> {
    let TestResponse { label, host, called, took, tested } = answered;
    let (id, tested) = (credential.id, Some(tested));
    let change = match &called.verdict {
        CallOutcome::Passed => Some(Change::Proven { id, by: ProvenBy::Test, host: Some(host), tested }),
        CallOutcome::Refused(code) | CallOutcome::TokenRejected(code) if credential.is_static_secret() => {
            Some(Change::KeyRefused { id, code: code.clone(), tested })
        }
        _ => None,
    };
    if let Some(change) = change {
        keep(session, credential, change).await?;
    }
    match called.verdict {
        CallOutcome::Passed => Ok(VerifyReport { label, asked, status: called.status, took, notes: called.notes }),
        verdict => Err(failed(credential, provider, &asked, &verdict)),
    }
}

/// Stores a verdict about the key that was sent. It says nothing about a key that has replaced it meanwhile.
async fn keep(session: &Session, sent: &Credential, change: Change) -> Result<(), Problem> {
    let (store, name) = (Arc::clone(&session.store), sent.name.clone());
    blocking(move || match store.commit(change.into()) {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict(Conflict::Changed { .. })) => {
            let problem = Problem::new(Kind::Temporary, format!("\"{name}\" was changed while it was tested."));
            Err(problem.try_this("Test it again."))
        }
        Err(error) => Err(error.into()),
    })
    .await
}

fn failed(credential: &Credential, provider: &Provider, asked: &str, verdict: &CallOutcome) -> Problem {
    let name = &credential.name;
    let said = |words: &str| format!("{words}. Request: {asked}");
    match verdict {
        CallOutcome::Refused(words) | CallOutcome::TokenRejected(words) if credential.is_static_secret() => {
            let problem = Problem::new(Kind::NeedsAuthentication, format!("{} rejected \"{name}\".", provider.name));
            problem
                .why(said(words))
                .try_this("Give the key the permissions it needs, or create a new one in the provider's console.")
                .step(NextStep::ReplaceSecret { name: name.to_string() })
        }
        CallOutcome::Refused(words) | CallOutcome::TokenRejected(words) => {
            let what = format!("The API of {} rejected the access token of \"{name}\".", provider.name);
            Problem::new(Kind::NeedsAuthentication, what)
                .why(said(words))
                .try_this("First check the account's permissions and scopes.")
                .step(authenticate_again(credential))
        }
        CallOutcome::Throttled(wait) => {
            let wait =
                wait.map_or_else(|| "a few minutes".to_owned(), |seconds| format!("{} minutes", seconds / 60 + 1));
            Problem::new(Kind::Temporary, format!("{} is rate limiting requests.", provider.name))
                .why(format!("Too many calls were sent. Request: {asked}"))
                .try_this(format!("Nothing was lost; test again in {wait}."))
        }
        CallOutcome::BadRequest(words) => {
            Problem::new(Kind::Usage, format!("{} rejected the test call of \"{name}\".", provider.name))
                .why(said(words))
                .try_this("Check the key, the domain and the other fields of the credential. Nothing was changed.")
        }
        CallOutcome::Unclear(words) => {
            Problem::new(Kind::Temporary, format!("{} sent no usable response.", provider.name))
                .why(said(words))
                .try_this("Nothing was changed; test again later.")
        }
        CallOutcome::Passed => Problem::internal("A passed test was treated as a failure."),
    }
}

fn no_call(session: &Session, id: CredentialId) -> Problem {
    let credential = session.credential(id).ok();
    let provider = credential.as_ref().and_then(|credential| session.provider(credential).ok());
    let name = provider.map_or("this integration", |provider| provider.name.as_str());
    let why = match provider {
        Some(provider) if provider.test_calls().next().is_some() => {
            "Every test call needs a scope that was not granted, or a site that the provider has not returned."
        }
        _ => "No call is known to be read-only.",
    };
    Problem::new(Kind::Usage, format!("The catalog has no test call for {name}."))
        .why(why)
        .try_this("Nothing was sent and nothing was changed. Your own catalog file can define one ([[test]]).")
}
