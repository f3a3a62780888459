//! Wraps any backend with fault injection, a counter of calls and an adjustable clock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use credenza::store::team::backend::{
    Backend, BackendError, Expected, ListedObject, Object, ObjectPath, Version, Write, Written,
};
use jiff::{SignedDuration, Timestamp};

/// A fault of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The call has no effect and no response.
    Unreachable,
    /// A write takes effect, but its response is lost. A read is unreachable.
    UnknownAfterWrite,
    /// A write has no effect, and its response is lost. A read is unreachable.
    UnknownBeforeWrite,
    /// A write is acknowledged but has no effect, which no correct store does. A planned fault of this kind waits for a
    /// write whose precondition holds, because a read or a refused write has nothing to lose.
    LostWrite,
    /// The response takes this long.
    Slow(Duration),
}

/// Runs once.
type Action = Box<dyn FnOnce() + Send>;

/// The faults of one store, shared by all its connections.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<State>>);

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faults")
    }
}

#[derive(Default)]
struct State {
    calls: u64,
    listings: u64,
    planned: VecDeque<(u64, Fault)>,
    always: Option<Fault>,
    clock: SignedDuration,
    /// How many lost writes were acknowledged, to make up distinct versions for them.
    pretended: u64,
    /// Whether the backend has transactions; `None` until that is known.
    writes_many: Option<bool>,
    /// What happens before the next write of an object whose path begins so.
    before: Option<(&'static str, Action)>,
}

impl Faults {
    /// Wraps a connection with these faults.
    pub(crate) fn over(&self, inner: Arc<dyn Backend>) -> Arc<dyn Backend> {
        Arc::new(Faulty { inner, faults: self.clone() })
    }

    /// Plans a fault for the call after `skipped` others. Each plan starts to count when the one before has happened.
    pub(crate) fn plan(&self, skipped: u64, fault: Fault) {
        self.state().planned.push_back((skipped, fault));
    }

    /// Runs `action` before the next single write of an object whose path begins with `prefix`, as another machine that is
    /// faster.
    pub(crate) fn before_write(&self, prefix: &'static str, action: impl FnOnce() + Send + 'static) {
        self.state().before = Some((prefix, Box::new(action)));
    }

    /// Makes every call fail from now on. `None` ends this, and also discards the planned faults.
    pub(crate) fn fail_always(&self, fault: Option<Fault>) {
        let mut state = self.state();
        state.always = fault;
        state.planned.clear();
    }

    /// The number of calls, including failed ones but not waits.
    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    /// How many of the calls were listings.
    pub(crate) fn listings(&self) -> u64 {
        self.state().listings
    }

    /// Moves the store's clock.
    pub(crate) fn move_clock(&self, by: SignedDuration) {
        let mut state = self.state();
        state.clock += by;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Counts a call and returns its fault. A delay happens here.
    fn begin(&self) -> Option<Fault> {
        let fault = self.state().begin();
        if let Some(Fault::Slow(time)) = fault {
            std::thread::sleep(time);
            return None;
        }
        fault
    }
}

impl State {
    fn begin(&mut self) -> Option<Fault> {
        self.calls += 1;
        if self.always.is_some() {
            return self.always;
        }
        match self.planned.front_mut() {
            Some((0, _)) => self.planned.pop_front().map(|(_, fault)| fault),
            Some((skipped, _)) => {
                *skipped -= 1;
                None
            }
            None => None,
        }
    }

    /// Moves a fault to the next call, because this one cannot have it.
    fn postpone(&mut self, fault: Fault) {
        if self.always.is_none() {
            self.planned.push_front((0, fault));
        }
    }
}

/// One connection.
#[derive(Debug)]
struct Faulty {
    inner: Arc<dyn Backend>,
    faults: Faults,
}

impl Faulty {
    fn unreachable(&self) -> BackendError {
        BackendError::Unreachable { place: self.place(), why: "a fault was injected".to_owned() }
    }

