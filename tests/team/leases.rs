//! At most one machine spends a refresh token: killed holders, lost responses, many machines at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use credenza::model::change::Change;
use credenza::model::credential::{TokenKind, TokenSet};
use credenza::model::transaction::Transaction;
use credenza::problem::{Kind, Problem};
use credenza::store::{Direction, Lease, LockKind, Role, Store, StoreError, Tampering, Wait};

use super::forging::{Keys, body};
use super::stage::{Machine, World, access, credential, insert, lease, now, refreshed, tokens};
use crate::backends::Fault;

fn kept(id: credenza::model::credential::CredentialId, n: u32) -> Change {
    Change::Refreshed { id, tokens: tokens(n), spent: None }
}

#[test]
fn a_busy_lease_names_the_member_who_holds_it() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Reader);
    let id = insert(&*ana.open(), "A");
    let _held = lease(&*bob.open(), id).unwrap();
    let busy = lease(&*ana.open(), id).map(drop).unwrap_err();
    let StoreError::Busy { held: LockKind::Lease, holder: Some(holder), .. } = &busy else { panic!("{busy:?}") };
    assert_eq!(holder.program, "credenza token of Bob");
    assert_eq!(Problem::from(busy).kind, Kind::Temporary);
}

#[test]
fn case_15_a_holder_that_is_killed_before_during_and_after_its_request() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    let (one, other) = (ana.open(), bob.open());
    // Killed before the request: the lease is unavailable for 90 seconds of the store's clock, and then it shows that
    // no token was spent. A real clock continues to run during the test.
    std::mem::forget(lease(&*one, id).unwrap());
    world.pass(60);
    assert!(matches!(lease(&*other, id), Err(StoreError::Busy { .. })));
    world.pass(31);
    assert_eq!(lease(&*other, id).unwrap().pending(), None);
    // Killed during the request: the response is lost.
    let mut held = lease(&*one, id).unwrap();
    held.record_spending().unwrap();
    std::mem::forget(held);
    assert!(matches!(lease(&*other, id), Err(StoreError::Busy { .. })));
    world.pass(91);
    let mut taken = lease(&*other, id).unwrap();
    assert!(taken.pending().is_some());
    taken.clear_spending();
    drop(taken);
    // Killed after the response: it was rescued on the machine, and the next process there saves it.
    let mut held = lease(&*one, id).unwrap();
    held.record_spending().unwrap();
    held.stash(&[kept(id, 7)]).unwrap();
    std::mem::forget(held);
    world.pass(91);
    insert(&*ana.open(), "B");
    assert_eq!(access(&*other, id).as_deref(), Some("access7"));
    assert_eq!(lease(&*other, id).unwrap().pending(), None, "the response is in the store");
}

/// Simulates a process that is killed before it can release its lease.
fn kill(world: &World, held: Box<dyn Lease>) {
    world.faults.fail_always(Some(Fault::Unreachable));
    drop(held);
    world.faults.fail_always(None);
}

/// A refresh whose save failed, although the store answers: its tokens are kept on the machine.
fn fail_to_save(store: &dyn Store, id: credenza::model::credential::CredentialId) {
    let mut held = lease(store, id).unwrap();
    held.record_spending().unwrap();
    held.stash(&[kept(id, 7)]).unwrap();
    held.clear_spending();
}

#[test]
fn tokens_that_only_one_machine_has_are_a_lost_response_to_the_others() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    let (one, other) = (ana.open(), bob.open());
    fail_to_save(&*one, id);
    assert!(lease(&*other, id).unwrap().pending().is_some(), "the stored refresh token is spent");
    assert_eq!(lease(&*one, id).unwrap().pending(), None);
    assert_eq!(access(&*other, id).as_deref(), Some("access7"));
    assert_eq!(lease(&*other, id).unwrap().pending(), None, "the stored refresh token is the new one");
}

#[test]
fn rescued_tokens_leave_the_note_of_somebody_else_s_later_refresh() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    let (one, other) = (ana.open(), bob.open());
    fail_to_save(&*one, id);
    // Bob sends the spent refresh token once more, and his response is lost.
    bob.clock.set(now() + jiff::SignedDuration::from_secs(5));
    let mut held = lease(&*other, id).unwrap();
    held.record_spending().unwrap();
    kill(&world, held);
    world.pass(91);
    assert!(lease(&*one, id).unwrap().pending().is_some(), "the provider may have replaced the rescued tokens, too");
    assert_eq!(access(&*other, id).as_deref(), Some("access7"));
}

