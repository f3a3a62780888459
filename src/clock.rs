//! Wall-clock time: the system's, or one that a test sets.

use std::sync::{Arc, Mutex, PoisonError};

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

    /// A clock that stands at `now` until [`Clock::set`] moves it.
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
