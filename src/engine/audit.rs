//! Logs every operation: who did what to which credential, and how it ended.
//!
//! **I-log**: with `audit = "required"` a line is written before anything is done, and an operation that cannot be
//! logged is not carried out: no token is served, no refresh token spent. Otherwise a log that cannot be written
//! causes a warning, and the operation continues.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::edit_error::EditError;
use super::session::Session;
use super::workspace::Workspace;
use crate::audit::{self, Entry, Queued};
pub use crate::audit::{Action, Fault, FaultKind, Line, LogVerification};
use crate::model::credential::CredentialId;
use crate::problem::{Kind, NextStep, Problem};

/// A program that was given a credential's token.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct UsedBy {
    /// The program's name as the system reports it, escaped; empty if the system reports none.
    pub program: String,
    /// When the program last received the token.
    pub last: Timestamp,
    /// How often it received the token, as far as the log goes back.
    pub times: u64,
}

/// The newest lines of the log, and whether the whole log is intact.
#[derive(Clone, Debug)]
pub struct Log {
    /// Oldest first.
    pub lines: Vec<Line>,
    /// The verdict on the whole log.
    pub verdict: LogVerification,
}

/// An operation in progress, which is logged when it ends.
#[derive(Debug)]
#[must_use = "without `end`, the operation is not logged"]
pub struct PendingEntry {
    workspace: Workspace,
    entry: Entry,
    /// Whether the user was already warned that the log cannot be written.
    is_said: bool,
}

impl PendingEntry {
    /// Begins the note of an operation.
    ///
    /// # Errors
    /// `Kind::Storage` if the log is required and cannot be written: then the operation must not run.
    pub fn begin(
        workspace: &Workspace,
        action: Action,
        about: Option<(CredentialId, String)>,
    ) -> Result<Self, Problem> {
        Self::begin_for(workspace, action, about, None)
    }

    /// As [`begin`](Self::begin), for an operation that another process requested.
    ///
    /// # Errors
    /// As `begin`.
    pub(crate) fn begin_for(
        workspace: &Workspace,
        action: Action,
        about: Option<(CredentialId, String)>,
        asker: Option<u32>,
    ) -> Result<Self, Problem> {
        let mut note = Self::begin_unspent(workspace, action, about, asker)?;
        if !workspace.settings.audit_required
            && let Err(problem) = audit::check_files(&workspace.paths)
        {
            // Warns before anything is spent.
            workspace.warnings.tell(&problem);
            note.is_said = true;
        }
        Ok(note)
    }

    /// As [`begin_for`](Self::begin_for), for an operation that spends nothing: a log that cannot be written is
    /// reported at its end, unless the log is required.
    ///
    /// # Errors
    /// As `begin`.
    pub(crate) fn begin_unspent(
        workspace: &Workspace,
        action: Action,
        about: Option<(CredentialId, String)>,
        asker: Option<u32>,
    ) -> Result<Self, Problem> {
        let at = workspace.clock.now();
        let entry = Entry { at, action, about, name: None, result: "begun", asker, program: None };
        let note = Self { workspace: workspace.clone(), entry, is_said: false };
        if workspace.settings.audit_required {
            note.append().map_err(required)?;
        }
        Ok(note)
    }

    /// Sets the credential, if it was not known at the beginning.
    pub fn about(&mut self, id: CredentialId, name: String) {
        self.entry.about = Some((id, name));
    }

    /// Adds the integration's name. The id of a line is always a credential's.
    pub(crate) fn about_integration(&mut self, name: String) {
        self.entry.name = Some(name);
    }

    /// Called once the vault is open: the line is then written with its key.
    pub(crate) fn opened(&mut self, session: &Session) {
        self.workspace = session.workspace.clone();
    }

    /// Called once the key of the log is known: the line is then written with it.
    pub(crate) fn keyed(&mut self, key: &audit::Key) {
        self.workspace.log_key = Some(key.clone());
    }

    fn append(&self) -> Result<(), Problem> {
        self.workspace.log.append(&self.workspace.paths, self.line())
    }

