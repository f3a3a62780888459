//! Deadlines for database calls.

use std::time::Duration;

/// For connecting and signing in.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// For a statement. The server's own timeout is shorter (`settings.rs`), so no statement takes effect after this
/// deadline.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// For a whole transaction.
pub(super) const TRANSACTION: Duration = Duration::from_secs(30);
