//! Runs blocking work outside the async threads.

use crate::problem::Problem;

/// Runs work that blocks, such as disk access, on its own thread.
///
/// # Errors
/// Those of `work`; `Kind::Internal` if it panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::panicked())?
}
