//! The local index of decrypted objects, and reading a single record offline through it.

use std::fs;

use credenza::model::change::Change;
use credenza::model::transaction::Transaction;
use credenza::store::{Role, Store};

use super::forging::Keys;
use super::stage::{Machine, World, access, credential, insert, name, names, refreshed, tokens_of};
use crate::backends::Fault;

/// A vault with several credentials, the first of which has tokens.
fn filled(world: &World, count: usize) -> Machine {
    let ana = world.found();
    let all = (0..count).map(|number| Change::Insert(Box::new(credential(&format!("C {number}")))));
    ana.open().commit(Transaction::of(all).labeled("import".to_owned())).unwrap();
    let first = ana.open().find("C 0").unwrap().unwrap().id;
    ana.open().commit(refreshed(first, 1)).unwrap();
    ana
}

fn kept(store: &dyn Store, word: &str) -> Option<String> {
    store.cached_credential(word)?.tokens.map(|tokens| tokens.access.expose().to_owned())
}

/// Corrupts some bytes in the middle of a file.
fn damage(machine: &Machine, file: &str) {
    let path = machine.state_file(file);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0x55;
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_vault_is_opened_and_a_token_is_read_without_asking_the_store() {
    let world = World::new();
    let ana = filled(&world, 40);
    let before = world.faults.calls();
    let store = ana.open_unread().unwrap();
    assert_eq!(kept(&*store, "C 0").as_deref(), Some("access1"));
    assert_eq!(kept(&*store, "c 0").as_deref(), Some("access1"), "in any case, as everywhere");
    assert!(
        store.cached_credential("C 1").is_some()
            && store.cached_credential("C").is_none()
            && store.cached_credential("C 40").is_none()
    );
    assert_eq!(world.faults.calls(), before);
    // The same on a store that has read everything before.
    store.snapshot().unwrap();
    let before = world.faults.calls();
    assert_eq!(kept(&*store, "c 0").as_deref(), Some("access1"));
    assert_eq!(world.faults.calls(), before);
}

#[test]
fn what_came_after_the_index_counts() {
    let world = World::new();
    let ana = filled(&world, 40);
    let id = ana.open().find("C 0").unwrap().unwrap().id;
    let index = fs::read(ana.state_file("index.age")).unwrap();
    ana.open().commit(refreshed(id, 2)).unwrap();
    assert_eq!(kept(&*ana.open_unread().unwrap(), "C 0").as_deref(), Some("access2"));
    ana.open().commit(Change::rename(id, &name("C 0"), &name("Zoho")).into()).unwrap();
    ana.open().commit(refreshed(id, 3)).unwrap();
    let new = insert(&*ana.open(), "Okta");
    ana.open().commit(refreshed(new, 7)).unwrap();
    assert_eq!(fs::read(ana.state_file("index.age")).unwrap(), index, "it is not written for each change");
    let store = ana.open_unread().unwrap();
    assert_eq!(
        (kept(&*store, "Zoho").as_deref(), kept(&*store, "Okta").as_deref()),
        (Some("access3"), Some("access7"))
    );
    assert!(store.cached_credential("C 0").is_none());
    ana.open().commit(Change::Remove { id }.into()).unwrap();
    let store = ana.open_unread().unwrap();
    assert!(
        store.cached_credential("Zoho").is_none() && store.cached_credential(&id.to_string()).is_none(),
        "it is known to be deleted"
    );
    assert_eq!(names(&*store).len(), 40);
}

#[test]
fn records_come_from_the_index_and_not_from_the_objects() {
    let world = World::new();
    let ana = filled(&world, 40);
    // A rebuilt index contains all records.
    fs::remove_file(ana.state_file("index.age")).unwrap();
    let expected = names(&*ana.open());
    damage(&ana, "objects");
    world.faults.fail_always(Some(Fault::Unreachable));
    assert_eq!(names(&*ana.open()), expected);
    world.faults.fail_always(None);
    // Without the index, the damaged object is noticed and read from the store again.
    fs::remove_file(ana.state_file("index.age")).unwrap();
    let store = ana.open();
    assert_eq!((names(&*store), kept(&*store, "C 0").as_deref()), (expected, Some("access1")));
}

#[test]
fn an_index_that_is_missing_damaged_or_of_another_copy_is_made_again() {
    let world = World::new();
    let ana = filled(&world, 40);
    let bob = world.member(&ana, "Bob", Role::Member);
    bob.open();
    let expected = names(&*ana.open());
    let (index, objects) = (ana.state_file("index.age"), ana.state_file("objects"));
    let (good, copy) = (fs::read(&index).unwrap(), fs::read(&objects).unwrap());
    let foreign = fs::read(bob.state_file("index.age")).unwrap();
    for wrong in [b"".to_vec(), good[..good.len() / 2].to_vec(), good[..300].to_vec(), foreign] {
        fs::write(&index, &wrong).unwrap();
        assert_eq!(kept(&*ana.open_unread().unwrap(), "C 0").as_deref(), Some("access1"));
        assert_eq!(names(&*ana.open()), expected);
        let made = fs::read(&index).unwrap();
        assert!(made != wrong && made.len() > 1_000, "{} bytes", made.len());
    }
    damage(&ana, "index.age");
    assert_eq!(names(&*ana.open()), expected);
    // An index that covers more than the cache file, because that was rolled back, is not used.
    let id = ana.open().find("C 0").unwrap().unwrap().id;
    ana.open().commit(refreshed(id, 2)).unwrap();
    fs::remove_file(&index).unwrap();
    ana.open();
    fs::write(&objects, copy).unwrap();
    let store = ana.open();
    assert_eq!((names(&*store), access(&*store, id).as_deref()), (expected, Some("access2")));
    // Without a cache file, everything is read from the store.
    fs::remove_file(&objects).unwrap();
    assert_eq!(access(&*ana.open(), id).as_deref(), Some("access2"));
}

#[test]
fn an_object_that_nobody_signed_does_not_count_in_the_copy_either() {
    let world = World::new();
    let ana = filled(&world, 3);
    let id = ana.open().find("C 0").unwrap().unwrap().id;
    let keys = Keys::on(&ana);
    // An attacker with write access to the folder can encrypt to the right recipients, but has no member's signing key.
    let path = tokens_of(id);
    let tokens = br#"{"tokens":{"access_token":"stolen","received_at":"2026-11-23T10:00:00Z"}}"#;
    let forged = keys.next(&world.body(&path).unwrap(), &Keys::seal(&[&keys.identity], tokens));
    let at = forged.windows(13).position(|part| part == b"\"signature\":\"").unwrap() + 13;
    let mut unsigned = forged;
    unsigned[at] = if unsigned[at] == b'A' { b'B' } else { b'A' };
    let mut entry = b"crd1".to_vec();
    entry.extend_from_slice(&u32::try_from(path.len()).unwrap().to_be_bytes());
    entry.extend_from_slice(&1_u32.to_be_bytes());
    entry.extend_from_slice(&(unsigned.len() as u64).to_be_bytes());
    entry.extend_from_slice(format!("{path}9").as_bytes());
    entry.extend_from_slice(&unsigned);
    let file = ana.state_file("objects");
    let copy = [fs::read(&file).unwrap(), entry].concat();
    fs::write(&file, copy).unwrap();
    for has_index in [true, false] {
        if !has_index {
            fs::remove_file(ana.state_file("index.age")).unwrap();
        }
        assert_eq!(kept(&*ana.open_unread().unwrap(), "C 0").as_deref(), Some("access1"), "{has_index}");
        assert_eq!(access(&*ana.open(), id).as_deref(), Some("access1"), "{has_index}");
    }
}

#[test]
fn processes_of_one_machine_write_it_by_turns() {
    let world = World::new();
    let ana = filled(&world, 10);
    let each = world.many(5, 2);
    std::thread::scope(|scope| {
        for process in 0..4 {
            let ana = &ana;
            scope.spawn(move || {
                for number in 0..each {
                    let _ = fs::remove_file(ana.state_file("index.age"));
                    let store = ana.open();
                    insert(&*store, &format!("N {process} {number}"));
                    assert_eq!(kept(&*ana.open_unread().unwrap(), "C 0").as_deref(), Some("access1"));
                }
            });
        }
    });
    assert_eq!(names(&*ana.open()).len(), 10 + 4 * each as usize);
    assert!(!ana.state_file("index.new").exists());
    ana.open();
    assert!(ana.state_file("index.age").exists());
}