    fn line(&self) -> Queued {
        Queued { key: self.workspace.log_key.clone(), entry: self.entry.clone() }
    }

    fn ended<T>(&mut self, result: &Result<T, Problem>) {
        self.entry.result = result.as_ref().map_or_else(|problem| problem.kind.word(), |_| "ok");
        self.entry.at = self.workspace.clock.now();
    }

    /// As [`end`](Self::end), but the line is queued until the next one or [`flush`]; a required log is written at
    /// once.
    ///
    /// # Errors
    /// As `end`.
    pub(crate) fn end_later<T>(mut self, result: Result<T, Problem>) -> Result<T, Problem> {
        if self.workspace.settings.audit_required {
            return self.end(result);
        }
        self.ended(&result);
        // Read now, since the client may have exited by the time the line is written.
        self.entry.program = self.entry.asker.map(audit::program);
        self.workspace.log.push(&self.workspace.paths, self.line());
        result
    }

    /// Logs how the operation ended, and returns `result`.
    ///
    /// # Errors
    /// The result's own; `Kind::Storage` if the log is required and cannot be written.
    pub fn end<T>(mut self, result: Result<T, Problem>) -> Result<T, Problem> {
        self.ended(&result);
        match self.append() {
            Err(problem) if self.workspace.settings.audit_required && result.is_ok() => Err(required(problem)),
            Err(problem) => {
                if !self.is_said {
                    self.workspace.warnings.tell(&problem);
                }
                result
            }
            Ok(()) => result,
        }
    }
}

impl PendingEntry {
    /// As [`end`](Self::end), for an edit.
    pub(crate) fn end_edit(self, result: Result<(), EditError>) -> Result<(), EditError> {
        match result {
            Err(EditError::Conflict(conflict)) => {
                // Logged as a problem, returned as a conflict.
                let _: Result<(), Problem> = self.end(Err(conflict.clone().into()));
                Err(EditError::Conflict(conflict))
            }
            Err(EditError::Other(problem)) => Ok(self.end(Err(problem))?),
            Ok(()) => Ok(self.end(Ok(()))?),
        }
    }
}

/// A note shared by the job that spends something and the caller that waits for it: whichever ends first writes it.
#[derive(Clone, Debug)]
pub struct SharedEntry(Arc<Mutex<Option<PendingEntry>>>);

impl SharedEntry {
    #[must_use]
    pub fn of(note: PendingEntry) -> Self {
        Self(Arc::new(Mutex::new(Some(note))))
    }

    /// Ends the note with `result`, unless it was ended before.
    ///
    /// # Errors
    /// As [`PendingEntry::end`].
    pub fn end<T>(&self, result: Result<T, Problem>) -> Result<T, Problem> {
        let note = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match note {
            Some(note) => note.end(result),
            None => result,
        }
    }
}

/// Runs `work` and logs how it ended.
///
/// # Errors
/// As [`PendingEntry::begin`] and `work`.
pub(crate) fn noted<T>(
    session: &Session,
    action: Action,
    id: CredentialId,
    work: impl FnOnce() -> Result<T, Problem>,
) -> Result<T, Problem> {
    let note = PendingEntry::begin(&session.workspace, action, Some(about(session, id)))?;
    note.end(work())
}

/// Writes the queued lines; a failure is reported as a warning.
pub fn flush(workspace: &Workspace) {
    if let Err(problem) = workspace.log.flush() {
        workspace.warnings.tell(&problem);
    }
}

/// The id and name of a credential, as a log line contains them.
pub(crate) fn about(session: &Session, id: CredentialId) -> (CredentialId, String) {
    let name = session.credential(id).map(|credential| credential.name.to_string()).unwrap_or_default();
    (id, name)
}

/// The newest lines, oldest first, of one credential or of all.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn lines(workspace: &Workspace, of: Option<CredentialId>, most: usize) -> Result<Vec<Line>, Problem> {
    flush(workspace);
    let mut lines = audit::lines(&workspace.paths, usize::MAX)?;
    lines.retain(|line| of.is_none_or(|id| line.credential == Some(id)));
    lines.drain(..lines.len().saturating_sub(most));
    Ok(lines)
}

