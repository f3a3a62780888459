//! Reads a token response as servers send it, not only as RFC 6749 section 5 defines it.
//!
//! If the response to a spent refresh token is lost, the user has to consent again, so whatever can be read of it is
//! read. The body takes precedence over the status, each member is read separately, and tokens are found in nested
//! objects, between log lines of a server, and in a truncated body.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::claims;
use super::error::{Refusal, TokenError, classify, not_tokens, unreadable};
use super::fields::{Fields, Value};
use super::http::{Response, TransportError, is_page};
use super::refusal::refusal_of;
use crate::catalog::{OAuthProfile, TokenSetRule};
use crate::model::credential::{Account, TOKEN_TYPE, TokenKind};
use crate::secret::{AccessToken, RefreshToken};

/// Longest token, in characters; it is stored in the vault and sent in a header.
const MAX_TOKEN: usize = 256 * 1024;
/// Longest captured value, in characters.
const MAX_CAPTURED: usize = 2_048;
/// Longest plausible lifetime, in seconds: ten years. Longer ones are ignored.
const MAX_LIFE: f64 = 10.0 * 366.0 * 86_400.0;
/// Members that may hold the expiry of the access token, besides `expires_in`.
const INSTANTS: [&str; 4] = ["expires_on", "expires_at", "expires", "expiry"];
/// Numbers from here on are seconds since 1970, not a lifetime; as such, this number is in 2001.
const SINCE_1970: f64 = 1e9;
/// How far a server's clock may be off, in seconds.
const SKEW: f64 = 86_400.0;
/// Numbers from here on are milliseconds since 1970.
const MILLISECONDS: f64 = 1e11;
/// Deepest level at which tokens are searched.
const MAX_DEPTH: usize = 4;

/// A token response (RFC 6749 section 5.1). Each part is read separately: a malformed one is missing, and does not
/// invalidate the others.
#[derive(Debug)]
pub(super) struct TokenResponse {
    pub(super) access: Option<AccessToken>,
    pub(super) refresh: Option<RefreshToken>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) refresh_expires_at: Option<Timestamp>,
    pub(super) scopes: Option<Vec<String>>,
    /// The account that consented, if the response has an ID token.
    pub(super) account: Option<Account>,
    pub(super) captured: BTreeMap<String, String>,
    /// Additional token sets in the response; `None` is the main set, if another one was requested.
    pub(super) beside: Vec<(Option<TokenKind>, TokenResponse)>,
}

/// A member that should hold a token.
enum TokenMember {
    /// It is missing, null or empty.
    Nothing,
    Token(String),
    /// It has a value that cannot be a token.
    Malformed,
}

/// Reads the response to a request for the token set `kind`; `None` is the main set.
///
/// # Errors
/// [`TokenError::Unreadable`] for a success response without a readable token; otherwise the server's refusal.
pub(super) fn read(
    response: &Response,
    flow: &OAuthProfile,
    kind: Option<TokenKind>,
    now: Timestamp,
) -> Result<TokenResponse, TokenError> {
    let text = body(response);
    // The body of a redirect may look like a complete response.
    if response.redirect_host.is_some() || (300..400).contains(&response.status) {
        return Err(not_tokens(response, flow, now));
    }
    let whole = fields(&text, flow);
    let is_whole = whole.is_some();
    let tops = whole.map_or_else(|| embedded_objects(&text), |fields| vec![fields]);
    // Text around an object may quote the tokens that were sent.
    let may_hold = is_whole || is_success(response);
    let holders: Vec<_> =
        tops.iter().filter(|_| may_hold).filter_map(|top| Some((top, holder(top, flow, kind, response)?))).collect();
    // Of several objects, the first one with an access token is used.
    let is_full = |found: &&(&Fields<'_>, Holder<'_>)| {
        matches!(token_member(fields_of(found), "access_token"), TokenMember::Token(_))
    };
    let Some(found) = holders.iter().find(is_full).or(holders.first()) else {
        return Err(no_tokens(&tops, response, flow, now));
    };
    let reading = ResponseReader { response, flow, top: found.0, now };
    let is_below = matches!(found.1, Holder::Below(_));
    match reading.response(fields_of(found), kind.is_some() && is_below)? {
        Some(tokens) => Ok(TokenResponse { beside: reading.beside(kind, is_below), ..tokens }),
        None => Err(no_tokens(&tops, response, flow, now)),
    }
}

