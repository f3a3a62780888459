//! Classifies a token endpoint's refusal by what it means for the stored tokens (RFC 6749 section 5.2, and the
//! catalog's corrections).

use jiff::{SignedDuration, Timestamp};

use super::error_table::{ErrorMeaning, head, meaning, normal};
use super::fields::{Fields, Value};
use super::http::{Failure, Response};
use crate::catalog::{ErrorClass, ErrorRule, OAuthProfile};
use crate::model::credential::UnreadResponse;
use crate::problem::{Kind, Problem};

/// The longest wait a server may impose, in seconds: one day.
const MAX_WAIT: u64 = 86_400;
/// Longest error code that is kept, in characters.
const MAX_CODE: usize = 80;
/// Bytes of a page that are searched for its title.
const MAX_TITLE_AT: usize = 8_000;
/// Longest error message of a server that is shown, in characters.
const MAX_QUOTE: usize = 200;

/// Why there are no tokens, classified by what to do next. The stored tokens are unchanged in every case.
#[derive(Clone, Debug)]
pub enum TokenError {
    /// The grant is dead: the user must sign in again.
    Reauthenticate {
        /// The server's `error`, escaped and bounded.
        code: String,
        /// Shown to the user.
        problem: Problem,
    },
    /// Too many requests: send none before `until`.
    Throttled {
        /// When the next request may go out.
        until: Timestamp,
        /// Shown to the user.
        problem: Problem,
    },
    /// Client id, secret, redirect URI, scope or data center is wrong.
    Misconfigured {
        /// The server's `error`, escaped and bounded.
        code: String,
        /// Shown to the user.
        problem: Problem,
    },
    /// The refusal does not say whether the grant is dead. A retry may work; a grant that is refused for a day or more
    /// is probably dead.
    Unclear {
        /// The server's `error`, escaped and bounded.
        code: String,
        /// Shown to the user.
        problem: Problem,
    },
    /// May work later.
    Temporary {
        /// Shown to the user.
        problem: Problem,
        /// Whether the server may have acted on the request (and rotated a refresh token).
        sent: bool,
    },
    /// The server granted something that this program cannot use.
    Unusable {
        /// Shown to the user.
        problem: Problem,
    },
    /// A success response without a readable token. The code or refresh token that was sent is spent.
    Unreadable {
        /// The response, to be stored.
        response: Box<UnreadResponse>,
        /// Shown to the user.
        problem: Problem,
    },
}

impl TokenError {
    /// The problem to show to the user.
    #[must_use]
    pub fn problem(self) -> Problem {
        match self {
            Self::Reauthenticate { problem, .. }
            | Self::Throttled { problem, .. }
            | Self::Misconfigured { problem, .. }
            | Self::Unclear { problem, .. }
            | Self::Temporary { problem, .. }
            | Self::Unreadable { problem, .. }
            | Self::Unusable { problem } => problem,
        }
    }

    /// The server's `error`, or a word of this program if there is none.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Reauthenticate { code, .. } | Self::Misconfigured { code, .. } | Self::Unclear { code, .. } => code,
            Self::Throttled { .. } => "throttled",
            Self::Temporary { .. } => "temporary",
            Self::Unusable { .. } => "unusable",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        Self::Temporary { problem: failure.problem, sent: failure.sent }
    }
}

impl From<Problem> for TokenError {
    /// A request that could not be made: a value that the catalog requires is missing.
    fn from(problem: Problem) -> Self {
        Self::Misconfigured { code: "setup".to_owned(), problem }
    }
}

/// A refusal as it was received.
pub(super) struct Refusal<'a> {
    /// The object that contains the refusal.
    pub(super) top: &'a Fields<'a>,
    pub(super) code: &'a str,
    /// `error_description`, if there is one.
    pub(super) description: &'a str,
    /// Whether the catalog's throttle marker is in the same object.
    pub(super) marked: bool,
}

