//! Without a connection to the store: reads come from the local cache, and everything else fails with a clear message.

use credenza::model::change::Change;
use credenza::problem::{Kind, Problem};
use credenza::store::{Direction, Role, Wait};

use super::stage::{World, access, insert, lease, name, names, now, refreshed};
use crate::backends::Fault;

#[test]
fn what_was_read_here_is_shown_as_of_then_and_nothing_else_works() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    ana.open().commit(refreshed(id, 1)).unwrap();
    assert_eq!(bob.open().snapshot().unwrap().as_of, None);
    world.faults.fail_always(Some(Fault::Unreachable));
    let store = bob.open();
    assert_eq!((names(&*store), access(&*store, id).as_deref()), (vec!["A".to_owned()], Some("access1")));
    assert_eq!(store.find("a").unwrap().unwrap().id, id);
    assert_eq!(store.snapshot().unwrap().as_of, Some(now()));
    let errors = [
        store.commit(Change::rename(id, &name("A"), &name("B")).into()).map(drop).unwrap_err(),
        store.commit(refreshed(id, 2)).map(drop).unwrap_err(),
        store.undo_or_redo(Direction::Undo, None).map(drop).unwrap_err(),
        lease(&*store, id).map(drop).unwrap_err(),
        store.check_can_save(Wait { longest: std::time::Duration::ZERO, noticed: &mut || () }).unwrap_err(),
    ];
    for error in errors {
        let problem = Problem::from(error);
        assert_eq!((problem.kind, problem.kind.exit_code()), (Kind::Temporary, 6), "{problem}");
        assert!(problem.what.contains(&world.place()), "it names the store: {problem}");
    }
    world.faults.fail_always(None);
    assert_eq!(store.snapshot().unwrap().as_of, None, "and it goes on by itself");
    store.commit(refreshed(id, 2)).unwrap();
}

#[test]
fn a_machine_that_never_read_the_store_says_so() {
    let world = World::new();
    let ana = world.found();
    let bob = world.machine();
    let joining = bob.join("Bob").unwrap();
    super::stage::add(&ana, &joining.code, Role::Member).unwrap();
    world.faults.fail_always(Some(Fault::Unreachable));
    let problem = Problem::from(bob.try_open().map(drop).unwrap_err());
    assert_eq!(problem.kind, Kind::Temporary, "{problem}");
}

#[test]
fn the_copy_on_this_machine_is_as_encrypted_as_the_store() {
    let world = World::new();
    let ana = world.found();
    ana.open().commit(refreshed(insert(&*ana.open(), "Zoho EU"), 1)).unwrap();
    let mut read = 0;
    for folder in ["data", "state"] {
        for entry in std::fs::read_dir(ana.folder.path().join(folder)).unwrap().flatten() {
            let Ok(bytes) = std::fs::read(entry.path()) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            for secret in ["Zoho", "secret of", "access1", "refresh1", "AGE-SECRET"] {
                assert!(!text.contains(secret), "{} says {secret}", entry.path().display());
            }
            read += 1;
        }
    }
    assert!(read >= 3);
}
