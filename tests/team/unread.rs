//! What a member cannot read: it is never replaced, and never taken for something that does not exist.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use credenza::model::change::Change;
use credenza::model::credential::CredentialId;
use credenza::model::transaction::Transaction;
use credenza::problem::{Kind, Problem};
use credenza::store::{Role, Store, StoreError, Tampering};
use serde_json::{Value, json};

use super::forging::{Keys, header};
use super::stage::{Machine, World, access, credential, insert, name, names, refreshed, setup_of, tokens};

/// More objects than one batch of a re-encryption has, each credential with tokens.
fn many(store: &dyn Store) -> Vec<CredentialId> {
    let mut ids = Vec::new();
    let edits = (0..40).map(|n| {
        let mut one = credential(&format!("C{n}"));
        one.tokens = Some(*tokens(n));
        ids.push(one.id);
        Change::Insert(Box::new(one)).into()
    });
    let edits = edits.collect();
    store.commit(Transaction { edits, label: None }).unwrap();
    ids
}

#[test]
fn a_member_whose_addition_is_not_finished_replaces_nothing_they_cannot_read() {
    for world in World::each() {
        let ana = world.found();
        let store = ana.open();
        let ids = many(&*store);
        let bob = world.machine();
        let code = bob.join("Bob").unwrap().code;
        let team = store.team().unwrap();
        let stop = &mut |done, _| {
            if done > 0 {
                team.stop_encrypting();
            }
        };
        team.add_member(&code, Role::Admin, stop).unwrap();
        let left = team.team_state().unwrap().to_encrypt;
        assert!(left > 0, "the addition was finished");
        let of_bob = bob.open();
        of_bob.team().unwrap().finish(&mut |_, _| ()).unwrap();
        assert_eq!(of_bob.team().unwrap().team_state().unwrap().to_encrypt, left);
        assert_eq!(team.finish(&mut |_, _| ()).unwrap(), left);
        let (of_ana, of_bob) = (ana.open(), bob.open());
        for (n, id) in ids.iter().enumerate() {
            let expected = Some(format!("access{n}"));
            assert_eq!((access(&*of_ana, *id), access(&*of_bob, *id)), (expected.clone(), expected));
        }
    }
}

#[test]
fn a_generation_before_a_member_was_added_is_not_an_empty_one() {
    let world = World::new();
    let ana = world.found();
    let id = insert(&*ana.open(), "A");
    ana.open().commit(refreshed(id, 1)).unwrap();
    let before = ana.open().snapshot().unwrap().generation;
    let bob = world.member(&ana, "Bob", Role::Member);
    ana.open().commit(Change::rename(id, &name("A"), &name("B")).into()).unwrap();
    let now = ana.open().snapshot().unwrap().generation;
    assert!(matches!(bob.open().restore(before), Err(StoreError::NoVersion { .. })));
    assert_eq!((names(&*ana.open()), access(&*ana.open(), id).as_deref()), (vec!["B".to_owned()], Some("access1")));
    bob.open().restore(now - 1).unwrap();
    assert_eq!((names(&*ana.open()), access(&*ana.open(), id).as_deref()), (vec!["A".to_owned()], Some("access1")));
}

/// The newest change of the store: its number and its object.
fn newest_change(world: &World) -> (u64, Vec<u8>) {
    let objects = world.objects();
    let numbered = objects
        .into_iter()
        .filter_map(|(path, object)| Some((path.0.strip_prefix("change/")?.parse::<u64>().ok()?, object)));
    numbered.max_by_key(|(number, _)| *number).unwrap()
}

/// A change of this generation, signed by a member.
fn change(keys: &Keys, like: &[u8], generation: u64, body: &BTreeMap<&str, Value>) -> Vec<u8> {
    let mut header = header(like);
    header["path"] = format!("change/{generation}").into();
    header["revision"] = generation.into();
    header["author"] = keys.member.clone().into();
    let mut body = json!(body);
    body["generation"] = generation.into();
    keys.sign(&header, body.to_string().as_bytes())
}

