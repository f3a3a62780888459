//! Tampering with a machine's audit log by a person with full access to the store or to that machine: it is reported.

use credenza::audit;
use credenza::store::{Collected, StoreError};
use credenza::store::{LogFaultKind, Role, Store, Tampering};
use jiff::SignedDuration;

use super::forging::Keys;
use super::logs::{collect, did, lines, paths, send};
use super::stage::{Machine, World};

struct Stage {
    world: World,
    ana: Machine,
    bob: Machine,
    /// The path of Bob's log object.
    path: String,
}

/// Bob has sent two entries, one after the other. With `is_seen`, Ana has read both.
fn stage(is_seen: bool) -> (Stage, Vec<u8>) {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let path = format!("log/{}/1", Keys::on(&bob).member);
    did(&bob, &*bob.open(), &["one"]);
    send(&*bob.open());
    let old = world.body(&path).unwrap();
    did(&bob, &*bob.open(), &["two"]);
    send(&*bob.open());
    if is_seen {
        assert_eq!(kinds(&collect(&*ana.open())), []);
    }
    (Stage { world, ana, bob, path }, old)
}

fn kinds(collected: &Collected) -> Vec<(LogFaultKind, String)> {
    let faults = collected.logs.iter().flat_map(|log| &log.faults);
    faults.map(|fault| (fault.kind, fault.place.clone())).collect()
}

fn sent_again(store: &dyn Store) -> Tampering {
    match store.member_logs().unwrap().send(SignedDuration::ZERO) {
        Err(StoreError::Tampered { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_object_that_was_put_back_or_removed_is_named_on_both_machines() {
    for is_removed in [false, true] {
        let (Stage { world, ana, bob, path }, old) = stage(true);
        let good = world.body(&path).unwrap();
        world.put(&path, (!is_removed).then_some(old));
        let kind = if is_removed { LogFaultKind::Missing } else { LogFaultKind::RolledBack };
        let found = kinds(&collect(&*ana.open()));
        assert!(found.contains(&(kind, path.clone())), "{found:?}");
        assert_eq!(kinds(&collect(&*ana.open())), found, "until it is acknowledged");
        did(&bob, &*bob.open(), &["three"]);
        let what = sent_again(&*bob.open());
        let expected = if is_removed { Tampering::Vanished } else { Tampering::RolledBack { found: 1, seen: 2 } };
        assert_eq!(what, expected);
        world.put(&path, Some(good));
        assert_eq!((kinds(&collect(&*ana.open())), send(&*bob.open())), (vec![], 1));
    }
}

#[test]
fn a_forged_object_is_named_and_nothing_of_it_is_shown() {
    let (Stage { world, ana, bob, path }, _) = stage(true);
    let carl = world.member(&ana, "Carl", Role::Admin);
    let good = world.body(&path).unwrap();
    let content = Keys::seal(&[&Keys::on(&ana).identity], b"{\"parts\":[],\"positions\":{}}");
    let content = [&b"{\"before\":\"\",\"oldest\":1}\n"[..], &content].concat();
    let mut as_bob = Keys::stranger();
    as_bob.member = Keys::on(&bob).member;
    for forged in [Keys::on(&carl).next(&good, &content), as_bob.next(&good, &content), b"garbage".to_vec()] {
        world.put(&path, Some(forged));
        let read = collect(&*ana.open());
        assert!(kinds(&read).contains(&(LogFaultKind::Forged, path.clone())), "{:?}", kinds(&read));
        assert!(lines(&read).is_empty());
    }
    // If the member itself replaces what was read, that is a fork or a loss of entries, and is reported as well.
    world.put(&path, Some(Keys::on(&bob).next(&good, &content)));
    let mut cut = good.clone();
    cut.pop();
    world.put(&format!("log/{}/2", Keys::on(&bob).member), Some(cut));
    assert!(!kinds(&collect(&*ana.open())).is_empty());
}

#[test]
fn a_log_that_was_replaced_on_its_machine_is_told_to_the_admins_and_acknowledged() {
    let (Stage { ana, bob, path, world }, _) = stage(false);
    let log = paths(&bob).state().join("audit.jsonl");
    std::fs::remove_file(&log).unwrap();
    did(&bob, &*bob.open(), &["after"]);
    let store = bob.open();
    let verdict = |store: &dyn Store| audit::verify(&paths(&bob), &store.log_proof().unwrap()).unwrap();
    assert!(verdict(&*store).bad.is_some(), "Bob's own machine knows what it has sent");
    assert_eq!(send(&*store), 1);
    assert!(verdict(&*store).fault().is_some(), "also afterwards");
    let read = collect(&*ana.open());
    assert_eq!(kinds(&read).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>(), [LogFaultKind::Replaced]);
    assert_eq!(lines(&read).len(), 3, "what was sent before is still there");
    ana.open().member_logs().unwrap().accept().unwrap();
    store.acknowledge_log().unwrap();
    assert_eq!((kinds(&collect(&*ana.open())), verdict(&*store).fault()), (vec![], None));
    did(&bob, &*store, &["and on"]);
    send(&*store);
    assert_eq!((kinds(&collect(&*ana.open())), verdict(&*store).fault()), (vec![], None));
    // After the acknowledgment, the log is verified against what was seen.
    let good = world.body(&path).unwrap();
    did(&bob, &*store, &["more"]);
    send(&*store);
    assert_eq!(kinds(&collect(&*ana.open())), []);
    for (object, kind) in [
        (Some(good), LogFaultKind::RolledBack),
        (Some(b"garbage".to_vec()), LogFaultKind::Forged),
        (None, LogFaultKind::Missing),
    ] {
        world.put(&path, object);
        let found = kinds(&collect(&*ana.open()));
        assert!(found.contains(&(kind, path.clone())), "{found:?}");
    }
}

#[test]
fn a_log_that_was_put_back_goes_on_once_it_is_acknowledged() {
    let (Stage { world, ana, bob, path }, old) = stage(true);
    world.put(&path, Some(old));
    did(&bob, &*bob.open(), &["three"]);
    sent_again(&*bob.open());
    bob.open().member_logs().unwrap().accept().unwrap();
    assert_eq!(send(&*bob.open()), 2, "what the store has lost is sent again");
    let read = collect(&*ana.open());
    assert_eq!((kinds(&read), lines(&read).len()), (vec![], 3), "and Ana sees it whole");
}
