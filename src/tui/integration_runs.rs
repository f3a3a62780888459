//! Runs of integrations in the background: Test Run and sync, told step by step. A cancelled one is awaited to its end,
//! never dropped: a token that is being refreshed would be lost.

use std::convert::Infallible;
use std::future::{Future, pending};

use futures_util::future::join;
use tokio::sync::{mpsc, watch};

use super::work::Worker;
use crate::engine::Session;
use crate::engine::ops::integrations::{sync, test};
use crate::engine::ops::sign_in::Control;
use crate::model::integration::{IntegrationId, Trigger};
use crate::problem::Problem;
use crate::tui::effect::FlowId;
use crate::tui::input::{FlowEvent, Outcome};
use crate::tui::message::Message;

/// Reports that may wait for the loop.
const AHEAD: usize = 64;

impl Worker {
    pub(super) async fn test_run(
        &self,
        session: &Session,
        flow: FlowId,
        (id, only): (IntegrationId, Option<String>),
        orders: mpsc::Receiver<Control>,
    ) -> Result<Outcome, Problem> {
        let ((cancel, cancelled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
        // Boxed: it is large, and lives in a task beside small ones.
        let run = Box::pin(test::test(session, id, only.as_deref(), false, reports, cancelled));
        let all = join(run, self.tell(flow, told, FlowEvent::Test));
        let (tested, ()) = to_the_end(all, orders, cancel).await;
        tested.map(|tested| Outcome::IntegrationTested(Box::new(tested)))
    }

    pub(super) async fn sync(
        &self,
        session: &Session,
        flow: FlowId,
        id: IntegrationId,
        orders: mpsc::Receiver<Control>,
    ) -> Result<Outcome, Problem> {
        let ((cancel, cancelled), (reports, told)) = (watch::channel(false), mpsc::channel(AHEAD));
        let options = sync::Options::whole(Trigger::Hand);
        let run = Box::pin(sync::sync(session, id, options, reports, cancelled));
        let all = join(run, self.tell(flow, told, FlowEvent::Sync));
        let (synced, ()) = to_the_end(all, orders, cancel).await;
        synced.map(|session| Outcome::Synced(Box::new(session)))
    }

    /// Passes reports on until the run is over.
    async fn tell<T>(&self, flow: FlowId, mut reports: mpsc::Receiver<T>, event: impl Fn(T) -> FlowEvent) {
        while let Some(report) = reports.recv().await {
            let _ = self.sender.send(Message::Flow(flow, event(report))).await;
        }
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
