//! A store that its administrator restored from a backup, and the recovery of every machine.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;

use crate::backends::Fault;
use crate::scratch::is_thorough;
use credenza::model::change::Change;
use credenza::model::credential::{CredentialField, CredentialId};
use credenza::model::record::Base;
use credenza::problem::Problem;
use credenza::store::team::backend::ObjectPath;
use credenza::store::{Direction, Remedy, RestoreDifference, Role, Store, StoreError, Tampering};

use super::forging::{Keys, header};
use super::logs::{collect, did, send};
use super::stage::{Machine, World, access, add, edit, insert, lease, name, names, refreshed, setup_of, tokens_of};

type Backup = BTreeMap<ObjectPath, Vec<u8>>;

/// Restores all objects from the backup.
fn restore(world: &World, backup: &Backup) {
    for path in world.objects().keys().chain(backup.keys()) {
        world.put(&path.0, backup.get(path).cloned());
    }
}

fn accept(machine: &Machine, lost: bool) -> Result<Vec<RestoreDifference>, StoreError> {
    machine.open_unread()?.team().unwrap().accept_restored(lost, &mut |_, _| ())
}

fn differences(machine: &Machine) -> BTreeMap<String, Remedy> {
    let found = machine.open_unread().unwrap().team().unwrap().differences().unwrap();
    found.into_iter().map(|one| (one.path, one.remedy)).collect()
}

fn refusal(machine: &Machine) -> Tampering {
    match machine.try_open().map(drop).unwrap_err() {
        StoreError::Tampered { what, .. } => what,
        error => panic!("{error:?}"),
    }
}

fn owner(store: &dyn Store, id: CredentialId) -> String {
    store.credential(id).unwrap().unwrap().details.owner
}

fn set_owner(store: &dyn Store, id: CredentialId, text: &str) {
    let base = Base::of(&store.credential(id).unwrap().unwrap());
    store.commit(edit(&base, CredentialField::Owner, text)).unwrap();
}

struct Stage {
    world: World,
    ana: Machine,
    bob: Machine,
    id: CredentialId,
    backup: Backup,
}

/// Ana is an admin and Bob a member; both have read everything that is in the backup.
fn stage(world: World) -> Stage {
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "Zoho EU");
    ana.open().commit(refreshed(id, 1)).unwrap();
    drop(lease(&*bob.open(), id).unwrap());
    ana.open();
    let backup = world.objects();
    Stage { world, ana, bob, id, backup }
}

#[test]
fn everything_comes_back_unchanged_where_nobody_wrote_after_the_restore() {
    for world in [World::new(), World::bucket()] {
        let Stage { world, ana, bob, id, backup } = stage(world);
        let carl = world.member(&ana, "Carl", Role::Reader);
        for n in 2..5 {
            drop(lease(&*bob.open(), id).unwrap());
            bob.open().commit(refreshed(id, n)).unwrap();
        }
        insert(&*bob.open(), "Okta");
        bob.open().commit(Change::rename(id, &name("Zoho EU"), &name("Zoho")).into()).unwrap();
        for machine in [&ana, &bob, &carl] {
            machine.open();
        }
        let newest = world.objects();
        restore(&world, &backup);
        for machine in [&ana, &bob, &carl] {
            refusal(machine);
        }
        let found = differences(&ana);
        assert_eq!(found[&tokens_of(id)], Remedy::PutBack);
        assert_eq!(found["roster/2"], Remedy::PutBack, "{found:?}");
        assert_eq!(accept(&ana, false).unwrap().len(), found.len());
        for machine in [&ana, &bob, &carl] {
            let store = machine.open();
            assert_eq!(
                (names(&*store), access(&*store, id).as_deref()),
                (vec!["Zoho".into(), "Okta".into()], Some("access4"))
            );
            assert_eq!(lease(&*store, id).unwrap().pending(), None, "nobody's lease is too old");
            assert_eq!(store.team().unwrap().members().unwrap().len(), 3);
        }
        let now = world.objects();
        for (path, object) in
            newest.iter().filter(|(path, _)| path.0.starts_with("record/") || path.0.starts_with("roster/"))
        {
            assert!(now.get(path) == Some(object), "{}", path.0);
        }
        // Nothing is left to accept, and undo steps still work.
        assert!(differences(&ana).is_empty() && accept(&ana, false).unwrap().is_empty());
        bob.open().undo_or_redo(Direction::Undo, None).unwrap();
        assert_eq!(names(&*ana.open()), ["Zoho EU", "Okta"]);
    }
}

