//! Refused operations, and a store that changes constantly.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use credenza::problem::{Kind, Problem};
use credenza::store::local::UnlockBy;
use credenza::store::team::backend::{
    Backend, BackendError, ListedObject, Object, ObjectPath, Write, Written, self_test,
};
use credenza::store::{Role, Store, StoreError};
use jiff::Timestamp;

use super::stage::{Machine, World, insert, passphrase};

fn problem<T>(result: Result<T, StoreError>) -> Problem {
    result.map(drop).unwrap_err().into()
}

#[test]
fn a_host_without_credentials_and_a_second_vault_in_a_folder_are_refused() {
    let world = World::new();
    let ana = world.found();
    let host = ana.open().team().unwrap().add_team_host("ci", &[], &ana.file("ci.key"), &mut |_, _| ());
    let refused = problem(host);
    assert_eq!((refused.kind, refused.what.as_str()), (Kind::Usage, "A host needs at least one credential."));
    let refused = problem(ana.found("Ana"));
    assert_eq!(refused.kind, Kind::Refused);
    assert!(refused.what.starts_with("A vault already exists: "), "{refused}");
    assert_eq!(refused.try_this, "Choose another name for the team vault.");
}

#[test]
fn a_self_test_that_is_canceled_says_that_nothing_was_created() {
    let world = World::new();
    let canceled = self_test::check(&*world.machine().connect(), &|_, _| false).unwrap_err();
    let canceled = Problem::from(StoreError::from(canceled));
    assert_eq!(
        (canceled.kind, canceled.what.as_str()),
        (Kind::Temporary, "The test of the team's store was canceled.")
    );
    assert!(canceled.why.contains("Nothing was created on this machine"), "{canceled}");
}

/// Does something after each listing or before each save.
struct Restless {
    inner: Arc<dyn Backend>,
    after_listing: Box<dyn Fn() + Send + Sync>,
    before_save: Box<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Restless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Restless")
    }
}

impl Backend for Restless {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError> {
        self.inner.get(path)
    }

    fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        self.inner.read_all(paths)
    }

    fn list(&self, prefix: &str) -> Result<Vec<ListedObject>, BackendError> {
        let listed = self.inner.list(prefix);
        (self.after_listing)();
        listed
    }

    fn write(&self, write: Write) -> Result<Written, BackendError> {
        self.inner.write(write)
    }

    fn write_all(&self, writes: &[Write]) -> Result<Option<Written>, BackendError> {
        (self.before_save)();
        self.inner.write_all(writes)
    }

    fn now(&self) -> Result<Timestamp, BackendError> {
        self.inner.now()
    }

    fn wait_for_change(&self, longest: Duration) -> Result<bool, BackendError> {
        self.inner.wait_for_change(longest)
    }
}

/// Saves another credential from this machine.
fn another(machine: &Machine) -> Box<dyn Fn() + Send + Sync> {
    let (store, count) = (machine.open(), AtomicU32::new(0));
    Box::new(move || {
        insert(&*store, &format!("C {}", count.fetch_add(1, Ordering::SeqCst)));
    })
}

fn open(
    machine: &Machine,
    after_listing: Box<dyn Fn() + Send + Sync>,
    before_save: Box<dyn Fn() + Send + Sync>,
) -> Arc<dyn Store> {
    let restless = Restless { inner: machine.connect(), after_listing, before_save };
    machine.local().unlock_team(UnlockBy::Passphrase(&passphrase()), |_| Ok(Arc::new(restless))).unwrap()
}

#[test]
fn reading_a_store_that_keeps_changing_fails_in_the_end() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let another = another(&bob);
    another();
    let told = problem(open(&ana, another, Box::new(|| ())).snapshot());
    assert_eq!((told.kind, told.try_this.as_str()), (Kind::Temporary, "Try again."));
    assert!(told.what.ends_with(" changes faster than it can be read."), "{told}");
}

#[test]
fn a_restored_store_to_which_others_keep_writing_is_not_accepted() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let store = open(&ana, Box::new(|| ()), another(&bob));
    let told = problem(store.team().unwrap().accept_restored(true, &mut |_, _| ()));
    assert_eq!((told.kind, told.try_this.as_str()), (Kind::Temporary, "Try again."));
    assert!(told.what.starts_with("Others keep writing to "), "{told}");
}
