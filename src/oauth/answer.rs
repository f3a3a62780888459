//! Reads a token answer as servers give it, not only as RFC 6749 section 5 asks: the body first, the status second.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::error::{Refusal, TokenError, classify, not_tokens};
use super::fields::{Fields, Value};
use super::http::Answer;
use crate::catalog::Flow;
use crate::problem::{Kind, Problem};
use crate::secret::{AccessToken, RefreshToken};

/// Characters of a token.
const MAX_TOKEN: usize = 16 * 1024;
/// Characters of a captured value.
const MAX_CAPTURED: usize = 2_048;
/// A life beyond ten years is no statement about the token.
const MAX_LIFE: f64 = 10.0 * 366.0 * 86_400.0;

/// A token response (RFC 6749 section 5.1). Each part was read for itself: a bad one is missing and spoils no other.
#[derive(Debug)]
pub(super) struct TokenResponse {
    pub(super) access: Option<AccessToken>,
    pub(super) refresh: Option<RefreshToken>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) refresh_expires_at: Option<Timestamp>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) captured: BTreeMap<String, String>,
}

/// Reads an answer.
pub(super) fn read(answer: &Answer, flow: &Flow, now: Timestamp) -> Result<TokenResponse, TokenError> {
    let Some(top) = fields(answer, flow) else { return Err(not_tokens(answer, flow, now)) };
    // A part of an answer or one from elsewhere may look whole.
    let elsewhere = answer.redirect_host.is_some() || (300..400).contains(&answer.status) || answer.status == 206;
    if elsewhere {
        return Err(not_tokens(answer, flow, now));
    }
    let inner = flow.token_path.as_ref().and_then(|path| top.at(path)).and_then(Value::members);
    let fields = inner.as_ref().unwrap_or(&top);
    // First of all: a rotated refresh token must survive whatever else is wrong.
    let refresh = token(fields, "refresh_token").map(RefreshToken::new);
    let access = token(fields, "access_token").map(AccessToken::new);
    if access.is_none() && refresh.is_none() {
        return Err(refused(&top, answer, flow, now));
    }
    let life = life(fields, flow);
    let refresh_life = ["refresh_expires_in", "refresh_token_expires_in"].iter().find_map(|name| fields.get(name));
    Ok(TokenResponse {
        access,
        refresh,
        expires_at: life.and_then(|life| after(now, life)),
        refresh_expires_at: refresh_life.and_then(positive).and_then(|life| after(now, life)),
        scopes: fields.get("scope").and_then(|scope| scopes(scope, &flow.scope_separator)),
        captured: captured(&top, flow),
    })
}

/// A server's refusal in any of its forms: text, or an object with a code.
pub(super) fn error_of(top: &Fields<'_>) -> Option<(String, String)> {
    let error = top.get("error")?;
    let text = |value: Option<Value<'_>>| value.and_then(Value::scalar).map(|text| text.to_string());
    let said = |fields: &Fields<'_>, names: &[&str]| names.iter().find_map(|name| text(fields.get(name)));
    let (code, description) = match error.members() {
        Some(inner) => (said(&inner, &["code", "type", "status", "message"])?, said(&inner, &["message"])),
        None => (text(Some(error))?, said(top, &["error_description", "message"])),
    };
    (!code.trim().is_empty()).then(|| (code, description.unwrap_or_default()))
}

/// The members of an answer that is JSON, or a form where the catalog allows one.
pub(super) fn fields<'a>(answer: &'a Answer, flow: &Flow) -> Option<Fields<'a>> {
    let text = std::str::from_utf8(&answer.body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return None;
    }
    Fields::json(text).or_else(|| flow.form_answer.then(|| Fields::form(text)).flatten())
}

pub(super) fn refused(top: &Fields<'_>, answer: &Answer, flow: &Flow, now: Timestamp) -> TokenError {
    let Some((code, description)) = error_of(top) else {
        if answer.status < 300 && (top.get("access_token").is_some() || top.get("refresh_token").is_some()) {
            let problem = Problem::new(Kind::Temporary, "The token in the answer cannot be used.");
            let problem = problem.why("It is empty, is not text, or holds characters no token may have.");
            return TokenError::Unusable { problem: problem.try_this("The stored tokens were kept; try again later.") };
        }
        return not_tokens(answer, flow, now);
    };
    let marked = flow.throttle_marker.as_ref().is_some_and(|(key, value)| {
        top.get(key).and_then(Value::scalar).is_some_and(|said| said.eq_ignore_ascii_case(value))
    });
    classify(&Refusal { code: &code, description: &description, marked }, answer, flow, now)
}

/// A token that can stand in a header: RFC 6749 appendix A, printable ASCII.
fn token(fields: &Fields<'_>, name: &str) -> Option<String> {
    let mut text = fields.get(name)?.text()?;
    let fits = !text.is_empty() && text.len() <= MAX_TOKEN && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    fits.then(|| std::mem::take(&mut *text))
}

/// Seconds the access token lives. A statement that makes no sense leaves the end unknown; the catalog's default is
/// for answers that say nothing.
fn life(fields: &Fields<'_>, flow: &Flow) -> Option<f64> {
    let stated = |name: &str| fields.get(name).filter(|value| !value.is_null());
    if let Some(key) = &flow.expires_in_seconds_key
        && let Some(seconds) = stated(key)
    {
        return positive(seconds).or_else(|| positive(stated("expires_in")?).map(|thousandths| thousandths / 1_000.0));
    }
    match stated("expires_in") {
        Some(value) => positive(value),
        None => flow.default_ttl.map(f64::from),
    }
}

fn positive(value: Value<'_>) -> Option<f64> {
    value.number().filter(|seconds| *seconds > 0.0)
}

fn after(now: Timestamp, seconds: f64) -> Option<Timestamp> {
    let life = (seconds <= MAX_LIFE).then(|| SignedDuration::try_from_secs_f64(seconds.floor()).ok())??;
    now.checked_add(life).ok()
}

/// Scopes from one text (blanks or commas between them) or from an array.
fn scopes(value: Value<'_>, separator: &str) -> Option<Vec<String>> {
    let texts = value.texts().or_else(|| value.text().map(|text| vec![text.to_string()]))?;
    let between = |c: char| c.is_whitespace() || c == ',' || (separator == "+" && c == '+');
    let split = texts.iter().flat_map(|text| text.split(between)).filter(|scope| !scope.is_empty());
    let scopes: Vec<String> = split.filter(|scope| !scope.chars().any(char::is_control)).map(str::to_owned).collect();
    (!scopes.is_empty()).then_some(scopes)
}

fn captured(top: &Fields<'_>, flow: &Flow) -> BTreeMap<String, String> {
    let values = flow.capture_token.iter().filter_map(|(name, path)| {
        let value = top.at(path)?.scalar()?;
        let fits = value.chars().count() <= MAX_CAPTURED && !value.chars().any(char::is_control);
        fits.then(|| (name.clone(), value.to_string()))
    });
    values.collect()
}
