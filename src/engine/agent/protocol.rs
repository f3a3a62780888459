//! What goes over the agent's socket: one line of JSON each way. Version 1.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use crate::catalog::KeyPlace;
use crate::engine::ops::token::{Sent, SigningKey, Token};
use crate::model::credential::CredentialId;
use crate::problem::{Kind, NextStep, Problem, next_step};
use crate::secret::{AccessToken, Passphrase, Secret};

/// The only version there is.
pub const VERSION: u32 = 1;

/// What is asked.
#[derive(Deserialize, Serialize)]
pub struct Asked {
    /// [`VERSION`].
    pub v: u32,
    /// The vault the client would open itself; an agent of another one must not answer. Absent through a forwarded
    /// socket, where paths mean nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<String>,
    /// The sandbox the client was told to use, which must be the agent's, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Url>,
    /// The question.
    #[serde(flatten)]
    pub question: Question,
}

/// The questions there are.
#[derive(Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Question {
    /// A token that is good for `min_ttl` seconds.
    Token {
        /// As a person gives it: name, unambiguous prefix or id.
        name: String,
        /// Seconds.
        min_ttl: i64,
        /// Refresh although stored token is valid.
        #[serde(default)]
        force: bool,
        /// Seconds to wait for another process.
        wait: u64,
        /// Refuse every credential but this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<CredentialId>,
    },
    /// The names of all credentials, for completion.
    Names,
    /// The state of the agent.
    Status,
    /// Forget the key.
    Lock,
    /// Open the vault again.
    Unlock {
        /// By the passphrase, or
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passphrase: Option<Zeroizing<String>>,
        /// by a host's identity file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity_file: Option<PathBuf>,
    },
    /// End.
    Stop,
}

/// What is answered.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// To [`Question::Token`].
    Token(Box<Handed>),
    /// To [`Question::Names`].
    Names(Vec<String>),
    /// To everything else that went well.
    Status(Status),
    /// This agent is not of the vault, the sandbox or the version that was asked about.
    Elsewhere(String),
    /// It did not go well.
    Problem(Told),
}

/// The state of an agent.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Status {
    /// Its process.
    pub pid: u32,
    /// The vault it is for.
    pub vault: String,
    /// Whether it has forgotten the key.
    pub locked: bool,
    /// When it started.
    pub since: Timestamp,
    /// When it locks unless it is used.
    pub locks_at: Option<Timestamp>,
    /// Whether the key's memory is locked in memory.
    pub memory_locked: bool,
    /// Tokens handed out so far.
    pub tokens: u64,
    /// Tokens it refreshed ahead of time.
    pub refreshed: u64,
    /// What happened lately, oldest first.
    pub events: Vec<(Timestamp, String)>,
}

/// A token on its way. Its text is wiped on both sides.
#[derive(Deserialize, Serialize)]
pub struct Handed {
    /// The credential's name.
    pub name: String,
    /// Its id. Absent from an agent that is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CredentialId>,
    access: Zeroizing<String>,
    sent: Vec<Carried>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signs_as: Option<Signs>,
    expires_at: Option<Timestamp>,
    /// Absent from an agent that is older.
    #[serde(default)]
    is_end_unknown: bool,
    notes: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct Carried {
    query: bool,
    name: String,
    value: Zeroizing<String>,
}

#[derive(Deserialize, Serialize)]
struct Signs {
    id: String,
    session: Option<Zeroizing<String>>,
}

/// A problem on its way.
#[derive(Deserialize, Serialize)]
pub struct Told {
    kind: String,
    what: String,
    why: String,
    try_this: String,
    /// Absent from an agent that is older; a step that is newer than the reader counts as absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "next_step::lenient")]
    step: Option<NextStep>,
}

impl Handed {
    /// Of a token.
    #[must_use]
    pub fn new(id: CredentialId, name: String, token: &Token) -> Self {
        let text = |secret: &Secret| Zeroizing::new(secret.expose().to_owned());
        let carried = |sent: &Sent| Carried {
            query: sent.place == KeyPlace::Query,
            name: sent.name.clone(),
            value: text(&sent.value),
        };
        let signs = |key: &SigningKey| Signs { id: key.id.clone(), session: key.session.as_ref().map(text) };
        Self {
            name,
            id: Some(id),
            access: text(&token.access),
            sent: token.sent.iter().map(carried).collect(),
            signs_as: token.signs_as.as_ref().map(signs),
            expires_at: token.expires_at,
            is_end_unknown: token.is_end_unknown,
            notes: token.notes.clone(),
        }
    }