impl Refusal<'_> {
    /// Whether a rule of the catalog applies: its code, with or without a tail, or the value at its own path matches,
    /// and so does its HTTP status, if it has one.
    pub(super) fn is_met_by(&self, rule: &ErrorRule, status: u16) -> bool {
        let is = |said: &str| {
            let said = normal(said);
            rule.code.is_empty() || rule.code == said || rule.code == head(&said)
        };
        let speaks = match &rule.path {
            Some(path) => self.top.all_at(path).into_iter().filter_map(Value::scalar).any(|said| is(&said)),
            None => is(self.code),
        };
        speaks && rule.status.is_none_or(|wanted| wanted == status)
    }
}

/// Classifies a refusal: the catalog's rule first, then the RFC's codes, then the HTTP status.
pub(super) fn classify(refusal: &Refusal<'_>, response: &Response, flow: &OAuthProfile, now: Timestamp) -> TokenError {
    let rule = flow.errors.iter().find(|rule| refusal.is_met_by(rule, response.status));
    let standard = || meaning(refusal.code, refusal.description).map(class_of);
    let known = rule.map(|rule| rule.class).or_else(standard);
    let class = known.unwrap_or(match response.status {
        429 => ErrorClass::Throttled,
        503 if response.retry_after.is_some() => ErrorClass::Throttled,
        _ if refusal.marked => ErrorClass::Throttled,
        _ => ErrorClass::Temporary,
    });
    let code = response.quote(refusal.code, MAX_CODE);
    let mut why = format!("The server said: {code}.");
    if !refusal.description.trim().is_empty() {
        why = format!("The server said: {code}: {}", response.quote(refusal.description, MAX_QUOTE));
    }
    let (kind, what, next) = match class {
        ErrorClass::Reauthenticate => {
            (Kind::NeedsAuthentication, "The authorization is no longer valid.", "Authenticate again.")
        }
        ErrorClass::Misconfigured => (
            Kind::Usage,
            "The authorization server rejected the credential's fields.",
            "Check Client ID, Client Secret, Scopes and Redirect URI.",
        ),
        ErrorClass::Throttled => (
            Kind::Temporary,
            "The authorization server is rate limiting requests.",
            "Nothing was lost; try again later.",
        ),
        ErrorClass::Temporary => (
            Kind::Temporary,
            "The authorization server issued no tokens.",
            "The stored tokens were kept; try again later.",
        ),
    };
    if class == ErrorClass::Throttled {
        why = format!("{why} {}", pause(response, flow));
    }
    let hint = rule.map(|rule| rule.hint.as_str()).filter(|hint| !hint.is_empty()).unwrap_or(next);
    let problem = Problem::new(kind, what).why(why).try_this(hint);
    match class {
        ErrorClass::Reauthenticate => TokenError::Reauthenticate { code, problem },
        ErrorClass::Misconfigured => TokenError::Misconfigured { code, problem },
        ErrorClass::Throttled => TokenError::Throttled { until: until(response, flow, now), problem },
        // A failure of the server says nothing about the grant.
        ErrorClass::Temporary if known.is_none() && !matches!(response.status, 408 | 425 | 500..) => {
            TokenError::Unclear { code, problem }
        }
        ErrorClass::Temporary => TokenError::Temporary { problem, sent: true },
    }
}

/// Whether it is the RFC's code for a client that is unknown or failed to authenticate.
pub(super) fn is_invalid_client(code: &str) -> bool {
    head(&normal(code)) == "invalid_client"
}

