//! Runs operations that report their progress and can be canceled: integrations, imports, changes of a team.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::time::Duration;

use futures_util::future::join;
use tokio::sync::{mpsc, watch};

use super::audit;
use super::blocking::blocking;
use super::event::{JobEvent, LogEvent, Outcome, TeamOutcome};
use super::member_logs;
use super::operation::TeamOperation;
use super::ops::integrations::{sync, test};
use super::ops::sign_in::Control;
use super::ops::team::{self, Progress};
use super::ops::transfer::file::{ImportFile, import_file};
use super::session::Session;
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationId;
use crate::problem::Problem;
use crate::store::Members;

/// A wait for a shared store that is shorter than this is not reported.
const NOTICEABLE: Duration = Duration::from_secs(1);

/// Reports that are buffered for the receiver.
const AHEAD: usize = 64;

/// Tests each record type, or only the named one.
pub(super) async fn test_run(
    session: &Session,
    (id, only): (IntegrationId, Option<String>),
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let ((cancel, canceled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
    // Boxed: this future is large, and would enlarge a task that mostly runs small ones.
    let run = Box::pin(test::test(session, id, only.as_deref(), false, reports, canceled));
    let all = join(run, pass_on(events, told, JobEvent::Test));
    let (tested, ()) = to_the_end(all, &mut orders, cancel).await;
    tested.map(|tested| Outcome::IntegrationTested(Box::new(tested)))
}

pub(super) async fn sync_run(
    session: &Session,
    id: IntegrationId,
    options: sync::Options,
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let ((cancel, canceled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
    let run = Box::pin(sync::sync(session, id, options, reports, canceled));
    let all = join(run, pass_on(events, told, JobEvent::Sync));
    let (synced, ()) = to_the_end(all, &mut orders, cancel).await;
    synced.map(|session| Outcome::Synced(Box::new(session)))
}

/// Imports a file and tries the imported refresh tokens.
pub(super) async fn import_run(
    session: &Session,
    file: ImportFile,
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let ((cancel, canceled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
    let run = Box::pin(import_file(session, file, reports, canceled));
    let all = join(run, pass_on(events, told, JobEvent::Import));
    let (imported, ()) = to_the_end(all, &mut orders, cancel).await;
    imported.map(|imports| Outcome::Imported(Box::new(imports)))
}

/// Reads or changes the members of a team. A change is completed even if no caller waits for it any more; a cancel ends
/// its re-encryption early.
pub(super) async fn team_run(
    session: &Session,
    operation: TeamOperation,
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let own = session.clone();
    if !operation.is_edit() {
        return blocking(move || of_team(&own, operation, &mut |_, _| ())).await.map(Outcome::Team);
    }
    let ((cancel, canceled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
    let job = session.workspace.supervisor.begin("changing the team", "")?;
    let run = job.run(|_permit| {
        blocking(move || {
            let mut progress = |done, total| {
                // A lost report is followed by others.
                let _ = reports.try_send((done, total));
                if *canceled.borrow() {
                    team::stop_encrypting(&own);
                }
            };
            of_team(&own, operation, &mut progress)
        })
    });
    let all = join(run, pass_on(events, told, |(done, total)| JobEvent::Encrypting(done, total)));
    let (changed, ()) = to_the_end(all, &mut orders, cancel).await;
    changed.map(Outcome::Team)
}

/// Reads the audit log of a team: first that of this machine, then those of all members.
pub(super) async fn log_run(
    session: &Session,
    of: Option<CredentialId>,
    most: usize,
    events: &mpsc::Sender<JobEvent>,
) -> Result<Outcome, Problem> {
    let own = session.clone();
    let (reports, told) = mpsc::channel(AHEAD);
    let read = blocking(move || {
        let here = audit::read(&own, of, most)?;
        // A closed receiver does not end the reading.
        let _ = reports.blocking_send(LogEvent::Local(Box::new(here)));
        let mut progress = |done, total| {
            let _ = reports.try_send(LogEvent::Reading(done, total));
        };
        member_logs::read(&own, of, most, &mut progress)
    });
    let (read, ()) = join(read, pass_on(events, told, JobEvent::Log)).await;
    let report = read?.ok_or_else(|| Problem::internal("No team shares this vault."))?;
    Ok(Outcome::TeamLog(Box::new(report)))
}

/// Runs a team operation. Blocks.
fn of_team(session: &Session, operation: TeamOperation, progress: Progress<'_>) -> Result<TeamOutcome, Problem> {
    match operation {
        TeamOperation::ReadState => team::state(session).map(|state| TeamOutcome::State(Box::new(state))),
        TeamOperation::ReadWords(name) => team::words_of(session, &name).map(TeamOutcome::Words),
        TeamOperation::ReadCode(code) => {
            team::look_at_code(session, &code).map(|(name, words)| TeamOutcome::Newcomer { name, words })
        }
        TeamOperation::AddMember { code, role } => {
            team::add(session, &code, role, progress).map(|member| TeamOutcome::Added(Box::new(member)))
        }
        TeamOperation::AddHost { name, credentials, key_file } => {
            let words: Vec<String> = credentials.iter().map(ToString::to_string).collect();
            let host = team::add_host(session, &name, &words, &key_file, progress);
            host.map(|host| TeamOutcome::Added(Box::new(host)))
        }
        TeamOperation::Remove(name) => team::remove(session, &name, progress).map(TeamOutcome::Removed),
        TeamOperation::FinishEncrypting => team::finish(session, progress).map(TeamOutcome::Encrypted),
        TeamOperation::Rotated(credential) => team::rotated(session, &credential.to_string()).map(TeamOutcome::Rotated),
    }
}

/// Waits for an edit. If a shared store is slow, reports that; a cancel abandons the edit.
pub(super) async fn edit_run<T>(
    session: &Session,
    edit: impl Future<Output = T>,
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> T {
    let steer = async {
        if let Some(place) = session.store.team().map(Members::place) {
            tokio::time::sleep(NOTICEABLE).await;
            let _ = events.send(JobEvent::Waiting(place)).await;
            while let Some(order) = orders.recv().await {
                if matches!(order, Control::Cancel) {
                    session.store.cancel_pending_edits();
                }
            }
        }
        pending::<Infallible>().await
    };
    tokio::select! {
        done = edit => done,
        never = steer => match never {},
    }
}

/// Forwards reports until there are no more.
pub(super) async fn pass_on<T>(
    events: &mpsc::Sender<JobEvent>,
    mut reports: mpsc::Receiver<T>,
    event: impl Fn(T) -> JobEvent,
) {
    while let Some(report) = reports.recv().await {
        // A closed receiver is not an error.
        let _ = events.send(event(report)).await;
    }
}

/// Waits for the end of a run, and turns a cancel into the flag that the run checks. Locking the vault closes the
/// channel of controls but not the run, so the flag must outlive the channel.
pub(super) async fn to_the_end<T>(
    run: impl Future<Output = T>,
    orders: &mut mpsc::Receiver<Control>,
    cancel: watch::Sender<bool>,
) -> T {
    let steer = async {
        while let Some(order) = orders.recv().await {
            if matches!(order, Control::Cancel) {
                cancel.send_replace(true);
            }
        }
        pending::<Infallible>().await
    };
    tokio::select! {
        done = run => done,
        never = steer => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_canceled_run_is_awaited_and_a_lock_cancels_nothing() {
        let ((cancel, mut canceled), (order, mut orders)) = (watch::channel(false), mpsc::channel(1));
        order.send(Control::Cancel).await.unwrap();
        let run =
            async move { canceled.wait_for(|canceled| *canceled).await.map(|_| "its own end").unwrap_or_default() };
        assert_eq!(to_the_end(run, &mut orders, cancel).await, "its own end");

        let ((cancel, canceled), (order, mut orders)) = (watch::channel(false), mpsc::channel(1));
        drop(order);
        let run = async move {
            tokio::task::yield_now().await;
            (*canceled.borrow(), canceled.has_changed().is_ok())
        };
        assert_eq!(to_the_end(run, &mut orders, cancel).await, (false, true));
    }
}
