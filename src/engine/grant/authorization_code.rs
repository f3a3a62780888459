//! The authorization code grant (RFC 6749 section 4.1, RFC 8252), from the URL to the tokens. Waiting can be canceled;
//! once a code was received, it is exchanged in any case.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::attempt::Attempt;
use super::endings::{canceled, timed_out};
use super::exchange::{Exchange, LeasedJob};
use super::flow::Grant;
use super::new_tokens::NewTokens;
use super::options::RedirectReturn;
use super::progress::{Authenticated, Control, Progress};
use super::redirect_target::RedirectTarget;
use crate::mask::Masks;
use crate::model::credential::{Endpoints, GrantType, Setup};
use crate::oauth::authorization::AuthorizationRequest;
use crate::oauth::loopback::Listener;
use crate::oauth::permit::MustFinish;
use crate::oauth::redirect::{self, AuthorizationResponse};
use crate::oauth::token::{self, CodeBinding};
use crate::problem::{Kind, Problem};
use crate::secret::{AuthorizationCode as Code, CodeVerifier};

/// How long the final page may take to reach the browser before the code is exchanged anyway.
const REPORT: Duration = Duration::from_secs(2);

/// Most characters of a message that quotes a provider's text.
const MAX_QUOTE: usize = 2_000;

pub(super) struct AuthorizationCode;

/// A received authorization code, and what its request bound it to.
pub(super) struct Consent {
    code: Code,
    /// Values of the redirect that the catalog says to keep.
    captured: BTreeMap<String, String>,
    /// Whether the code is the response to the request, not one that was generated in the provider's console.
    is_bound: bool,
    /// The code verifier of the request (RFC 7636).
    verifier: Option<CodeVerifier>,
    by: &'static str,
    /// The redirect URI of the request; the stored one may have another port.
    redirect_uri: String,
}

impl Grant for AuthorizationCode {
    const GRANT_TYPE: GrantType = GrantType::AuthorizationCode;
    type Consent = Consent;

    async fn begin(attempt: &mut Attempt, endpoints: &Endpoints) -> Result<Consent, Problem> {
        let deadline = Instant::now() + attempt.options.deadline;
        let provider = attempt.provider()?;
        // The listener is bound before the URL is built: the port is part of the URL, and must not be taken in between.
        let workspace = &attempt.session.workspace;
        let mut way_in = RedirectTarget::open(workspace, provider, &attempt.credential.setup, &attempt.options);
        let setup = &Setup { redirect_uri: way_in.redirect_uri.clone(), ..attempt.credential.setup.clone() };
        if way_in.listener.is_none() && attempt.options.redirect_return == RedirectReturn::Listener {
            return Err(way_in.no_listener.unwrap_or_else(|| {
                Problem::internal("A sign-in that ends with a pasted address was started where nobody can paste one.")
            }));
        }
        let request = match way_in.behind_page() {
            Some(port) => AuthorizationRequest::through_page(provider, endpoints, setup, port)?,
            None => AuthorizationRequest::new(provider, endpoints, setup)?,
        };
        if let Some(listener) = &mut way_in.listener {
            listener.set_target(request.url.clone());
        }
        let redirect_uri = setup.redirect_uri.clone();
        let (prompt, listener) = way_in.into_prompt(&request.url);
        attempt.report(Progress::Waiting(Box::new(prompt))).await;
        if attempt.options.open_browser {
            attempt.open_browser(&request.url).await;
        }
        let late = timed_out(&attempt.options);
        let (response, by) = tokio::select! {
            came = response(attempt, &request, listener) => came?,
            () = sleep_until(deadline) => return Err(late),
        };
        let verifier = request.verifier;
        match response {
            AuthorizationResponse::Code { code, captured } => {
                Ok(Consent { code, captured, is_bound: true, verifier, by, redirect_uri })
            }
            AuthorizationResponse::ConsoleCode(code) => {
                Ok(Consent { code, captured: BTreeMap::new(), is_bound: false, verifier, by, redirect_uri })
            }
            AuthorizationResponse::Denied { error, description } => {
                Err(concealed(&Masks::of(&attempt.credential.secrets()), denied(&error, &description)))
            }
        }
    }

    async fn finish(attempt: &mut Attempt, _: Endpoints, consent: Consent) -> Result<Authenticated, Problem> {
        let target = Target::of(attempt, &consent)?;
        let _ = timeout(REPORT, attempt.report(Progress::Exchanging)).await;
        let owned = LeasedJob::take(attempt).await?;
        owned.run(|permit, exchange| spend(permit, exchange, consent, target)).await
    }
}

/// Where to exchange a code.
struct Target {
    endpoints: Endpoints,
    setup: Setup,
    moved: BTreeMap<String, String>,
    notes: Vec<String>,
}

