//! The audit logs of a team: sends the entries of this machine, and reads those of all machines.

use jiff::SignedDuration;

use super::audit::{self, Action, LogVerification, PendingEntry};
use super::session::Session;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, NextStep, Problem};
pub use crate::store::{Collected, LogFault, LogFaultKind, MachineLine, MachineLog};
use crate::store::{MemberLogs, Progress, StoreError};

/// Shortest time between two sends by commands and screens that access the store anyway.
pub(crate) const SEND_INTERVAL: SignedDuration = SignedDuration::from_mins(5);

/// As [`SEND_INTERVAL`], for commands that must be fast.
pub(crate) const SEND_INTERVAL_FAST_COMMANDS: SignedDuration = SignedDuration::from_hours(1);

/// The entries of the machines, as far as they can be read now.
#[derive(Clone, Debug)]
pub struct TeamLog {
    /// Oldest first.
    pub lines: Vec<MachineLine>,
    /// Why the entries of some machines are missing.
    pub limit: Option<String>,
}

/// A [`TeamLog`] and the results of its verification.
#[derive(Clone, Debug)]
pub struct TeamReport {
    /// The newest entries.
    pub log: TeamLog,
    /// The verification of this machine's local log.
    pub verdict: LogVerification,
    /// What each member's machines have sent; empty if the store cannot be reached.
    pub logs: Vec<MachineLog>,
    /// Whether the logs of all members were read (admins only), not just this member's.
    pub is_of_all: bool,
}

/// Whether the vault has logs of several machines.
#[must_use]
pub(crate) fn has_member_logs(session: &Session) -> bool {
    session.store.member_logs().is_some()
}

/// Sends new entries, unless some were sent less than `pause` ago. If the store cannot be reached, they are sent later;
/// any other failure causes a warning. Blocks.
pub(crate) fn send_entries(session: &Session, pause: SignedDuration) {
    let Some(log) = session.store.member_logs() else { return };
    audit::flush(&session.workspace);
    match log.send(pause) {
        Ok(_) | Err(StoreError::Unreachable { .. } | StoreError::Unknown { .. }) => {}
        Err(error) => session.workspace.warnings.tell(&error.into()),
    }
}

/// The newest entries of all machines, for one credential or for all. `None` if this is not a team vault.
///
/// # Errors
/// `Kind::Storage`; `Kind::Refused` if the store was tampered with.
pub(crate) fn lines(session: &Session, of: Option<CredentialId>, most: usize) -> Result<Option<TeamLog>, Problem> {
    let Some(log) = session.store.member_logs() else { return Ok(None) };
    send_entries(session, SignedDuration::ZERO);
    let per_machine = of.is_none().then_some(most);
    let (collected, limit) = collected(log, per_machine, &mut |_, _| ())?;
    Ok(Some(TeamLog { lines: newest(session, &collected.own_name, collected.lines, of, most)?, limit }))
}

/// As [`lines`], with the verification of each machine's log.
///
/// # Errors
/// As [`lines`].
pub(crate) fn read(
    session: &Session,
    of: Option<CredentialId>,
    most: usize,
    progress: Progress<'_>,
) -> Result<Option<TeamReport>, Problem> {
    let Some(log) = session.store.member_logs() else { return Ok(None) };
    send_entries(session, SignedDuration::ZERO);
    let (collected, limit) = collected(log, None, progress)?;
    let verdict = audit::verify(session)?;
    let Collected { lines, logs, own_name, is_of_all } = collected;
    let log = TeamLog { lines: newest(session, &own_name, lines, of, most)?, limit };
    Ok(Some(TeamReport { log, verdict, logs, is_of_all }))
}

/// Reads the logs; also returns why they are incomplete, if they are.
fn collected(
    log: &dyn MemberLogs,
    most: Option<usize>,
    progress: Progress<'_>,
) -> Result<(Collected, Option<String>), Problem> {
    match log.collect(most, progress) {
        Ok(collected) => {
            let limit = "only an admin reads what other members did".to_owned();
            let limit = Some(limit).filter(|_| !collected.is_of_all);
            Ok((collected, limit))
        }
        Err(StoreError::Unreachable { place, .. }) => {
            let limit = format!("the store {place} cannot be reached; these are the entries of this machine");
            Ok((Collected { own_name: "this machine".to_owned(), ..Collected::default() }, Some(limit)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Merges the sent entries with the local ones, oldest first.
fn newest(
    session: &Session,
    own: &str,
    sent: Vec<MachineLine>,
    of: Option<CredentialId>,
    most: usize,
) -> Result<Vec<MachineLine>, Problem> {
    let machine = crate::audit::machine();
    let here = audit::lines(&session.workspace, None, usize::MAX)?;
    let here = here.into_iter().map(|line| MachineLine { member: own.to_owned(), machine: machine.clone(), line });
    let mut lines: Vec<MachineLine> = sent.into_iter().chain(here).collect();
    lines.retain(|line| of.is_none_or(|id| line.line.credential == Some(id)));
    lines.sort_by_key(|line| line.line.at);
    lines.drain(..lines.len().saturating_sub(most));
    Ok(lines)
}

/// Verifies the entries that the machines sent; `None` if this is not a team vault.
///
/// # Errors
/// As [`lines`]; `Kind::Temporary` if the store cannot be reached.
pub(crate) fn verify(session: &Session) -> Result<Option<Collected>, Problem> {
    let Some(log) = session.store.member_logs() else { return Ok(None) };
    send_entries(session, SignedDuration::ZERO);
    Ok(Some(log.collect(None, &mut |_, _| ())?))
}

/// The faults as one problem; `None` if there are none.
#[must_use]
pub(crate) fn broken(collected: &Collected) -> Option<Problem> {
    let faults: Vec<String> =
        collected.logs.iter().flat_map(|log| log.faults.iter().map(|one| named(log, one))).collect();
    let first = faults.first()?;
    let more = match faults.len() - 1 {
        0 => String::new(),
        more => format!(" There are {more} more; see the list."),
    };
    Some(
        Problem::new(Kind::Storage, "The team's audit log was changed after it was written.")
            .why(format!("{first}{more}"))
            .try_this("Find out who changed it.")
            .step(NextStep::AcknowledgeLog),
    )
}

/// A fault in one sentence.
#[must_use]
pub(crate) fn named(log: &MachineLog, fault: &LogFault) -> String {
    format!("{}: {}: {}", log.member, fault.place, fault.why)
}

/// Acknowledges all faults, both of the local log and of what the machines sent.
///
/// # Errors
/// `Kind::Usage` if there are none; as [`verify`].
pub(crate) fn acknowledge(session: &Session) -> Result<(), Problem> {
    if audit::fault(session)?.is_some() {
        audit::acknowledge(session)?;
    } else if verify(session)?.is_none_or(|collected| broken(&collected).is_none()) {
        return Err(audit::nothing_to_acknowledge());
    }
    let Some(log) = session.store.member_logs() else { return Ok(()) };
    let note = PendingEntry::begin(&session.workspace, Action::Acknowledge, None)?;
    note.end(log.accept().map_err(Problem::from))
}
