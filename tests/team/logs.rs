//! The audit logs of all machines: each entry is sent once, readable only by those who may, and the size is bounded.

use credenza::audit::{self, Action, Entry, Queued};
use credenza::paths::Paths;
use credenza::store::{Collected, Role, Store, StoreError};
use jiff::SignedDuration;

use super::forging::Keys;
use super::stage::{Machine, World, insert, now};
use crate::backends::Fault;

pub(super) fn paths(machine: &Machine) -> Paths {
    Paths::discover(Some(machine.folder.path())).unwrap()
}

/// Appends entries to the audit log of a machine, as commands do.
pub(super) fn did(machine: &Machine, store: &dyn Store, names: &[&str]) {
    let key = store.log_proof().unwrap().keys.into_iter().next();
    let line = |name: &&str| Queued {
        key: key.clone(),
        entry: Entry {
            at: machine.clock.now(),
            action: Action::Token,
            about: None,
            name: Some((*name).to_owned()),
            result: "ok",
            asker: None,
            program: Some("test".to_owned()),
        },
    };
    audit::append(&paths(machine), &names.iter().map(line).collect::<Vec<_>>()).unwrap();
}

pub(super) fn send(store: &dyn Store) -> usize {
    store.member_logs().unwrap().send(SignedDuration::ZERO).unwrap()
}

pub(super) fn collect(store: &dyn Store) -> Collected {
    store.member_logs().unwrap().collect(None, &mut |_, _| ()).unwrap()
}

/// The member and name of each entry.
pub(super) fn lines(collected: &Collected) -> Vec<(String, String)> {
    collected.lines.iter().map(|one| (one.member.clone(), one.line.name.clone())).collect()
}

fn own(texts: &[(&str, &str)]) -> Vec<(String, String)> {
    texts.iter().map(|(member, name)| ((*member).to_owned(), (*name).to_owned())).collect()
}

fn faults(collected: &Collected) -> usize {
    collected.logs.iter().map(|log| log.faults.len()).sum()
}

#[test]
fn an_admin_reads_what_every_machine_did_and_others_their_own_only() {
    for world in World::each() {
        let ana = world.found();
        let id = insert(&*ana.open(), "A");
        let (bob, carl) = (world.member(&ana, "Bob", Role::Member), world.member(&ana, "Carl", Role::Admin));
        let file = ana.file("ci.key");
        ana.open().team().unwrap().add_team_host("ci", &[id], &file, &mut |_, _| ()).unwrap();
        let ci = world.machine();
        let stores = [ana.open(), bob.open(), carl.open(), ci.open_as_host(&file).unwrap()];
        for (machine, store) in [&ana, &bob, &carl, &ci].into_iter().zip(&stores) {
            did(machine, &**store, &["one", "two"]);
            assert_eq!((send(&**store), send(&**store)), (2, 0), "once");
        }
        did(&bob, &*stores[1], &["three"]);
        assert_eq!(send(&*stores[1]), 1);
        let by_ana = collect(&*stores[0]);
        assert!(by_ana.is_of_all && faults(&by_ana) == 0, "{:?}", by_ana.logs);
        let mut read = lines(&by_ana);
        read.sort();
        // Ana's own entries are read from the local log.
        let all = [("Bob", "one"), ("Bob", "three"), ("Bob", "two"), ("Carl", "one"), ("Carl", "two"), ("ci", "one")];
        assert_eq!(read, own(&[&all[..], &[("ci", "two")]].concat()));
        let by_bob = collect(&*stores[1]);
        assert!(!by_bob.is_of_all && by_bob.lines.is_empty() && by_bob.logs.len() == 1, "{:?}", by_bob.logs);
        let sealed: Vec<Vec<u8>> =
            world.objects().into_iter().filter(|(path, _)| path.0.starts_with("log/")).map(|(_, body)| body).collect();
        assert_eq!(sealed.len(), 4);
        assert!(sealed.iter().all(|object| !String::from_utf8_lossy(object).contains("three")));
        // From its log, the list of members knows when a host was last seen, even if the host has written nothing else.
        let seen = |name: &str| {
            let members = stores[0].team().unwrap().members().unwrap();
            members.into_iter().find(|one| one.name == name).unwrap().last_seen
        };
        assert_eq!((seen("ci"), seen("Carl")), (Some(now()), Some(now())));
        // Entries of a removed member keep its name.
        stores[0].team().unwrap().remove_member("Bob", &mut |_, _| ()).unwrap();
        assert!(lines(&collect(&*stores[0])).contains(&("Bob (removed)".to_owned(), "three".to_owned())));
    }
}

