//! The protocol of the agent's socket: one line of JSON each way. Version 1.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use crate::catalog::KeyPlace;
use crate::engine::ops::token::{AuthParam, SigningKey, Token};
use crate::model::credential::{CredentialId, TokenKind};
use crate::problem::{Kind, NextStep, Problem, next_step};
use crate::secret::{AccessToken, Passphrase, Secret};

/// The only protocol version.
pub(crate) const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
pub struct RequestLine {
    /// The protocol version of the client.
    pub v: u32,
    /// The vault that the client would open itself; an agent for another vault must refuse. Absent through a forwarded
    /// socket, where paths have no meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<String>,
    /// The sandbox the client uses; the agent must use the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Url>,
    #[serde(flatten)]
    pub question: AgentRequest,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum AgentRequest {
    /// A token that is valid for at least `min_ttl` seconds.
    Token {
        /// Name, unambiguous prefix or id.
        name: String,
        /// Least remaining lifetime, in seconds.
        min_ttl: i64,
        /// Refresh even if the stored token is valid.
        #[serde(default)]
        force: bool,
        /// Seconds to wait for another process.
        wait: u64,
        /// Refuse every other credential.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<CredentialId>,
        /// The token set. An older agent ignores it, and does not repeat it in [`TokenReply::kind`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<TokenKind>,
    },
    /// The names of all credentials, for completion.
    Names,
    Status,
    /// Lock: forget the key.
    Lock,
    /// Unlock the vault again, with one of the following.
    Unlock {
        /// The passphrase.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passphrase: Option<Zeroizing<String>>,
        /// A host's identity file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity_file: Option<PathBuf>,
    },
    Stop,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentResponse {
    /// The response to [`AgentRequest::Token`].
    Token(Box<TokenReply>),
    /// The response to [`AgentRequest::Names`].
    Names(Vec<String>),
    /// The response to every other request that succeeded.
    Status(Status),
    /// The agent is for another vault, sandbox or protocol version than the request.
    Elsewhere(String),
    /// The request failed.
    Problem(WireProblem),
}

/// The state of an agent.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Status {
    pub pid: u32,
    /// The vault that the agent serves.
    pub vault: String,
    pub locked: bool,
    /// When the agent started.
    pub since: Timestamp,
    /// When it locks if it stays idle.
    pub locks_at: Option<Timestamp>,
    /// Whether the key's memory page is kept out of swap.
    pub memory_locked: bool,
    /// Number of tokens served.
    pub tokens: u64,
    /// Number of tokens refreshed ahead of expiry.
    pub refreshed: u64,
    /// Recent events, oldest first.
    pub events: Vec<(Timestamp, String)>,
}

/// A token as sent over the socket. Its text is wiped on both sides.
#[derive(Deserialize, Serialize)]
pub struct TokenReply {
    pub name: String,
    /// Absent from an older agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CredentialId>,
    /// The token set that was requested. Absent from an older agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TokenKind>,
    access: Zeroizing<String>,
    sent: Vec<WireAuthParam>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signs_as: Option<WireSigningKey>,
    expires_at: Option<Timestamp>,
    /// Absent from an older agent.
    #[serde(default)]
    is_end_unknown: bool,
    notes: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct WireAuthParam {
    query: bool,
    name: String,
    value: Zeroizing<String>,
}

#[derive(Deserialize, Serialize)]
struct WireSigningKey {
    id: String,
    session: Option<Zeroizing<String>>,
}

/// A problem as sent over the socket.
#[derive(Deserialize, Serialize)]
pub struct WireProblem {
    kind: String,
    what: String,
    why: String,
    try_this: String,
    /// Absent from an older agent; an unknown step of a newer one counts as absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "next_step::lenient")]
    step: Option<NextStep>,
}

impl TokenReply {
    /// The reply with a token of the set `kind`; `None` is the main set.
    #[must_use]
    pub fn new(id: CredentialId, name: String, kind: Option<TokenKind>, token: &Token) -> Self {
        let text = |secret: &Secret| Zeroizing::new(secret.expose().to_owned());
        let carried = |sent: &AuthParam| WireAuthParam {
            query: sent.place == KeyPlace::Query,
            name: sent.name.clone(),
            value: text(&sent.value),
        };
        let signs = |key: &SigningKey| WireSigningKey { id: key.id.clone(), session: key.session.as_ref().map(text) };
        Self {
            name,
            id: Some(id),
            kind,
            access: text(&token.access),
            sent: token.sent.iter().map(carried).collect(),
            signs_as: token.signs_as.as_ref().map(signs),
            expires_at: token.expires_at,
            is_end_unknown: token.is_end_unknown,
            notes: token.notes.clone(),
        }
    }

