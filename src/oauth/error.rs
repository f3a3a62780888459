//! What a token endpoint's refusal means for the tokens we hold (RFC 6749 section 5.2, and the catalog's corrections).

use jiff::{SignedDuration, Timestamp};

use super::error_table::{Meaning, head, meaning, normal};
use super::fields::{Fields, Value};
use super::http::{Answer, Failure};
use crate::catalog::{ErrorClass, ErrorRule, Flow};
use crate::model::credential::UnreadAnswer;
use crate::problem::{Kind, Problem};

/// The longest wait a server may impose, in seconds: one day.
const MAX_WAIT: u64 = 86_400;
/// Characters of an error code that are kept.
const MAX_CODE: usize = 80;
/// Bytes of a page in which its title is looked for.
const MAX_TITLE_AT: usize = 8_000;
/// Characters of a server's own words that are shown.
const MAX_WORDS: usize = 200;

/// Why there are no tokens, by what is to be done about it. The stored tokens are untouched in every case.
#[derive(Clone, Debug)]
pub enum TokenError {
    /// The grant is dead: only a person at a browser can fix it.
    Reauthenticate {
        /// The server's `error`, escaped and bounded.
        code: String,
        /// For a person.
        problem: Problem,
    },
    /// Too many requests: none before `until`.
    Throttled {
        /// When the next request may go out.
        until: Timestamp,
        /// For a person.
        problem: Problem,
    },
    /// Client id, secret, redirect URI, scope or data center is wrong.
    Misconfigured {
        /// The server's `error`, escaped and bounded.
        code: String,
        /// For a person.
        problem: Problem,
    },
    /// The server refused in words that do not say whether the grant is dead. It may work later; one that is refused for
    /// a day or more is probably dead.
    Unclear {
        /// The server's `error`, escaped and bounded.
        code: String,
        /// For a person.
        problem: Problem,
    },
    /// May work later.
    Temporary {
        /// For a person.
        problem: Problem,
        /// Whether the server may have acted on the request (and rotated a refresh token).
        sent: bool,
    },
    /// The server granted something we cannot use.
    Unusable {
        /// For a person.
        problem: Problem,
    },
    /// The server said yes, and no token can be read in its answer. What was sent is spent.
    Unreadable {
        /// The answer, to be kept.
        answer: Box<UnreadAnswer>,
        /// For a person.
        problem: Problem,
    },
}

impl TokenError {
    /// What to tell a person.
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

    /// The server's `error`, or our own word where it gave none.
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
    /// What stops a request before it is made: a value the catalog needs is missing.
    fn from(problem: Problem) -> Self {
        Self::Misconfigured { code: "setup".to_owned(), problem }
    }
}

/// A refusal as it came.
pub(super) struct Refusal<'a> {
    /// The object that says no.
    pub(super) top: &'a Fields<'a>,
    /// `error`.
    pub(super) code: &'a str,
    /// `error_description`, where there is one.
    pub(super) description: &'a str,
    /// Whether the catalog's throttle marker stood beside it.
    pub(super) marked: bool,
}

impl Refusal<'_> {
    /// Whether a rule of the catalog speaks of it: by its code, whole or without a tail, or by the value at the rule's own
    /// path; and by the HTTP status, where the rule names one.
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

/// Sorts a refusal: the catalog's rule first, then the RFC's codes, then what the status says.
pub(super) fn classify(refusal: &Refusal<'_>, answer: &Answer, flow: &Flow, now: Timestamp) -> TokenError {
    let rule = flow.errors.iter().find(|rule| refusal.is_met_by(rule, answer.status));
    let standard = || meaning(refusal.code, refusal.description).map(class_of);
    let known = rule.map(|rule| rule.class).or_else(standard);
    let class = known.unwrap_or(match answer.status {
        429 => ErrorClass::Throttled,
        503 if answer.retry_after.is_some() => ErrorClass::Throttled,
        _ if refusal.marked => ErrorClass::Throttled,
        _ => ErrorClass::Temporary,
    });
    let code = answer.quote(refusal.code, MAX_CODE);
    let mut why = format!("The server said: {code}.");
    if !refusal.description.trim().is_empty() {
        why = format!("The server said: {code}: {}", answer.quote(refusal.description, MAX_WORDS));
    }
    let (kind, what, next) = match class {
        ErrorClass::Reauthenticate => {
            (Kind::NeedsAuthentication, "The authorization is no longer valid.", "Authenticate again.")
        }
        ErrorClass::Misconfigured => {
            (Kind::Usage, "The authorization server rejected the settings.", "Check the credential's fields.")
        }
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
        why = format!("{why} {}", pause(answer, flow));
    }
    let hint = rule.map(|rule| rule.hint.as_str()).filter(|hint| !hint.is_empty()).unwrap_or(next);
    let problem = Problem::new(kind, what).why(why).try_this(hint);
    match class {
        ErrorClass::Reauthenticate => TokenError::Reauthenticate { code, problem },
        ErrorClass::Misconfigured => TokenError::Misconfigured { code, problem },
        ErrorClass::Throttled => TokenError::Throttled { until: until(answer, flow, now), problem },
        // Its own trouble is not a word about the grant.
        ErrorClass::Temporary if known.is_none() && !matches!(answer.status, 408 | 425 | 500..) => {
            TokenError::Unclear { code, problem }
        }
        ErrorClass::Temporary => TokenError::Temporary { problem, sent: true },
    }
}