#[test]
fn nothing_is_lost_or_sent_twice_whatever_happens_to_a_send() {
    for world in World::each() {
        let ana = world.found();
        let bob = world.member(&ana, "Bob", Role::Member);
        let store = bob.open();
        let state = paths(&bob).state().join(format!("sent-{}.json", Keys::on(&bob).member));
        did(&bob, &*store, &["0"]);
        send(&*store);
        for (round, fault) in
            [Fault::UnknownAfterWrite, Fault::UnknownBeforeWrite, Fault::Unreachable].into_iter().enumerate()
        {
            for skipped in 0..6 {
                did(&bob, &*store, &[&format!("{round} {skipped}")]);
                world.faults.plan(skipped, fault);
                let before = std::fs::read(&state).unwrap();
                let _ = store.member_logs().unwrap().send(SignedDuration::ZERO);
                world.faults.fail_always(None);
                if skipped % 2 == 0 {
                    // Simulates a kill before the position was saved.
                    std::fs::write(&state, before).unwrap();
                }
                send(&*store);
            }
        }
        let read = collect(&*ana.open());
        assert_eq!((read.lines.len(), faults(&read)), (1 + 3 * 6, 0), "{:?}", read.logs);
        let numbers: Vec<u64> = read.lines.iter().map(|one| one.line.seq).collect();
        assert!(numbers.is_sorted_by(|a, b| a + 1 == *b), "{numbers:?}");
    }
}

#[test]
fn a_machine_without_the_network_catches_up_and_a_pause_keeps_the_store_quiet() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let store = bob.open();
    world.faults.fail_always(Some(Fault::Unreachable));
    for name in ["a", "b", "c"] {
        did(&bob, &*store, &[name]);
        let error = store.member_logs().unwrap().send(SignedDuration::ZERO).unwrap_err();
        assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    }
    world.faults.fail_always(None);
    assert_eq!(send(&*store), 3);
    let calls = world.faults.calls();
    let pause = SignedDuration::from_mins(5);
    did(&bob, &*store, &["d"]);
    let later = |store: &dyn Store| store.member_logs().unwrap().send(pause).unwrap();
    assert_eq!((later(&*store), world.faults.calls()), (0, calls), "the store is not even asked");
    bob.clock.set(now() + pause);
    assert_eq!(later(&*store), 1);
    let calls = world.faults.calls();
    assert_eq!((send(&*store), world.faults.calls()), (0, calls), "nothing waits");
    assert_eq!(lines(&collect(&*ana.open())).len(), 4);
}

#[test]
fn two_machines_of_one_host_write_one_log() {
    let world = World::bucket();
    let ana = world.found();
    let id = insert(&*ana.open(), "A");
    let file = ana.file("ci.key");
    ana.open().team().unwrap().add_team_host("ci", &[id], &file, &mut |_, _| ()).unwrap();
    let machines = [world.machine(), world.machine()];
    let stores = machines.each_ref().map(|machine| machine.open_as_host(&file).unwrap());
    for round in 0..3 {
        for (at, (machine, store)) in machines.iter().zip(&stores).enumerate() {
            did(machine, &**store, &[&format!("{at} {round}")]);
            assert_eq!(send(&**store), 1);
        }
    }
    let read = collect(&*ana.open());
    assert_eq!((read.lines.len(), faults(&read)), (6, 0), "{:?}", read.logs);
}

#[test]
fn the_log_is_bounded_and_says_what_was_dropped() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let store = bob.open();
    let name = "n".repeat(120);
    let batch: Vec<&str> = std::iter::repeat_n(name.as_str(), 1_500).collect();
    for _ in 0..8 {
        did(&bob, &*store, &batch);
        while send(&*store) > 0 {}
    }
    let numbers: Vec<u64> = world
        .objects()
        .keys()
        .filter_map(|path| path.0.strip_prefix("log/")?.rsplit_once('/')?.1.parse().ok())
        .collect();
    let newest = *numbers.iter().max().unwrap();
    assert!(numbers.len() == 64 && newest > 64, "{} of {newest}", numbers.len());
    assert!(world.objects().values().all(|body| body.len() < 256 << 10));
    let read = collect(&*ana.open());
    let log = &read.logs[0];
    assert_eq!((log.dropped, log.faults.len()), (newest - 64, 0), "{:?}", log.faults);
    let some = ana.open().member_logs().unwrap().collect(Some(50), &mut |_, _| ()).unwrap();
    assert!((50..500).contains(&some.lines.len()), "{}", some.lines.len());
    assert_eq!(some.lines.last().unwrap().line.seq, 12_000);
}
