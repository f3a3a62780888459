//! The device authorization grant (RFC 8628): the user enters a short code in any browser while this program polls.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::authorization::joined;
use super::error::{Refusal, TokenError, not_tokens};
use super::error_table::{ErrorMeaning, meaning, normal};
use super::fields::{Fields, Value};
use super::http::{BodyLimit, Http, Request, Response};
use super::permit::MustFinish;
use super::refusal::refusal_of;
use super::request::{Params, Values, post, prove};
use super::token::{GrantedTokens, granted};
use super::token_response::{body, fields, read, refused};
use crate::catalog::{OAuthProfile, Provider};
use crate::loopback::is_loopback;
use crate::model::credential::{Endpoints, Setup};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// The shortest polling interval, and the increment for each `slow_down` (section 3.5).
pub(crate) const STEP: Duration = Duration::from_secs(5);
/// Longest wait for the user, whatever lifetime the server gives the code.
pub(crate) const MAX_LIFE: Duration = Duration::from_secs(30 * 60);
/// Lifetime of a code if the response does not state one, in seconds.
const USUAL_LIFE: f64 = 600.0;
/// Longest device code, in characters.
const MAX_CODE: usize = 16 * 1024;
/// Longest user code that is shown, in characters; the one in section 6.1 has eight.
const MAX_USER_CODE: usize = 40;
/// Longest verification URI, in bytes.
const MAX_URI: usize = 500;

/// The response of the device endpoint (section 3.2).
#[derive(Debug)]
pub(crate) struct DeviceAuthorization {
    /// The device code, which is never shown: anyone who has it gets the tokens.
    code: Secret,
    /// Shown to the user; escaped and bounded.
    pub user_code: String,
    /// Where the user enters the code. Has a host; [`is_openable`] says whether a browser may open it.
    pub verification_uri: Url,
    /// The same URI with the code in it. Only present if a browser may open it and its origin is the same.
    pub complete: Option<Url>,
    /// Lifetime of the code, at most [`MAX_LIFE`].
    pub expires_in: Duration,
    /// The polling interval, at least [`STEP`].
    pub interval: Duration,
}

/// The result of one poll (section 3.5).
#[derive(Debug)]
pub(crate) enum PollResponse {
    /// The user approved.
    Granted(Box<GrantedTokens>),
    /// The user has not decided yet.
    Pending,
    /// As `Pending`, but poll more slowly: by [`STEP`], or at the interval that the server states.
    SlowDown(Option<Duration>),
    /// The user declined.
    Denied,
    /// The code has expired.
    Expired,
}

/// Requests a device code (section 3.1).
///
/// # Errors
/// See [`TokenError`]; `Unusable` for a response without usable codes.
pub(crate) async fn request(
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    now: Timestamp,
) -> Result<DeviceAuthorization, TokenError> {
    let flow = provider.flow_for(&setup.variables)?;
    let Some(url) = &endpoints.device else {
        let problem = Problem::new(Kind::Usage, format!("{} does not support device codes.", provider.name));
        return Err(problem.try_this("Authenticate in a browser.").into());
    };
    let values = Values::new(setup, &BTreeMap::new());
    let mut params = Params::default();
    if let Some(scope) = joined(&setup.scopes, &flow.scope_separator)? {
        params.set("scope", &scope);
    }
    let extra = &flow.device_params;
    let request = written(url, params, extra, provider, &flow, setup, &values)?;
    let response = http.send(request, BodyLimit::Token).await?;
    let text = body(&response);
    let Some(top) = Fields::json(&text) else { return Err(not_tokens(&response, &flow, now)) };
    if let Some(refused) = refused(&top, &response, &flow, now) {
        return Err(refused);
    }
    if response.status >= 300 {
        return Err(not_tokens(&response, &flow, now));
    }
    authorization(&top, &flow, &response).map_err(|problem| TokenError::Unusable { problem })
}

