//! Attacks by a person with full access to the store: reading, forging, adding oneself as a member, rolling back
//! objects.

use std::collections::BTreeMap;

use credenza::model::change::Change;
use credenza::problem::{Kind, Problem};
use credenza::store::team::backend::ObjectPath;
use credenza::store::{Role, Store, StoreError, Tampering};
use serde_json::Value;

use super::forging::{Keys, body, hash, header};
use super::stage::{Machine, World, access, insert, name, names, refreshed, setup_of, tokens_of};

/// The path of the object, and the fault. Also checks that the message names the path and gives advice.
fn refused(store: &dyn Store) -> (String, Tampering) {
    let error = store.snapshot().map(drop).unwrap_err();
    let StoreError::Tampered { path, what, .. } = &error else { panic!("{error:?}") };
    let found = (path.clone(), what.clone());
    let problem = Problem::from(error);
    assert!(problem.what.contains(&found.0) && !problem.try_this.is_empty(), "{problem}");
    assert!(matches!(problem.kind, Kind::RolledBack | Kind::Refused), "{problem}");
    found
}

fn is_forged((path, what): &(String, Tampering), expected: &str) -> bool {
    path == expected && matches!(what, Tampering::Forged { .. })
}

struct Stage {
    world: World,
    ana: Machine,
    bob: Machine,
    id: credenza::model::credential::CredentialId,
}

fn stage() -> Stage {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Reader);
    let id = insert(&*ana.open(), "Zoho EU");
    ana.open().commit(refreshed(id, 1)).unwrap();
    bob.open();
    Stage { world, ana, bob, id }
}

#[test]
fn the_owner_of_the_store_reads_ids_sizes_and_times_and_no_content() {
    let Stage { world, ana, .. } = stage();
    ana.open().commit(refreshed(insert(&*ana.open(), "Okta"), 2)).unwrap();
    let objects = world.objects();
    assert!(objects.len() > 8);
    for (path, bytes) in &objects {
        let text = String::from_utf8_lossy(bytes);
        // Names in JSON quotes, because three letters alone may occur in Base64 by chance.
        for secret in ["Zoho EU", "\"Okta\"", "\"Ana\"", "\"Bob\"", "secret of", "access1", "refresh1", "AGE-SECRET"] {
            assert!(!text.contains(secret), "{} says {secret}", path.0);
        }
    }
    let stranger = Keys::stranger();
    assert!(objects.values().all(|object| stranger.read(object).is_none()));
}

#[test]
fn case_06_a_forged_object_is_refused_and_named() {
    let Stage { world, ana, bob, id } = stage();
    let (setup, tokens) = (setup_of(id), tokens_of(id));
    let good = world.body(&setup).unwrap();
    let (stranger, reader) = (Keys::stranger(), Keys::on(&bob));
    let content = Keys::seal(&[&Keys::on(&ana).identity], b"{\"kind\":\"credential\"}");
    let mut as_ana = Keys::stranger();
    as_ana.member = Keys::on(&ana).member;
    let mut cut = good.clone();
    cut.pop();
    let forged: [(&str, Vec<u8>); 6] = [
        ("by nobody", stranger.next(&good, &content)),
        ("in the name of an admin", as_ana.next(&good, &content)),
        ("by a reader", reader.next(&good, &content)),
        ("of another object", world.body(&tokens).unwrap()),
        ("cut", cut),
        ("garbage", b"hello".to_vec()),
    ];
    for (how, object) in forged {
        world.put(&setup, Some(object));
        for machine in [&ana, &bob] {
            let error = machine.try_open().map(drop).unwrap_err();
            assert!(
                matches!(&error, StoreError::Tampered { path, what: Tampering::Forged { .. }, .. } if *path == setup),
                "{how}: {error:?}"
            );
        }
        world.put(&setup, Some(good.clone()));
        assert_eq!(names(&*bob.open()), ["Zoho EU"], "{how}: the good one is used again");
    }
    // A machine that has never seen the vault refuses the object as well.
    world.put(&setup, Some(as_ana.next(&good, &content)));
    let new = world.machine();
    let error = new.join("Eve").map(|joining| super::stage::add(&ana, &joining.code, Role::Member));
    assert!(matches!(error, Ok(Err(StoreError::Tampered { .. }))), "{error:?}");
}

#[test]
fn case_07_a_stranger_in_a_forged_list_of_members_is_refused() {
    let Stage { world, ana, bob, .. } = stage();
    let last = world.body("roster/1").unwrap();
    let stranger = Keys::stranger();
    let admin = Keys::on(&ana).member;
    let reader = Keys::on(&bob);
    let (one, other) = (ana.open(), bob.open());
    for (how, list) in [
        ("by himself", stranger.next_roster(&last, &stranger.member)),
        ("in the name of an admin", stranger.next_roster(&last, &admin)),
        ("by a reader", reader.next_roster(&last, &reader.member)),
    ] {
        world.put("roster/2", Some(list));
        for store in [&one, &other] {
            assert!(is_forged(&refused(&**store), "roster/2"), "{how}");
        }
        world.put("roster/2", None);
        assert_eq!(names(&*one), ["Zoho EU"]);
    }
    // Nor can another `roster/0` replace the vault with another one.
    let elsewhere = World::new();
    let mallory = elsewhere.found();
    insert(&*mallory.open(), "Zoho EU");
    for (path, object) in elsewhere.objects() {
        world.put(&path.0, Some(object));
    }
    assert!(matches!(refused(&*one), (_, Tampering::Forked { .. } | Tampering::Forged { .. })));
}

