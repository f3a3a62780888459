//! The error type of every operation: sentences for people (what happened, why, what to do), and a [`Kind`] for
//! programs.

#![warn(missing_docs)]

pub mod next_step;

use std::fmt;

use crate::printable::printable;
pub use next_step::NextStep;

/// Longest text of foreign origin inside a problem, in characters.
const MAX_TEXT: usize = 600;

/// What a program may act on, independently of the sentences. Determines the exit code (docs/reference/exit-codes.md).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A bug.
    Internal,
    /// The command line, a field or a file that the user wrote is malformed.
    Usage,
    /// What was named does not exist, or the name is ambiguous.
    NotFound,
    /// The vault is locked, or the passphrase is wrong.
    Locked,
    /// The user has to authenticate.
    NeedsAuthentication,
    /// No network, provider unavailable, or throttled: the same call may work later.
    Temporary,
    /// A file is missing, damaged or too large, the disk is full, or another process holds the write lock.
    Storage,
    /// The vault is older than the one last seen, or another copy was changed as well; the user may accept it.
    RolledBack,
    /// Possible, but refused because it would not be safe.
    Refused,
    /// The account that signed in is not the one the credential belongs to; the user may accept it.
    OtherAccount,
    /// The command of `credenza run` exists, but cannot be started.
    CommandNotExecutable,
    /// The command of `credenza run` does not exist.
    CommandNotFound,
}

impl Kind {
    const ALL: [Self; 12] = [
        Self::Internal,
        Self::Usage,
        Self::NotFound,
        Self::Locked,
        Self::NeedsAuthentication,
        Self::Temporary,
        Self::Storage,
        Self::RolledBack,
        Self::Refused,
        Self::OtherAccount,
        Self::CommandNotExecutable,
        Self::CommandNotFound,
    ];

    /// The documented process exit code: 1 to 8, and the codes that shells use for a command that does not start.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Locked => 4,
            Self::NeedsAuthentication => 5,
            Self::Temporary => 6,
            Self::Storage | Self::RolledBack => 7,
            Self::Refused | Self::OtherAccount => 8,
            Self::CommandNotExecutable => 126,
            Self::CommandNotFound => 127,
        }
    }

    /// The kind for a [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// A stable word for JSON output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Locked => "locked",
            Self::NeedsAuthentication => "needs_authentication",
            Self::Temporary => "temporary",
            Self::Storage => "storage",
            Self::RolledBack => "rolled_back",
            Self::Refused => "refused",
            Self::OtherAccount => "other_account",
            Self::CommandNotExecutable => "command_not_executable",
            Self::CommandNotFound => "command_not_found",
        }
    }
}

/// What happened, why, and what to do. The TUI and standard error show the same text, except for the wording of the
/// step.
///
/// Text from servers and files may be passed in unchanged: the constructors escape it and limit its length.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// Decides the exit code.
    pub kind: Kind,
    /// One sentence: what failed.
    pub what: String,
    /// One or two sentences: the cause, as far as it is known. May be empty.
    pub why: String,
    /// One or two sentences: what to do, without naming commands and keys. May be empty.
    pub try_this: String,
    /// What to do next, as data; the command line and the screens put it into words after [`try_this`](Self::try_this).
    /// Boxed, because a problem is the error of almost every function.
    pub step: Option<Box<NextStep>>,
}

impl Problem {
    /// A problem with its first sentence; add [`why`](Self::why) and [`try_this`](Self::try_this).
    #[must_use]
    pub fn new(kind: Kind, what: impl AsRef<str>) -> Self {
        Self { kind, what: printable(what.as_ref(), MAX_TEXT), why: String::new(), try_this: String::new(), step: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn why(mut self, why: impl AsRef<str>) -> Self {
        self.why = printable(why.as_ref(), MAX_TEXT);
        self
    }

    /// Adds what to do, without naming commands and keys.
    #[must_use]
    pub fn try_this(mut self, try_this: impl AsRef<str>) -> Self {
        self.try_this = printable(try_this.as_ref(), MAX_TEXT);
        self
    }

    /// Adds the step that the user can take with a command or a key, or none.
    #[must_use]
    pub fn step(mut self, step: impl Into<Option<NextStep>>) -> Self {
        self.step = step.into().map(|step| Box::new(step.printable(MAX_TEXT)));
        self
    }

    /// What to do, with the step as worded by a front end.
    #[must_use]
    pub fn advice(&self, in_words: impl Fn(&NextStep) -> String) -> String {
        next_step::advice(&self.try_this, self.step.as_deref(), in_words)
    }

    /// The whole problem on one line, with the step as worded by a front end.
    #[must_use]
    pub(crate) fn in_full(&self, in_words: impl Fn(&NextStep) -> String) -> String {
        let parts = [self.what.clone(), self.why.clone(), self.advice(in_words)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// A bug: an invariant was violated.
    #[must_use]
    pub fn internal(what: impl AsRef<str>) -> Self {
        Self::new(Kind::Internal, what).try_this("Please report this bug. Nothing was changed.")
    }

    /// A bug: a task panicked. It may have changed something before.
    #[must_use]
    pub(crate) fn panicked() -> Self {
        Self::new(Kind::Internal, "A background task failed unexpectedly.").try_this("Please report this bug.")
    }
}

impl fmt::Display for Problem {
    /// `what why try_this`, on one line, for notes and logs. Without the step, which only a front end can word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for part in [&self.why, &self.try_this] {
            if !part.is_empty() {
                write!(f, " {part}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_escaped_and_bounded() {
        let problem = Problem::new(Kind::Temporary, "The server said \u{1b}[2J").why("x".repeat(5_000));
        assert!(!problem.to_string().contains('\u{1b}'));
        assert!(problem.why.chars().count() <= MAX_TEXT);
    }

    #[test]
    fn exit_codes_are_the_contract() {
        let codes = [
            Kind::Internal,
            Kind::Usage,
            Kind::NotFound,
            Kind::Locked,
            Kind::NeedsAuthentication,
            Kind::Temporary,
            Kind::Storage,
            Kind::Refused,
            Kind::CommandNotExecutable,
            Kind::CommandNotFound,
        ]
        .map(Kind::exit_code);
        assert_eq!(codes, [1, 2, 3, 4, 5, 6, 7, 8, 126, 127]);
    }
}