fn claims(machine: &Machine) -> usize {
    let names = std::fs::read_dir(machine.state_file("")).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("lease-")).count()
}

#[test]
fn a_process_does_not_wait_for_one_of_its_machine_that_is_gone() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    // A lease whose holder is alive has to expire or be released.
    let held = lease(&*ana.open(), id).unwrap();
    assert!(matches!(lease(&*ana.open(), id), Err(StoreError::Busy { .. })));
    kill(&world, held);
    assert!(matches!(lease(&*bob.open(), id), Err(StoreError::Busy { .. })), "another machine cannot know");
    let mut held = lease(&*ana.open(), id).unwrap();
    assert_eq!(held.pending(), None);
    // A holder that was killed during its request left a note, as after 90 seconds.
    held.record_spending().unwrap();
    kill(&world, held);
    assert!(matches!(lease(&*bob.open(), id), Err(StoreError::Busy { .. })));
    let mut held = lease(&*ana.open(), id).unwrap();
    assert!(held.pending().is_some());
    // The response that it rescued is saved by the next command.
    held.record_spending().unwrap();
    held.stash(&[kept(id, 7)]).unwrap();
    kill(&world, held);
    insert(&*ana.open(), "B");
    assert_eq!(access(&*bob.open(), id).as_deref(), Some("access7"));
    drop(lease(&*ana.open(), id).unwrap());
    assert_eq!(claims(&ana), 0, "nothing is left");
}

#[test]
fn a_claim_of_another_system_or_without_its_file_is_waited_for() {
    let world = World::new();
    let ana = world.found();
    let id = insert(&*ana.open(), "A");
    kill(&world, lease(&*ana.open(), id).unwrap());
    let folder = ana.state_file("");
    let file = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let file = file.into_iter().find(|path| path.to_string_lossy().contains("/lease-")).unwrap();
    let aside = ana.file("aside");
    std::fs::rename(&file, &aside).unwrap();
    assert!(matches!(lease(&*ana.open(), id), Err(StoreError::Busy { .. })));
    assert_eq!(claims(&ana), 0, "looking makes none");
    std::fs::rename(&aside, &file).unwrap();
    // As if the same folder was seen from another machine: the proof was made by another system.
    let keys = Keys::on(&ana);
    let lease_path = format!("lease/{id}");
    let object = world.body(&lease_path).unwrap();
    let mut said: serde_json::Value = serde_json::from_slice(body(&object)).unwrap();
    let claim = said["claim"].as_str().unwrap().to_owned();
    let other = format!("{}-{}", claim.split_once('-').unwrap().0, "0".repeat(32));
    said["claim"] = other.clone().into();
    std::fs::copy(&file, file.to_string_lossy().replace(&claim, &other)).unwrap();
    world.put(&lease_path, Some(keys.next(&object, said.to_string().as_bytes())));
    assert!(matches!(lease(&*ana.open(), id), Err(StoreError::Busy { .. })));
    world.pass(91);
    drop(lease(&*ana.open(), id).unwrap());
}

#[test]
fn each_set_of_tokens_of_a_credential_is_stored_and_kept_by_itself() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let user: TokenKind = "user".parse().unwrap();
    let mut one = credential("A");
    let id = one.id;
    one.tokens = Some(*tokens(1));
    one.token_sets.insert(user, TokenSet::new(*tokens(2)));
    ana.open().commit(Change::Insert(Box::new(one)).into()).unwrap();
    let of_user = |store: &dyn Store| {
        let credential = store.credential(id).unwrap().unwrap();
        credential.token_sets[&user].tokens.access.expose().to_owned()
    };
    let store = bob.open();
    assert_eq!((access(&*store, id).as_deref(), of_user(&*store).as_str()), (Some("access1"), "access2"));
    // A response with both token sets, whose save failed. The next process of the machine saves it.
    let mut held = lease(&*store, id).unwrap();
    held.record_spending().unwrap();
    held.stash(&[kept(id, 3), kept(id, 4).with_token_set(Some(user))]).unwrap();
    std::mem::forget(held);
    world.pass(91);
    insert(&*bob.open(), "B");
    let store = ana.open();
    assert_eq!((access(&*store, id).as_deref(), of_user(&*store).as_str()), (Some("access3"), "access4"));
    // Saves one of the sets alone, and both for a credential that was deleted in the meantime.
    store.commit(kept(id, 5).with_token_set(Some(user)).into()).unwrap();
    assert_eq!((access(&*store, id).as_deref(), of_user(&*store).as_str()), (Some("access3"), "access5"));
    store.commit(Change::Remove { id }.into()).unwrap();
    bob.open().commit(Transaction::of([kept(id, 6), kept(id, 7).with_token_set(Some(user))])).unwrap();
    let store = ana.open();
    store.undo_or_redo(Direction::Undo, None).unwrap();
    assert_eq!((access(&*store, id).as_deref(), of_user(&*store).as_str()), (Some("access6"), "access7"));
}

