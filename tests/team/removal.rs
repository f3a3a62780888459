//! Removing a member: what its machine can still do, and a removal that is interrupted at any point.

use credenza::model::change::Change;
use credenza::model::credential::CredentialId;
use credenza::model::transaction::Transaction;
use credenza::problem::{Kind, Problem};
use credenza::store::{Role, StoreError, Tampering};

use super::forging::Keys;
use super::stage::{Machine, World, access, credential, insert, name, names, refreshed, setup_of};
use crate::backends::Fault;
use crate::scratch::is_thorough;

fn records_readable(world: &World, keys: &Keys) -> Vec<String> {
    let objects = world.objects().into_iter();
    let records = objects.filter(|(path, object)| path.0.starts_with("record/") && keys.read(object).is_some());
    records.map(|(path, _)| path.0).collect()
}

fn remove(machine: &Machine, who: &str) -> Result<Vec<credenza::store::RotationItem>, StoreError> {
    machine.open().team().unwrap().remove_member(who, &mut |_, _| ())
}

#[test]
fn case_11_a_removed_machine_reads_and_writes_nothing_from_then_on() {
    for world in World::each() {
        let ana = world.found();
        let bob = world.member(&ana, "Bob", Role::Member);
        let id = insert(&*bob.open(), "A");
        bob.open().commit(refreshed(id, 1)).unwrap();
        let keys = Keys::on(&bob);
        assert_eq!(records_readable(&world, &keys).len(), 2);
        let rotate = remove(&ana, "bob").unwrap();
        assert_eq!(rotate.len(), 1);
        assert_eq!((rotate[0].name.as_str(), rotate[0].because_of.as_str()), ("A", "Bob"));
        assert_eq!(rotate[0].what, ["client secret", "grant"]);
        assert_eq!(records_readable(&world, &keys), Vec::<String>::new());
        ana.open().commit(refreshed(id, 2)).unwrap();
        let gone = Problem::from(bob.try_open().map(drop).unwrap_err());
        assert!(gone.kind == Kind::Refused && gone.what.contains("no longer a member"), "{gone}");
        // Objects that the removed machine signs are refused, even with full access to the store.
        let (path, good) = (setup_of(id), world.body(&setup_of(id)).unwrap());
        let sealed = Keys::seal(&[&Keys::on(&ana).identity], b"{}");
        world.put(&path, Some(keys.next(&good, &sealed)));
        let refused = ana.try_open().map(drop).unwrap_err();
        assert!(matches!(&refused, StoreError::Tampered { what: Tampering::Forged { .. }, .. }), "{refused:?}");
        world.put(&path, Some(good));
        assert_eq!(access(&*ana.open(), id).as_deref(), Some("access2"));
        // Nor can he add himself again.
        let last = world.body("roster/2").unwrap();
        world.put("roster/3", Some(keys.next_roster(&last, &keys.member)));
        assert!(
            matches!(ana.try_open().map(drop).unwrap_err(), StoreError::Tampered { path, .. } if path == "roster/3")
        );
    }
}

#[test]
fn the_rotation_list_stays_until_each_is_done() {
    let world = World::new();
    let ana = world.found();
    world.member(&ana, "Bob", Role::Reader);
    let store = ana.open();
    let (a, b) = (insert(&*store, "A"), insert(&*store, "B"));
    assert_eq!(remove(&ana, "Bob").unwrap().len(), 2);
    let team = store.team().unwrap();
    assert_eq!(team.rotated(a).unwrap().len(), 1);
    assert_eq!(ana.open().team().unwrap().rotation().unwrap()[0].credential, b);
    assert_eq!(team.rotated(b).unwrap(), []);
    assert!(Problem::from(team.rotated(b).unwrap_err()).kind == Kind::NotFound);
}

#[test]
fn a_founder_who_is_removed_leaves_what_he_wrote() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Admin);
    let carl = world.member(&ana, "Carl", Role::Reader);
    let id = insert(&*ana.open(), "A");
    carl.open();
    remove(&bob, "Ana").unwrap();
    for machine in [&bob, &carl] {
        assert_eq!(names(&*machine.open()), ["A"]);
    }
    bob.open().commit(Change::rename(id, &name("A"), &name("B")).into()).unwrap();
    assert_eq!(names(&*carl.open()), ["B"]);
    assert!(ana.try_open().is_err());
    // A member who joins later does not trust the former founder's signatures, and does not need them.
    let dora = world.member(&bob, "Dora", Role::Member);
    assert_eq!(names(&*dora.open()), ["B"]);
}

/// A vault with a member to remove and another one who stays.
struct Removal {
    world: World,
    ana: Machine,
    bob: Machine,
    carl: Machine,
    id: CredentialId,
}

impl Removal {
    fn of(make: fn() -> World) -> Self {
        let world = make();
        let ana = world.found();
        let bob = world.member(&ana, "Bob", Role::Member);
        let carl = world.member(&ana, "Carl", Role::Reader);
        let id = insert(&*bob.open(), "A");
        bob.open().commit(refreshed(id, 1)).unwrap();
        insert(&*ana.open(), "B");
        Self { world, ana, bob, carl, id }
    }

