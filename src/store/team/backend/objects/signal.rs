//! Signals changes to other machines through one small object, and detects theirs by polling it.
//!
//! The object is written in the background: no write waits for it, and several writes share one signal. If the machine
//! dies before it signals a change, others notice the change with the next signal.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::requests::Requests;
use crate::clock::SuspendAwareInstant;
use crate::store::team::backend::contract::BackendError;
use crate::store::team::backend::driver::Driver;

/// Polling interval: others see a change within two seconds.
const INTERVAL: Duration = Duration::from_millis(1500);
/// How long the end of the process waits until a pending change is signaled.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(2);

/// Outgoing and incoming signals of one backend.
#[derive(Debug, Default)]
pub(super) struct Signal {
    outgoing: Arc<Outgoing>,
    /// The version of the signal object at the last poll; `None` before the first one.
    seen: Mutex<Option<String>>,
}

#[derive(Debug, Default)]
struct Outgoing {
    state: Mutex<SignalState>,
    idle: Condvar,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum SignalState {
    #[default]
    Idle,
    /// A request is in flight.
    InFlight,
    /// A request is in flight, and another change happened since it was sent.
    InFlightAndChanged,
}

impl Outgoing {
    fn lock(&self) -> MutexGuard<'_, SignalState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another signal has to be sent after the one that completed.
    fn next(&self) -> bool {
        let mut state = self.lock();
        *state = if *state == SignalState::InFlightAndChanged { SignalState::InFlight } else { SignalState::Idle };
        self.idle.notify_all();
        *state != SignalState::Idle
    }
}

impl Signal {
    /// Signals a change in the background.
    pub(super) fn raise(&self, driver: &Driver, requests: &Arc<Requests>) {
        let mut state = self.outgoing.lock();
        if *state != SignalState::Idle {
            *state = SignalState::InFlightAndChanged;
            return;
        }
        *state = SignalState::InFlight;
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

    /// Polls until the signal object differs from that of the previous call, at most `longest`.
    pub(super) fn wait(
        &self,
        longest: Duration,
        ask: impl Fn() -> Result<(String, Option<Timestamp>), BackendError>,
    ) -> Result<bool, BackendError> {
        let started = SuspendAwareInstant::now();
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
        let started = SuspendAwareInstant::now();
        let mut state = self.outgoing.lock();
        while *state != SignalState::Idle {
            let left = SHUTDOWN_WAIT.saturating_sub(started.elapsed());
            if left.is_zero() {
                return;
            }
            state = self.outgoing.idle.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