#[test]
fn a_holder_that_is_late_spends_nothing() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    let mut late = lease(&*ana.open(), id).unwrap();
    world.pass(91);
    assert!(Problem::from(late.record_spending().unwrap_err()).what.contains("ended"));
    let mut taken = lease(&*bob.open(), id).unwrap();
    taken.record_spending().unwrap();
    drop(late);
    assert!(matches!(lease(&*ana.open(), id), Err(StoreError::Busy { .. })), "the late one gave nothing back");
}

#[test]
fn case_19_a_lost_answer_of_a_conditional_write_is_found_as_our_own() {
    for world in World::each() {
        let ana = world.found();
        let store = ana.open();
        let id = insert(&*store, "A");
        let plan = |skipped| world.faults.plan(skipped, Fault::UnknownAfterWrite);
        // Skips the read of the lease and of the clock; the write gets the fault.
        plan(2);
        let mut held = lease(&*store, id).unwrap();
        // Skips the read of the clock; the write gets the fault.
        plan(1);
        held.record_spending().unwrap();
        let before = store.head().unwrap().generation;
        for skipped in 0..8 {
            plan(skipped);
            let _ = store.commit(refreshed(id, 1));
            world.faults.fail_always(None);
        }
        assert_eq!(access(&*store, id).as_deref(), Some("access1"));
        assert!(store.head().unwrap().generation > before);
        plan(0);
        held.clear_spending();
        drop(held);
        assert_eq!(lease(&*store, id).unwrap().pending(), None);
    }
}

#[test]
fn a_lost_write_of_a_lease_is_no_lease() {
    let world = World::new();
    let ana = world.found();
    let store = ana.open();
    let id = insert(&*store, "A");
    world.faults.plan(2, Fault::UnknownBeforeWrite);
    // It reads the lease, does not find its own write id, and tries again.
    let held = store.lease(id, Wait { longest: Duration::from_secs(60), noticed: &mut || () }).unwrap();
    assert!(matches!(lease(&*ana.open(), id), Err(StoreError::Busy { .. })));
    drop(held);
}

#[test]
fn case_18_a_store_that_goes_down_at_any_step_loses_no_token() {
    for skipped in 0..24 {
        let world = World::new();
        let ana = world.found();
        let store = ana.open();
        let id = insert(&*store, "A");
        world.faults.plan(skipped, Fault::Unreachable);
        let spent = refresh(&ana, id);
        world.faults.fail_always(None);
        world.pass(91);
        // After the next command, the received tokens are in the vault, even if their save failed.
        drop(lease(&*ana.open(), id).unwrap());
        let there = access(&*ana.open(), id);
        assert_eq!(there.is_some(), spent, "call {skipped}");
    }
}

/// Refreshes as the engine does. Returns whether the refresh token was spent.
fn refresh(machine: &Machine, id: credenza::model::credential::CredentialId) -> bool {
    let Ok(store) = machine.try_open() else { return false };
    let Ok(mut held) = lease(&*store, id) else { return false };
    if held.record_spending().is_err() {
        return false;
    }
    held.stash(&[kept(id, 1)]).unwrap();
    held.clear_spending();
    if store.commit(refreshed(id, 1)).is_ok() {
        held.discard_stash();
    }
    true
}

