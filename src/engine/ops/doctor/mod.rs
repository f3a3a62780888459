//! Checks what may keep a sign-in or a token from working, on this machine and on the way to the provider.
//!
//! Nothing is changed, and the findings contain no secret: they may be pasted into a ticket.

mod credential;
mod log;
mod machine;
mod ticket;

pub(crate) use credential::examine_credential;
pub(crate) use log::examine_log;
pub(crate) use machine::examine_clock;
pub(crate) use machine::examine_machine;
pub use ticket::ticket;

use crate::problem::next_step::advice;
use crate::problem::{NextStep, Problem};

/// One check and its result.
#[derive(Clone, Debug)]
pub struct Finding {
    /// A stable word: `vault`, `log`, `port`, `browser`, `clipboard`, `proxy`, `ca_file`, `status`, `scopes`, `dns`,
    /// `server`, `clock`.
    pub check: &'static str,
    pub verdict: FindingLevel,
}

/// The result of a check.
#[derive(Clone, Debug)]
pub enum FindingLevel {
    /// Good; with details.
    Good(String),
    /// A warning; with details and advice, if any.
    Notice(String, Option<NextStep>),
    /// Wrong: what, why, and what to do.
    Bad(Problem),
}

impl Finding {
    /// The label of the check on a screen.
    #[must_use]
    pub fn label(&self) -> String {
        self.check.replace('_', " ")
    }

    /// The problem of a check that failed.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &self.verdict {
            FindingLevel::Bad(problem) => Some(problem),
            FindingLevel::Good(_) | FindingLevel::Notice(..) => None,
        }
    }

    /// The parts of a report: `good`, `notice` or `bad`; what was found; why; and what to do. `in_words` describes the
    /// next step for the command line or the screens.
    #[must_use]
    pub fn parts(&self, in_words: impl Fn(&NextStep) -> String) -> (&'static str, &str, &str, String) {
        match &self.verdict {
            FindingLevel::Good(said) => ("good", said, "", String::new()),
            FindingLevel::Notice(said, step) => ("notice", said, "", advice("", step.as_ref(), in_words)),
            FindingLevel::Bad(problem) => ("bad", &problem.what, &problem.why, problem.advice(in_words)),
        }
    }

    fn good(check: &'static str, said: impl Into<String>) -> Self {
        Self { check, verdict: FindingLevel::Good(said.into()) }
    }

    fn notice(check: &'static str, said: impl Into<String>) -> Self {
        Self { check, verdict: FindingLevel::Notice(said.into(), None) }
    }

    fn notice_with(check: &'static str, said: impl Into<String>, step: NextStep) -> Self {
        Self { check, verdict: FindingLevel::Notice(said.into(), Some(step)) }
    }

    fn bad(check: &'static str, problem: Problem) -> Self {
        Self { check, verdict: FindingLevel::Bad(problem) }
    }
}
