//! Runs of integrations as jobs: told step by step, and cancelled by a flag they look at.

use std::convert::Infallible;
use std::future::{Future, pending};

use futures_util::future::join;
use tokio::sync::{mpsc, watch};

use super::event::{JobEvent, Outcome};
use super::ops::integrations::{sync, test};
use super::ops::sign_in::Control;
use super::ops::transfer::file::{ImportFile, import_file};
use super::session::Session;
use crate::model::integration::IntegrationId;
use crate::problem::Problem;

/// Reports that may wait for the front door.
const AHEAD: usize = 64;

/// Tries each kind of record, or only this one.
pub(super) async fn test_run(
    session: &Session,
    (id, only): (IntegrationId, Option<String>),
    events: &mpsc::Sender<JobEvent>,
    orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let ((cancel, cancelled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
    // Boxed: it is large, and lives in a task beside small ones.
    let run = Box::pin(test::test(session, id, only.as_deref(), false, reports, cancelled));
    let all = join(run, pass_on(events, told, JobEvent::Test));
    let (tested, ()) = to_the_end(all, orders, cancel).await;
    tested.map(|tested| Outcome::IntegrationTested(Box::new(tested)))
}

pub(super) async fn sync_run(
    session: &Session,
    id: IntegrationId,
    options: sync::Options,
    events: &mpsc::Sender<JobEvent>,
    orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let ((cancel, cancelled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
    let run = Box::pin(sync::sync(session, id, options, reports, cancelled));
    let all = join(run, pass_on(events, told, JobEvent::Sync));
    let (synced, ()) = to_the_end(all, orders, cancel).await;
    synced.map(|session| Outcome::Synced(Box::new(session)))
}

/// Imports a file and tries the tokens that came along.
pub(super) async fn import_run(
    session: &Session,
    file: ImportFile,
    events: &mpsc::Sender<JobEvent>,
    orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let ((cancel, cancelled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
    let run = Box::pin(import_file(session, file, reports, cancelled));
    let all = join(run, pass_on(events, told, JobEvent::Import));
    let (imported, ()) = to_the_end(all, orders, cancel).await;
    imported.map(|imports| Outcome::Imported(Box::new(imports)))
}

/// Passes reports on until there are no more.
pub(super) async fn pass_on<T>(
    events: &mpsc::Sender<JobEvent>,
    mut reports: mpsc::Receiver<T>,
    event: impl Fn(T) -> JobEvent,
) {
    while let Some(report) = reports.recv().await {
        // Whether anybody listens is not the run's concern.
        let _ = events.send(event(report)).await;
    }
}

/// Awaits the run, and turns an order to cancel into the flag it looks at. The orders end when the vault is locked: the
/// run goes on, so the flag must outlive them.
async fn to_the_end<T>(
    run: impl Future<Output = T>,
    mut orders: mpsc::Receiver<Control>,
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
    async fn a_cancelled_run_is_awaited_and_a_lock_cancels_nothing() {
        let ((cancel, mut cancelled), (order, orders)) = (watch::channel(false), mpsc::channel(1));
        order.send(Control::Cancel).await.unwrap();
        let run =
            async move { cancelled.wait_for(|cancelled| *cancelled).await.map(|_| "its own end").unwrap_or_default() };
        assert_eq!(to_the_end(run, orders, cancel).await, "its own end");

        let ((cancel, cancelled), (order, orders)) = (watch::channel(false), mpsc::channel(1));
        drop(order);
        let run = async move {
            tokio::task::yield_now().await;
            (*cancelled.borrow(), cancelled.has_changed().is_ok())
        };
        assert_eq!(to_the_end(run, orders, cancel).await, (false, true));
    }
}