/// Describes a response without tokens: a login page, nothing, a redirect.
pub(super) fn not_tokens(response: &Response, flow: &OAuthProfile, now: Timestamp) -> TokenError {
    if let Some(host) = &response.redirect_host {
        let problem = Problem::new(Kind::Temporary, format!("The server redirected to {host}."));
        let problem = problem.why("A redirect is never followed with a secret; nothing was sent there.");
        let problem =
            problem.try_this("Check the provider's domain. A proxy or login portal may have answered instead.");
        return TokenError::Temporary { problem, sent: true };
    }
    if response.status == 429 || (response.status == 503 && response.retry_after.is_some()) {
        let problem = Problem::new(Kind::Temporary, "The authorization server is rate limiting requests.");
        let problem = problem.why(format!("It answered with status {}. {}", response.status, pause(response, flow)));
        let problem = problem.try_this("Nothing was lost; try again later.");
        return TokenError::Throttled { until: until(response, flow, now), problem };
    }
    let what = "The response is not a token response.";
    let problem = Problem::new(Kind::Temporary, what).why(came(response));
    let problem = problem.try_this("The stored tokens were kept. Check the provider's domain, or try again later.");
    TokenError::Temporary { problem, sent: true }
}

/// Describes the response for the user: `Status 200, content type text/html. Its title is “Sign in”.`
///
/// Only a page's title is quoted: other content may hold a token in an unknown place.
pub(super) fn came(response: &Response) -> String {
    let (what, title) = (status_and_kind(response), title(&response.text()));
    if title.is_empty() { what } else { format!("{what} Its title is “{}”.", response.quote(&title, MAX_QUOTE)) }
}

/// A success response without a readable token.
pub(super) fn unreadable(response: &Response, why: &str, now: Timestamp) -> TokenError {
    let problem = Problem::new(Kind::NeedsAuthentication, "The provider's response could not be read.")
        .why(format!("{} {why}", status_and_kind(response)));
    let response = UnreadResponse::new(now, response.status, &response.content_type, &response.body);
    TokenError::Unreadable { response: Box::new(response), problem }
}

/// `Status 200, content type text/html.`
fn status_and_kind(response: &Response) -> String {
    let kind = match response.content_type.trim() {
        "" => "no content type".to_owned(),
        kind => format!("content type {}", response.quote(kind, 60)),
    };
    format!("Status {}, {kind}.", response.status)
}

/// How long to wait after a throttle, in seconds: as the server says, else as the catalog says.
fn wait(response: &Response, flow: &OAuthProfile) -> u64 {
    response.retry_after.unwrap_or_else(|| u64::from(flow.throttle_wait)).min(MAX_WAIT)
}

fn pause(response: &Response, flow: &OAuthProfile) -> String {
    let asked = if response.retry_after.is_some() { "It asks to wait" } else { "Credenza pauses requests for" };
    let (count, unit) = match wait(response, flow) {
        seconds if seconds <= 120 => (seconds, "second"),
        seconds if seconds <= 7_200 => (seconds.div_ceil(60), "minute"),
        seconds => (seconds.div_ceil(3_600), "hour"),
    };
    format!("{asked} {count} {unit}{}.", if count == 1 { "" } else { "s" })
}

/// When a throttle ends.
fn until(response: &Response, flow: &OAuthProfile, now: Timestamp) -> Timestamp {
    let wait = SignedDuration::from_secs(i64::try_from(wait(response, flow)).unwrap_or_default());
    now.checked_add(wait).unwrap_or(now)
}

/// A dead grant and a required interaction have the same consequence: the user must sign in.
fn class_of(meaning: ErrorMeaning) -> ErrorClass {
    match meaning {
        ErrorMeaning::Permanent | ErrorMeaning::Interaction => ErrorClass::Reauthenticate,
        ErrorMeaning::Client => ErrorClass::Misconfigured,
        ErrorMeaning::Throttled => ErrorClass::Throttled,
        // These do not occur in the response to a refresh.
        ErrorMeaning::Temporary | ErrorMeaning::Pending | ErrorMeaning::Declined => ErrorClass::Temporary,
    }
}

/// The title of a web page, by which the user may recognize it.
fn title(page: &str) -> String {
    let lower = page.get(..MAX_TITLE_AT).unwrap_or(page).to_ascii_lowercase();
    let inside = || {
        let start = lower.find("<title")?;
        let start = start + lower.get(start..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find("</title")?;
        page.get(start..end)
    };
    inside().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
