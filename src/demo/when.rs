//! The demo's past.

use jiff::{SignedDuration, Timestamp};

/// So long before `now`.
pub(super) fn ago(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(now)
}
