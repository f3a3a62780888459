//! A store that does not answer: cached records are shown in the meantime. And a first read that is interrupted.

use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use credenza::model::change::Change;
use credenza::model::transaction::Transaction;
use credenza::paths::Paths;
use credenza::problem::{Kind, Problem};
use credenza::store::local::{Local, UnlockBy};
use credenza::store::team::backend::{Backend, BackendError, ListedObject, Object, ObjectPath, Write, Written};
use credenza::store::{Reading, Role, Store, StoreError};
use jiff::Timestamp;

use super::stage::{Machine, World, access, credential, insert, name, names, passphrase, refreshed};
use crate::backends::Fault;
use crate::scratch::is_thorough;

/// A backend that answers only while its gate is open, and counts the waiting calls.
#[derive(Clone, Debug)]
struct Gated {
    inner: Arc<dyn Backend>,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Debug, Default)]
struct Gate {
    is_closed: bool,
    waiting: usize,
}

impl Gated {
    fn to(inner: Arc<dyn Backend>) -> Self {
        Self { inner, gate: Arc::default() }
    }

    fn close(&self) {
        self.gate.0.lock().unwrap().is_closed = true;
    }

    fn open(&self) {
        self.gate.0.lock().unwrap().is_closed = false;
        self.gate.1.notify_all();
    }

    /// Blocks until a call is waiting.
    fn is_asked(&self) {
        let mut gate = self.gate.0.lock().unwrap();
        while gate.waiting == 0 {
            gate = self.gate.1.wait(gate).unwrap();
        }
    }

    fn pass(&self) {
        let mut gate = self.gate.0.lock().unwrap();
        gate.waiting += 1;
        self.gate.1.notify_all();
        while gate.is_closed {
            gate = self.gate.1.wait(gate).unwrap();
        }
        gate.waiting -= 1;
    }
}

impl Backend for Gated {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError> {
        self.pass();
        self.inner.get(path)
    }

    fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        self.pass();
        self.inner.read_all(paths)
    }

    fn list(&self, prefix: &str) -> Result<Vec<ListedObject>, BackendError> {
        self.pass();
        self.inner.list(prefix)
    }

    fn write(&self, write: Write) -> Result<Written, BackendError> {
        self.pass();
        self.inner.write(write)
    }

    fn write_all(&self, writes: &[Write]) -> Result<Option<Written>, BackendError> {
        self.pass();
        self.inner.write_all(writes)
    }

    fn now(&self) -> Result<Timestamp, BackendError> {
        self.pass();
        self.inner.now()
    }

    fn wait_for_change(&self, longest: Duration) -> Result<bool, BackendError> {
        self.inner.wait_for_change(longest)
    }
}

fn local(machine: &Machine, reading: Reading) -> Local {
    let paths = Paths::discover(Some(machine.folder.path())).unwrap();
    Local::at(&paths, &machine.clock, "credenza").reporting(reading)
}

fn open(machine: &Machine, backend: &Gated) -> Arc<dyn Store> {
    let unlocked = local(machine, Reading::default())
        .unlock_team(UnlockBy::Passphrase(&passphrase()), |_| Ok(Arc::new(backend.clone())));
    unlocked.unwrap()
}

fn copied(store: &dyn Store) -> Vec<String> {
    store.cached_snapshot().unwrap().credentials.list.iter().map(|one| one.name.to_string()).collect()
}

