//! From the authorization URL to tokens. Waiting can be cancelled; once the code is in, it is exchanged to the end.

use std::collections::BTreeMap;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use super::complete::Owned;
use super::endings::{cancelled, timed_out};
use super::grant::Grant;
use super::hosts::endpoints;
use super::options::{Options, WayBack};
use super::progress::{Authenticated, Control, Invitation, Progress};
use crate::catalog::Provider;
use crate::engine::audit::SharedNote;
use crate::engine::ops::token::http;
use crate::engine::session::Session;
use crate::model::credential::{Credential, Endpoints, Setup};
use crate::oauth::authorization::AuthorizationRequest;
use crate::oauth::loopback::Listener;
use crate::oauth::redirect::{self, Response};
use crate::oauth::token::{self, Binding, TokenError};
use crate::problem::{Kind, Problem};
use crate::secret::{AuthorizationCode, CodeVerifier};

/// How long the landing page may take to reach the browser before the code is exchanged all the same.
const REPORT: std::time::Duration = std::time::Duration::from_secs(2);

/// The code, and the way it came.
struct Consent {
    response: Response,
    by: &'static str,
}

pub(super) async fn run(
    session: &Session,
    credential: &Credential,
    options: &Options,
    progress: &mpsc::Sender<Progress>,
    mut control: mpsc::Receiver<Control>,
    note: &SharedNote,
) -> Result<Authenticated, Problem> {
    let deadline = Instant::now() + options.deadline;
    let (provider, endpoints) = endpoints(session, credential, options)?;
    let setup = &credential.setup;
    // Bound before the URL is built: the port is part of it, and nobody else may take it in between.
    let (mut listener, no_listener) = listen(provider, setup, options);
    if listener.is_none() && options.way_back == WayBack::Listener {
        return Err(no_listener.unwrap_or_else(only_by_paste));
    }
    let request = AuthorizationRequest::new(provider, &endpoints, setup)?;
    if let Some(listener) = &mut listener {
        listener.set_target(request.url.clone());
    }
    let invitation = invitation(setup, &request.url, listener.as_ref(), no_listener);
    let _ = progress.send(Progress::Waiting(Box::new(invitation))).await;
    if options.open_browser {
        open(session, credential, &request.url, progress).await;
    }
    let wait = consent(session, credential, &request, listener, progress, &mut control);
    let consent = tokio::select! {
        consent = wait => consent?,
        () = sleep_until(deadline) => return Err(timed_out(options)),
    };
    let (code, captured, is_bound) = match consent.response {
        Response::Code { code, captured } => (code, captured, true),
        // One of the provider's console is bound to no request.
        Response::ConsoleCode(code) => (code, BTreeMap::new(), false),
        Response::Denied { error, description } => return Err(denied(&error, &description)),
    };
    // Refused here, the code goes nowhere: whoever named the host wants our client secret.
    let relocation = provider.relocate(&setup.variables, &captured, session.workspace.catalog.origin())?;
    let moved: BTreeMap<String, String> =
        relocation.variables.into_iter().filter(|(name, value)| setup.variables.get(name) != Some(value)).collect();
    let mut setup = setup.clone();
    setup.variables.extend(moved.clone());
    let endpoints = provider.endpoints(&setup.variables, session.workspace.catalog.origin())?;
    let _ = timeout(REPORT, progress.send(Progress::Exchanging)).await;
    let notes = relocation.note.into_iter().collect();
    let owned = Owned::take(session, credential, options, progress, note).await?;
    let answer = Answer { code, captured, is_bound, verifier: request.verifier, by: consent.by };
    spend(owned, answer, Target { endpoints, setup, moved, notes }).await
}

/// A code that came, and what its request bound it to.
struct Answer {
    code: AuthorizationCode,
    captured: BTreeMap<String, String>,
    /// Whether it answers the request; one of the provider's console answers none.
    is_bound: bool,
    /// Of the request (RFC 7636).
    verifier: Option<CodeVerifier>,
    by: &'static str,
}

/// Where it is exchanged.
struct Target {
    endpoints: Endpoints,
    setup: Setup,
    moved: BTreeMap<String, String>,
    notes: Vec<String>,
}

