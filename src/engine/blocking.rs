//! Blocking work beside the async threads.

use crate::problem::Problem;

/// Runs what touches the disk off the async threads.
///
/// # Errors
/// Those of `work`; Internal if it panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::internal("A task ended before its time."))?
}
