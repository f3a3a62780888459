//! Runs what is asynchronous for callers that block: a runtime with one thread of its own, idle until it is asked.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::problem::Problem;

/// One for each backend; what it runs ends with it.
pub(super) struct Driver {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

/// A future was not done in time; it goes on until its own deadline.
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

    /// Runs a future to its end while this thread waits, at most `longest`. May be called from any thread: it blocks on
    /// a channel, not on the runtime.
    pub(super) fn run<T, F>(&self, longest: Duration, future: F) -> Result<T, Late>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (answer, answered) = sync_channel(1);
        self.spawn(async move {
            let _ = answer.send(future.await);
        });
        match answered.recv_timeout(longest) {
            Ok(value) => Ok(value),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Late),
        }
    }

    /// Runs a future beside the callers.
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
            // Without waiting: dropping a runtime the other way is forbidden on a thread of another one.
            runtime.shutdown_background();
        }
    }
}
