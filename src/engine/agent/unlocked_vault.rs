//! The agent's unlocked vault, with counters, recent requests and events.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::clock::SuspendAwareInstant;
use crate::engine::audit;
use crate::engine::session::Session;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, NextStep, Problem};

const MAX_EVENTS: usize = 50;

/// A larger difference between the clocks means that the machine was suspended.
const CLOCK_DRIFT: Duration = Duration::from_secs(1);

/// The agent's vault, open or locked, with its counters; shared by the agent's tasks.
#[derive(Debug)]
pub(super) struct UnlockedVault {
    /// Idle time before the agent locks. `None`: it never locks, not even after a suspension of the machine.
    locks_after: Option<Duration>,
    since: Timestamp,
    inner: Mutex<Inner>,
    /// Counts locks, so that tasks notice when one happens.
    locks: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    open: Option<Open>,
    asked: BTreeMap<CredentialId, Timestamp>,
    tokens: u64,
    refreshed: u64,
    events: VecDeque<(Timestamp, String)>,
}

#[derive(Debug)]
struct Open {
    session: Session,
    used: SuspendAwareInstant,
    in_memory: bool,
}

/// The result of [`UnlockedVault::counted`].
#[derive(Debug)]
pub(super) struct AgentCounts {
    pub(super) locked: bool,
    pub(super) since: Timestamp,
    pub(super) idle_left: Option<Duration>,
    pub(super) memory_locked: bool,
    pub(super) tokens: u64,
    pub(super) refreshed: u64,
    pub(super) events: Vec<(Timestamp, String)>,
}

impl UnlockedVault {
    pub(super) fn new(locks_after: Option<Duration>, since: Timestamp) -> Self {
        Self { locks_after, since, inner: Mutex::default(), locks: watch::Sender::new(0) }
    }

    pub(super) fn open(&self, session: Session) {
        let in_memory = session.lock_key_in_memory();
        let now = session.workspace.clock.now();
        let mut inner = self.inner();
        inner.open = Some(Open { session, used: SuspendAwareInstant::now(), in_memory });
        inner.tell(now, "unlocked");
        if !in_memory {
            inner.tell(now, "the key's memory cannot be locked (ulimit -l): it may be swapped");
        }
    }

    /// The open vault, for a client's request. Restarts the idle timer.
    ///
    /// # Errors
    /// `Kind::Locked` if the agent is locked.
    pub(super) fn session(&self, now: Timestamp) -> Result<Session, Problem> {
        self.lock_when_due(now);
        let mut inner = self.inner();
        let open = inner.open.as_mut().ok_or_else(locked)?;
        open.used = SuspendAwareInstant::now();
        Ok(open.session.clone())
    }

    /// The open vault, for the agent's own work. Does not restart the idle timer.
    pub(super) fn session_for_upkeep(&self, now: Timestamp) -> Option<Session> {
        self.lock_when_due(now);
        self.inner().open.as_ref().map(|open| open.session.clone())
    }

    /// Forgets the key, once its current uses have ended.
    pub(super) fn lock(&self, now: Timestamp, why: &str) {
        let Some(open) = self.inner().open.take() else { return };
        self.locks.send_modify(|locks| *locks += 1);
        self.tell(now, &format!("locked: {why}"));
        // The vault is locked even if that cannot be logged.
        if let Err(problem) = audit::locked(&open.session) {
            open.session.workspace.warnings.tell(&problem);
        }
    }

    /// A receiver that is notified of every lock from now on.
    pub(super) fn locks(&self) -> watch::Receiver<u64> {
        self.locks.subscribe()
    }

    /// Locks if the agent was idle for too long, or the machine was suspended.
    fn lock_when_due(&self, now: Timestamp) {
        let Some(locks_after) = self.locks_after else { return };
        let Some(used) = self.inner().open.as_ref().map(|open| open.used) else { return };
        if used.slept() >= CLOCK_DRIFT {
            self.lock(now, "the machine was suspended");
        } else if used.elapsed() >= locks_after {
            self.lock(now, "idle timeout");
        }
    }

    /// Time until the agent locks; `None` if it is locked, or never locks.
    pub(super) fn idle_left(&self) -> Option<Duration> {
        let locks_after = self.locks_after?;
        self.inner().open.as_ref().map(|open| locks_after.saturating_sub(open.used.elapsed()))
    }

    /// Counts a token that is served, and returns when the credential's previous token was served.
    pub(super) fn handed_out(&self, id: CredentialId, now: Timestamp) -> Option<Timestamp> {
        let mut inner = self.inner();
        inner.tokens += 1;
        inner.asked.insert(id, now)
    }

    /// The credentials whose tokens were requested after `time`.
    pub(super) fn asked_since(&self, time: Timestamp) -> BTreeSet<CredentialId> {
        self.inner().asked.iter().filter(|(_, at)| **at > time).map(|(id, _)| *id).collect()
    }

    /// Counts a refresh ahead of expiry.
    pub(super) fn refreshed(&self, now: Timestamp, text: &str) {
        let mut inner = self.inner();
        inner.refreshed += 1;
        inner.tell(now, text);
    }

    /// Adds an event. `text` must not contain secrets.
    pub(super) fn tell(&self, now: Timestamp, text: &str) {
        self.inner().tell(now, text);
    }

    pub(super) fn counted(&self, now: Timestamp) -> AgentCounts {
        self.lock_when_due(now);
        let idle_left = self.idle_left();
        let inner = self.inner();
        AgentCounts {
            locked: inner.open.is_none(),
            since: self.since,
            idle_left,
            memory_locked: inner.open.as_ref().is_some_and(|open| open.in_memory),
            tokens: inner.tokens,
            refreshed: inner.refreshed,
            events: inner.events.iter().cloned().collect(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn tell(&mut self, now: Timestamp, text: &str) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back((now, text.to_owned()));
    }
}

/// The problem of a request while the agent is locked.
pub(super) fn locked() -> Problem {
    Problem::new(Kind::Locked, "The agent is locked.").step(NextStep::Unlock)
}