/// Polls once (section 3.4).
///
/// # Errors
/// See [`TokenError`]: what ends the attempt, or a network failure after which polling may continue.
pub(crate) async fn poll(
    _permit: &MustFinish,
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    device: &DeviceAuthorization,
    now: Timestamp,
) -> Result<PollResponse, TokenError> {
    let flow = provider.flow_for(&setup.variables)?;
    let values = Values::new(setup, &BTreeMap::new());
    let mut params = Params::default();
    params.set("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    params.set(&flow.device_code_name, device.code.expose());
    let request = written(&endpoints.token, params, &flow.token_params, provider, &flow, setup, &values)?;
    let response = http.send(request, BodyLimit::Token).await?;
    if let Some(waiting) = undecided(&response, &flow) {
        return Ok(waiting);
    }
    let response = read(&response, &flow, None, now).map_err(ended)?;
    granted(response, &flow, &BTreeMap::new(), now).map(|granted| PollResponse::Granted(Box::new(granted)))
}

/// Whether the URL may be opened in a browser or shown as a QR code: https, or http on this machine.
#[must_use]
pub(crate) fn is_openable(url: &Url) -> bool {
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    secure && url.username().is_empty() && url.password().is_none()
}

fn written<'a>(
    url: &'a Url,
    mut params: Params,
    extra: &[(String, String)],
    provider: &Provider,
    flow: &OAuthProfile,
    setup: &Setup,
    values: &Values,
) -> Result<Request<'a>, Problem> {
    let proof = prove(&mut params, flow, setup);
    params.adapt(flow);
    params.extend(provider, extra, values)?;
    post(url, &params, proof, provider, flow, values)
}

/// The error codes of section 3.5 and variant spellings of them; `None` for every other response.
fn undecided(response: &Response, flow: &OAuthProfile) -> Option<PollResponse> {
    let text = body(response);
    let top = fields(&text, flow)?;
    let (code, description) = refusal_of(&top, response.status)?;
    let code = normal(&code);
    // The catalog's meaning takes precedence over the table: one provider says "Access Denied" when throttling.
    let refusal = Refusal { top: &top, code: &code, description: &description, marked: false };
    if flow.errors.iter().any(|rule| refusal.is_met_by(rule, response.status)) {
        return None;
    }
    Some(match (code.as_str(), meaning(&code, &description)) {
        ("slow_down", _) => PollResponse::SlowDown(top.get("interval").and_then(seconds)),
        ("expired_token" | "expired" | "code_expired", _) => PollResponse::Expired,
        (_, Some(ErrorMeaning::Pending)) => PollResponse::Pending,
        (_, Some(ErrorMeaning::Declined)) => PollResponse::Denied,
        _ => return None,
    })
}

/// Turns every refusal outside section 3.5 into one that ends the wait. Failures of the network and of the server do
/// not end it.
fn ended(error: TokenError) -> TokenError {
    match error {
        TokenError::Unclear { problem, .. } => {
            TokenError::Unusable { problem: problem.try_this("Authenticate again for a new code.") }
        }
        error => error,
    }
}

fn authorization(top: &Fields<'_>, flow: &OAuthProfile, response: &Response) -> Result<DeviceAuthorization, Problem> {
    let text = |names: &[&str]| names.iter().find_map(|name| top.get(name)).and_then(Value::text);
    let sendable =
        |text: &str| !text.is_empty() && text.len() <= MAX_CODE && text.bytes().all(|b| b.is_ascii_graphic());
    let code = text(&["device_code"]).filter(|text| sendable(text)).ok_or_else(|| unusable("a device code"))?;
    let user_code = text(&["user_code"]).map(|text| response.quote(&text, MAX_USER_CODE));
    let user_code = user_code.filter(|text| !text.is_empty()).ok_or_else(|| unusable("a code to enter"))?;
    let address = |names: &[&str]| {
        let text = text(names).filter(|text| text.len() <= MAX_URI)?;
        Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some())
    };
    // Some servers call it "verification_url".
    let verification_uri =
        address(&["verification_uri", "verification_url"]).ok_or_else(|| unusable("a web address to enter it at"))?;
    let complete = address(&["verification_uri_complete", "verification_url_complete"]);
    // A QR code cannot be read by eye before it is opened, so it may lead only to the host that is shown beside it.
    let complete = complete.filter(|url| is_openable(url) && url.origin() == verification_uri.origin());
    let life = top.get("expires_in").and_then(Value::number).filter(|life| *life > 0.0).unwrap_or(USUAL_LIFE);
    let least = STEP.max(Duration::from_secs(flow.device_interval.into()));
    Ok(DeviceAuthorization {
        code: Secret::from(code),
        user_code,
        verification_uri,
        complete,
        expires_in: Duration::try_from_secs_f64(life).unwrap_or(MAX_LIFE).min(MAX_LIFE),
        interval: top.get("interval").and_then(seconds).unwrap_or(least).max(least),
    })
}

