//! Reads a token answer as servers give it, not only as RFC 6749 section 5 asks.
//!
//! An answer to a spent refresh token is worth a person's consent: whatever of it can be read is read. The body counts
//! before the status, each member for itself, and tokens are found in an object below the top, between words of a
//! server that logs into its answers, and in what is left of a body that was cut.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::claims;
use super::error::{Refusal, TokenError, classify, not_tokens, unreadable};
use super::fields::{Fields, Value};
use super::http::{Answer, TransportError, is_page};
use super::refusal::refusal_of;
use crate::catalog::Flow;
use crate::model::credential::{Account, TOKEN_TYPE};
use crate::secret::{AccessToken, RefreshToken};

/// Characters of a token. Each is kept in the vault and sent in a header.
const MAX_TOKEN: usize = 256 * 1024;
/// Characters of a captured value.
const MAX_CAPTURED: usize = 2_048;
/// A life beyond ten years is not a statement about the token.
const MAX_LIFE: f64 = 10.0 * 366.0 * 86_400.0;
/// Where servers say when the access token ends, beside `expires_in`.
const INSTANTS: [&str; 4] = ["expires_on", "expires_at", "expires", "expiry"];
/// A number from here on counts from 1970: fewer seconds than that would be in 2001.
const SINCE_1970: f64 = 1e9;
/// How far servers' clocks are off, at most.
const SKEW: f64 = 86_400.0;
/// A number from here on counts milliseconds.
const MILLISECONDS: f64 = 1e11;
/// Objects around the tokens.
const MAX_DEPTH: usize = 4;

/// A token response (RFC 6749 section 5.1). Each part was read for itself: a bad one is missing and spoils no other.
#[derive(Debug)]
pub(super) struct TokenResponse {
    pub(super) access: Option<AccessToken>,
    pub(super) refresh: Option<RefreshToken>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) refresh_expires_at: Option<Timestamp>,
    pub(super) scopes: Option<Vec<String>>,
    /// Whose consent it is, where an ID token came along.
    pub(super) account: Option<Account>,
    pub(super) captured: BTreeMap<String, String>,
}

/// A member that should hold a token.
enum Given {
    /// It is missing, null or empty.
    Nothing,
    Token(String),
    /// Something is there, and it cannot be a token.
    Odd,
}

/// Reads an answer.
///
/// # Errors
/// [`TokenError::Unreadable`] for a success of which no token can be read; else what the server refused.
pub(super) fn read(answer: &Answer, flow: &Flow, now: Timestamp) -> Result<TokenResponse, TokenError> {
    let text = body(answer);
    // What comes from elsewhere may look whole.
    if answer.redirect_host.is_some() || (300..400).contains(&answer.status) {
        return Err(not_tokens(answer, flow, now));
    }
    let whole = fields(&text, flow);
    let is_whole = whole.is_some();
    let tops = whole.map_or_else(|| around(&text), |fields| vec![fields]);
    // What is between the words of a refusal may be what was sent.
    let may_hold = is_whole || is_success(answer);
    let holders: Vec<_> =
        tops.iter().filter(|_| may_hold).filter_map(|top| Some((top, holder(top, flow, answer)?))).collect();
    // Of several objects the one with an access token is the answer.
    let is_full = |held: &&(&Fields<'_>, Holder<'_>)| matches!(given(held_in(held), "access_token"), Given::Token(_));
    let Some(held) = holders.iter().find(is_full).or(holders.first()) else {
        return Err(no_tokens(&tops, answer, flow, now));
    };
    let (top, fields) = (held.0, held_in(held));
    // First of all: a rotated refresh token must survive whatever else is wrong.
    let refresh = match given(fields, "refresh_token") {
        Given::Token(token) => Some(RefreshToken::new(token)),
        Given::Nothing => None,
        Given::Odd => return Err(unreadable(answer, "Its refresh token is not one that can be sent.", now)),
    };
    if refresh.is_none() && !fields.is_whole() {
        return Err(unreadable(answer, "It was cut off before a refresh token came.", now));
    }
    let access = match given(fields, "access_token") {
        Given::Token(token) => Some(AccessToken::new(token)),
        Given::Nothing | Given::Odd => None,
    };
    if access.is_none() && refresh.is_none() {
        return Err(no_tokens(&tops, answer, flow, now));
    }
    let said = |name: &str| fields.get(name).or_else(|| top.get(name));
    let ends = access.as_ref().and_then(|access| end(said, access, flow, now));
    let refresh_life = ["refresh_expires_in", "refresh_token_expires_in"].iter().find_map(|name| said(name));
    Ok(TokenResponse {
        access,
        refresh,
        expires_at: ends,
        refresh_expires_at: refresh_life.and_then(positive).and_then(|life| after(now, life)),
        scopes: said("scope").and_then(|scope| scopes(scope, &flow.scope_separator)),
        account: said("id_token").and_then(Value::text).and_then(|token| claims::account(&token, answer)),
        captured: captured(top, flow, said("token_type").and_then(Value::scalar).as_ref().map(|word| word.as_str())),
    })
}