/// Whether a code is the RFC's word for a client that is unknown or did not prove itself.
pub(super) fn is_invalid_client(code: &str) -> bool {
    head(&normal(code)) == "invalid_client"
}

/// What came instead of a token answer: a login page, nothing, a redirect.
pub(super) fn not_tokens(answer: &Answer, flow: &Flow, now: Timestamp) -> TokenError {
    if let Some(host) = &answer.redirect_host {
        let problem = Problem::new(Kind::Temporary, format!("The server redirected to {host}."));
        let problem = problem.why("A redirect is never followed with a secret; nothing was sent there.");
        let problem = problem.try_this("Check the provider's domain; a proxy or login portal may stand between.");
        return TokenError::Temporary { problem, sent: true };
    }
    if answer.status == 429 || (answer.status == 503 && answer.retry_after.is_some()) {
        let problem = Problem::new(Kind::Temporary, "The authorization server is rate limiting requests.");
        let problem = problem.why(format!("It answered with status {}. {}", answer.status, pause(answer, flow)));
        let problem = problem.try_this("Nothing was lost; try again later.");
        return TokenError::Throttled { until: until(answer, flow, now), problem };
    }
    let what = "The response is not a token response.";
    let problem = Problem::new(Kind::Temporary, what).why(came(answer));
    let problem = problem.try_this("The stored tokens were kept. Check the provider's domain, or try again later.");
    TokenError::Temporary { problem, sent: true }
}

/// What came, for a person: `Status 200, content type text/html. Its title is “Sign in”.`
///
/// Only a page's title is quoted: what else came may hold a token in a place we do not know.
pub(super) fn came(answer: &Answer) -> String {
    let (what, title) = (status_and_kind(answer), title(&answer.text()));
    if title.is_empty() { what } else { format!("{what} Its title is “{}”.", answer.quote(&title, MAX_WORDS)) }
}

/// A success without a token that can be read.
pub(super) fn unreadable(answer: &Answer, why: &str, now: Timestamp) -> TokenError {
    let problem = Problem::new(Kind::NeedsAuthentication, "The provider's response could not be read.")
        .why(format!("{} {why}", status_and_kind(answer)));
    let answer = UnreadAnswer::new(now, answer.status, &answer.content_type, &answer.body);
    TokenError::Unreadable { answer: Box::new(answer), problem }
}

/// `Status 200, content type text/html.`
fn status_and_kind(answer: &Answer) -> String {
    let kind = match answer.content_type.trim() {
        "" => "no content type".to_owned(),
        kind => format!("content type {}", answer.quote(kind, 60)),
    };
    format!("Status {}, {kind}.", answer.status)
}

/// Seconds of a throttle: the server's word, or the catalog's.
fn wait(answer: &Answer, flow: &Flow) -> u64 {
    answer.retry_after.unwrap_or_else(|| u64::from(flow.throttle_wait)).min(MAX_WAIT)
}

fn pause(answer: &Answer, flow: &Flow) -> String {
    let asked = if answer.retry_after.is_some() { "It is rate limiting requests" } else { "No request is sent for" };
    let (count, unit) = match wait(answer, flow) {
        seconds if seconds <= 120 => (seconds, "second"),
        seconds if seconds <= 7_200 => (seconds.div_ceil(60), "minute"),
        seconds => (seconds.div_ceil(3_600), "hour"),
    };
    format!("{asked} {count} {unit}{}.", if count == 1 { "" } else { "s" })
}

/// When a throttle ends.
fn until(answer: &Answer, flow: &Flow, now: Timestamp) -> Timestamp {
    let wait = SignedDuration::from_secs(i64::try_from(wait(answer, flow)).unwrap_or_default());
    now.checked_add(wait).unwrap_or(now)
}

/// A grant that is dead and one that wants a person are the same for the tokens: only a person can go on.
fn class_of(meaning: Meaning) -> ErrorClass {
    match meaning {
        Meaning::Permanent | Meaning::Interaction => ErrorClass::Reauthenticate,
        Meaning::Client => ErrorClass::Misconfigured,
        Meaning::Throttled => ErrorClass::Throttled,
        // Of a refresh it says nothing.
        Meaning::Temporary | Meaning::Pending | Meaning::Declined => ErrorClass::Temporary,
    }
}

/// The title of a page, for a person to recognize it by.
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
