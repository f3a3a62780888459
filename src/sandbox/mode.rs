//! The ways in which a provider can fail, by name: for `--mode`, for the buttons on the consent page, for tests.

use std::str::FromStr;
use std::time::Duration;

use serde_json::json;

use super::failure_mode::FailureMode;
use super::refusal::Refusal;
use super::response::{ACCESS, REFRESH, Response};
use super::zoho::Product;
use crate::problem::{Kind, Problem};

/// One way to fail, or to behave differently.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mode {
    row: &'static Row,
    duration: Duration,
    count: u64,
}

#[derive(Debug, Eq, PartialEq)]
struct Row {
    name: &'static str,
    words: &'static str,
    effect: ModeEffect,
}

/// What a mode changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ModeEffect {
    /// The redirect after consent has this query; `$STATE` and `$CODE` are filled in.
    Redirect(&'static str),
    /// The authorization page shows this title and text, and never redirects.
    Page(&'static str, &'static str),
    /// Token requests get one of the responses of [`canned`].
    Token(&'static str),
    /// As `Token`, but only for requests with a refresh token.
    Refresh(&'static str),
    /// API calls get one of the responses of [`canned`].
    Call(&'static str),
    /// Access tokens have the lifetime that the mode was given.
    ShortLived,
    /// Every refresh returns a new refresh token, and reuse of an old one ends the grant.
    Rotate,
    /// Codes have already expired when they are redeemed.
    StaleCodes,
    /// Every token response is delayed.
    Slow,
    /// Every poll for a device code gets this error.
    Undecided(Refusal),
    /// A device authorization request gets this JSON; `$DC` and `$UC` are filled in.
    Device(&'static str),
    /// Pages of records fail in this way.
    Pages(FailureMode),
    /// Lists have the number of records that the mode was given.
    Records,
    /// Records are in the generation that the mode was given, see [`RecordSet`](super::roster::RecordSet).
    RecordsChanged,
    /// The organization has no license for this product.
    NotSubscribed(Product),
    /// APIs refuse the access tokens of the existing grants.
    Doubt,
}

impl Mode {
    /// All modes, in the order of the flow.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| Self { row, duration: default_duration(row.effect), count: default_count(row.effect) })
    }

    /// The name that `--mode` takes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row.name
    }

    /// The effect, in a sentence without its full stop.
    #[must_use]
    pub fn words(&self) -> &'static str {
        self.row.words
    }

    pub(super) fn effect(&self) -> ModeEffect {
        self.row.effect
    }

    pub(super) fn duration(&self) -> Duration {
        self.duration
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

impl FromStr for Mode {
    type Err = Problem;

    /// Parses a mode: `html`, `short-lived`, `short-lived=5s`, `slow=500ms`, `records=1000000`.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let mode = Self::all().find(|mode| mode.name() == name).ok_or_else(|| unknown(name))?;
        let timed = matches!(mode.effect(), ModeEffect::ShortLived | ModeEffect::Slow);
        let counted = matches!(mode.effect(), ModeEffect::Records | ModeEffect::RecordsChanged);
        match value {
            None => Ok(mode),
            Some(value) if timed => Ok(Self { duration: duration(value).ok_or_else(|| bad_value(name))?, ..mode }),
            Some(value) if counted => Ok(Self { count: count(value).ok_or_else(|| bad_count(name))?, ..mode }),
            Some(_) => Err(Problem::new(Kind::Usage, format!("The mode {name} has no value."))),
        }
    }
}

/// The response of a mode of tokens, refreshes or calls.
pub(super) fn canned(name: &str) -> Response {
    match name {
        "throttled" => Response::throttled(),
        "throttled-200" => Response::throttled().with_status(200),
        "throttled-zh" => Response::throttled_in_chinese(),
        "html" => {
            Response::html("<!doctype html><html><title>Sorry</title><h1>We are down for maintenance</h1></html>")
        }
        "no-refresh-token" => Response::json(&json!({
            "access_token": ACCESS, "api_domain": "https://www.zohoapis.com", "token_type": "Bearer", "expires_in": 3600,
        })),
        "milliseconds" => Response::json(&json!({
            "access_token": ACCESS, "refresh_token": REFRESH, "expires_in_sec": 3600,
            "api_domain": "https://www.zohoapis.com", "token_type": "Bearer", "expires_in": 3_600_000,
        })),
        "text-expiry" => Response::json(&json!({
            "access_token": ACCESS, "refresh_token": REFRESH, "token_type": "Bearer", "expires_in": "3600",
        })),
        "bare" => Response::json(&json!({ "access_token": ACCESS, "refresh_token": REFRESH, "expires_in": 3600 })),
        "redirecting" => Response::redirect("https://evil.invalid/"),
        "server-error" => Response::html("<h1>Internal error</h1>").with_status(500),
        "hang-up" => Response::hang_up(),
        "huge" => Response::json_text(&"x".repeat(10 << 20)),
        "truncated" => Response::json_text(r#"{"access_token":"1000.0123456789abcdef0123456789ab"#),
        "silent" => Response::status(200).after(Duration::from_secs(24 * 3600)),
        "invalid-client" => Response::error("invalid_client"),
        "wrong-secret" => Response::error("invalid_client_secret"),
        "grant-lost" => Response::error("invalid_code"),
        "invalid-grant" => Response::error("invalid_grant").with_status(400),
        "api-refused" => api(401, "Invalid API key"),
        "api-forbidden" => api(403, "This key may not do that"),
        "api-throttled" => api(429, "Slow down").header("retry-after", "120"),
        "api-down" => api(503, "Maintenance"),
        "login-page" => Response::html(
            "<!doctype html><html><title>Sign in</title><form method=post action=/login><input name=user>\
             <input name=password type=password><button>Sign in</button></form></html>",
        ),
        "api-redirect" => Response::redirect("https://login.evil.invalid/"),
        "access-denied" => Response::error("access_denied"),
        _ => Response::status(400),
    }
}

fn api(status: u16, message: &str) -> Response {
    Response::json(&json!({ "error": { "message": message } })).with_status(status)
}

fn default_duration(effect: ModeEffect) -> Duration {
    match effect {
        ModeEffect::ShortLived => Duration::from_secs(5),
        ModeEffect::Slow => Duration::from_secs(3),
        _ => Duration::ZERO,
    }
}

fn default_count(effect: ModeEffect) -> u64 {
    match effect {
        ModeEffect::Records => 1_000,
        ModeEffect::RecordsChanged => 1,
        _ => 0,
    }
}

/// Most records of a list, and highest generation.
const MAX_COUNT: u64 = 100_000_000;

fn count(text: &str) -> Option<u64> {
    text.parse().ok().filter(|&count| count <= MAX_COUNT)
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let millis = match text.strip_prefix(digits)? {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(millis).filter(|&millis| millis <= 24 * 3_600_000).map(Duration::from_millis)
}

fn unknown(name: &str) -> Problem {
    let mut names: Vec<&str> = Mode::all().map(|mode| mode.name()).collect();
    names.sort_by_cached_key(|known| strsim::damerau_levenshtein(known, name));
    names.truncate(8);
    Problem::new(Kind::Usage, format!("The sandbox has no mode {name}."))
        .try_this(format!("The nearest: {}. The page at the sandbox's address lists all modes.", names.join(", ")))
}

fn bad_value(name: &str) -> Problem {
    Problem::new(Kind::Usage, format!("The mode {name} needs a duration of at most one day."))
        .try_this(format!("For example {name}=5s or {name}=500ms."))
}

fn bad_count(name: &str) -> Problem {
    Problem::new(Kind::Usage, format!("The mode {name} needs a number of at most {MAX_COUNT}."))
        .try_this(format!("For example {name}=1000."))
}

#[rustfmt::skip]
static ROWS: [Row; 64] = [
    Row { name: "unknown-client", words: "the page says the client ID does not exist; nothing comes back", effect: ModeEffect::Page("Invalid Client", "The transmitted client ID does not exist") },
    Row { name: "wrong-redirect", words: "the page says the redirect URI is not registered; nothing comes back", effect: ModeEffect::Page("Invalid Redirect Uri", "Redirect URI passed does not match with the one configured") },
    Row { name: "no-state", words: "the redirect has no state", effect: ModeEffect::Redirect("code=$CODE&location=us") },
    Row { name: "wrong-state", words: "the redirect has somebody else's state", effect: ModeEffect::Redirect("state=evil&code=$CODE") },
    Row { name: "foreign-server", words: "the redirect names a token server that is not the provider's", effect: ModeEffect::Redirect("state=$STATE&code=$CODE&location=us&accounts-server=https%3A%2F%2Faccounts.zoho.evil&") },
    Row { name: "split-location", words: "the redirect contradicts itself about the data center", effect: ModeEffect::Redirect("state=$STATE&code=$CODE&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.com&") },
    Row { name: "stale-code", words: "the code has expired when it arrives", effect: ModeEffect::StaleCodes },
    Row { name: "no-refresh-token", words: "the token response has no refresh token", effect: ModeEffect::Token("no-refresh-token") },
    Row { name: "invalid-client", words: "the token server does not know the client (wrong data center)", effect: ModeEffect::Token("invalid-client") },
    Row { name: "wrong-secret", words: "the token server refuses the client secret", effect: ModeEffect::Token("wrong-secret") },
    Row { name: "throttled", words: "too many requests, status 400", effect: ModeEffect::Token("throttled") },
    Row { name: "throttled-200", words: "too many requests, status 200", effect: ModeEffect::Token("throttled-200") },
    Row { name: "throttled-zh", words: "too many requests, in Chinese", effect: ModeEffect::Token("throttled-zh") },
    Row { name: "milliseconds", words: "the old response with expires_in in milliseconds", effect: ModeEffect::Token("milliseconds") },
    Row { name: "text-expiry", words: "expires_in is a string", effect: ModeEffect::Token("text-expiry") },
    Row { name: "bare", words: "the response has tokens and nothing else", effect: ModeEffect::Token("bare") },
    Row { name: "html", words: "a web page where tokens should be", effect: ModeEffect::Token("html") },
    Row { name: "redirecting", words: "the token server redirects to another host", effect: ModeEffect::Token("redirecting") },
    Row { name: "server-error", words: "status 500", effect: ModeEffect::Token("server-error") },
    Row { name: "hang-up", words: "the connection ends without a byte", effect: ModeEffect::Token("hang-up") },
    Row { name: "huge", words: "a response of 10 MiB", effect: ModeEffect::Token("huge") },
    Row { name: "truncated", words: "the JSON ends in the middle", effect: ModeEffect::Token("truncated") },
    Row { name: "silent", words: "no response at all", effect: ModeEffect::Token("silent") },
    Row { name: "bad-request", words: "status 400 without a body", effect: ModeEffect::Token("bad-request") },
    Row { name: "access-denied", words: "access_denied, which means wait", effect: ModeEffect::Token("access-denied") },
    Row { name: "grant-lost", words: "every refresh says invalid_code: the grant is gone", effect: ModeEffect::Refresh("grant-lost") },
    Row { name: "invalid-grant", words: "every refresh says invalid_grant", effect: ModeEffect::Refresh("invalid-grant") },
    Row { name: "api-refused", words: "every API call is refused: 401", effect: ModeEffect::Call("api-refused") },
    Row { name: "api-forbidden", words: "every API call is forbidden: 403", effect: ModeEffect::Call("api-forbidden") },
    Row { name: "api-throttled", words: "every API call is rate limited: 429", effect: ModeEffect::Call("api-throttled") },
    Row { name: "api-down", words: "every API call ends in 503", effect: ModeEffect::Call("api-down") },
    Row { name: "api-page", words: "every API call ends at a web page, with status 200", effect: ModeEffect::Call("html") },
    Row { name: "api-redirect", words: "every API call is sent to another host", effect: ModeEffect::Call("api-redirect") },
    Row { name: "api-html", words: "every API call ends at a login page, with status 200", effect: ModeEffect::Call("login-page") },
    Row { name: "mfa-unfinished", words: "the APIs refuse the tokens of every sign-in so far (of the first, where \
        there is none yet), though refreshing works; a later sign-in fixes it", effect: ModeEffect::Doubt },
    Row { name: "not-subscribed-mdm", words: "the organization has no Mobile Device Manager: 403", effect: ModeEffect::NotSubscribed(Product::Mdm) },
    Row { name: "not-subscribed-sdp", words: "the organization has no ServiceDesk Plus: 404", effect: ModeEffect::NotSubscribed(Product::Sdp) },
    Row { name: "not-subscribed-ec", words: "the organization has no Endpoint Central: a web page with 404", effect: ModeEffect::NotSubscribed(Product::Ec) },
    Row { name: "records", words: "every list has 1000 records, or records=NUMBER", effect: ModeEffect::Records },
    Row { name: "records-changed", words: "one record in ten is renamed, one in twenty is removed and as many are new; records-changed=GENERATION continues", effect: ModeEffect::RecordsChanged },
    Row { name: "page-repeats", words: "every page of records is the first one again, forever", effect: ModeEffect::Pages(FailureMode::Repeats) },
    Row { name: "cursor-loops", words: "the next page is an earlier one again, forever", effect: ModeEffect::Pages(FailureMode::Loops) },
    Row { name: "record-without-id", words: "the second record of a list has no id", effect: ModeEffect::Pages(FailureMode::WithoutId) },
    Row { name: "record-twice", words: "the second record of each page has the id of the first", effect: ModeEffect::Pages(FailureMode::Twice) },
    Row { name: "total-lies", words: "totals are ten times too large", effect: ModeEffect::Pages(FailureMode::TotalLies) },
    Row { name: "page-cut", words: "the JSON of each page ends in the middle", effect: ModeEffect::Pages(FailureMode::Cut) },
    Row { name: "page-broken-off", words: "the connection ends in the middle of each page", effect: ModeEffect::Pages(FailureMode::BrokenOff) },
    Row { name: "record-huge", words: "the first record of a list has 50 MB", effect: ModeEffect::Pages(FailureMode::Huge) },
    Row { name: "formulas", words: "names of records begin as formulas of a spreadsheet do: = + - @ and tab", effect: ModeEffect::Pages(FailureMode::Formulas) },
    Row { name: "page-hiccup", words: "every third page fails once with 503; the retry works", effect: ModeEffect::Pages(FailureMode::Hiccup) },
    Row { name: "page-throttled", words: "every fourth page fails once with 429; retry after a second", effect: ModeEffect::Pages(FailureMode::Throttled) },
    Row { name: "next-elsewhere", words: "the URL of the next page is at another host", effect: ModeEffect::Pages(FailureMode::Elsewhere) },
    Row { name: "deep-nesting", words: "the first record of a list is nested 100000 deep", effect: ModeEffect::Pages(FailureMode::Nested) },
    Row { name: "empty-pages", words: "pages after a cursor or next URL are empty, and each names another one", effect: ModeEffect::Pages(FailureMode::Empty) },
    Row { name: "rotate", words: "every refresh returns a new refresh token; reusing an old one revokes the \
        grant", effect: ModeEffect::Rotate },
    Row { name: "short-lived", words: "access tokens live 5 s, or short-lived=DURATION", effect: ModeEffect::ShortLived },
    Row { name: "device-pending", words: "nobody ever enters the device code", effect: ModeEffect::Undecided(Refusal::Pending) },
    Row { name: "device-slow-down", words: "every request for a device code's tokens is told to slow down", effect: ModeEffect::Undecided(Refusal::TooFast) },
    Row { name: "device-denied", words: "the person rejects the device code", effect: ModeEffect::Undecided(Refusal::Denied) },
    Row { name: "device-expired", words: "the device code has expired at the first request", effect: ModeEffect::Undecided(Refusal::Expired) },
    Row { name: "device-brief", words: "the device code lives a second", effect: ModeEffect::Device(r#"{"device_code":"$DC","user_code":"$UC","verification_uri":"https://device.invalid/","expires_in":1,"interval":0}"#) },
    Row { name: "device-hostile", words: "the code to enter holds control characters, the interval is negative", effect: ModeEffect::Device(r#"{"device_code":"$DC","user_code":"\u001b[2J\u202e$UC","verification_uri":"http://device.invalid/","verification_uri_complete":"https://evil.invalid/","interval":-5,"expires_in":900}"#) },
    Row { name: "device-javascript", words: "the address to enter the code at is a script", effect: ModeEffect::Device(r#"{"device_code":"$DC","user_code":"$UC","verification_uri":"javascript:alert(1)","expires_in":900}"#) },
    Row { name: "slow", words: "token responses take 3 s, or slow=DURATION", effect: ModeEffect::Slow },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_named_with_or_without_a_value() {
        assert_eq!("html".parse::<Mode>().unwrap().name(), "html");
        assert_eq!("short-lived".parse::<Mode>().unwrap().duration(), Duration::from_secs(5));
        assert_eq!("short-lived=2m".parse::<Mode>().unwrap().duration(), Duration::from_secs(120));
        assert_eq!("records=1000000".parse::<Mode>().unwrap().count(), 1_000_000);
        assert_eq!("slow=500ms".parse::<Mode>().unwrap().duration(), Duration::from_millis(500));
    }

    #[test]
    fn a_bad_mode_says_what_there_is() {
        let problem = "htlm".parse::<Mode>().unwrap_err();
        assert_eq!(problem.kind, Kind::Usage);
        assert!(problem.try_this.starts_with("The nearest: html, "), "{problem}");
        for text in [
            "slow=",
            "slow=-1s",
            "slow=5y",
            "slow=99999999999999999999s",
            "slow=48h",
            "html=5s",
            "records=",
            "records=-1",
            "records=1s",
            "records=100000001",
        ] {
            assert_eq!(text.parse::<Mode>().unwrap_err().kind, Kind::Usage, "{text}");
        }
    }

    #[test]
    fn every_token_mode_has_an_answer_of_its_own() {
        for mode in Mode::all() {
            if let ModeEffect::Token(name) | ModeEffect::Refresh(name) = mode.effect() {
                let plain = format!("{:?}", Response::status(400));
                assert!(name == "bad-request" || format!("{:?}", canned(name)) != plain, "{name}");
            }
        }
    }
}