    fn read<T>(&self, read: impl FnOnce(&dyn Backend) -> Result<T, BackendError>) -> Result<T, BackendError> {
        match self.faults.begin() {
            None => read(&*self.inner),
            Some(Fault::LostWrite) => {
                self.faults.state().postpone(Fault::LostWrite);
                read(&*self.inner)
            }
            Some(_) => Err(self.unreachable()),
        }
    }

    fn change<T>(
        &self,
        writes: &[Write],
        write: impl FnOnce(&dyn Backend) -> Result<T, BackendError>,
        answer: impl FnOnce(Written) -> T,
    ) -> Result<T, BackendError> {
        let unknown = || BackendError::Unknown { place: self.place(), why: "a fault was injected".to_owned() };
        match self.faults.begin() {
            None | Some(Fault::Slow(_)) => write(&*self.inner),
            Some(Fault::Unreachable) => Err(self.unreachable()),
            Some(Fault::UnknownBeforeWrite) => Err(unknown()),
            Some(Fault::UnknownAfterWrite) => write(&*self.inner).and_then(|_| Err(unknown())),
            Some(Fault::LostWrite) => self.pretend(writes).map(answer),
        }
    }

    /// Checked with an empty list of writes, so that no fault can hit the check. On a backend without transactions, the
    /// call then has no effect anyway.
    fn writes_many(&self) -> Result<bool, BackendError> {
        let known = self.faults.state().writes_many;
        if let Some(known) = known {
            return Ok(known);
        }
        let writes_many = self.inner.write_all(&[])?.is_some();
        self.faults.state().writes_many = Some(writes_many);
        Ok(writes_many)
    }

    /// The response that a correct store would send.
    fn pretend(&self, writes: &[Write]) -> Result<Written, BackendError> {
        let mut versions = Vec::new();
        for write in writes {
            let stored = self.inner.get(&write.path)?.map(|object| object.version);
            let fits = match &write.expected {
                Expected::Absent => stored.is_none(),
                Expected::Version(version) => stored.as_ref() == Some(version),
            };
            if !fits {
                self.faults.state().postpone(Fault::LostWrite);
                return Ok(Written::Conflict(write.path.clone()));
            }
            let mut state = self.faults.state();
            state.pretended += 1;
            versions.push(write.body.is_some().then(|| Version(format!("lost-{}", state.pretended))));
        }
        Ok(Written::Done(versions))
    }
}

impl Backend for Faulty {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn prepare(&self) -> Result<(), BackendError> {
        self.inner.prepare()
    }

    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError> {
        self.read(|inner| inner.get(path))
    }

    fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        self.read(|inner| inner.read_all(paths))
    }

    fn list(&self, prefix: &str) -> Result<Vec<ListedObject>, BackendError> {
        self.faults.state().listings += 1;
        self.read(|inner| inner.list(prefix))
    }

    fn write(&self, write: Write) -> Result<Written, BackendError> {
        let action = self.faults.state().before.take_if(|(prefix, _)| write.path.0.starts_with(*prefix));
        if let Some((_, action)) = action {
            action();
        }
        let writes = [write.clone()];
        self.change(&writes, |inner| inner.write(write), |written| written)
    }

    fn write_all(&self, writes: &[Write]) -> Result<Option<Written>, BackendError> {
        if !self.writes_many()? {
            return Ok(None);
        }
        self.change(writes, |inner| inner.write_all(writes), Some)
    }

    fn discard(&self, prefix: &str) -> Result<(), BackendError> {
        self.read(|inner| inner.discard(prefix))
    }

    fn now(&self) -> Result<Timestamp, BackendError> {
        let moved = self.faults.state().clock;
        self.read(|inner| inner.now()).map(|now| now + moved)
    }

    fn wait_for_change(&self, longest: Duration) -> Result<bool, BackendError> {
        let always = self.faults.state().always;
        match always {
            None | Some(Fault::LostWrite | Fault::Slow(_)) => self.inner.wait_for_change(longest),
            Some(_) => Err(self.unreachable()),
        }
    }
}
