//! Concurrent edits by two members: what is merged, what is a conflict, and what is kept.

use credenza::model::change::Change;
use credenza::model::credential::CredentialField;
use credenza::model::record::{Base, Conflict};
use credenza::model::transaction::Transaction;
use credenza::problem::{Kind, Problem};
use credenza::store::{Direction, Role, StoreError};
use serde_json::Value;

use super::forging::{Keys, body};
use super::stage::{World, access, credential, edit, insert, name, names, refreshed, setup_of};
use crate::backends::Fault;

#[test]
fn case_01_two_creators_of_one_vault_and_one_wins() {
    for world in World::each() {
        let (one, other) = (world.machine(), world.machine());
        let made = std::thread::scope(|scope| {
            let both = [scope.spawn(|| one.found("Ana").is_ok()), scope.spawn(|| other.found("Bob").is_ok())];
            both.map(|made| made.join().unwrap())
        });
        assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
        let (winner, loser) = if made[0] { (one, other) } else { (other, one) };
        insert(&*winner.open(), "A");
        let refused = credenza::problem::Problem::from(loser.found("Bob").unwrap_err());
        assert!(refused.what.contains("team vault already exists"), "{refused}");
        assert!(!loser.local().is_team(), "nothing is left of the attempt");
        assert!(loser.join("Bob").is_ok(), "and it can join instead");
    }
}

#[test]
fn case_02_two_admins_rename_different_credentials_at_once() {
    for world in World::each() {
        let ana = world.found();
        let bob = world.member(&ana, "Bob", Role::Admin);
        let (one, other) = (ana.open(), bob.open());
        let (a, b) = (insert(&*one, "A"), insert(&*one, "B"));
        std::thread::scope(|scope| {
            scope.spawn(|| one.commit(Change::rename(a, &name("A"), &name("A2")).into()).unwrap());
            scope.spawn(|| other.commit(Change::rename(b, &name("B"), &name("B2")).into()).unwrap());
        });
        assert_eq!(names(&*one), ["A2", "B2"]);
        assert_eq!(names(&*other), ["A2", "B2"]);
        // Names are unique across all members.
        let taken = other.commit(Change::rename(b, &name("B2"), &name("a2")).into()).unwrap_err();
        assert!(matches!(taken, StoreError::Conflict(Conflict::NameTaken { .. })), "{taken:?}");
    }
}

#[test]
fn case_03_the_same_field_at_once_is_a_conflict_and_nothing_is_lost() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let (one, other) = (ana.open(), bob.open());
    let id = insert(&*one, "A");
    let base = Base::of(&other.credential(id).unwrap().unwrap());
    one.commit(edit(&base, CredentialField::Owner, "ana")).unwrap();
    let late = other.commit(edit(&base, CredentialField::Owner, "bob")).unwrap_err();
    let StoreError::Conflict(Conflict::Changed { fields, .. }) = late else { panic!("{late:?}") };
    assert_eq!((fields[0].wanted.as_str(), fields[0].stored.as_str()), ("bob", "ana"));
    other.commit(edit(&base, CredentialField::Description, "for the CMDB")).unwrap();
    let stored = one.credential(id).unwrap().unwrap();
    assert_eq!((stored.details.owner.as_str(), stored.details.description.as_str()), ("ana", "for the CMDB"));
}

#[test]
fn case_04_a_rename_during_a_refresh_and_both_stand() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Reader);
    let (one, other) = (ana.open(), bob.open());
    let id = insert(&*one, "A");
    let held = super::stage::lease(&*other, id).unwrap();
    one.commit(Change::rename(id, &name("A"), &name("B")).into()).unwrap();
    other.commit(refreshed(id, 1)).unwrap();
    drop(held);
    for store in [&one, &other] {
        assert_eq!((names(&**store), access(&**store, id).as_deref()), (vec!["B".to_owned()], Some("access1")));
    }
}

#[test]
fn case_05_a_delete_during_a_refresh_stays_and_the_tokens_come_back_with_it() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Reader);
    let (one, other) = (ana.open(), bob.open());
    let id = insert(&*one, "A");
    one.commit(refreshed(id, 1)).unwrap();
    one.commit(Change::Remove { id }.into()).unwrap();
    let after = other.commit(refreshed(id, 2)).unwrap();
    assert!(after.credentials.list.is_empty(), "it stays deleted");
    assert_eq!(one.undo_or_redo(Direction::Undo, None).unwrap(), "delete A");
    assert_eq!(access(&*other, id).as_deref(), Some("access2"));
    assert!(other.undo_or_redo(Direction::Undo, None).is_err(), "steps of undo are those of the member who made them");
}

#[test]
fn case_20_a_store_that_fails_after_it_has_written_saves_once() {
    for world in World::each() {
        let ana = world.found();
        let store = ana.open();
        let before = store.head().unwrap().generation;
        for (number, skipped) in (0..8).enumerate() {
            world.faults.plan(skipped, Fault::UnknownAfterWrite);
            let text = format!("{number}");
            // If the fault hit a read, the commit is repeated, as a person would do.
            if store.commit(Change::Insert(Box::new(credential(&text))).into()).is_err() {
                world.faults.fail_always(None);
                let there = names(&*store);
                if !there.contains(&text) {
                    insert(&*store, &text);
                }
            }
            world.faults.fail_always(None);
        }
        let there = names(&*ana.open());
        assert_eq!(there.len(), 8, "{there:?}");
        assert_eq!(store.head().unwrap().generation, before + 8);
    }
}

