//! Looks for what keeps a sign-in or a token from working, on this machine and on the way to the provider.
//!
//! Nothing here changes anything, and nothing it says holds a secret: its findings may be pasted into a ticket.

mod credential;
mod log;
mod machine;
mod ticket;

pub use credential::examine_credential;
pub use log::examine_log;
pub use machine::{examine_clock, examine_machine};
pub use ticket::ticket;

use crate::problem::next_step::advice;
use crate::problem::{NextStep, Problem};

/// What was looked at, and how it is.
#[derive(Clone, Debug)]
pub struct Finding {
    /// A stable word: `vault`, `log`, `port`, `browser`, `clipboard`, `proxy`, `ca_file`, `status`, `scopes`, `dns`, `server`,
    /// `clock`.
    pub check: &'static str,
    /// How it is.
    pub verdict: Verdict,
}

/// How something is.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// As it should be; what was seen.
    Good(String),
    /// Not wrong, but worth knowing; what was seen, and what to do where there is something.
    Notice(String, Option<NextStep>),
    /// Wrong: what, why, and what to do.
    Bad(Problem),
}

impl Finding {
    /// The check in words, for a screen.
    #[must_use]
    pub fn label(&self) -> String {
        self.check.replace('_', " ")
    }

    /// What is wrong, where something is.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &self.verdict {
            Verdict::Bad(problem) => Some(problem),
            Verdict::Good(_) | Verdict::Notice(..) => None,
        }
    }

    /// `good`, `notice` or `bad`; what was seen; why; what to do, the step in the words of a front door.
    #[must_use]
    pub fn parts(&self, in_words: impl Fn(&NextStep) -> String) -> (&'static str, &str, &str, String) {
        match &self.verdict {
            Verdict::Good(said) => ("good", said, "", String::new()),
            Verdict::Notice(said, step) => ("notice", said, "", advice("", step.as_ref(), in_words)),
            Verdict::Bad(problem) => ("bad", &problem.what, &problem.why, problem.advice(in_words)),
        }
    }

    fn good(check: &'static str, said: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Good(said.into()) }
    }

    fn notice(check: &'static str, said: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Notice(said.into(), None) }
    }

    fn notice_with(check: &'static str, said: impl Into<String>, step: NextStep) -> Self {
        Self { check, verdict: Verdict::Notice(said.into(), Some(step)) }
    }

    fn bad(check: &'static str, problem: Problem) -> Self {
        Self { check, verdict: Verdict::Bad(problem) }
    }
}
