//! Wrong clocks: leases depend only on the store's clock, and revisions on no clock.

use credenza::store::{Role, StoreError};
use jiff::SignedDuration;

use super::stage::{World, access, insert, lease, names, refreshed};

#[test]
fn case_16_the_store_s_clock_is_an_hour_off() {
    for hours in [-1, 1] {
        let world = World::new();
        world.pass(hours * 3_600);
        let ana = world.found();
        let bob = world.member(&ana, "Bob", Role::Member);
        let id = insert(&*ana.open(), "A");
        let held = lease(&*ana.open(), id).unwrap();
        assert!(matches!(lease(&*bob.open(), id), Err(StoreError::Busy { .. })), "{hours}");
        std::mem::forget(held);
        world.pass(91);
        lease(&*bob.open(), id).unwrap();
    }
}

#[test]
fn case_17_our_clock_is_an_hour_off() {
    for hours in [-1, 1] {
        let world = World::new();
        let ana = world.found();
        let bob = world.member(&ana, "Bob", Role::Member);
        bob.clock.set(bob.clock.now() + SignedDuration::from_hours(hours));
        let id = insert(&*bob.open(), "A");
        let held = lease(&*bob.open(), id).unwrap();
        assert!(matches!(lease(&*ana.open(), id), Err(StoreError::Busy { .. })), "{hours}");
        drop(held);
        let held = lease(&*ana.open(), id).unwrap();
        assert!(matches!(lease(&*bob.open(), id), Err(StoreError::Busy { .. })), "{hours}");
        drop(held);
        ana.open().commit(refreshed(id, 1)).unwrap();
        bob.open().commit(refreshed(id, 2)).unwrap();
        insert(&*ana.open(), "B");
        assert_eq!(names(&*bob.open()), ["A", "B"]);
        assert_eq!(access(&*ana.open(), id).as_deref(), Some("access2"));
    }
}