/// The body as text; JSON inside a JSON string is taken out of it.
pub(super) fn body(answer: &Answer) -> Zeroizing<String> {
    let text = answer.text();
    let inner = text.trim().starts_with('"').then(|| serde_json::from_str::<String>(text.trim()).ok()).flatten();
    inner.map_or(text, Zeroizing::new)
}

/// The objects between other words. A web page is none of the server's answers, whatever its scripts hold.
fn around(text: &str) -> Vec<Fields<'_>> {
    if is_page(text) { Vec::new() } else { Fields::embedded(text) }
}

/// The members of a body that is one JSON object, or a form that speaks of tokens.
pub(super) fn fields<'a>(text: &'a str, flow: &Flow) -> Option<Fields<'a>> {
    Fields::json(text).or_else(|| {
        let speaks =
            |form: &Fields<'_>| ["access_token", "refresh_token", "error"].iter().any(|n| form.get(n).is_some());
        Fields::form(text).filter(|form| flow.form_answer || speaks(form))
    })
}

/// Which object has the tokens.
enum Holder<'a> {
    Top,
    Below(Fields<'a>),
}

fn held_in<'f, 'a>((top, holder): &'f (&'f Fields<'a>, Holder<'a>)) -> &'f Fields<'a> {
    match holder {
        Holder::Top => top,
        Holder::Below(inner) => inner,
    }
}

/// Where the tokens are: where the catalog says, at the top, or in the nearest object below it that has one.
fn holder<'a>(top: &Fields<'a>, flow: &Flow, answer: &Answer) -> Option<Holder<'a>> {
    let has = |fields: &Fields<'_>| {
        ["access_token", "refresh_token"].iter().any(|name| !matches!(given(fields, name), Given::Nothing))
    };
    let named = flow.token_path.as_ref().and_then(|path| top.at(path)).and_then(Value::members);
    if let Some(inner) = named.filter(has) {
        return Some(Holder::Below(inner));
    }
    if has(top) {
        return Some(Holder::Top);
    }
    // A refusal may repeat what was sent.
    if !is_success(answer) || refusal_of(top, answer.status).is_some() {
        return None;
    }
    let mut level: Vec<Fields<'a>> = top.inner().collect();
    for _ in 0..MAX_DEPTH {
        if let Some(at) = level.iter().position(has) {
            return Some(Holder::Below(level.swap_remove(at)));
        }
        level = level.iter().flat_map(|fields| fields.inner().collect::<Vec<_>>()).collect();
    }
    None
}

/// A refusal, or a success without a token that can be read.
fn no_tokens(tops: &[Fields<'_>], answer: &Answer, flow: &Flow, now: Timestamp) -> TokenError {
    match tops.iter().find_map(|top| refused(top, answer, flow, now)) {
        Some(refused) => refused,
        None => match &answer.cut {
            // It was lost on its way, as an answer of which nothing came.
            Some(cut) if !matches!(cut, TransportError::TooLong { .. }) => {
                TokenError::Temporary { problem: cut.into(), sent: true }
            }
            _ if is_success(answer) && !is_page(&answer.text()) => unreadable(answer, "No token was found in it.", now),
            _ => not_tokens(answer, flow, now),
        },
    }
}

fn is_success(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// What the answer refuses; `None` where it does not say no.
pub(super) fn refused(top: &Fields<'_>, answer: &Answer, flow: &Flow, now: Timestamp) -> Option<TokenError> {
    let (code, description) = refusal_of(top, answer.status).or_else(|| refusal_by_rule(top, answer.status, flow))?;
    let marked = flow.throttle_marker.as_ref().is_some_and(|(key, value)| {
        top.get(key).and_then(Value::scalar).is_some_and(|said| said.eq_ignore_ascii_case(value))
    });
    Some(classify(&Refusal { top, code: &code, description: &description, marked }, answer, flow, now))
}

/// A refusal in a form that only the catalog knows: a rule names where its word is.
fn refusal_by_rule(top: &Fields<'_>, status: u16, flow: &Flow) -> Option<(String, String)> {
    flow.errors.iter().find_map(|rule| {
        let at = top.all_at(rule.path.as_ref()?).into_iter().find_map(Value::scalar)?;
        let refusal = Refusal { top, code: &at, description: "", marked: false };
        refusal.is_met_by(rule, status).then(|| (at.to_string(), String::new()))
    })
}

/// A token that can stand in a header: RFC 6749 appendix A, printable ASCII. White space around it is a slip of the
/// server's, and a number is one that it forgot to quote.
fn given(fields: &Fields<'_>, name: &str) -> Given {
    let Some(value) = fields.named(name).filter(|value| !value.is_null()) else { return Given::Nothing };
    let Some(text) = value.scalar().filter(|text| text.as_str() != "true" && text.as_str() != "false") else {
        return Given::Odd;
    };
    match text.trim() {
        "" => Given::Nothing,
        token if token.len() <= MAX_TOKEN && token.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) => {
            Given::Token(token.to_owned())
        }
        _ => Given::Odd,
    }
}

/// When the access token ends: as the answer says, else as the token itself does, which may be a JWT, else as the catalog
/// does. A statement that makes no sense counts as none.
fn end<'a>(
    said: impl Fn(&str) -> Option<Value<'a>>,
    access: &AccessToken,
    flow: &Flow,
    now: Timestamp,
) -> Option<Timestamp> {
    let stated = |name: &str| said(name).filter(|value| !value.is_null());
    let thousandths = || positive(stated("expires_in")?).map(|thousandths| thousandths / 1_000.0);
    let life = match flow.expires_in_seconds_key.as_ref().and_then(|key| stated(key)) {
        Some(seconds) => positive(seconds).or_else(thousandths),
        None => stated("expires_in").and_then(positive),
    };
    let by_instant = || INSTANTS.iter().filter_map(|name| stated(name)).find_map(|value| instant(value, now));
    let by_token = || {
        let seconds = claims::expires(access.expose()).filter(|seconds| *seconds >= SINCE_1970)?;
        to_come(since_1970(seconds)?, now)
    };
    let by_catalog = || after(now, f64::from(flow.default_ttl?));
    life.and_then(|seconds| after(now, seconds)).or_else(by_instant).or_else(by_token).or_else(by_catalog)
}

