//! What a request that spends something demands: proof that it will be seen through.

/// Given to work that runs to its end even if the caller is gone: a refresh token or code that is sent is
/// spent, and its answer must be saved. Only the engine's supervisor gives one (`tests/architecture.rs`).
#[derive(Debug)]
pub struct MustFinish(());

impl MustFinish {
    /// For the supervisor, and for tests of single requests.
    #[doc(hidden)]
    #[must_use]
    pub fn granted() -> Self {
        Self(())
    }
}