/// Checks the log's chain and the vault's pin.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn verify(session: &Session) -> Result<LogVerification, Problem> {
    flush(&session.workspace);
    audit::verify(&session.workspace.paths, &session.store.log_proof()?)
}

/// Returns the log's fault as a problem; `None` if the log is intact.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn fault(session: &Session) -> Result<Option<Problem>, Problem> {
    Ok(broken(&verify(session)?))
}

/// As [`fault`], for a verdict.
#[must_use]
pub fn broken(verdict: &LogVerification) -> Option<Problem> {
    let fault = verdict.fault()?;
    let problem = Problem::new(Kind::Storage, "The audit log was changed after it was written.").why(fault);
    Some(problem.try_this("Find out who changed it.").step(NextStep::AcknowledgeLog))
}

/// Accepts a fault of the log that the user has acknowledged: from now on the log is proven from its newest line on.
///
/// # Errors
/// `Kind::Usage` if there is no fault; `Kind::Storage`.
pub fn acknowledge(session: &Session) -> Result<(), Problem> {
    if fault(session)?.is_none() {
        return Err(nothing_to_acknowledge());
    }
    let note = PendingEntry::begin(&session.workspace, Action::Acknowledge, None)?;
    note.end(session.store.acknowledge_log().map_err(Problem::from))
}

/// The problem of an attempt to acknowledge a log without a fault.
#[must_use]
pub(crate) fn nothing_to_acknowledge() -> Problem {
    Problem::new(Kind::Usage, "There is nothing to acknowledge: the audit log is intact.")
}

/// Logs that an open vault was locked.
///
/// # Errors
/// `Kind::Storage` if the log is required and cannot be written.
pub fn locked(session: &Session) -> Result<(), Problem> {
    PendingEntry::begin(&session.workspace, Action::Lock, None)?.end(Ok(()))
}

/// Logs that a secret of a credential is shown; if that fails, it must not be shown.
///
/// # Errors
/// `Kind::Storage` if the log is required and cannot be written.
pub fn revealed(session: &Session, id: CredentialId) -> Result<(), Problem> {
    PendingEntry::begin(&session.workspace, Action::Reveal, Some(about(session, id)))?.end(Ok(()))
}

/// The newest lines, with the verdict on the whole log.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn read(session: &Session, of: Option<CredentialId>, most: usize) -> Result<Log, Problem> {
    let verdict = verify(session)?;
    Ok(Log { lines: lines(&session.workspace, of, most)?, verdict })
}

/// The programs that received the credential's token, the latest first.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn used_by(workspace: &Workspace, id: CredentialId) -> Result<Vec<UsedBy>, Problem> {
    let mut users: Vec<UsedBy> = Vec::new();
    for line in lines(workspace, Some(id), usize::MAX)? {
        if !is_use(&line) {
            continue;
        }
        match users.iter_mut().find(|user| user.program == line.program) {
            Some(user) => (user.last, user.times) = (line.at, user.times + 1),
            None => users.push(UsedBy { program: line.program, last: line.at, times: 1 }),
        }
    }
    users.sort_by_key(|user| std::cmp::Reverse(user.last));
    Ok(users)
}

/// When a program last received the token of each credential, as far as the log goes back.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub(crate) fn last_uses(workspace: &Workspace) -> Result<BTreeMap<CredentialId, Timestamp>, Problem> {
    let uses = lines(workspace, None, usize::MAX)?.into_iter().filter(is_use);
    Ok(uses.filter_map(|line| Some((line.credential?, line.at))).collect())
}

/// Whether the line records that a program received a token.
fn is_use(line: &Line) -> bool {
    let given = [Action::Token.word(), Action::Run.word(), Action::Copy.word()];
    line.result == "ok" && given.contains(&line.action.as_str())
}

fn required(problem: Problem) -> Problem {
    let Problem { kind, why, try_this, step, .. } = problem;
    Problem::new(kind, "The audit log is required and could not be written, so nothing was done.")
        .why(why)
        .try_this(try_this)
        .step(step.map(|step| *step))
}
