//! The permit for requests that spend a code or refresh token: work that holds it is never abandoned.

#![warn(missing_docs)]

/// Held by work that runs to its end even if its caller is gone. A refresh token or code is spent as soon as it is
/// sent, so its response must be saved. Only the engine's supervisor creates one (`tests/architecture.rs`).
#[derive(Debug)]
pub struct MustFinish(());

impl MustFinish {
    /// Creates a permit: for the supervisor, and for tests of single requests.
    #[doc(hidden)]
    #[must_use]
    pub fn granted() -> Self {
        Self(())
    }
}
