//! Tells others of changes by one small object, and waits for those of others by asking for it at intervals.
//!
//! It is written beside the callers: a write does not wait for it, and several writes share one. A change that was not
//! told, because the machine died in between, is seen with the next one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::requests::Requests;
use crate::clock::Moment;
use crate::store::team::backend::contract::BackendError;
use crate::store::team::backend::driver::Driver;

/// How often it is asked for: a change is seen within two seconds.
const INTERVAL: Duration = Duration::from_millis(1500);
/// How long the end of the process waits for a change to be told.
const FAREWELL: Duration = Duration::from_secs(2);

/// What is to be told, and what was seen.
#[derive(Debug, Default)]
pub(super) struct Signal {
    outgoing: Arc<Outgoing>,
    /// Nothing until the first call.
    seen: Mutex<Option<String>>,
}

#[derive(Debug, Default)]
struct Outgoing {
    state: Mutex<Telling>,
    quiet: Condvar,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Telling {
    #[default]
    Nothing,
    /// A request is on its way.
    Once,
    /// A request is on its way, and there was another change since.
    Again,
}

impl Outgoing {
    fn lock(&self) -> MutexGuard<'_, Telling> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is more to tell after a request.
    fn next(&self) -> bool {
        let mut state = self.lock();
        *state = if *state == Telling::Again { Telling::Once } else { Telling::Nothing };
        self.quiet.notify_all();
        *state != Telling::Nothing
    }
}

impl Signal {
    /// Tells others, beside the caller.
    pub(super) fn raise(&self, driver: &Driver, requests: &Arc<Requests>) {
        let mut state = self.outgoing.lock();
        if *state != Telling::Nothing {
            *state = Telling::Again;
            return;
        }
        *state = Telling::Once;
        let (outgoing, requests) = (Arc::clone(&self.outgoing), Arc::clone(requests));
        driver.spawn(async move {
            loop {
                requests.signal().await;
                if !outgoing.next() {
                    return;
                }
            }
        });
    }

    /// Asks at intervals until the object is another one than at the former call, at most `longest`.
    pub(super) fn wait(
        &self,
        longest: Duration,
        ask: impl Fn() -> Result<(String, Option<Timestamp>), BackendError>,
    ) -> Result<bool, BackendError> {
        let started = Moment::now();
        loop {
            let (now, _) = ask()?;
            let before = self.seen.lock().unwrap_or_else(PoisonError::into_inner).replace(now.clone());
            if before != Some(now) {
                return Ok(true);
            }
            let left = longest.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(false);
            }
            std::thread::sleep(left.min(INTERVAL));
        }
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        let started = Moment::now();
        let mut state = self.outgoing.lock();
        while *state != Telling::Nothing {
            let left = FAREWELL.saturating_sub(started.elapsed());
            if left.is_zero() {
                return;
            }
            state = self.outgoing.quiet.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