impl Target {
    /// Resolves the data center of the account, which the redirect names.
    ///
    /// # Errors
    /// `Kind::Refused` for a host that is not a choice of the catalog. The code is then sent nowhere, because an
    /// attacker could name a host to receive the client secret.
    fn of(attempt: &Attempt, consent: &Consent) -> Result<Self, Problem> {
        let (provider, setup) = (attempt.provider()?, &attempt.credential.setup);
        let origin = attempt.session.workspace.catalog.origin();
        let relocation = provider.relocate(&setup.variables, &consent.captured, origin)?;
        let moved: BTreeMap<String, String> =
            relocation.variables.into_iter().filter(|(name, value)| setup.variables.get(name) != Some(value)).collect();
        let mut setup = Setup { redirect_uri: consent.redirect_uri.clone(), ..setup.clone() };
        setup.variables.extend(moved.clone());
        let endpoints = provider.endpoints(&setup.variables, origin)?;
        Ok(Self { endpoints, setup, moved, notes: relocation.note.into_iter().collect() })
    }
}

/// Exchanges the code. From here on it is spent, so it is too late to cancel.
async fn spend(
    permit: MustFinish,
    exchange: Exchange,
    consent: Consent,
    target: Target,
) -> Result<Authenticated, Problem> {
    let Consent { code, captured, is_bound, verifier, by, .. } = consent;
    let Target { endpoints, setup, moved, notes } = target;
    let session = exchange.session();
    let (provider, now) = (session.provider(exchange.credential())?, session.workspace.clock.now());
    let binding = CodeBinding { redirect_uri: &setup.redirect_uri, verifier: verifier.as_ref() };
    let binding = is_bound.then_some(binding);
    let http = session.http(exchange.credential())?;
    let asked = token::exchange(&permit, &http, provider, &endpoints, &setup, &code, binding, &captured, now).await;
    let granted = match asked {
        Ok(granted) => granted,
        Err(error) => {
            let is_uri = error.code().contains("redirect_uri");
            let problem = exchange.refused(error).await;
            let hint = || format!("Register exactly this redirect URI: {}", setup.redirect_uri);
            return Err(if is_uri { problem.try_this(hint()) } else { problem });
        }
    };
    exchange.keep(NewTokens { moved, notes, ..NewTokens::granted(granted, endpoints, by) }).await
}

/// Waits for the listener, a pasted redirect address or a cancel, whichever comes first. Has no timeout of its own.
async fn response(
    attempt: &mut Attempt,
    request: &AuthorizationRequest,
    mut listener: Option<Listener>,
) -> Result<(AuthorizationResponse, &'static str), Problem> {
    let (progress, masks) = (attempt.progress.clone(), Masks::of(&attempt.credential.secrets()));
    let mut ignored = |problem: Problem| {
        let problem = concealed(&masks, problem);
        // If the channel is full, only a notice is lost.
        let _ = progress.try_send(Progress::Ignored(problem));
    };
    let arrive = async {
        match &mut listener {
            Some(listener) => listener.wait(&request.expected, &mut ignored).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        response = arrive => Ok((response, "by browser")),
        response = pasted(attempt, request) => {
            let response = response?;
            let by = match response {
                AuthorizationResponse::ConsoleCode(_) => "with a code from the console",
                _ => "with a pasted address",
            };
            Ok((response, by))
        }
    }
}

/// Waits for a pasted redirect address, and carries out other controls meanwhile.
async fn pasted(attempt: &mut Attempt, request: &AuthorizationRequest) -> Result<AuthorizationResponse, Problem> {
    loop {
        match attempt.order().await {
            Control::Paste(text) => match redirect::parse_response(&request.expected, text.expose()) {
                Ok(response) => return Ok(response),
                Err(problem) => {
                    let problem = concealed(&Masks::of(&attempt.credential.secrets()), problem);
                    attempt.report(Progress::Ignored(problem)).await;
                }
            },
            Control::OpenBrowser => attempt.open_browser(&request.url).await,
            Control::Cancel => return Err(canceled()),
        }
    }
}

/// Masks secrets: a provider's error response may quote the request.
fn concealed(masks: &Masks, problem: Problem) -> Problem {
    let (what, why) = (masks.conceal(&problem.what, MAX_QUOTE), masks.conceal(&problem.why, MAX_QUOTE));
    let concealed = Problem::new(problem.kind, what.as_str()).why(why.as_str()).try_this(problem.try_this);
    concealed.step(problem.step.map(|step| *step))
}

fn denied(error: &str, description: &str) -> Problem {
    if error == "access_denied" {
        return Problem::new(Kind::NeedsAuthentication, "The request was rejected in the browser.")
            .why("You or a policy of the provider declined. Nothing was changed.")
            .try_this("Authenticate again and accept. If you did accept, ask the provider's administrator.");
    }
    Problem::new(Kind::NeedsAuthentication, format!("The provider rejected the request: {error}."))
        .why(description)
        .try_this("Compare client, scopes and redirect URI with the provider's console, and authenticate again.")
}
