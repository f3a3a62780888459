//! Creates and joins team vaults from a form: reports each step, can be canceled before anything was created, and waits
//! until an admin has added this machine.

use std::time::Duration;

use futures_util::future::join as both;
use tokio::sync::{mpsc, watch};

use super::blocking::blocking;
use super::event::{EntryEvent, JobEvent, Outcome, TeamOutcome};
use super::ops::credentials;
use super::ops::sign_in::Control;
use super::ops::team::Admitted;
use super::ops::team::entry::{self, Asked, Entry};
use super::ops::unlock;
use super::steering::{pass_on, to_the_end};
use super::workspace::Workspace;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::store::StoreError;
use crate::store::local::JoinRequest;

/// Polling interval of a machine that waits for an admin.
const PAUSE: Duration = Duration::from_secs(2);

/// Capacity of the channel for progress reports.
const AHEAD: usize = 64;

/// Creates a team vault. The creation continues even if the caller stops waiting for it.
pub(super) async fn create(
    workspace: Workspace,
    entry: Entry,
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let made = run_reporting(workspace, events, &mut orders, "creating a team vault", move |workspace, watch| {
        entry.create(workspace, watch)
    });
    made.await.map(|made| Outcome::Team(TeamOutcome::Created(Box::new(made))))
}

/// Asks to join a vault, and waits until an admin has added this machine.
pub(super) async fn join(
    workspace: Workspace,
    entry: Entry,
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let asked = run_reporting(workspace, events, &mut orders, "joining a team vault", move |workspace, watch| {
        entry.join(workspace, watch)
    });
    let (admission, asked) = asked.await?;
    let admitted = until_admitted(admission, asked, events, orders).await?;
    Ok(Outcome::Team(TeamOutcome::Admitted(admitted)))
}

/// Opens a vault as soon as an admin has added this machine.
pub(super) async fn open_later(
    workspace: Workspace,
    passphrase: Passphrase,
    events: &mpsc::Sender<JobEvent>,
    orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let (at, typed) = (workspace.clone(), passphrase.clone());
    let (admission, joining) = blocking(move || entry::asked(&at, &typed)).await?;
    let asked = Asked { here: entry::here(&workspace), joining };
    until_admitted(admission, asked, events, orders).await?;
    blocking(move || {
        let session = unlock::unlock(&workspace, &passphrase)?;
        let snapshot = credentials::shown(&session)?;
        Ok(Outcome::Opened(Box::new(session), snapshot))
    })
    .await
}

/// Runs a cancelable job that reports its steps.
async fn run_reporting<T: Send + 'static>(
    workspace: Workspace,
    events: &mpsc::Sender<JobEvent>,
    orders: &mut mpsc::Receiver<Control>,
    doing: &'static str,
    work: impl FnOnce(&Workspace, entry::Watch<'_>) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let ((cancel, canceled), (reports, steps)) = (watch::channel(false), mpsc::channel(AHEAD));
    let job = workspace.supervisor.begin(doing, "")?;
    let run = job.run(|_permit| {
        blocking(move || {
            let watch = |step| {
                // If the channel is full, this report is dropped; later ones follow.
                let _ = reports.try_send(step);
                !*canceled.borrow()
            };
            work(&workspace, &watch)
        })
    });
    let all = both(run, pass_on(events, steps, |step| JobEvent::Entry(EntryEvent::Step(step))));
    to_the_end(all, orders, cancel).await.0
}

/// Reports the join code, and polls the rosters until this machine is a member. Ends when nobody receives the events
/// any more.
async fn until_admitted(
    mut admission: JoinRequest,
    asked: Asked,
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> Result<Admitted, Problem> {
    let _ = events.send(JobEvent::Entry(EntryEvent::Asked(Box::new(asked)))).await;
    let mut was_silent = false;
    loop {
        let (looked, seen) = blocking(move || {
            let seen = admission.look();
            Ok((admission, seen))
        })
        .await?;
        admission = looked;
        let silence = match seen {
            Ok(Some(admitted)) => return Ok(admitted),
            Ok(None) => None,
            Err(error @ StoreError::Unreachable { .. }) => Some(Problem::from(error)),
            Err(error) => return Err(error.into()),
        };
        if silence.is_some() || was_silent {
            was_silent = silence.is_some();
            let _ = events.send(JobEvent::Entry(EntryEvent::Silent(silence.map(Box::new)))).await;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            order = orders.recv() => if matches!(order, Some(Control::Cancel) | None) { return Err(left()) }
        }
    }
}

fn left() -> Problem {
    Problem::new(Kind::Temporary, "This machine is no longer waiting for an admin.")
        .why("The wait was canceled; the join code stays valid.")
        .try_this("Open the vault to see the code again.")
}
