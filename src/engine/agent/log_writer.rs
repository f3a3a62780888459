//! Writes the agent's queued audit lines, shortly after the responses they belong to.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;

use super::shared::Agent;
use crate::engine::audit;
use crate::engine::blocking::blocking;

/// How long lines are collected for one write. Including the write itself, they are in the log within 10 ms.
const TOGETHER: Duration = Duration::from_millis(5);

impl Agent {
    /// Writes the queued lines after a short delay, together with those added until then.
    pub(super) fn write_log_soon(&self) {
        if self.0.writes_log.swap(true, Ordering::SeqCst) {
            return;
        }
        let agent = self.clone();
        tokio::spawn(async move {
            sleep(TOGETHER).await;
            // Reset before the queue is taken: a line added later schedules its own write.
            agent.0.writes_log.store(false, Ordering::SeqCst);
            agent.write_log().await;
        });
    }

    pub(super) async fn write_log(&self) {
        let workspace = self.0.workspace.clone();
        if workspace.log.is_all_written() {
            return;
        }
        // A failure was already reported.
        let _ = blocking(move || {
            audit::flush(&workspace);
            Ok(())
        })
        .await;
    }
}