/// Reads a response that contains tokens.
struct ResponseReader<'f, 'a> {
    response: &'f Response,
    flow: &'f OAuthProfile,
    top: &'f Fields<'a>,
    now: Timestamp,
}

impl<'a> ResponseReader<'_, 'a> {
    /// The tokens of one object; `None` if it has none. Members at the top also apply to tokens in a nested object,
    /// unless that is an additional set (`of_its_own`).
    fn response(&self, fields: &Fields<'a>, of_its_own: bool) -> Result<Option<TokenResponse>, TokenError> {
        let Self { response, flow, top, now } = *self;
        // Read first: a rotated refresh token must survive whatever else is wrong.
        let refresh = match token_member(fields, "refresh_token") {
            TokenMember::Token(token) => Some(RefreshToken::new(token)),
            TokenMember::Nothing => None,
            TokenMember::Malformed => {
                return Err(unreadable(response, "The refresh token in the response is not valid.", now));
            }
        };
        if refresh.is_none() && !fields.is_whole() {
            return Err(unreadable(response, "The response was cut off before its refresh token.", now));
        }
        let access = match token_member(fields, "access_token") {
            TokenMember::Token(token) => Some(AccessToken::new(token)),
            TokenMember::Nothing | TokenMember::Malformed => None,
        };
        if access.is_none() && refresh.is_none() {
            return Ok(None);
        }
        let said = |name: &str| fields.get(name).or_else(|| if of_its_own { None } else { top.get(name) });
        let ends = access.as_ref().and_then(|access| expiry(said, access, flow, now));
        let refresh_life = ["refresh_expires_in", "refresh_token_expires_in"].iter().find_map(|name| said(name));
        let token_type = said("token_type").and_then(Value::scalar);
        Ok(Some(TokenResponse {
            access,
            refresh,
            expires_at: ends,
            refresh_expires_at: refresh_life.and_then(positive).and_then(|life| after(now, life)),
            scopes: said("scope").and_then(|scope| scopes(scope, &flow.scope_separator)),
            account: said("id_token").and_then(Value::text).and_then(|token| claims::account(&token, response)),
            captured: captured(top, flow, token_type.as_ref().map(|word| word.as_str())),
            beside: Vec::new(),
        }))
    }

    /// The other token sets in the response to a request for `kind`. A malformed one does not invalidate the others.
    fn beside(&self, kind: Option<TokenKind>, is_below: bool) -> Vec<(Option<TokenKind>, TokenResponse)> {
        let rules = self.flow.token_sets.iter().filter(|rule| Some(rule.kind) != kind);
        let sets = rules.filter_map(|rule| {
            let fields = self.top.at(&rule.path).and_then(Value::members)?;
            Some((Some(rule.kind), self.response(&fields, true).ok().flatten()?))
        });
        let main = || Some((None, self.response(self.top, true).ok().flatten()?));
        let main = (kind.is_some() && is_below).then(main).flatten();
        sets.chain(main).collect()
    }
}

/// The body as text; JSON inside a JSON string is unwrapped.
pub(super) fn body(response: &Response) -> Zeroizing<String> {
    let text = response.text();
    let inner = text.trim().starts_with('"').then(|| serde_json::from_str::<String>(text.trim()).ok()).flatten();
    inner.map_or(text, Zeroizing::new)
}

/// The objects embedded in other text. A web page is not a response of the server, whatever its scripts contain.
fn embedded_objects(text: &str) -> Vec<Fields<'_>> {
    if is_page(text) { Vec::new() } else { Fields::embedded(text) }
}

/// The members of a body that is one JSON object, or a form with the parameters of a token response.
pub(super) fn fields<'a>(text: &'a str, flow: &OAuthProfile) -> Option<Fields<'a>> {
    Fields::json(text).or_else(|| {
        let speaks =
            |form: &Fields<'_>| ["access_token", "refresh_token", "error"].iter().any(|n| form.get(n).is_some());
        Fields::form(text).filter(|form| flow.form_answer || speaks(form))
    })
}

