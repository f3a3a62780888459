//! The wall clock (the system's, or one that a test sets), and moments that also count while the machine sleeps.

#![warn(missing_docs)]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Where "now" comes from. Deadlines use `tokio::time` instead, so that a stepped wall clock cannot stretch them.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Settable(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock fixed at `now` until [`Clock::set`] moves it.
    #[must_use]
    pub fn settable(now: Timestamp) -> Self {
        Self(Source::Settable(Arc::new(Mutex::new(now))))
    }

    /// The present instant, UTC.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[allow(clippy::disallowed_methods, reason = "the one place where time enters")]
            Source::System => Timestamp::now(),
            Source::Settable(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a settable clock; the system's clock is left alone.
    pub fn set(&self, now: Timestamp) {
        if let Source::Settable(at) = &self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
    }
}

/// An instant that neither a stepped wall clock nor a suspended machine deceives.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    awake: Instant,
    asleep: Duration,
}

impl Moment {
    /// The present one.
    #[must_use]
    pub fn now() -> Self {
        Self { awake: Instant::now(), asleep: asleep() }
    }

    /// Time since then, that of a suspended machine included.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.awake.elapsed() + self.slept()
    }

    /// How much of that time the machine was suspended. Zero where the system cannot tell.
    #[must_use]
    pub(crate) fn slept(self) -> Duration {
        asleep().saturating_sub(self.asleep)
    }
}

/// Time this machine was suspended since it started: what CLOCK_BOOTTIME counts and CLOCK_MONOTONIC does not.
#[cfg(target_os = "linux")]
fn asleep() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // In this order a preemption between the two makes the sum smaller, never a suspension out of nothing.
    let booted = Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default();
    let awake = Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default();
    booted.saturating_sub(awake)
}

#[cfg(not(target_os = "linux"))]
fn asleep() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settable_clock_stands_still_until_set() {
        let clock = Clock::settable(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        clock.set(Timestamp::MAX);
        assert_eq!(clock.clone().now(), Timestamp::MAX);
    }
}
