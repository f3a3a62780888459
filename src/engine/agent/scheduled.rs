//! Runs integrations on their schedules, one at a time, beside the agent's other work.

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::shared::Agent;
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::due;
use crate::engine::ops::integrations::sync::{Options, sync};
use crate::engine::session::Session;
use crate::model::integration::{Integration, SyncResult, Trigger};
use crate::printable::printable;

/// Most characters of an event.
const MAX_EVENT: usize = 300;

/// The run in progress, if there is one.
#[derive(Default)]
pub(super) struct Scheduled(Option<Running>);

struct Running {
    task: JoinHandle<()>,
    cancel: watch::Sender<bool>,
}

impl Scheduled {
    /// Starts an integration that is due, unless a run is in progress.
    pub(super) async fn look(&mut self, agent: &Agent, session: &Session) {
        if self.0.as_ref().is_some_and(|running| !running.task.is_finished()) {
            return;
        }
        let reader = session.clone();
        let Ok(all) = blocking(move || due(&reader)).await else { return };
        if all.is_empty() {
            return;
        }
        let (cancel, canceled) = watch::channel(false);
        let task = tokio::spawn(run(agent.clone(), session.clone(), all, canceled));
        self.0 = Some(Running { task, cancel });
    }

    /// Cancels the run in progress after its current page, and waits for its end.
    pub(super) async fn stop(&mut self) {
        let Some(Running { task, cancel }) = self.0.take() else { return };
        // The receiver is gone if the run has just ended.
        let _ = cancel.send(true);
        let _ = task.await;
    }
}

async fn run(agent: Agent, session: Session, all: Vec<Integration>, cancel: watch::Receiver<bool>) {
    for one in all {
        if *cancel.borrow() {
            return;
        }
        let options = Options::whole(Trigger::Agent);
        let (reports, mut nobody) = mpsc::channel(16);
        let running = Box::pin(sync(&session, one.id, options, reports, cancel.clone()));
        let drain = async { while nobody.recv().await.is_some() {} };
        let (ended, ()) = futures_util::future::join(running, drain).await;
        let text = match ended {
            Ok(ended) => {
                let result = ended.result.map_or("ended", SyncResult::word);
                format!("\"{}\" synced: {result}, {} records", one.name, ended.counts().records)
            }
            Err(problem) => format!("\"{}\" not synced: {}", one.name, problem.what),
        };
        agent.0.unlocked.tell(agent.0.workspace.clock.now(), &printable(&text, MAX_EVENT));
    }
}