/// The object that holds the tokens.
enum Holder<'a> {
    Top,
    Below(Fields<'a>),
}

fn fields_of<'f, 'a>((top, holder): &'f (&'f Fields<'a>, Holder<'a>)) -> &'f Fields<'a> {
    match holder {
        Holder::Top => top,
        Holder::Below(inner) => inner,
    }
}

/// Finds the tokens: at the catalog's path, at the top, or in the nearest nested object that has one.
fn holder<'a>(
    top: &Fields<'a>,
    flow: &OAuthProfile,
    kind: Option<TokenKind>,
    response: &Response,
) -> Option<Holder<'a>> {
    let path = match kind {
        Some(kind) => flow.token_set(kind).map(|set| &set.path),
        None => flow.token_path.as_ref(),
    };
    let named = path.and_then(|path| top.at(path)).and_then(Value::members);
    let is_refusal = refusal_of(top, response.status).is_some();
    // A refusal may repeat the tokens that were sent.
    if !is_success(response) && is_refusal {
        return None;
    }
    if let Some(inner) = named.filter(has) {
        return Some(Holder::Below(inner));
    }
    if has(top) {
        return Some(Holder::Top);
    }
    if !is_success(response) || is_refusal || other_set(top, flow).is_some() {
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

fn has(fields: &Fields<'_>) -> bool {
    ["access_token", "refresh_token"].iter().any(|name| !matches!(token_member(fields, name), TokenMember::Nothing))
}

/// The first additional token set that is present at its path in the catalog.
fn other_set<'f>(top: &Fields<'_>, flow: &'f OAuthProfile) -> Option<&'f TokenSetRule> {
    flow.token_sets.iter().find(|set| top.at(&set.path).and_then(Value::members).is_some_and(|fields| has(&fields)))
}

/// A refusal, or a success without a readable token.
fn no_tokens(tops: &[Fields<'_>], response: &Response, flow: &OAuthProfile, now: Timestamp) -> TokenError {
    match tops.iter().find_map(|top| refused(top, response, flow, now)) {
        Some(refused) => refused,
        None => match &response.cut {
            // The connection broke before a token arrived, which is the same as no response.
            Some(cut) if !matches!(cut, TransportError::TooLong { .. }) => {
                TokenError::Temporary { problem: cut.into(), sent: true }
            }
            _ if is_success(response) && !is_page(&response.text()) => {
                let other = tops.iter().find_map(|top| other_set(top, flow));
                let why = other.map_or_else(
                    || "No token was found in it.".to_owned(),
                    |set| format!("It contains a {} and no other token; check the scopes.", set.label),
                );
                unreadable(response, &why, now)
            }
            _ => not_tokens(response, flow, now),
        },
    }
}

fn is_success(response: &Response) -> bool {
    (200..300).contains(&response.status)
}

/// The refusal in the response; `None` if it is not one.
pub(super) fn refused(
    top: &Fields<'_>,
    response: &Response,
    flow: &OAuthProfile,
    now: Timestamp,
) -> Option<TokenError> {
    let (code, description) =
        refusal_of(top, response.status).or_else(|| refusal_by_rule(top, response.status, flow))?;
    let marked = flow.throttle_marker.as_ref().is_some_and(|(key, value)| {
        top.get(key).and_then(Value::scalar).is_some_and(|said| said.eq_ignore_ascii_case(value))
    });
    Some(classify(&Refusal { top, code: &code, description: &description, marked }, response, flow, now))
}

/// A refusal in a form that only a rule of the catalog recognizes.
fn refusal_by_rule(top: &Fields<'_>, status: u16, flow: &OAuthProfile) -> Option<(String, String)> {
    flow.errors.iter().find_map(|rule| {
        let at = top.all_at(rule.path.as_ref()?).into_iter().find_map(Value::scalar)?;
        let refusal = Refusal { top, code: &at, description: "", marked: false };
        refusal.is_met_by(rule, status).then(|| (at.to_string(), String::new()))
    })
}

/// A token that can be sent in a header: RFC 6749 appendix A, printable ASCII. White space around it is removed, and a
/// number counts as a token that the server forgot to quote.
fn token_member(fields: &Fields<'_>, name: &str) -> TokenMember {
    let Some(value) = fields.named(name).filter(|value| !value.is_null()) else { return TokenMember::Nothing };
    let Some(text) = value.scalar().filter(|text| text.as_str() != "true" && text.as_str() != "false") else {
        return TokenMember::Malformed;
    };
    match text.trim() {
        "" => TokenMember::Nothing,
        token if token.len() <= MAX_TOKEN && token.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) => {
            TokenMember::Token(token.to_owned())
        }
        _ => TokenMember::Malformed,
    }
}

/// When the access token expires: as the response says, else as the token itself says, if it is a JWT, else as the
/// catalog says. Implausible values are skipped.
fn expiry<'a>(
    said: impl Fn(&str) -> Option<Value<'a>>,
    access: &AccessToken,
    flow: &OAuthProfile,
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
        plausible_expiry(since_1970(seconds)?, now)
    };
    let by_catalog = || after(now, f64::from(flow.default_ttl?));
    life.and_then(|seconds| after(now, seconds)).or_else(by_instant).or_else(by_token).or_else(by_catalog)
}