    /// How many calls an uninterrupted removal takes.
    fn calls(&self) -> u64 {
        let store = self.ana.open();
        let before = self.world.faults.calls();
        store.team().unwrap().remove_member("Bob", &mut |_, _| ()).unwrap();
        self.world.faults.calls() - before
    }

    /// Makes this call of a removal fail. Returns whether the removal fails.
    fn fails_at(&self, skipped: u64) -> bool {
        let store = self.ana.open();
        self.world.faults.plan(skipped, Fault::Unreachable);
        let removed = store.team().unwrap().remove_member("Bob", &mut |_, _| ());
        self.world.faults.fail_always(None);
        removed.is_err()
    }

    /// Whatever was written, the remaining members can continue, and another process finishes the removal.
    fn is_finished_later(&self, skipped: u64) {
        assert_eq!(names(&*self.carl.open()), ["A", "B"], "after call {skipped}");
        let again = self.ana.open();
        let team = again.team().unwrap();
        if team.members().unwrap().iter().any(|one| one.name == "Bob") {
            team.remove_member("Bob", &mut |_, _| ()).unwrap();
        } else {
            team.finish(&mut |_, _| ()).unwrap();
        }
        assert_eq!(team.team_state().unwrap().to_encrypt, 0);
        assert_eq!(records_readable(&self.world, &Keys::on(&self.bob)), Vec::<String>::new(), "after call {skipped}");
        assert_eq!(team.rotation().unwrap().len(), 2, "after call {skipped}");
        assert_eq!(access(&*self.carl.open(), self.id).as_deref(), Some("access1"));
    }
}

#[test]
fn case_14_a_removal_that_is_interrupted_anywhere_resumes() {
    for make in World::kinds() {
        let first = Removal::of(*make);
        let calls = first.calls();
        let mut interrupted = 0;
        for skipped in (0..calls).step_by(if is_thorough() { 1 } else { 2 }) {
            let removal = Removal::of(*make);
            interrupted += usize::from(removal.fails_at(skipped));
            removal.is_finished_later(skipped);
        }
        assert!(interrupted > usize::from(is_thorough()), "{interrupted} of {calls} calls");
    }
}

#[test]
fn a_re_encryption_that_is_stopped_leaves_the_rest_to_be_finished() {
    let world = World::new();
    let ana = world.found();
    world.member(&ana, "Bob", Role::Member);
    let store = ana.open();
    let many = (0..60).map(|n| Change::Insert(Box::new(credential(&format!("C{n}")))).into()).collect();
    store.commit(Transaction { edits: many, label: None }).unwrap();
    let team = store.team().unwrap();
    let mut counts = Vec::new();
    let rotate = team.remove_member("Bob", &mut |done, total| {
        counts.push((done, total));
        if done > 0 {
            team.stop_encrypting();
        }
    });
    assert_eq!(rotate.unwrap().len(), 60, "what is to be changed is known all the same");
    let (done, total) = *counts.last().unwrap();
    assert!(done > 0 && done < total, "{counts:?}");
    assert!(team.members().unwrap().iter().all(|member| member.name != "Bob"), "the list of members changed first");
    assert_eq!(team.team_state().unwrap().to_encrypt, total - done);
    assert_eq!(team.finish(&mut |_, _| ()).unwrap(), total - done, "and it is not stopped by the former order");
    assert_eq!(team.team_state().unwrap().to_encrypt, 0);
}

#[test]
fn who_saved_a_record_last_is_known_and_encrypting_it_again_is_no_change() {
    let world = World::new();
    let ana = world.found();
    let (bob, _carl) = (world.member(&ana, "Bob", Role::Member), world.member(&ana, "Carl", Role::Reader));
    let store = ana.open();
    let (a, b) = (insert(&*store, "A"), insert(&*store, "B"));
    bob.open().commit(Change::rename(a, &name("A"), &name("A2")).into()).unwrap();
    bob.open().commit(refreshed(b, 1)).unwrap();
    let authors = || store.snapshot().unwrap().team.clone().unwrap().authors;
    let of = |id: CredentialId| authors()[&id.to_string()].clone();
    assert_eq!((of(a).by.as_str(), of(a).is_own), ("Bob", false));
    assert_eq!((of(b).by.as_str(), of(b).is_own), ("Ana", true), "a refresh of tokens does not count");
    let before = authors();
    remove(&bob, "Carl").unwrap_err();
    store.team().unwrap().remove_member("Carl", &mut |_, _| ()).unwrap();
    assert_eq!(*authors(), *before);
    let team = store.snapshot().unwrap().team.clone().unwrap();
    assert_eq!(team.members.len(), 2);
    assert_eq!(team.own_role(), Some(Role::Admin));
    // Records that a removed member saved still show that member's name.
    remove(&ana, "Bob").unwrap();
    assert_eq!(of(a).by, "Bob");
    assert_eq!(store.snapshot().unwrap().team.clone().unwrap().rotation.len(), 2 + 2);
}