/// Whole seconds within a sensible range; more than a day counts as a day.
fn seconds(value: Value<'_>) -> Option<Duration> {
    let seconds = value.number().filter(|seconds| *seconds > 0.0)?;
    Some(Duration::from_secs_f64(seconds.min(86_400.0)))
}

fn unusable(what: &str) -> Problem {
    Problem::new(Kind::Temporary, format!("The device endpoint returned no {}.", what.trim_start_matches("a ")))
        .why("Its response lacks it, or has a value that cannot be used.")
        .try_this("Try again; if it repeats, authenticate in a browser or ask the provider.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_response(json: &str) -> Result<DeviceAuthorization, Problem> {
        authorization(&Fields::json(json).unwrap(), &OAuthProfile::default(), &Response::made(200, "", b""))
    }

    fn response(more: &str) -> String {
        format!(r#"{{"device_code":"d","user_code":"ABCD-EFGH","verification_uri":"https://a.example/device"{more}}}"#)
    }

    #[test]
    fn pr_20_interval_and_life_are_kept_within_bounds() {
        for (interval, wanted) in [("0", 5), ("-5", 5), ("\"7\"", 7), ("30", 30), ("1e9", 86_400), ("1e999", 5)] {
            let device = read_response(&response(&format!(r#","interval":{interval}"#))).unwrap();
            assert_eq!(device.interval.as_secs(), wanted, "{interval}");
        }
        for (life, wanted) in [("1", 1), ("900", 900), ("0", 600), ("-1", 600), ("1e9", 1_800), ("1e300", 1_800)] {
            let device = read_response(&response(&format!(r#","expires_in":{life}"#))).unwrap();
            assert_eq!(device.expires_in.as_secs(), wanted, "{life}");
        }
        let slow = OAuthProfile { device_interval: 30, ..OAuthProfile::default() };
        let device =
            authorization(&Fields::json(&response(r#","interval":5"#)).unwrap(), &slow, &Response::made(200, "", b""))
                .unwrap();
        assert_eq!(device.interval.as_secs(), 30);
    }

    #[test]
    fn pr_20_a_user_code_cannot_command_the_terminal() {
        let json = r#"{"device_code":"d","user_code":"AB\u001b[2J\u202eCD","verification_uri":"https://a.example/d"}"#;
        let device = read_response(json).unwrap();
        assert_eq!(device.user_code, "AB\\u{1b}[2J\\u{202e}CD");
        let long = format!(
            r#"{{"device_code":"d","user_code":"{}","verification_uri":"https://a.example/d"}}"#,
            "A".repeat(9_999)
        );
        assert_eq!(read_response(&long).unwrap().user_code.chars().count(), MAX_USER_CODE);
        for bad in [r#""""#, r#""\u0000\n""#, "7", "null"] {
            let json = format!(r#"{{"device_code":{bad},"user_code":"A","verification_uri":"https://a.example/d"}}"#);
            assert!(read_response(&json).is_err(), "{bad}");
        }
    }

    #[test]
    fn pr_20_only_web_addresses_are_shown_and_only_safe_ones_opened() {
        let at =
            |uri: &str| read_response(&format!(r#"{{"device_code":"d","user_code":"A","verification_uri":"{uri}"}}"#));
        for bad in ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "vscode://x", "https://", "", "x"]
        {
            assert!(at(bad).is_err(), "{bad}");
        }
        for (uri, openable) in [
            ("https://www.google.com/device", true),
            ("http://127.0.0.1:9/device", true),
            ("http://login.example/device", false),
            ("https://login.example@evil.example/device", false),
        ] {
            assert_eq!(is_openable(&at(uri).unwrap().verification_uri), openable, "{uri}");
        }
        // A homograph host is shown in Punycode.
        assert!(at("https://аcme.example/d").unwrap().verification_uri.as_str().starts_with("https://xn--"));
    }

    #[test]
    fn pr_20_the_picture_leads_nowhere_else() {
        let complete = |uri: &str| {
            read_response(&response(&format!(r#","verification_uri_complete":"{uri}""#))).unwrap().complete.is_some()
        };
        assert!(complete("https://a.example/device?user_code=ABCD-EFGH"));
        for bad in ["https://b.example/device", "http://a.example/device", "https://a.example:8443/", "javascript:x"] {
            assert!(!complete(bad), "{bad}");
        }
        assert!(!complete(&format!("https://a.example/{}", "a".repeat(MAX_URI))));
    }
}
