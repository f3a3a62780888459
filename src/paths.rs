//! Every file and folder the program touches.

use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// The three folders everything lies below.
#[derive(Clone, Debug)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
}

impl Paths {
    /// SKELETON (owner: vault helper).
    ///
    /// # Errors
    /// When no home can be found.
    pub fn discover(_dir: Option<&Path>) -> Result<Self, Problem> {
        Err(Problem::internal("skeleton"))
    }

    /// `settings.toml`.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// The user's own catalog files.
    #[must_use]
    pub fn catalog(&self) -> PathBuf {
        self.config.join("catalog")
    }

    /// The encrypted vault.
    #[must_use]
    pub fn vault(&self) -> PathBuf {
        self.data.join("vault.age")
    }

    /// The identity, wrapped by the passphrase.
    #[must_use]
    pub fn identity(&self) -> PathBuf {
        self.data.join("identity.age")
    }

    /// State folder.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }
}
