//! How long the database is waited for.

use std::time::Duration;

/// Until a connection has signed in.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// Until a statement is answered. The server gives up before (`settings.rs`), so that nothing is written afterwards.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// For all statements of a transaction.
pub(super) const TRANSACTION: Duration = Duration::from_secs(30);
