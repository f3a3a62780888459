//! The wall clock (the system's or a settable one), and instants that also count the time the machine was suspended.

#![warn(missing_docs)]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The source of the current time. Timeouts use a monotonic clock instead, so that a stepped wall clock cannot extend
/// them.
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

    /// The current time, UTC.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[allow(clippy::disallowed_methods, reason = "the one place where time enters")]
            Source::System => Timestamp::now(),
            Source::Settable(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Sets a settable clock; does nothing to the system's.
    pub fn set(&self, now: Timestamp) {
        if let Source::Settable(at) = &self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
    }
}

/// An instant for measuring time that is not affected by a stepped wall clock and, on Linux, includes suspension of the
/// machine.
#[derive(Clone, Copy, Debug)]
pub struct SuspendAwareInstant {
    awake: Instant,
    asleep: Duration,
}

impl SuspendAwareInstant {
    /// The current instant.
    #[must_use]
    pub fn now() -> Self {
        Self { awake: Instant::now(), asleep: asleep() }
    }

    /// Time since this instant; on Linux including the time the machine was suspended.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.awake.elapsed() + self.slept()
    }

    /// How much of that time the machine was suspended. Zero if the system cannot tell.
    #[must_use]
    pub(crate) fn slept(self) -> Duration {
        asleep().saturating_sub(self.asleep)
    }
}

/// Time this machine was suspended since it booted: CLOCK_BOOTTIME counts it, CLOCK_MONOTONIC does not.
#[cfg(target_os = "linux")]
fn asleep() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // The order matters: a preemption between the two calls makes the difference too small, but never reports a
    // suspension that did not happen.
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