/// An instant in any known form: RFC 3339, seconds or milliseconds since 1970, or, for smaller numbers, seconds from
/// now.
fn instant(value: Value<'_>, now: Timestamp) -> Option<Timestamp> {
    let Some(number) = positive(value) else {
        return plausible_expiry(value.text()?.trim().parse().ok()?, now);
    };
    let seconds = if number >= MILLISECONDS { number / 1_000.0 } else { number };
    if seconds < SINCE_1970 {
        return after(now, seconds);
    }
    plausible_expiry(since_1970(seconds)?, now)
}

fn since_1970(seconds: f64) -> Option<Timestamp> {
    Timestamp::UNIX_EPOCH.checked_add(SignedDuration::try_from_secs_f64(seconds.floor()).ok()?).ok()
}

/// Accepts an instant that is plausible as the expiry of a new token. An instant that has just passed comes from a
/// clock that is behind, or belongs to a token that is valid for one call: such a token is used once.
fn plausible_expiry(moment: Timestamp, now: Timestamp) -> Option<Timestamp> {
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

/// Reads scopes from one text (separated by spaces or commas) or from an array.
fn scopes(value: Value<'_>, separator: &str) -> Option<Vec<String>> {
    let texts = value.texts().or_else(|| value.text().map(|text| vec![text.to_string()]))?;
    let between = |c: char| c.is_whitespace() || c == ',' || (separator == "+" && c == '+');
    let split = texts.iter().flat_map(|text| text.split(between)).filter(|scope| !scope.is_empty());
    let scopes: Vec<String> = split.filter(|scope| !scope.chars().any(char::is_control)).map(str::to_owned).collect();
    (!scopes.is_empty()).then_some(scopes)
}

fn captured(top: &Fields<'_>, flow: &OAuthProfile, token_type: Option<&str>) -> BTreeMap<String, String> {
    let fits = |value: &str| value.chars().count() <= MAX_CAPTURED && !value.chars().any(char::is_control);
    let values = flow.capture_token.iter().filter_map(|(name, path)| {
        let value = top.at(path)?.scalar()?;
        fits(&value).then(|| (name.clone(), value.to_string()))
    });
    let mut captured: BTreeMap<String, String> = values.collect();
    if let Some(word) = token_type.filter(|word| fits(word) && is_unknown_type(word, flow)) {
        captured.entry(TOKEN_TYPE.to_owned()).or_insert_with(|| word.to_owned());
    }
    captured
}

/// Whether a token type is neither `bearer`, in any spelling, nor named by the catalog.
fn is_unknown_type(word: &str, flow: &OAuthProfile) -> bool {
    let lower = word.trim().to_lowercase();
    let letters: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    !lower.is_empty() && !matches!(letters.as_str(), "bearer" | "bearertoken") && !flow.token_types.contains(&lower)
}
