//! One run of an integration as the history keeps it: when, why, and the result. Contains no secrets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::IntegrationId;
use crate::printable::printable;
use crate::problem::{NextStep, Problem, next_step};

/// Most errors of single records that are kept per record type; all are counted.
pub(crate) const MAX_ERRORS: usize = 100;

/// Longest part of a problem that is kept, in characters.
const MAX_TEXT: usize = 400;

/// One run of an integration.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SyncSession {
    /// 1, 2, 3, ... of this integration.
    pub number: u64,
    /// The integration that ran.
    pub integration: IntegrationId,
    /// Its name at the time, escaped.
    pub name: String,
    pub trigger: Trigger,
    /// When it started.
    pub started: Timestamp,
    /// When it ended; `None` while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Its result; `None` while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<SyncResult>,
    /// What prevented it from starting, if it did not start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<StoredProblem>,
    /// One for each record type.
    pub parts: Vec<LoadResult>,
}

/// What started a run.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The user, on the screen or with a command.
    Hand,
    /// `sync --due`.
    Schedule,
    Agent,
}

/// The result of a run.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncResult {
    /// Every record of every type was read.
    Completed,
    /// Some records or record types had errors; the rest was written.
    CompletedWithErrors,
    /// Nothing new was written.
    Failed,
    /// The user ended it.
    #[serde(rename = "cancelled")]
    Canceled,
}

/// The result of one record type.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LoadResult {
    /// The catalog's id of it.
    pub load: String,
    pub result: PartResult,
    #[serde(default)]
    pub counts: Counts,
    /// Pages that were read, over all attempts.
    #[serde(default)]
    pub pages: u64,
    /// Whether it resumed where an earlier session had stopped.
    #[serde(default)]
    pub resumed: bool,
    /// Why all of it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<StoredProblem>,
    /// Notes that are not errors, such as a wrong total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// The first `MAX_ERRORS`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RecordError>,
    /// The file that was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// How one record type ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartResult {
    /// All records were read and written.
    Done,
    /// The account has no such product, or no permission for it; other record types continue.
    NotAvailable,
    /// All records were read, but so many are missing since the last run that the file was kept until the user decides.
    Withheld,
    /// It stopped early; the next session resumes there, if possible.
    Failed,
    /// The user ended it.
    #[serde(rename = "cancelled")]
    Canceled,
    /// It has not started.
    Waiting,
}

/// Numbers of records.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counts {
    /// In the output.
    pub records: u64,
    /// Absent in the last run.
    pub added: u64,
    /// Different from the last run.
    pub updated: u64,
    /// The same as in the last run.
    pub skipped: u64,
    /// Present in the last run, but no longer.
    pub gone: u64,
    /// Left out of the output, each with its reason.
    pub errors: u64,
}

impl Counts {
    /// Adds the counts of another record type.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.added += other.added;
        self.updated += other.updated;
        self.skipped += other.skipped;
        self.gone += other.gone;
        self.errors += other.errors;
    }
}

/// Why one record was left out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RecordError {
    /// The page, from 1.
    pub page: u64,
    /// Its position on the page, from 1.
    pub place: u64,
    /// Its id, escaped; empty if it has none.
    #[serde(default)]
    pub id: String,
    pub why: String,
}

/// A problem as the history keeps it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StoredProblem {
    /// The word of its kind.
    pub kind: String,
    /// What happened.
    pub what: String,
    /// Why it happened.
    pub why: String,
    /// What to do, without commands and keys.
    pub try_this: String,
    /// What to do next. Absent in the history of an older version; a step that this version does not know counts as
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "next_step::lenient")]
    pub step: Option<NextStep>,
}

impl StoredProblem {
    /// What to do; `in_words` puts the step into the words of a front end.
    #[must_use]
    pub fn advice(&self, in_words: impl Fn(&NextStep) -> String) -> String {
        next_step::advice(&self.try_this, self.step.as_ref(), in_words)
    }
}

impl From<&Problem> for StoredProblem {
    fn from(problem: &Problem) -> Self {
        let text = |text: &str| printable(text, MAX_TEXT);
        Self {
            kind: problem.kind.word().to_owned(),
            what: text(&problem.what),
            why: text(&problem.why),
            try_this: text(&problem.try_this),
            step: problem.step.as_deref().cloned().map(|step| step.printable(MAX_TEXT)),
        }
    }
}

impl SyncSession {
    /// The counts of all record types together.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut all = Counts::default();
        self.parts.iter().for_each(|part| all.add(&part.counts));
        all
    }

    /// Errors of records and of whole record types.
    #[must_use]
    pub fn error_count(&self) -> u64 {
        let whole = self.parts.iter().filter(|part| part.problem.is_some()).count();
        self.counts().errors + u64::try_from(whole).unwrap_or(u64::MAX) + u64::from(self.problem.is_some())
    }

    #[must_use]
    pub fn first_problem(&self) -> Option<&StoredProblem> {
        self.problem.as_ref().or_else(|| self.parts.iter().find_map(|part| part.problem.as_ref()))
    }

    /// The result that follows from the results of its parts.
    #[must_use]
    pub fn judged(&self) -> SyncResult {
        let any = |result| self.parts.iter().any(|part| part.result == result);
        if self.parts.iter().any(|part| part.result == PartResult::Canceled) {
            SyncResult::Canceled
        } else if self.problem.is_some() || !(any(PartResult::Done) || any(PartResult::Withheld)) {
            SyncResult::Failed
        } else if self.error_count() > 0 {
            SyncResult::CompletedWithErrors
        } else {
            SyncResult::Completed
        }
    }
}

impl SyncResult {
    /// The words on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Completed => "Completed",
            Self::CompletedWithErrors => "Completed with errors",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        }
    }
}

impl Trigger {
    /// The words on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hand => "manual",
            Self::Schedule => "schedule",
            Self::Agent => "agent",
        }
    }
}

impl LoadResult {
    /// A record type that has not started.
    #[must_use]
    pub fn waiting(load: &str) -> Self {
        Self {
            load: load.to_owned(),
            result: PartResult::Waiting,
            counts: Counts::default(),
            pages: 0,
            resumed: false,
            problem: None,
            remarks: Vec::new(),
            errors: Vec::new(),
            file: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    #[test]
    fn a_step_is_kept_and_a_missing_or_unknown_one_is_none() {
        let step = NextStep::Authenticate { name: "Zoho".to_owned() };
        let said = StoredProblem::from(&Problem::new(Kind::NeedsAuthentication, "a").try_this("b").step(step.clone()));
        let line = serde_json::to_string(&said).unwrap();
        assert_eq!(serde_json::from_str::<StoredProblem>(&line).unwrap().step, Some(step));
        for step in ["", r#","step":{"do":"of a later version","name":"x"}"#, r#","step":null"#] {
            let line = format!(r#"{{"kind":"locked","what":"a","why":"","try_this":"b"{step}}}"#);
            let said: StoredProblem = serde_json::from_str(&line).unwrap();
            assert_eq!((said.try_this.as_str(), said.step), ("b", None), "{line}");
        }
    }

    #[test]
    fn an_older_version_reads_past_the_step() {
        /// The format before `step` was added.
        #[derive(Deserialize)]
        struct Older {
            try_this: String,
        }
        let said = StoredProblem::from(&Problem::new(Kind::Locked, "a").try_this("b").step(NextStep::Unlock));
        let older: Older = serde_json::from_str(&serde_json::to_string(&said).unwrap()).unwrap();
        assert_eq!(older.try_this, "b");
    }
}
