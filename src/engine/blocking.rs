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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_is_reported_as_a_bug() {
        let ran: Result<(), Problem> = blocking(|| panic!("on purpose")).await;
        let problem = ran.unwrap_err();
        assert_eq!(problem.kind, crate::problem::Kind::Internal);
        assert_eq!(problem, Problem::panicked());
    }
}
