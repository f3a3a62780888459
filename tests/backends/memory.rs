//! An in-memory backend.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use credenza::clock::Clock;
use credenza::store::team::backend::{
    Backend, BackendError, Expected, ListedObject, Object, ObjectPath, Version, Write, Written,
};
use jiff::Timestamp;

use super::engine::{Engine, Losing};
use super::faulty::{Fault, Faults};

/// A connection to an in-memory store.
#[derive(Clone)]
pub(crate) struct Memory {
    shared: Arc<Shared>,
    /// The number of writes at the end of this connection's last wait.
    seen: Arc<Mutex<u64>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    clock: Clock,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<ObjectPath, (u64, Vec<u8>)>,
    next_version: u64,
    writes: u64,
    writes_many: bool,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    /// An empty store that uses this clock.
    pub(crate) fn new(clock: &Clock) -> Self {
        let state = Mutex::new(State { writes_many: true, ..State::default() });
        let shared = Arc::new(Shared { state, changed: Condvar::new(), clock: clock.clone() });
        Self { shared, seen: Arc::default() }
    }

    /// A connection of another machine. Which changes were seen is tracked per connection.
    pub(crate) fn again(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), seen: Arc::default() }
    }

    /// Disables transactions, as in a bucket.
    pub(crate) fn one_at_a_time(self) -> Self {
        self.state().writes_many = false;
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    fn apply(&self, writes: &[Write]) -> Written {
        let written = self.state().apply(writes);
        self.shared.changed.notify_all();
        written
    }
}

impl State {
    fn conflict(&self, writes: &[Write]) -> Option<ObjectPath> {
        let fits = |write: &&Write| match (&write.expected, self.objects.get(&write.path)) {
            (Expected::Absent, stored) => stored.is_none(),
            (Expected::Version(version), Some((stored, _))) => version.0 == stored.to_string(),
            (Expected::Version(_), None) => false,
        };
        writes.iter().find(|write| !fits(write)).map(|write| write.path.clone())
    }

    fn put(&mut self, path: &ObjectPath, body: Option<Vec<u8>>) -> Option<Version> {
        self.next_version += 1;
        self.writes += 1;
        let Some(body) = body else {
            self.objects.remove(path);
            return None;
        };
        self.objects.insert(path.clone(), (self.next_version, body));
        Some(Version(self.next_version.to_string()))
    }

    fn apply(&mut self, writes: &[Write]) -> Written {
        if let Some(path) = self.conflict(writes) {
            return Written::Conflict(path);
        }
        Written::Done(writes.iter().map(|write| self.put(&write.path, write.body.clone())).collect())
    }

    fn object(&self, path: &ObjectPath) -> Option<Object> {
        let (version, body) = self.objects.get(path)?;
        Some(Object { version: Version(version.to_string()), body: body.clone() })
    }
}

impl Backend for Memory {
    fn place(&self) -> String {
        "memory".to_owned()
    }

    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError> {
        Ok(self.state().object(path))
    }

    fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        let state = self.state();
        Ok(paths.iter().map(|path| state.object(path)).collect())
    }

    fn list(&self, prefix: &str) -> Result<Vec<ListedObject>, BackendError> {
        let row = |(path, (version, body)): (&ObjectPath, &(u64, Vec<u8>))| ListedObject {
            path: path.clone(),
            version: Version(version.to_string()),
            size: body.len() as u64,
        };
        Ok(self.state().objects.iter().filter(|(path, _)| path.0.starts_with(prefix)).map(row).collect())
    }

    fn write(&self, write: Write) -> Result<Written, BackendError> {
        Ok(self.apply(&[write]))
    }

    fn write_all(&self, writes: &[Write]) -> Result<Option<Written>, BackendError> {
        let writes_many = self.state().writes_many;
        Ok(writes_many.then(|| self.apply(writes)))
    }

    fn now(&self) -> Result<Timestamp, BackendError> {
        Ok(self.shared.clock.now())
    }

    fn wait_for_change(&self, longest: Duration) -> Result<bool, BackendError> {
        let mut seen = self.seen.lock().unwrap();
        let started = Instant::now();
        let mut state = self.state();
        while state.writes == *seen {
            let left = longest.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(false);
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap().0;
        }
        *seen = state.writes;
        Ok(true)
    }
}

impl Engine for Memory {
    fn make(_: &str) -> Option<Self> {
        Some(Self::new(&Clock::system()))
    }

    fn open(&self) -> Arc<dyn Backend> {
        Arc::new(self.again())
    }

    fn losing_one_answer(&self) -> Losing {
        let faults = Faults::default();
        let backend = faults.over(self.open());
        Losing { backend, arm: Box::new(move || faults.plan(0, Fault::UnknownAfterWrite)) }
    }

    fn put_as_owner(&self, name: &str, body: Option<Vec<u8>>) {
        self.state().put(&ObjectPath(name.to_owned()), body);
        self.shared.changed.notify_all();
    }

    fn leaves_out_foreign(&self) -> bool {
        // It does not filter names.
        false
    }
}
