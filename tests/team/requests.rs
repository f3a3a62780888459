//! How many requests to the store an operation takes.

use std::time::Duration;

use credenza::model::change::Change;
use credenza::store::Wait;

use super::stage::{World, access, insert, lease, refreshed};

#[test]
fn a_refresh_after_which_nothing_else_changed_lists_nothing() {
    for world in World::each() {
        let ana = world.found();
        let id = insert(&*ana.open(), "A");
        let store = ana.open_unread().unwrap();
        let (calls, listings) = (world.faults.calls(), world.faults.listings());
        assert_eq!(store.find("A").unwrap().unwrap().id, id);
        let mut held = lease(&*store, id).unwrap();
        assert!(store.credential(id).unwrap().is_some());
        store.check_can_save(Wait { longest: Duration::ZERO, noticed: &mut || () }).unwrap();
        held.record_spending().unwrap();
        store.commit(refreshed(id, 1)).unwrap();
        held.clear_spending();
        drop(held);
        assert_eq!(world.faults.listings(), listings);
        // Two reads; the lease is read, taken, updated and released; the store's time is asked for twice; the save.
        let save = if world.writes_one_by_one() { 3 } else { 1 };
        assert_eq!(world.faults.calls() - calls, 2 + 4 + 2 + save);
        assert_eq!(access(&*ana.open(), id).as_deref(), Some("access1"));
    }
}

#[test]
fn old_change_objects_are_deleted_although_no_save_lists_the_store() {
    for world in World::each() {
        let ana = world.found();
        let id = insert(&*ana.open(), "A");
        let changes = || world.objects().keys().filter(|path| path.0.starts_with("change/")).count();
        for n in 1..=45 {
            ana.open_unread().unwrap().commit(refreshed(id, n)).unwrap();
            assert!(changes() <= 41, "{} after {n} saves", changes());
        }
        assert!(changes() >= 20);
    }
}

#[test]
fn a_purge_by_a_process_that_has_listed_nothing_removes_and_reports_every_former_version() {
    for world in World::each() {
        let ana = world.found();
        let id = insert(&*ana.open(), "A");
        ana.open().commit(Change::Remove { id }.into()).unwrap();
        let purged = ana.open_unread().unwrap().purge(true).unwrap();
        assert!(purged.found.contains("A"));
        assert!(!purged.files.is_empty());
        assert!(!world.objects().keys().any(|path| path.0.starts_with("change/")));
    }
}