#[test]
fn case_08_a_record_that_was_put_back_is_refused_and_named() {
    let Stage { world, ana, bob, id } = stage();
    let old = world.body(&tokens_of(id)).unwrap();
    ana.open().commit(refreshed(id, 2)).unwrap();
    let new = world.body(&tokens_of(id)).unwrap();
    assert_eq!(access(&*bob.open(), id).as_deref(), Some("access2"));
    world.put(&tokens_of(id), Some(old));
    for machine in [&ana, &bob] {
        let error = machine.try_open().map(drop).unwrap_err();
        let StoreError::Tampered { path, what, about, .. } = error else { panic!("{error:?}") };
        assert_eq!((path, about.as_deref()), (tokens_of(id), Some("Zoho EU")));
        assert_eq!(what, Tampering::RolledBack { found: 2, seen: 3 });
    }
    world.put(&tokens_of(id), Some(new));
    assert_eq!(access(&*bob.open(), id).as_deref(), Some("access2"));
}

#[test]
fn all_records_the_head_and_the_list_of_members_put_back_at_once_are_noticed() {
    let Stage { world, ana, bob, id } = stage();
    let old: BTreeMap<ObjectPath, Vec<u8>> = world.objects();
    ana.open().commit(refreshed(id, 2)).unwrap();
    ana.open().commit(Change::rename(id, &name("Zoho EU"), &name("Zoho")).into()).unwrap();
    world.member(&ana, "Carl", Role::Member);
    let new = world.objects();
    assert_eq!(names(&*bob.open()), ["Zoho"]);
    for path in new.keys() {
        world.put(&path.0, old.get(path).cloned());
    }
    for machine in [&ana, &bob] {
        let error = machine.try_open().map(drop).unwrap_err();
        assert!(matches!(error, StoreError::Tampered { .. }), "{error:?}");
    }
    // Only the newest roster is rolled back: it has vanished.
    for (path, object) in new {
        world.put(&path.0, Some(object));
    }
    assert_eq!(names(&*bob.open()), ["Zoho"]);
    world.put("roster/2", None);
    assert_eq!(refused_at_open(&bob), ("roster/2".to_owned(), Tampering::Vanished));
}

fn refused_at_open(machine: &Machine) -> (String, Tampering) {
    let error = machine.try_open().map(drop).unwrap_err();
    let StoreError::Tampered { path, what, .. } = error else { panic!("{error:?}") };
    (path, what)
}

#[test]
fn case_09_an_object_that_the_store_lost_is_told() {
    let Stage { world, bob, id, .. } = stage();
    for path in [setup_of(id), tokens_of(id), "head".to_owned(), "roster/0".to_owned()] {
        let good = world.body(&path);
        world.put(&path, None);
        assert_eq!(refused_at_open(&bob), (path.clone(), Tampering::Vanished));
        world.put(&path, good);
    }
    for (path, _) in world.objects() {
        world.put(&path.0, None);
    }
    assert_eq!(refused_at_open(&bob).1, Tampering::Vanished, "the whole vault");
}

#[test]
fn two_objects_of_one_revision_are_noticed_by_who_saw_the_other() {
    let Stage { world, ana, bob, id } = stage();
    let keys = Keys::on(&ana);
    let good = world.body(&setup_of(id)).unwrap();
    let content = keys.read(&good).unwrap();
    let mut head = header(&good);
    head["parent"] = hash(b"another one").into();
    let sealed = Keys::seal(&[&keys.identity, &Keys::on(&bob).identity], &content);
    world.put(&setup_of(id), Some(keys.sign(&head, &sealed)));
    assert_eq!(refused_at_open(&bob), (setup_of(id), Tampering::Forked { revision: 1 }));
}

#[test]
fn case_29_objects_of_somebody_else_in_the_same_place_are_ignored_and_told() {
    let Stage { world, ana, .. } = stage();
    for path in ["readme.txt", "record/x", "backup/2026/dump", "roster/latest"] {
        world.put(path, Some(b"not ours".to_vec()));
    }
    let store = ana.open();
    insert(&*store, "Okta");
    assert_eq!(names(&*store), ["Zoho EU", "Okta"]);
    let mut foreign = store.team().unwrap().team_state().unwrap().foreign;
    foreign.sort();
    assert_eq!(foreign, ["backup/2026/dump", "readme.txt", "record/x", "roster/latest"]);
    assert!(world.body("readme.txt").is_some());
}

#[test]
fn a_signature_covers_what_an_object_says_of_itself() {
    let Stage { world, ana, id, .. } = stage();
    let object = world.body(&setup_of(id)).unwrap();
    let mut changed: Value = header(&object);
    changed["revision"] = 9.into();
    world.put(&setup_of(id), Some([changed.to_string().as_bytes(), b"\n", body(&object)].concat()));
    assert!(is_forged(&refused_at_open(&ana), &setup_of(id)));
}