#[test]
fn of_two_refreshes_the_later_one_counts_and_the_other_is_kept_in_the_version_before() {
    for (here, there, counts) in [(4, 3, Remedy::KeepSeen), (3, 4, Remedy::KeepStored)] {
        let Stage { world, ana, bob, id, backup } = stage(World::new());
        ana.open().commit(refreshed(id, here)).unwrap();
        set_owner(&*ana.open(), id, "before");
        restore(&world, &backup);
        // Bob's machine was offline in the meantime.
        bob.clock.set(bob.clock.now() + jiff::SignedDuration::from_mins(5));
        bob.open().commit(refreshed(id, there)).unwrap();
        set_owner(&*bob.open(), id, "after");
        let okta = insert(&*bob.open(), "Okta");
        refusal(&ana);
        let found = accept(&ana, false).unwrap();
        let of = |path: String| found.iter().find(|one| one.path == path).unwrap();
        assert_eq!(of(tokens_of(id)).remedy, counts);
        assert_eq!(of(tokens_of(id)).by.as_deref(), Some("Bob"));
        for machine in [&ana, &bob] {
            let store = machine.open();
            assert_eq!(access(&*store, id).as_deref(), Some("access4"));
            assert_eq!(names(&*store), ["Zoho EU", "Okta"], "what Bob added stays");
            assert!(store.credential(okta).unwrap().is_some());
        }
        let store = ana.open();
        let newest = store.head().unwrap().generation;
        let before = store.version(newest - 1).unwrap();
        let before = before.credentials.by_id(id).unwrap();
        assert_eq!(before.tokens.as_ref().unwrap().access.expose(), "access3");
        assert_eq!(
            [owner(&*store, id), before.details.owner.clone()].concat().len(),
            "before".len() + "after".len(),
            "both owners are there"
        );
    }
}

#[test]
fn a_refusal_that_was_noted_after_the_restore_does_not_replace_newer_tokens() {
    let Stage { world, ana, bob, id, backup } = stage(World::new());
    ana.open().commit(refreshed(id, 2)).unwrap();
    set_owner(&*ana.open(), id, "before");
    restore(&world, &backup);
    // Bob's machine tries the old refresh token more often than Ana's machine has written since.
    for _ in 0..5 {
        bob.open().commit(Change::RefreshRefused { id, code: "invalid_grant".into(), spent: None }.into()).unwrap();
    }
    assert_eq!(
        accept(&ana, false).unwrap().iter().find(|one| one.path == tokens_of(id)).unwrap().remedy,
        Remedy::KeepSeen
    );
    for machine in [&ana, &bob] {
        let credential = machine.open().credential(id).unwrap().unwrap();
        assert_eq!(credential.tokens.unwrap().access.expose(), "access2");
        assert!(credential.setback.is_none());
    }
}

#[test]
fn what_only_another_machine_has_seen_is_given_up_on_demand() {
    for world in [World::new(), World::bucket()] {
        let Stage { world, ana, bob, id, backup } = stage(world);
        insert(&*ana.open(), "Okta");
        bob.open().commit(refreshed(id, 7)).unwrap();
        restore(&world, &backup);
        accept(&ana, false).unwrap();
        assert_eq!(names(&*ana.open()), ["Zoho EU", "Okta"]);
        refusal(&bob);
        assert!(accept(&ana, true).unwrap().is_empty());
        for machine in [&ana, &bob] {
            let store = machine.open();
            assert_eq!(
                (names(&*store), access(&*store, id).as_deref()),
                (vec!["Zoho EU".into(), "Okta".into()], Some("access1"))
            );
            drop(lease(&*store, id).unwrap());
        }
        bob.open().commit(refreshed(id, 8)).unwrap();
        assert_eq!(access(&*ana.open(), id).as_deref(), Some("access8"));
    }
}

