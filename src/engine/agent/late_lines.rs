//! When the agent writes the lines of the log that wait: soon after the answers they tell of.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;

use super::shared::Agent;
use crate::engine::audit;
use crate::engine::blocking::blocking;

/// How long lines wait for others: with the write they are in the log within 10 ms.
const TOGETHER: Duration = Duration::from_millis(5);

impl Agent {
    /// Writes them in a moment, with those that come until then.
    pub(super) fn write_log_soon(&self) {
        if self.0.writes_log.swap(true, Ordering::SeqCst) {
            return;
        }
        let agent = self.clone();
        tokio::spawn(async move {
            sleep(TOGETHER).await;
            // Before they are taken: a line that comes after that has a write of its own.
            agent.0.writes_log.store(false, Ordering::SeqCst);
            agent.write_log().await;
        });
    }

    pub(super) async fn write_log(&self) {
        let workspace = self.0.workspace.clone();
        if workspace.log.is_empty() {
            return;
        }
        // A problem was told already.
        let _ = blocking(move || {
            audit::flush(&workspace);
            Ok(())
        })
        .await;
    }
}
