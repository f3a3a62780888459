//! Runs async code for blocking callers, on a runtime with one thread that sleeps while there is nothing to do.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::problem::Problem;

/// One per backend. Dropping it cancels the tasks that are still running.
pub(super) struct Driver {
    /// `None` only during `drop`.
    runtime: Option<Runtime>,
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

/// The future missed the deadline of the caller. It keeps running until its own deadline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late;

impl Driver {
    pub(super) fn new() -> Result<Self, Problem> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).max_blocking_threads(4).thread_name("store").enable_io().enable_time();
        let runtime =
            builder.build().map_err(|error| Problem::internal(format!("No thread could be made: {error}.")))?;
        Ok(Self { runtime: Some(runtime) })
    }

    /// Runs a future and blocks this thread until it is done, at most `longest`. Safe on any thread, also one of
    /// another runtime, because it blocks on a channel.
    pub(super) fn run<T, F>(&self, longest: Duration, future: F) -> Result<T, Late>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (answer, answered) = sync_channel(1);
        // The future ends with the wait, so that a server that never answers does not keep its task and its socket.
        self.spawn(async move {
            if let Ok(value) = tokio::time::timeout(longest, future).await {
                let _ = answer.send(value);
            }
        });
        match answered.recv_timeout(longest) {
            Ok(value) => Ok(value),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Late),
        }
    }

    /// Runs a future in the background.
    pub(super) fn spawn<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(future);
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // In the background, because a blocking shutdown panics on a thread of another runtime.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_future_that_is_too_late_ends() {
        let driver = Driver::new().unwrap();
        let held = Arc::new(());
        let guard = Arc::clone(&held);
        let late = driver.run(Duration::from_millis(10), async move {
            std::future::pending::<()>().await;
            drop(guard);
        });
        assert!(late.is_err());
        let deadline = Instant::now() + Duration::from_secs(60);
        while Arc::strong_count(&held) > 1 {
            assert!(Instant::now() < deadline, "it still waits");
            std::thread::yield_now();
        }
    }
}
