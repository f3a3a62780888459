//! Checks one credential: its status, scopes, and the connection to its provider, without sending any secret.

use std::net::ToSocketAddrs as _;
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use url::Url;

use super::Finding;
use super::machine::{host, trouble};
use crate::engine::blocking::blocking;
use crate::engine::clock_offset;
use crate::engine::ops::token::{authenticate_again, unread};
use crate::engine::ops::verify;
use crate::engine::session::Session;
use crate::loopback::is_loopback;
use crate::model::credential::{AuthFailure, Credential, Refusals, Status};
use crate::oauth::http::{BodyLimit, Request, Response};
use crate::problem::{Kind, Problem};

/// Timeout of a name resolution.
const DNS_DEADLINE: Duration = Duration::from_secs(10);

/// Checks status, scopes, name resolution, TLS and clock for one credential. Sends one request, without any secret.
pub(crate) async fn examine_credential(session: &Session, credential: &Credential) -> Vec<Finding> {
    let now = session.workspace.clock.now();
    let mut findings = vec![status(credential, now)];
    findings.extend(scopes(credential));
    match entrance(session, credential) {
        Ok(Some(url)) => {
            let named = resolved(&url).await;
            let reachable = !matches!(named.verdict, super::FindingLevel::Bad(_)) || has_proxy(session);
            findings.push(named);
            if reachable {
                findings.extend(server(session, credential, &url).await);
            }
        }
        Ok(None) => findings.push(Finding::notice("server", "the catalog has no API call to check")),
        Err(problem) => findings.push(Finding::bad("server", problem)),
    }
    findings
}

/// The first URL that the credential's requests go to: the token endpoint, or the test call of a typed-in secret.
fn entrance(session: &Session, credential: &Credential) -> Result<Option<Url>, Problem> {
    if credential.is_static_secret() {
        return verify::address_of(session, credential);
    }
    if let Some(endpoints) = &credential.endpoints {
        return Ok(Some(endpoints.token.clone()));
    }
    let provider = session.provider(credential)?;
    let endpoints = provider.endpoints(&credential.setup.variables, session.workspace.catalog.origin())?;
    Ok(Some(endpoints.token))
}

fn status(credential: &Credential, now: Timestamp) -> Finding {
    let status = credential.status(now);
    let credential = &*credential.decisive(now);
    let why = match &credential.setback {
        Some(AuthFailure::Refused { at, code }) if credential.is_static_secret() => {
            format!("The provider rejected it on {at}: {code}.")
        }
        Some(AuthFailure::Refused { at, code }) => format!("The provider rejected its refresh token on {at}: {code}."),
        Some(AuthFailure::Revoked { at }) => format!("It was revoked on {at}."),
        None => String::new(),
    };
    match status {
        Status::Authenticated => match credential.not_before.filter(|until| *until > now) {
            Some(until) => {
                Finding::notice("status", format!("{}; the provider asked to wait until {until}", status.word()))
            }
            None => Finding::good("status", status.word()),
        },
        Status::ExpiringSoon => Finding::notice("status", status.word()),
        Status::ProbablyNeedsReauthentication => Finding::bad(
            "status",
            Problem::new(Kind::NeedsAuthentication, format!("{}.", status.word()))
                .why(credential.refusals.as_ref().map_or_else(String::new, Refusals::in_words))
                .step(authenticate_again(credential)),
        ),
        Status::ResponseUnread => Finding::bad("status", unread(credential)),
        Status::NeedsReauthentication | Status::Revoked | Status::NotAuthenticated => Finding::bad(
            "status",
            Problem::new(Kind::NeedsAuthentication, format!("{}.", status.word()))
                .why(why)
                .step(authenticate_again(credential)),
        ),
    }
}

/// Reports scopes that were requested and not granted: calls that need them will be refused.
fn scopes(credential: &Credential) -> Option<Finding> {
    let granted = credential.tokens.as_ref()?.scopes.as_ref()?;
    let missing: Vec<&str> =
        credential.setup.scopes.iter().filter(|scope| !granted.contains(scope)).map(String::as_str).collect();
    Some(if missing.is_empty() {
        Finding::good("scopes", format!("{} granted", granted.len()))
    } else {
        Finding::notice("scopes", format!("not granted: {}", missing.join(", ")))
    })
}

fn has_proxy(session: &Session) -> bool {
    let variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    session.workspace.settings.proxy.is_some() || variables.iter().any(|name| std::env::var_os(name).is_some())
}

/// Resolves the host name. Behind a proxy, a name that is unknown on this machine is not an error.
async fn resolved(url: &Url) -> Finding {
    let place = (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default().unwrap_or(443));
    let name = host(url);
    let lookup = blocking(move || {
        let addresses = place.to_socket_addrs().map_err(|error| trouble("").why(error.to_string()))?;
        Ok(addresses.count())
    });
    match tokio::time::timeout(DNS_DEADLINE, lookup).await {
        Ok(Ok(count)) if count > 0 => {
            let more = if count == 1 { "address" } else { "addresses" };
            Finding::good("dns", format!("{name} has {count} {more}"))
        }
        Ok(Ok(_)) => Finding::bad("dns", trouble(&format!("{name} has no address."))),
        Ok(Err(problem)) => Finding::bad(
            "dns",
            trouble(&format!("{name} cannot be resolved."))
                .why(problem.why)
                .try_this("Check the domain, and the network."),
        ),
        Err(_) => Finding::bad("dns", trouble(&format!("{name} was not resolved within 10 seconds."))),
    }
}

/// Sends one request to the server's front page, to check connection, certificate and clock.
async fn server(session: &Session, credential: &Credential, entrance: &Url) -> Vec<Finding> {
    let mut url = entrance.clone();
    url.set_path("/");
    url.set_query(None);
    let name = host(&url);
    let request = Request { method: Method::GET, url: &url, headers: Vec::new(), body: None, secrets: Vec::new() };
    let client = match session.http(credential) {
        Ok(client) => client,
        Err(problem) => return vec![Finding::bad("server", problem)],
    };
    match client.send(request, BodyLimit::Api).await {
        Ok(response) => {
            let how = if is_loopback(&url) { "on loopback" } else { "over TLS, certificate good" };
            let mut findings =
                vec![Finding::good("server", format!("{name} answers {how} (status {})", response.status))];
            findings.extend(clock(&response, session.workspace.clock.now(), &name));
            let workspace = session.workspace.clone();
            let _ = blocking(move || {
                clock_offset::remember(&workspace);
                Ok(())
            })
            .await;
            findings
        }
        Err(failure) => vec![Finding::bad("server", failure.problem)],
    }
}

fn clock(response: &Response, now: Timestamp, name: &str) -> Option<Finding> {
    let offset = response.date?.duration_until(now);
    let seconds = offset.as_secs();
    Some(if offset.abs() <= clock_offset::TOLERATED {
        Finding::good("clock", format!("within {} s of {name}", seconds.abs().max(1)))
    } else {
        let direction = if seconds > 0 { "ahead of" } else { "behind" };
        Finding::bad(
            "clock",
            trouble(&format!("This machine's clock is {} s {direction} {name}.", seconds.abs()))
                .why("A wrong clock makes expired tokens look valid, or valid ones expired.")
                .try_this("Set the clock, ideally with a time service (timedatectl set-ntp true)."),
        )
    })
}