    /// The token.
    #[must_use]
    pub fn token(self) -> Token {
        let sent = |carried: Carried| Sent {
            place: if carried.query { KeyPlace::Query } else { KeyPlace::Header },
            name: carried.name,
            value: Secret::from(carried.value),
        };
        let key = |signs: Signs| SigningKey { id: signs.id, session: signs.session.map(Secret::from) };
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

impl From<Problem> for Told {
    fn from(problem: Problem) -> Self {
        let Problem { kind, what, why, try_this, step } = problem;
        Self { kind: kind.word().to_owned(), what, why, try_this, step: step.map(|step| *step) }
    }
}

impl From<Told> for Problem {
    /// Escaped and bounded again: anyone who answered may be not our agent.
    fn from(told: Told) -> Self {
        let kind = Kind::from_word(&told.kind).unwrap_or(Kind::Internal);
        Self::new(kind, told.what).why(told.why).try_this(told.try_this).step(told.step)
    }
}

impl Question {
    /// A token, as `request` wants it.
    #[must_use]
    pub fn token(name: &str, request: &crate::engine::ops::token::Request) -> Self {
        let wait = request.lock_wait.as_secs();
        Self::Token {
            name: name.to_owned(),
            min_ttl: request.min_ttl.as_secs(),
            force: request.force,
            wait,
            only: None,
        }
    }

    /// The vault is to be opened by its passphrase.
    #[must_use]
    pub fn unlock(passphrase: &Passphrase) -> Self {
        Self::Unlock { passphrase: Some(Zeroizing::new(passphrase.expose().to_owned())), identity_file: None }
    }
}

/// What is not the business of who may have tokens of one credential.
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
            sent: vec![Sent { place: KeyPlace::Query, name: "key".to_owned(), value: secret("CNRY-value") }],
            signs_as: Some(SigningKey { id: "AKID".to_owned(), session: Some(secret("CNRY-session")) }),
            expires_at: Some(Timestamp::UNIX_EPOCH),
            is_end_unknown: false,
            notes: vec!["a note".to_owned()],
        };
        let line = serde_json::to_string(&Answered::Token(Box::new(Handed::new(
            CredentialId::random(),
            "Zoho".to_owned(),
            &token,
        ))))
        .unwrap();
        assert!(!line.contains('\n'));
        let Answered::Token(back) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
        let back = back.token();
        assert_eq!(back.access.expose(), "CNRY-access");
        assert_eq!((back.sent[0].place, back.sent[0].value.expose()), (KeyPlace::Query, "CNRY-value"));
        assert_eq!(back.signs_as.unwrap().session.unwrap().expose(), "CNRY-session");
    }

    #[test]
    fn a_step_arrives_and_one_of_another_version_is_none() {
        let step = NextStep::Authenticate { name: "Zoho".to_owned() };
        let told = Told::from(Problem::new(Kind::NeedsAuthentication, "Sign in.").step(step.clone()));
        let line = serde_json::to_string(&Answered::Problem(told)).unwrap();
        let Answered::Problem(told) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
        assert_eq!(Problem::from(told).step.as_deref(), Some(&step));
        for step in ["", r#","step":{"do":"of a later version"}"#, r#","step":7"#] {
            let line = format!(r#"{{"problem":{{"kind":"locked","what":"a","why":"b","try_this":"c"{step}}}}}"#);
            let Answered::Problem(told) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
            let problem = Problem::from(told);
            assert_eq!((problem.kind, problem.try_this.as_str(), problem.step), (Kind::Locked, "c", None), "{line}");
        }
        let hostile =
            r#"{"kind":"locked","what":"","why":"","try_this":"","step":{"do":"authenticate","name":"\u001b[2J"}}"#;
        let step = Problem::from(serde_json::from_str::<Told>(hostile).unwrap()).step;
        assert_eq!(step.as_deref(), Some(&NextStep::Authenticate { name: "\\u{1b}[2J".to_owned() }));
    }

    #[test]
    fn an_older_client_reads_past_the_step() {
        #[derive(Deserialize)]
        struct Older {
            try_this: String,
        }
        let told = Told::from(Problem::new(Kind::Locked, "a").try_this("b").step(NextStep::Unlock));
        let older: Older = serde_json::from_str(&serde_json::to_string(&told).unwrap()).unwrap();
        assert_eq!(older.try_this, "b");
    }

    #[test]
    fn a_problem_arrives_with_its_kind_and_nothing_a_terminal_obeys() {
        let told = Told::from(Problem::new(Kind::NeedsAuthentication, "Sign in.").why("It ended."));
        assert_eq!(Problem::from(told).kind, Kind::NeedsAuthentication);
        let hostile = r#"{"kind":"no such","what":"\u001b[2J","why":"","try_this":""}"#;
        let problem = Problem::from(serde_json::from_str::<Told>(hostile).unwrap());
        assert!(problem.kind == Kind::Internal && !problem.what.contains('\u{1b}'), "{problem}");
    }
}
