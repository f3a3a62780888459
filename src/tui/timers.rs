//! Timers of the main loop, each for a time that may be `None`.

use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

pub(super) async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

/// Sleeps. Returns at once for zero, because a sleep of zero would wait for the timer's next millisecond.
pub(super) async fn rest(left: Duration) {
    if !left.is_zero() {
        sleep(left).await;
    }
}

pub(super) async fn timer(wake: Option<Duration>) {
    match wake {
        Some(time) => sleep(time).await,
        None => pending().await,
    }
}