#[test]
fn an_unconfirmed_save_is_not_reported_as_nothing_saved() {
    let world = World::bucket();
    let ana = world.found();
    if !world.writes_one_by_one() {
        return;
    }
    let (store, faults) = (ana.open(), world.faults.clone());
    // The answer to the write is lost, and so is the connection with which it could be looked for.
    world.faults.before_write("change/", move || {
        faults.plan(0, Fault::UnknownAfterWrite);
        faults.plan(0, Fault::Unreachable);
    });
    let error = store.commit(Change::Insert(Box::new(credential("A"))).into()).unwrap_err();
    assert!(matches!(error, StoreError::Unknown { .. }), "{error:?}");
    let problem = Problem::from(error);
    assert_eq!(problem.kind, Kind::Temporary);
    assert!(problem.why.ends_with("The change may have been saved."));
    assert_eq!(names(&*ana.open()), ["A"]);
}

#[test]
fn case_22_a_list_is_read_in_a_few_calls_and_then_from_this_machine() {
    let world = World::new();
    let ana = world.found();
    let count = world.many(300, 60) as usize;
    let all = (0..count).map(|number| Change::Insert(Box::new(credential(&format!("C {number}")))));
    ana.open().commit(Transaction::of(all).labeled("import".to_owned())).unwrap();
    let bob = world.member(&ana, "Bob", Role::Reader);
    let before = world.faults.calls();
    assert_eq!(names(&*bob.open()).len(), count);
    let first = world.faults.calls() - before;
    assert!(first <= 6, "{first} calls for {} objects and an empty copy", 2 * count);
    assert_eq!(names(&*bob.open()).len(), count);
    // All records can still be read offline.
    world.faults.fail_always(Some(Fault::Unreachable));
    assert_eq!(names(&*bob.open()).len(), count);
}

#[test]
fn a_save_writes_each_object_once_and_reads_nothing_back() {
    let world = World::bucket();
    let ana = world.found();
    let store = ana.open();
    let one = credential("A");
    let id = one.id;
    let import = Transaction::of((0..100).map(|number| Change::Insert(Box::new(credential(&format!("C {number}"))))));
    for transaction in [Change::Insert(Box::new(one)).into(), refreshed(id, 1), import] {
        let (calls, objects) = (world.faults.calls(), world.objects());
        store.commit(transaction).unwrap();
        let calls = world.faults.calls() - calls;
        let written = world.objects().into_iter().filter(|(path, body)| objects.get(path) != Some(body)).count() as u64;
        // One call per object on a bucket, one call for all objects on a database. Before that, one that compares or lists;
        // none for tokens if the store answered a moment ago.
        let writes = if world.writes_one_by_one() { written } else { 1 };
        assert!((writes..=writes + 1).contains(&calls), "{calls} calls for {written} objects");
    }
    assert_eq!((names(&*store).len(), access(&*store, id).as_deref()), (101, Some("access1")));
}

#[test]
fn case_28_keys_of_another_version_are_kept_by_an_edit() {
    let world = World::new();
    let ana = world.found();
    let store = ana.open();
    let id = insert(&*store, "A");
    let (keys, path) = (Keys::on(&ana), setup_of(id));
    let object = world.body(&path).unwrap();
    let mut json: Value = serde_json::from_slice(&keys.read(&object).unwrap()).unwrap();
    json["color_of_the_door"] = "green".into();
    let newer = Keys::seal(&[&keys.identity], json.to_string().as_bytes());
    world.put(&path, Some(keys.next(&object, &newer)));
    store.commit(Change::rename(id, &name("A"), &name("B")).into()).unwrap();
    let stored: Value = serde_json::from_slice(&keys.read(&world.body(&path).unwrap()).unwrap()).unwrap();
    assert_eq!((stored["name"].as_str(), stored["color_of_the_door"].as_str()), (Some("B"), Some("green")));
    // A record that only a later version can parse is kept, and its name stays reserved.
    let object = world.body(&path).unwrap();
    json["name"] = "Later".into();
    json["created_at"] = serde_json::json!({ "era": 2 });
    let newer = Keys::seal(&[&keys.identity], json.to_string().as_bytes());
    world.put(&path, Some(keys.next(&object, &newer)));
    insert(&*store, "C");
    let snapshot = store.snapshot().unwrap();
    assert_eq!((snapshot.unreadable.as_slice(), names(&*store)), (&["Later".to_owned()][..], vec!["C".to_owned()]));
    assert_eq!(keys.read(&world.body(&path).unwrap()).unwrap(), json.to_string().as_bytes());
    assert!(!body(&world.body(&path).unwrap()).starts_with(b"{"), "and it is encrypted");
}

#[test]
fn a_save_of_a_generation_whose_change_was_purged_meanwhile_is_no_success() {
    let world = World::bucket();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let (id, other) = (insert(&*ana.open(), "A"), insert(&*ana.open(), "B"));
    bob.open().commit(Change::Remove { id: other }.into()).unwrap();
    let (store, faster) = (ana.open(), bob.open());
    // Between the read and the write of one machine, another one saves the same generation and deletes its change.
    world.faults.before_write("change/", move || {
        faster.commit(Change::rename(id, &name("A"), &name("Of Bob")).into()).unwrap();
        faster.purge(true).unwrap();
    });
    let saved = store.commit(Change::rename(id, &name("A"), &name("Of Ana")).into());
    let shown = names(&*bob.open());
    assert_eq!(saved.is_ok(), shown == ["Of Ana"], "{:?} {shown:?}", saved.map(drop));
    assert_eq!(names(&*ana.open()), shown);
    insert(&*ana.open(), "C");
    assert_eq!(names(&*bob.open()).len(), 2);
}