#[test]
fn a_damaged_copy_is_named_and_another_machine_or_the_older_object_helps() {
    let Stage { world, ana, bob, id, backup } = stage(World::new());
    let bobs = world.machine();
    add(&ana, &bobs.join("Admin").unwrap().code, Role::Admin).unwrap();
    ana.open().commit(refreshed(id, 2)).unwrap();
    let newest = world.body(&tokens_of(id)).unwrap();
    insert(&*ana.open(), "Okta");
    // Builds an index of the whole cache, because objects that the index covers are not verified again on opening.
    std::fs::remove_file(ana.state_file("index.age")).unwrap();
    for machine in [&ana, &bob, &bobs] {
        machine.open();
    }
    restore(&world, &backup);
    // Corrupts one byte of the newest object in Ana's cache.
    let copy = ana.state_file("objects");
    let bytes = std::fs::read(&copy).unwrap();
    let at = bytes.windows(newest.len()).position(|window| window == newest).unwrap() + newest.len() - 1;
    OpenOptions::new().write(true).open(&copy).unwrap().write_at(b"\0", at as u64).unwrap();
    assert_eq!(differences(&ana)[&tokens_of(id)], Remedy::Unresolvable);
    let problem = Problem::from(accept(&ana, false).unwrap_err());
    assert!(problem.why.contains("Zoho EU") && problem.try_this.contains("another machine"), "{problem}");
    assert_eq!(world.body(&tokens_of(id)), backup.get(&ObjectPath(tokens_of(id))).cloned(), "nothing was written");
    accept(&bobs, false).unwrap();
    for machine in [&ana, &bob, &bobs] {
        assert_eq!(access(&*machine.open(), id).as_deref(), Some("access2"));
    }
}

#[test]
fn nobody_but_an_admin_accepts_and_nothing_forged_is_accepted() {
    let Stage { world, ana, bob, id, backup } = stage(World::new());
    ana.open().commit(refreshed(id, 2)).unwrap();
    bob.open();
    restore(&world, &backup);
    let problem = Problem::from(accept(&bob, false).unwrap_err());
    assert!(problem.what.starts_with("Only an admin") && problem.why.contains("member"), "{problem}");
    // An attacker writes on top of the restored object.
    let stranger = Keys::stranger();
    let old = world.body(&setup_of(id)).unwrap();
    let content = Keys::seal(&[&Keys::on(&ana).identity], b"{\"kind\":\"credential\"}");
    world.put(&setup_of(id), Some(stranger.next(&old, &content)));
    accept(&ana, false).unwrap();
    assert_eq!(names(&*bob.open()), ["Zoho EU"]);
    // A record that nobody has seen, and a roster that no admin signed.
    restore(&world, &backup);
    let new = setup_of(CredentialId::random());
    let mut top = header(&old);
    top["path"] = new.clone().into();
    for (path, forged) in [
        (new.as_str(), stranger.sign(&top, &content)),
        ("roster/2", stranger.next_roster(&world.body("roster/1").unwrap(), &Keys::on(&ana).member)),
    ] {
        world.put(path, Some(forged));
        let before = world.objects();
        let error = accept(&ana, true).unwrap_err();
        assert!(
            matches!(&error, StoreError::Tampered { path: named, what: Tampering::Forged { .. }, .. } if named == path),
            "{error:?}"
        );
        assert!(world.objects() == before, "nothing is written");
        world.put(path, None);
    }
}