/// A moment in any of the forms it has been seen in: RFC 3339, seconds or milliseconds since 1970, or, where the number is
/// too small for that, seconds from now.
fn instant(value: Value<'_>, now: Timestamp) -> Option<Timestamp> {
    let Some(number) = positive(value) else {
        return to_come(value.text()?.trim().parse().ok()?, now);
    };
    let seconds = if number >= MILLISECONDS { number / 1_000.0 } else { number };
    if seconds < SINCE_1970 {
        return after(now, seconds);
    }
    to_come(since_1970(seconds)?, now)
}

fn since_1970(seconds: f64) -> Option<Timestamp> {
    Timestamp::UNIX_EPOCH.checked_add(SignedDuration::try_from_secs_f64(seconds.floor()).ok()?).ok()
}

/// A moment that makes sense as the end of a new token. One that is just over is the word of a clock that is behind, or of
/// a token that is good for one call: it is handed out once.
fn to_come(moment: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let left = now.duration_until(moment).as_secs_f64();
    (-SKEW..=MAX_LIFE).contains(&left).then(|| after(now, left.max(1.0)))?
}

fn positive(value: Value<'_>) -> Option<f64> {
    value.number().filter(|seconds| *seconds > 0.0)
}

fn after(now: Timestamp, seconds: f64) -> Option<Timestamp> {
    let life = (seconds <= MAX_LIFE).then(|| SignedDuration::try_from_secs_f64(seconds.floor()).ok())??;
    now.checked_add(life).ok()
}

/// Scopes from one text (spaces or commas between them) or from an array.
fn scopes(value: Value<'_>, separator: &str) -> Option<Vec<String>> {
    let texts = value.texts().or_else(|| value.text().map(|text| vec![text.to_string()]))?;
    let between = |c: char| c.is_whitespace() || c == ',' || (separator == "+" && c == '+');
    let split = texts.iter().flat_map(|text| text.split(between)).filter(|scope| !scope.is_empty());
    let scopes: Vec<String> = split.filter(|scope| !scope.chars().any(char::is_control)).map(str::to_owned).collect();
    (!scopes.is_empty()).then_some(scopes)
}

fn captured(top: &Fields<'_>, flow: &Flow, token_type: Option<&str>) -> BTreeMap<String, String> {
    let fits = |value: &str| value.chars().count() <= MAX_CAPTURED && !value.chars().any(char::is_control);
    let values = flow.capture_token.iter().filter_map(|(name, path)| {
        let value = top.at(path)?.scalar()?;
        fits(&value).then(|| (name.clone(), value.to_string()))
    });
    let mut captured: BTreeMap<String, String> = values.collect();
    if let Some(word) = token_type.filter(|word| fits(word) && is_odd(word, flow)) {
        captured.entry(TOKEN_TYPE.to_owned()).or_insert_with(|| word.to_owned());
    }
    captured
}

/// Whether a token type is neither `bearer`, in any of its spellings, nor one that the catalog names.
fn is_odd(word: &str, flow: &Flow) -> bool {
    let lower = word.trim().to_lowercase();
    let letters: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    !lower.is_empty() && !matches!(letters.as_str(), "bearer" | "bearertoken") && !flow.token_types.contains(&lower)
}
