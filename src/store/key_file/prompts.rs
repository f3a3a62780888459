//! The questions that a key may ask its owner.

use std::fmt;
use std::time::Duration;

use crate::problem::Problem;
use crate::secret::Secret;

/// How long a plugin may be silent: the user may have to find the key and touch it.
const DEADLINE: Duration = Duration::from_secs(60);

/// Asks the user while a key is used. The texts of plugins are already escaped and bounded.
pub trait KeyPrompts: fmt::Debug + Send + Sync {
    /// Shows what a plugin says, such as "touch your key".
    fn show(&self, message: &str);

    /// Asks for a secret: the passphrase of an SSH key, or a PIN.
    ///
    /// # Errors
    /// `Kind::Locked` if no user can be asked, or the user does not respond.
    fn secret(&self, question: &str) -> Result<Secret, Problem>;

    /// Asks for text that is not a secret.
    ///
    /// # Errors
    /// As [`secret`](Self::secret).
    fn text(&self, question: &str) -> Result<String, Problem>;

    /// Asks to choose between `yes` and `no`; without a `no` the only other choice is to cancel.
    ///
    /// # Errors
    /// As [`secret`](Self::secret).
    fn choose(&self, question: &str, yes: &str, no: Option<&str>) -> Result<bool, Problem>;

    /// How long a plugin may be silent before it is stopped.
    fn deadline(&self) -> Duration {
        DEADLINE
    }
}