fn forged(result: Result<impl Sized, StoreError>, at: &str) {
    match result.map(drop) {
        Err(StoreError::Tampered { path, what: Tampering::Forged { .. }, .. }) => assert_eq!(path, at),
        other => panic!("{other:?}"),
    }
}

/// A vault whose only credential was renamed, and a member who may not write setups.
fn renamed() -> (World, Machine, Machine, CredentialId) {
    let world = World::new();
    let ana = world.found();
    let carl = world.member(&ana, "Carl", Role::Reader);
    let id = insert(&*ana.open(), "A");
    ana.open().commit(Change::rename(id, &name("A"), &name("B")).into()).unwrap();
    (world, ana, carl, id)
}

#[test]
fn a_restore_takes_nothing_that_its_author_could_not_have_written() {
    let (world, ana, carl, id) = renamed();
    let keys = Keys::on(&carl);
    let (number, object) = newest_change(&world);
    let setup = world.body(&setup_of(id)).unwrap();
    let sealed = Keys::seal(&[&Keys::on(&ana).identity], b"{\"token_url\":\"https://evil.example\"}");
    let evil = STANDARD.encode(keys.next(&setup, &sealed));
    let replaced = json!([[setup_of(id), evil]]);
    let body = BTreeMap::from([("replaced", replaced)]);
    world.put(&format!("change/{number}"), Some(change(&keys, &object, number, &body)));
    forged(ana.open().restore(number - 1), &setup_of(id));
    assert_eq!(names(&*ana.open()), ["B"]);
}

#[test]
fn what_a_change_says_is_still_to_be_written_is_checked_first() {
    let (world, ana, carl, id) = renamed();
    let keys = Keys::on(&carl);
    let (number, object) = newest_change(&world);
    let (next, path) = (number + 1, format!("change/{}", number + 1));
    let setup = world.body(&setup_of(id)).unwrap();
    let (head, evil) = (world.body("head").unwrap(), keys.next(&setup, b"nonsense"));
    let writes = |list: &[(&str, &[u8])]| {
        let list: Vec<_> = list.iter().map(|(path, bytes)| json!([path, STANDARD.encode(bytes)])).collect();
        BTreeMap::from([("replaced", json!([])), ("writes", json!(list))])
    };
    let new_head = keys.next(&head, json!({ "generation": next }).to_string().as_bytes());
    let both = writes(&[(&setup_of(id), &evil), ("head", &new_head)]);
    world.put(&path, Some(change(&keys, &object, next, &both)));
    forged(ana.try_open().map(drop), &setup_of(id));
    assert_eq!(world.body(&setup_of(id)).unwrap(), setup);
    // Without `head` it would never be over.
    world.put(&path, Some(change(&keys, &object, next, &writes(&[(&setup_of(id), &setup)]))));
    forged(ana.try_open().map(drop), &path);
    // With nothing to write it delays nobody.
    world.put(&path, Some(change(&keys, &object, next, &writes(&[]))));
    assert_eq!(names(&*ana.open()), ["B"]);
}

#[test]
fn numbers_that_no_vault_reaches_are_refused_without_a_panic() {
    let world = World::new();
    let ana = world.found();
    let carl = world.member(&ana, "Carl", Role::Reader);
    let (keys, head) = (Keys::on(&carl), world.body("head").unwrap());
    let mut highest = header(&head);
    highest["revision"] = u64::MAX.into();
    highest["author"] = keys.member.clone().into();
    world.put("head", Some(keys.sign(&highest, super::forging::body(&head))));
    let refused = Problem::from(ana.try_open().map(drop).unwrap_err());
    assert_eq!(refused.kind, Kind::Refused, "{refused}");
    world.put("head", Some(head));
    world.put(&format!("log/{}/{}", keys.member, u64::MAX), Some(b"x".to_vec()));
    let store = ana.open();
    store.member_logs().unwrap().collect(None, &mut |_, _| ()).unwrap();
}