/// From here on the code is spent: cancel and the end of the program come too late.
async fn spend(owned: Owned, answer: Answer, target: Target) -> Result<Authenticated, Problem> {
    owned
        .run(|permit, exchange| async move {
            let Answer { code, captured, is_bound, verifier, by } = answer;
            let Target { endpoints, setup, moved, notes } = target;
            let session = exchange.session();
            let (provider, now) = (session.provider(exchange.credential())?, session.workspace.clock.now());
            let binding = Binding { redirect_uri: &setup.redirect_uri, verifier: verifier.as_ref() };
            let binding = is_bound.then_some(binding);
            let http = http(session)?;
            let tokens = token::exchange(&permit, &http, provider, &endpoints, &setup, &code, binding, &captured, now)
                .await
                .map_err(|error| not_exchanged(error, &setup))?;
            exchange.keep(Grant { tokens, endpoints, moved, notes, by }).await
        })
        .await
}

/// Waits for the listener, the paste box or the cancel key, whichever is first. Has no end of its own.
async fn consent(
    session: &Session,
    credential: &Credential,
    request: &AuthorizationRequest,
    mut listener: Option<Listener>,
    progress: &mpsc::Sender<Progress>,
    control: &mut mpsc::Receiver<Control>,
) -> Result<Consent, Problem> {
    let mut ignored = |problem: Problem| {
        // A full channel only loses a remark.
        let _ = progress.try_send(Progress::Ignored(problem));
    };
    let arrive = async {
        match &mut listener {
            Some(listener) => listener.wait(&request.expected, &mut ignored).await,
            None => std::future::pending().await,
        }
    };
    let steer = async {
        loop {
            match control.recv().await {
                Some(Control::Paste(text)) => match redirect::parse_response(&request.expected, text.expose()) {
                    Ok(response) => return Ok(response),
                    Err(problem) => {
                        let _ = progress.send(Progress::Ignored(problem)).await;
                    }
                },
                Some(Control::OpenBrowser) => open(session, credential, &request.url, progress).await,
                Some(Control::Cancel) => return Err(cancelled()),
                // Nobody steers; the listener and the deadline remain.
                None => std::future::pending::<()>().await,
            }
        }
    };
    tokio::select! {
        response = arrive => Ok(Consent { response, by: "by browser" }),
        response = steer => {
            let response = response?;
            let by = if matches!(response, Response::ConsoleCode(_)) { "by a code of the console" } else { "by pasted address" };
            Ok(Consent { response, by })
        }
    }
}

fn listen(provider: &Provider, setup: &Setup, options: &Options) -> (Option<Listener>, Option<Problem>) {
    if options.way_back == WayBack::Paste || !provider.redirects_to_loopback() {
        return (None, None);
    }
    match Listener::bind(&setup.redirect_uri) {
        Ok(listener) => (Some(listener), None),
        Err(problem) => (None, Some(problem)),
    }
}

fn only_by_paste() -> Problem {
    Problem::new(Kind::Usage, "Only a pasted address can end this sign-in, and nobody is there to paste it.")
        .why("The provider takes no redirect URI on this machine.")
        .try_this("Run it on a terminal, without --no-input.")
}

fn invitation(setup: &Setup, url: &Url, listener: Option<&Listener>, no_listener: Option<Problem>) -> Invitation {
    Invitation {
        redirect_uri: setup.redirect_uri.clone(),
        url: url.clone(),
        short_link: listener.map(Listener::short_link),
        ssh: listener.map(|listener| format!("ssh -L {0}:localhost:{0} <this host>", listener.port())),
        no_listener,
    }
}

pub(super) async fn open(session: &Session, credential: &Credential, url: &Url, progress: &mpsc::Sender<Progress>) {
    let wanted = Some(credential.details.browser.as_str()).filter(|wanted| !wanted.is_empty());
    let report = match session.workspace.opener.open(url, wanted) {
        Ok(()) => Progress::BrowserOpened,
        Err(problem) => Progress::NoBrowser(problem),
    };
    let _ = progress.send(report).await;
}

fn denied(error: &str, description: &str) -> Problem {
    if error == "access_denied" {
        return Problem::new(Kind::NeedsAuthentication, "The request was rejected in the browser.")
            .why("You, or a rule of the provider, said no. Nothing was changed.")
            .try_this("Authenticate again and accept; ask the provider's administrator if you did.");
    }
    Problem::new(Kind::NeedsAuthentication, format!("The provider refused the request: {error}."))
        .why(description)
        .try_this("Compare client, scopes and redirect URI with the provider's console, and authenticate again.")
}

fn not_exchanged(error: TokenError, setup: &Setup) -> Problem {
    let uri = error.code().contains("redirect_uri");
    let problem = error.problem();
    if uri { problem.try_this(format!("Register exactly this redirect URI: {}", setup.redirect_uri)) } else { problem }
}