    #[must_use]
    pub fn token(self) -> Token {
        let sent = |carried: WireAuthParam| AuthParam {
            place: if carried.query { KeyPlace::Query } else { KeyPlace::Header },
            name: carried.name,
            value: Secret::from(carried.value),
        };
        let key = |signs: WireSigningKey| SigningKey { id: signs.id, session: signs.session.map(Secret::from) };
        Token {
            access: AccessToken::from(Secret::from(self.access)),
            sent: self.sent.into_iter().map(sent).collect(),
            signs_as: self.signs_as.map(key),
            expires_at: self.expires_at,
            is_end_unknown: self.is_end_unknown,
            notes: self.notes,
        }
    }
}

impl From<Problem> for WireProblem {
    fn from(problem: Problem) -> Self {
        let Problem { kind, what, why, try_this, step } = problem;
        Self { kind: kind.word().to_owned(), what, why, try_this, step: step.map(|step| *step) }
    }
}

impl From<WireProblem> for Problem {
    /// Escaped and bounded again: the other process may not be an agent of this program.
    fn from(told: WireProblem) -> Self {
        let kind = Kind::from_word(&told.kind).unwrap_or(Kind::Internal);
        Self::new(kind, told.what).why(told.why).try_this(told.try_this).step(told.step)
    }
}

impl AgentRequest {
    #[must_use]
    pub fn token(name: &str, request: &crate::engine::ops::token::Request) -> Self {
        let wait = request.lock_wait.as_secs();
        Self::Token {
            name: name.to_owned(),
            min_ttl: request.min_ttl.as_secs(),
            force: request.force,
            wait,
            only: None,
            kind: request.kind,
        }
    }

    /// A request to unlock with the passphrase.
    #[must_use]
    pub fn unlock(passphrase: &Passphrase) -> Self {
        Self::Unlock { passphrase: Some(Zeroizing::new(passphrase.expose().to_owned())), identity_file: None }
    }
}

/// The problem of a request that a client limited to one credential may not make.
pub(super) fn of_one() -> Problem {
    Problem::new(Kind::Refused, "This socket serves the tokens of one credential only.")
        .why("It belongs to a command that was started with that credential, and closes when the command ends.")
}

/// Seconds as a duration of at most a hundred years, so that no sum overflows.
pub(super) fn seconds(seconds: i64) -> SignedDuration {
    const CENTURY: i64 = 100 * 366 * 86_400;
    SignedDuration::from_secs(seconds.clamp(-CENTURY, CENTURY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_arrives_as_it_left() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let token = Token {
            access: AccessToken::new("CNRY-access".to_owned()),
            sent: vec![AuthParam { place: KeyPlace::Query, name: "key".to_owned(), value: secret("CNRY-value") }],
            signs_as: Some(SigningKey { id: "AKID".to_owned(), session: Some(secret("CNRY-session")) }),
            expires_at: Some(Timestamp::UNIX_EPOCH),
            is_end_unknown: false,
            notes: vec!["a note".to_owned()],
        };
        let line = serde_json::to_string(&AgentResponse::Token(Box::new(TokenReply::new(
            CredentialId::random(),
            "Zoho".to_owned(),
            Some("user".parse().unwrap()),
            &token,
        ))))
        .unwrap();
        assert!(!line.contains('\n'));
        let AgentResponse::Token(back) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
        assert_eq!(back.kind.map(String::from).as_deref(), Some("user"));
        let back = back.token();
        assert_eq!(back.access.expose(), "CNRY-access");
        assert_eq!((back.sent[0].place, back.sent[0].value.expose()), (KeyPlace::Query, "CNRY-value"));
        assert_eq!(back.signs_as.unwrap().session.unwrap().expose(), "CNRY-session");
    }

    #[test]
    fn a_step_arrives_and_one_of_another_version_is_none() {
        let step = NextStep::Authenticate { name: "Zoho".to_owned() };
        let told = WireProblem::from(Problem::new(Kind::NeedsAuthentication, "Sign in.").step(step.clone()));
        let line = serde_json::to_string(&AgentResponse::Problem(told)).unwrap();
        let AgentResponse::Problem(told) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
        assert_eq!(Problem::from(told).step.as_deref(), Some(&step));
        for step in ["", r#","step":{"do":"of a later version"}"#, r#","step":7"#] {
            let line = format!(r#"{{"problem":{{"kind":"locked","what":"a","why":"b","try_this":"c"{step}}}}}"#);
            let AgentResponse::Problem(told) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
            let problem = Problem::from(told);
            assert_eq!((problem.kind, problem.try_this.as_str(), problem.step), (Kind::Locked, "c", None), "{line}");
        }
        let hostile =
            r#"{"kind":"locked","what":"","why":"","try_this":"","step":{"do":"authenticate","name":"\u001b[2J"}}"#;
        let step = Problem::from(serde_json::from_str::<WireProblem>(hostile).unwrap()).step;
        assert_eq!(step.as_deref(), Some(&NextStep::Authenticate { name: "\\u{1b}[2J".to_owned() }));
    }

    #[test]
    fn an_older_client_reads_past_the_step() {
        #[derive(Deserialize)]
        struct Older {
            try_this: String,
        }
        let told = WireProblem::from(Problem::new(Kind::Locked, "a").try_this("b").step(NextStep::Unlock));
        let older: Older = serde_json::from_str(&serde_json::to_string(&told).unwrap()).unwrap();
        assert_eq!(older.try_this, "b");
    }

    #[test]
    fn a_problem_arrives_with_its_kind_and_nothing_a_terminal_obeys() {
        let told = WireProblem::from(Problem::new(Kind::NeedsAuthentication, "Sign in.").why("It ended."));
        assert_eq!(Problem::from(told).kind, Kind::NeedsAuthentication);
        let hostile = r#"{"kind":"no such","what":"\u001b[2J","why":"","try_this":""}"#;
        let problem = Problem::from(serde_json::from_str::<WireProblem>(hostile).unwrap());
        assert!(problem.kind == Kind::Internal && !problem.what.contains('\u{1b}'), "{problem}");
    }
}