#[test]
fn case_26_many_processes_on_four_machines_spend_each_pair_once() {
    for world in World::each() {
        let ana = world.found();
        let ids: Vec<_> = (0..5).map(|number| insert(&*ana.open(), &format!("C {number}"))).collect();
        let others = ["Bob", "Carl", "Dora"].map(|who| world.member(&ana, who, Role::Reader));
        let machines: Vec<&Machine> = std::iter::once(&ana).chain(&others).collect();
        // Each machine has opened the vault before.
        for machine in &machines {
            machine.open();
        }
        let spent: Vec<AtomicU32> = ids.iter().map(|_| AtomicU32::new(0)).collect();
        std::thread::scope(|scope| {
            for process in 0..48 {
                let (machine, number) = (machines[process % 4], process % ids.len());
                let (id, spent) = (ids[number], &spent[number]);
                scope.spawn(move || {
                    let store = machine.open();
                    let wait = Wait { longest: Duration::from_secs(300), noticed: &mut || () };
                    let mut held = store.lease(id, wait).unwrap();
                    assert_eq!(held.pending(), None);
                    if access(&*store, id).is_none() {
                        held.record_spending().unwrap();
                        spent.fetch_add(1, Ordering::SeqCst);
                        store.commit(refreshed(id, 1)).unwrap();
                        held.clear_spending();
                    }
                });
            }
        });
        let spent: Vec<u32> = spent.iter().map(|count| count.load(Ordering::SeqCst)).collect();
        assert_eq!(spent, [1; 5], "as many refreshes as expiries");
    }
}

#[test]
fn a_removed_member_can_neither_bring_back_an_old_lease_nor_hide_a_refresh() {
    let world = World::new();
    let ana = world.found();
    let (bob, carl) = (world.member(&ana, "Bob", Role::Member), world.member(&ana, "Carl", Role::Member));
    let id = insert(&*ana.open(), "A");
    drop(lease(&*bob.open(), id).unwrap());
    let path = format!("lease/{id}");
    let of_bob = world.body(&path).unwrap();
    ana.open().team().unwrap().remove_member("Bob", &mut |_, _| ()).unwrap();
    let (one, other) = (ana.open(), carl.open());
    let mut held = lease(&*one, id).unwrap();
    held.record_spending().unwrap();
    // With full access to the store, the lease of before the refresh is put back.
    world.put(&path, Some(of_bob));
    let refused = lease(&*one, id).map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Tampered { what: Tampering::RolledBack { .. }, .. }), "{refused:?}");
    // A machine that has not seen the newer one is careful.
    assert!(lease(&*other, id).unwrap().pending().is_some());
    std::mem::forget(held);
}

#[test]
fn rescued_tokens_give_way_to_those_that_came_after_the_ones_they_replace() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    ana.open().commit(refreshed(id, 1)).unwrap();
    let mut held = lease(&*ana.open(), id).unwrap();
    held.record_spending().unwrap();
    // The response is slow: another machine refreshes before it is rescued.
    world.pass(91);
    bob.open().commit(refreshed(id, 3)).unwrap();
    let late = Change::Refreshed { id, tokens: tokens(2), spent: Some(tokens(1).revision()) };
    held.stash(&[late]).unwrap();
    kill(&world, held);
    insert(&*ana.open(), "B");
    assert_eq!(access(&*ana.open(), id).as_deref(), Some("access3"));
}

#[test]
fn rescued_tokens_of_a_credential_that_was_purged_block_nothing() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    let mut held = lease(&*ana.open(), id).unwrap();
    held.stash(&[kept(id, 1)]).unwrap();
    kill(&world, held);
    let store = bob.open();
    store.commit(Change::Remove { id }.into()).unwrap();
    store.purge(true).unwrap();
    world.pass(91);
    insert(&*ana.open(), "B");
    let names = std::fs::read_dir(ana.state_file("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with("rescue-")), "it is not needed any more");
}

#[test]
fn a_lease_with_an_end_that_none_can_have_blocks_nobody() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Reader);
    let id = insert(&*ana.open(), "A");
    let _held = lease(&*bob.open(), id).unwrap();
    let path = format!("lease/{id}");
    let object = world.body(&path).unwrap();
    let mut said: serde_json::Value = serde_json::from_slice(body(&object)).unwrap();
    for (until, is_free) in [("2026-11-23T10:01:00Z", false), ("9999-12-30T00:00:00Z", true)] {
        said["until"] = until.into();
        world.put(&path, Some(Keys::on(&bob).next(&object, said.to_string().as_bytes())));
        // Another machine, which has not seen the former object.
        let carl = world.member(&ana, &format!("Carl {is_free}"), Role::Member);
        assert_eq!(lease(&*carl.open(), id).is_ok(), is_free, "{until}");
    }
}
