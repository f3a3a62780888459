//! Timestamps in the demo's past.

use jiff::{SignedDuration, Timestamp};

pub(super) fn ago(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(now)
}
