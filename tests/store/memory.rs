//! A store in memory: small enough to read at once, and tested by the same suite as all stores.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId};
use credenza::model::transaction::Transaction;
use credenza::store::{
    Contents, Direction, Head, Lease, LockKind, Pending, Purged, SessionId, Snapshot, Step, Store, StoreError,
    VaultAdmin, Version, Wait,
};

/// A handle; clones share the stored data.
#[derive(Clone, Debug)]
pub(super) struct Memory(Arc<Shared>, SessionId);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    state: Mutex<State>,
    given_back: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// All versions, starting with 1; the last one is the newest.
    versions: Vec<Contents>,
    leases: BTreeMap<CredentialId, Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    held: bool,
    pending: Option<Pending>,
    kept: Vec<Change>,
}

#[derive(Debug)]
struct MemoryLease(Memory, CredentialId);

impl Memory {
    pub(super) fn new(clock: &Clock) -> Self {
        let state = State { versions: vec![Contents::default()], ..State::default() };
        let shared = Shared { clock: clock.clone(), state: Mutex::new(state), given_back: Condvar::new() };
        Self(Arc::new(shared), SessionId::random())
    }

    /// Opens the store, as another process does.
    pub(super) fn again(&self) -> Self {
        Self(Arc::clone(&self.0), SessionId::random())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// Applies what former lease holders have kept, then changes the newest version.
    fn change<T>(&self, change: impl FnOnce(&mut Contents) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut state = self.state();
        let gone = state.leases.values_mut().filter(|slot| !slot.held);
        for kept in gone.flat_map(|slot| std::mem::take(&mut slot.kept)).collect::<Vec<_>>() {
            state.push(|contents| contents.apply(kept.into(), self.0.clock.now(), self.1))?;
        }
        state.push(change)
    }
}

impl State {
    fn push<T>(&mut self, change: impl FnOnce(&mut Contents) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut contents = self.versions.last().unwrap().clone();
        let done = change(&mut contents)?;
        self.versions.push(contents);
        Ok(done)
    }
}

impl Store for Memory {
    fn head(&self) -> Result<Head, StoreError> {
        let generation = self.state().versions.len() as u64;
        Ok(Head { format: 1, vault_id: "memory".to_owned(), generation })
    }

    fn credential(&self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        Ok(self.snapshot()?.credentials.by_id(id).cloned())
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        let newest = self.state().versions.len() as u64;
        self.version(newest).map(Arc::new)
    }

    fn commit(&self, transaction: Transaction) -> Result<Arc<Snapshot>, StoreError> {
        self.change(|contents| contents.apply(transaction, self.0.clock.now(), self.1))?;
        self.snapshot()
    }

    fn undo_or_redo(&self, direction: Direction, only: Option<&Step>) -> Result<String, StoreError> {
        self.change(|contents| contents.undo_or_redo(direction, only, self.0.clock.now(), self.1))
    }

    fn lease(&self, id: CredentialId, wait: Wait<'_>) -> Result<Box<dyn Lease>, StoreError> {
        let (begun, mut state) = (Instant::now(), self.state());
        while state.leases.entry(id).or_default().held {
            let Some(left) = wait.longest.checked_sub(begun.elapsed()) else {
                let (held, waited) = (LockKind::Lease, wait.longest);
                return Err(StoreError::Busy { held, holder: None, waited, place: "memory".into() });
            };
            state = self.0.given_back.wait_timeout(state, left).unwrap().0;
        }
        let slot = state.leases.entry(id).or_default();
        slot.held = true;
        for kept in std::mem::take(&mut slot.kept) {
            state.push(|contents| contents.apply(kept.into(), self.0.clock.now(), self.1))?;
        }
        Ok(Box::new(MemoryLease(self.clone(), id)))
    }

    fn check_can_save(&self, _wait: Wait<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn versions(&self) -> Result<Vec<Version>, StoreError> {
        let numbers = 1..=self.state().versions.len() as u64;
        Ok(numbers.map(|number| Version { number, place: String::new(), written_at: None, size: 0 }).collect())
    }

    fn version(&self, number: u64) -> Result<Snapshot, StoreError> {
        let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let state = self.state();
        let contents = at.and_then(|at| state.versions.get(at)).ok_or(StoreError::NoVersion { number })?;
        Ok(Snapshot::of(contents, number, Some(self.1)))
    }

    fn restore(&self, number: u64) -> Result<(), StoreError> {
        self.version(number)?;
        let mut state = self.state();
        let former = state.versions[usize::try_from(number).unwrap() - 1].clone();
        state.versions.push(former);
        Ok(())
    }

    fn purge(&self, _for_good: bool) -> Result<Purged, StoreError> {
        Ok(Purged::default())
    }

    fn admin(&self) -> Option<&dyn VaultAdmin> {
        None
    }
}

impl MemoryLease {
    fn slot<T>(&self, change: impl FnOnce(&mut Slot) -> T) -> T {
        change(self.0.state().leases.entry(self.1).or_default())
    }
}

impl Lease for MemoryLease {
    fn pending(&self) -> Option<Pending> {
        self.slot(|slot| slot.pending)
    }

    fn record_spending(&mut self) -> Result<(), StoreError> {
        let pending = Some(Pending { since: self.0.0.clock.now() });
        self.slot(|slot| slot.pending = pending);
        Ok(())
    }

    fn clear_spending(&mut self) {
        self.slot(|slot| slot.pending = None);
    }

    fn stash(&mut self, changes: &[Change]) -> Result<String, StoreError> {
        self.slot(|slot| slot.kept = changes.to_vec());
        Ok("memory".to_owned())
    }

    fn discard_stash(&mut self) {
        self.slot(|slot| slot.kept.clear());
    }
}

impl Drop for MemoryLease {
    fn drop(&mut self) {
        self.slot(|slot| slot.held = false);
        self.0.0.given_back.notify_all();
    }
}