#[test]
fn what_a_member_wrote_who_was_removed_before_the_restore_gives_way() {
    let Stage { world, ana, bob, id, backup } = stage(World::new());
    ana.open().team().unwrap().remove_member("Bob", &mut |_, _| ()).unwrap();
    restore(&world, &backup);
    set_owner(&*bob.open(), id, "still here");
    bob.open().commit(refreshed(id, 9)).unwrap();
    accept(&ana, false).unwrap();
    let store = ana.open();
    assert_eq!((owner(&*store, id).as_str(), access(&*store, id).as_deref()), ("", Some("access1")));
    assert!(Problem::from(bob.try_open().map(drop).unwrap_err()).what.contains("no longer a member"));
}

#[test]
fn two_lists_of_members_are_left_to_people() {
    let Stage { world, ana, bob, backup, .. } = stage(World::new());
    let other = world.machine();
    add(&ana, &other.join("Admin").unwrap().code, Role::Admin).unwrap();
    let with_admin = world.objects();
    ana.open().team().unwrap().remove_member("Bob", &mut |_, _| ()).unwrap();
    restore(&world, &with_admin);
    add(&other, &world.machine().join("Dora").unwrap().code, Role::Member).unwrap();
    let problem = Problem::from(accept(&ana, true).unwrap_err());
    assert!(problem.what.contains("roster/3"), "{problem}");
    for path in world.objects().keys().filter(|path| ("roster/3".."roster/9").contains(&path.0.as_str())) {
        world.put(&path.0, None);
    }
    accept(&ana, false).unwrap();
    assert!(ana.open().team().unwrap().members().unwrap().iter().all(|member| member.name != "Bob"));
    assert!(bob.try_open().is_err() && !backup.is_empty());
}

#[test]
fn an_acceptance_that_is_interrupted_anywhere_is_finished_by_the_next_one() {
    for world in [World::new as fn() -> World, World::bucket] {
        for skipped in (0..).step_by(if is_thorough() { 1 } else { 3 }) {
            let Stage { world, ana, bob, id, backup } = stage(world());
            ana.open().commit(refreshed(id, 3)).unwrap();
            set_owner(&*ana.open(), id, "before");
            restore(&world, &backup);
            bob.clock.set(bob.clock.now() + jiff::SignedDuration::from_mins(5));
            bob.open().commit(refreshed(id, 2)).unwrap();
            set_owner(&*bob.open(), id, "after");
            let store = ana.open_unread().unwrap();
            let before = world.faults.calls();
            world.faults.plan(skipped, Fault::Unreachable);
            let was_interrupted = store.team().unwrap().accept_restored(false, &mut |_, _| ()).is_err();
            let calls = world.faults.calls() - before;
            world.faults.fail_always(None);
            accept(&ana, false).unwrap();
            for machine in [&ana, &bob] {
                assert_eq!(access(&*machine.open(), id).as_deref(), Some("access3"), "call {skipped}");
            }
            let store = ana.open();
            let kept = store.version(store.head().unwrap().generation - 1).unwrap();
            let kept = kept.credentials.by_id(id).unwrap();
            assert_eq!(kept.tokens.as_ref().unwrap().access.expose(), "access2", "call {skipped}");
            if !was_interrupted && calls <= skipped {
                break;
            }
        }
    }
}

#[test]
fn machines_send_again_what_the_log_has_lost() {
    let Stage { world, ana, bob, id, .. } = stage(World::new());
    did(&bob, &*bob.open(), &["one"]);
    send(&*bob.open());
    let backup = world.objects();
    did(&bob, &*bob.open(), &["two"]);
    send(&*bob.open());
    ana.open().commit(refreshed(id, 2)).unwrap();
    bob.open();
    assert_eq!(collect(&*ana.open()).lines.len(), 2);
    restore(&world, &backup);
    accept(&ana, false).unwrap();
    did(&bob, &*bob.open(), &["three"]);
    assert_eq!(send(&*bob.open()), 2, "the lost one, too");
    let collected = collect(&*ana.open());
    assert_eq!(collected.lines.len(), 3);
    assert!(collected.logs.iter().all(|log| log.faults.is_empty()), "{:?}", collected.logs);
}