#[test]
fn case_21_what_was_kept_is_shown_while_the_store_has_not_answered() {
    let world = World::new();
    let (ana, bob) = (world.found(), world.machine());
    let joining = bob.join("Bob").unwrap();
    super::stage::add(&ana, &joining.code, Role::Member).unwrap();
    let id = insert(&*ana.open(), "A");
    ana.open().commit(refreshed(id, 1)).unwrap();
    bob.open();
    insert(&*ana.open(), "B");
    let backend = Gated::to(bob.connect());
    backend.close();
    // None of these calls may block, or the test would hang.
    let store = open(&bob, &backend);
    assert_eq!(copied(&*store), ["A"]);
    std::thread::scope(|scope| {
        let newer = scope.spawn(|| names(&*store));
        backend.is_asked();
        assert_eq!(copied(&*store), ["A"], "while somebody waits for the store");
        let token = store.cached_credential("a").unwrap().tokens.unwrap();
        assert_eq!(token.access.expose(), "access1");
        assert!(store.cached_credential("B").is_none());
        backend.open();
        assert_eq!(newer.join().unwrap(), ["A", "B"]);
    });
    assert_eq!(copied(&*store), ["A", "B"], "and is up to date behind it");
    assert!(store.cached_credential("B").is_some());
    // The edit blocks, but displaying records does not.
    backend.close();
    std::thread::scope(|scope| {
        let saved = scope.spawn(|| insert(&*store, "C"));
        backend.is_asked();
        assert_eq!(copied(&*store), ["A", "B"]);
        backend.open();
        saved.join().unwrap();
    });
    assert_eq!(copied(&*store), ["A", "B", "C"]);
}

#[test]
fn an_edit_that_waits_is_given_up_and_tokens_are_not() {
    let world = World::new();
    let ana = world.found();
    let id = insert(&*ana.open(), "A");
    let backend = Gated::to(ana.connect());
    let store = open(&ana, &backend);
    let rename = || Change::rename(id, &name("A"), &name("B")).into();
    for (transaction, is_saved) in [(rename(), false), (refreshed(id, 2), true)] {
        backend.close();
        std::thread::scope(|scope| {
            let saved = scope.spawn(|| store.commit(transaction));
            backend.is_asked();
            store.cancel_pending_edits();
            backend.open();
            match saved.join().unwrap() {
                Ok(_) => assert!(is_saved),
                Err(error) => assert!(!is_saved && Problem::from(error).what.contains("Nothing was saved")),
            }
        });
    }
    assert_eq!((names(&*store), access(&*store, id).as_deref()), (vec!["A".to_owned()], Some("access2")));
    store.commit(rename()).unwrap();
    assert_eq!(names(&*store), ["B"], "what comes later is saved");
}

#[test]
fn case_22_a_first_reading_is_reported_and_one_that_is_canceled_goes_on_later() {
    let world = World::new();
    let ana = world.found();
    let count = world.many(if is_thorough() { 1_300 } else { 520 }, 520);
    let all = (0..count).map(|number| Change::Insert(Box::new(credential(&format!("C {number}")))));
    ana.open().commit(Transaction::of(all).labeled("import".to_owned())).unwrap();
    let bob = world.machine();
    let joining = bob.join("Bob").unwrap();
    super::stage::add(&ana, &joining.code, Role::Reader).unwrap();
    let begin = |reading| local(&bob, reading).unlock_team(UnlockBy::Passphrase(&passphrase()), |_| Ok(bob.connect()));
    let (told, reports) = channel();
    let canceled = begin(Reading::by(move |done, total| {
        told.send((done, total)).unwrap();
        done == 0
    }));
    let problem = Problem::from(canceled.map(drop).unwrap_err());
    assert!(problem.kind == Kind::Temporary && problem.what.contains("canceled"), "{problem}");
    let reports: Vec<_> = reports.iter().collect();
    let total = reports[0].1;
    assert_eq!(reports, [(0, total), (1_000, total)]);
    assert!(total >= 2 * count as usize, "{total}");
    // A partial cache is not treated as the whole vault.
    world.faults.fail_always(Some(Fault::Unreachable));
    let offline = begin(Reading::default()).map(drop).unwrap_err();
    assert!(matches!(offline, StoreError::Unreachable { .. }), "{offline:?}");
    world.faults.fail_always(None);
    let (told, reports) = channel();
    let store = begin(Reading::by(move |done, total| told.send((done, total)).is_ok())).unwrap();
    assert_eq!(names(&*store).len(), count as usize);
    drop(store);
    let left = total - 1_000;
    // A read of a single batch is not reported.
    let expected = if left > 1_000 { vec![(0, left), (1_000, left), (left, left)] } else { Vec::new() };
    assert_eq!(reports.iter().collect::<Vec<_>>(), expected);
}
