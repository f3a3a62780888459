//! The clock of the server that responded last.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use url::Url;

/// A server's clock, from the Date header of its last response.
#[derive(Clone, Debug)]
pub struct ServerClock {
    pub host: String,
    date: Timestamp,
    heard: Instant,
}

impl ServerClock {
    /// How far `now` is ahead of the server's clock; negative if it is behind.
    #[must_use]
    pub fn offset(&self, now: Timestamp) -> SignedDuration {
        let since = SignedDuration::try_from(self.heard.elapsed()).unwrap_or_default();
        self.date.duration_until(now) - since
    }
}

#[derive(Default)]
pub(super) struct LastClock(Mutex<Option<ServerClock>>);

impl LastClock {
    pub(super) fn heard(&self, url: &Url, date: Option<Timestamp>) {
        let (Some(host), Some(date)) = (url.host_str(), date) else { return };
        let clock = ServerClock { host: host.to_owned(), date, heard: Instant::now() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(clock);
    }

    pub(super) fn last(&self) -> Option<ServerClock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
