//! Joining, roles and hosts.

use credenza::model::change::Change;
use credenza::model::credential::Name;
use credenza::problem::{Kind, Problem};
use credenza::store::{Role, StoreError};
use jiff::{SignedDuration, Timestamp};

use super::forging::Keys;
use super::stage::{World, access, add, insert, lease, name, names, now, refreshed, setup_of, tokens_of};

fn problem(error: StoreError) -> Problem {
    error.into()
}

#[test]
fn a_member_reads_what_was_there_before_and_the_list_says_who_is_who() {
    for world in World::each() {
        let ana = world.found();
        let id = insert(&*ana.open(), "A");
        ana.open().commit(refreshed(id, 1)).unwrap();
        let bob = world.member(&ana, "Bob", Role::Member);
        let store = bob.open();
        assert_eq!(access(&*store, id).as_deref(), Some("access1"));
        insert(&*store, "B");
        assert_eq!(names(&*ana.open()), ["A", "B"]);
        let members = store.team().unwrap().members().unwrap();
        let rows: Vec<_> = members.iter().map(|one| (one.name.as_str(), one.role, one.is_own)).collect();
        assert_eq!(rows, [("Ana", Role::Admin, false), ("Bob", Role::Member, true)]);
        assert_eq!(members[1].added_by, "Ana");
        assert_eq!(store.team().unwrap().team_state().unwrap().to_encrypt, 0);
    }
}

#[test]
fn a_member_was_last_seen_when_he_signed_something_and_never_if_he_only_reads() {
    for world in World::each() {
        let ana = world.found();
        let id = insert(&*ana.open(), "A");
        let (bob, carl) = (world.member(&ana, "Bob", Role::Member), world.member(&ana, "Carl", Role::Reader));
        let file = ana.file("ci.key");
        ana.open().team().unwrap().add_team_host("ci", &[id], &file, &mut |_, _| ()).unwrap();
        assert_eq!(names(&*carl.open()), ["A"], "Carl reads, and nobody can tell");
        let at = now() + SignedDuration::from_mins(5);
        bob.clock.set(at);
        bob.open().commit(refreshed(id, 1)).unwrap();
        let last_seen = |machine: &super::stage::Machine| -> Vec<Option<Timestamp>> {
            machine.open().team().unwrap().members().unwrap().iter().map(|one| one.last_seen).collect()
        };
        // Bob's clock is ahead of Ana's; "last seen" is never in the future.
        assert_eq!(last_seen(&ana), [Some(now()), Some(now()), None, None]);
        ana.clock.set(at + SignedDuration::from_mins(1));
        assert_eq!(last_seen(&ana), [Some(now()), Some(at), None, None]);
        assert_eq!(last_seen(&bob), last_seen(&ana), "on every machine");
    }
}

#[test]
fn who_was_not_added_yet_is_told_so_and_can_open_it_once_that_is_done() {
    let world = World::new();
    let (ana, bob) = (world.found(), world.machine());
    let joining = bob.join("Bob").unwrap();
    let waiting = problem(bob.try_open().map(drop).unwrap_err());
    assert_eq!(waiting.kind, Kind::NeedsAuthentication, "{waiting}");
    let (who, words) = ana.open().team().unwrap().look_at_code(&joining.code).unwrap();
    assert_eq!((who.as_str(), &words), ("Bob", &joining.words));
    assert!(bob.try_open().is_err(), "looking lets nobody in");
    add(&ana, &joining.code, Role::Reader).unwrap();
    for machine in [&ana, &bob] {
        assert_eq!(machine.open().team().unwrap().words_of("bob").unwrap(), words, "both ends say the same");
    }
}

#[test]
fn a_code_that_is_wrong_was_used_or_is_of_another_vault_lets_nobody_in() {
    let world = World::new();
    let (ana, bob) = (world.found(), world.machine());
    let code = bob.join("Bob").unwrap().code;
    let before = world.objects();
    let mut wrong = code.clone();
    let at = wrong.len() / 2;
    let other = if wrong.as_bytes()[at] == b'q' { "p" } else { "q" };
    wrong.replace_range(at..=at, other);
    let refused = problem(add(&ana, &wrong, Role::Member).unwrap_err());
    assert!(refused.kind == Kind::Usage && refused.why.contains("checksum"), "{refused}");
    let elsewhere = World::new();
    elsewhere.found();
    let stranger = elsewhere.machine().join("Eve").unwrap().code;
    let refused = problem(add(&ana, &stranger, Role::Member).unwrap_err());
    assert!(refused.what.contains("another vault") && refused.what.contains("Eve"), "{refused}");
    let namesake = world.machine().join("ana").unwrap().code;
    assert!(problem(add(&ana, &namesake, Role::Member).unwrap_err()).what.contains("member named ana"));
    assert_eq!(world.objects(), before, "nothing was half done");
    add(&ana, &code, Role::Member).unwrap();
    let refused = problem(add(&ana, &code, Role::Admin).unwrap_err());
    assert!(refused.what.contains("already used") && refused.why.contains("Bob"), "{refused}");
    assert_eq!(ana.open().team().unwrap().members().unwrap().len(), 2);
}

#[test]
fn there_is_nothing_to_join_where_no_vault_is() {
    let world = World::new();
    let machine = world.machine();
    let refused = problem(machine.join("Bob").unwrap_err());
    assert_eq!(refused.kind, Kind::NotFound, "{refused}");
    assert!(!machine.local().is_team());
    assert!(machine.found(" ").is_err() && !machine.local().is_team());
}

#[test]
fn case_10_two_admins_change_the_list_at_once_and_both_changes_stand() {
    for world in World::each() {
        let ana = world.found();
        let bob = world.member(&ana, "Bob", Role::Admin);
        let codes = ["Carl", "Dora"].map(|who| world.machine().join(who).unwrap().code);
        std::thread::scope(|scope| {
            scope.spawn(|| add(&ana, &codes[0], Role::Member).unwrap());
            scope.spawn(|| add(&bob, &codes[1], Role::Member).unwrap());
        });
        let store = ana.open();
        let mut all: Vec<String> = store.team().unwrap().members().unwrap().into_iter().map(|one| one.name).collect();
        all.sort();
        assert_eq!(all, ["Ana", "Bob", "Carl", "Dora"]);
        assert_eq!(store.team().unwrap().team_state().unwrap().roster, 3, "one version each");
    }
}

#[test]
fn only_an_admin_changes_the_list() {
    let world = World::new();
    let ana = world.found();
    let code = world.machine().join("Eve").unwrap().code;
    for role in [Role::Member, Role::Reader] {
        let machine = world.member(&ana, role.word(), role);
        let refused = problem(add(&machine, &code, Role::Admin).unwrap_err());
        assert!(refused.kind == Kind::Refused && refused.what.contains("Only an admin"), "{refused}");
        let store = machine.open();
        let refused = store.team().unwrap().remove_member("Ana", &mut |_, _| ()).unwrap_err();
        assert!(problem(refused).what.contains("Only an admin"));
    }
    let store = ana.open();
    let last = problem(store.team().unwrap().remove_member("Ana", &mut |_, _| ()).unwrap_err());
    assert!(last.what.contains("last admin"), "{last}");
    let nobody = problem(store.team().unwrap().remove_member("Zoe", &mut |_, _| ()).unwrap_err());
    assert!(nobody.kind == Kind::NotFound && nobody.why.contains("Ana"), "{nobody}");
}

#[test]
fn case_12_a_host_reads_only_its_credentials() {
    for world in World::each() {
        let ana = world.found();
        let store = ana.open();
        let (own, other) = (insert(&*store, "CMDB"), insert(&*store, "Payroll"));
        store.commit(refreshed(own, 1)).unwrap();
        store.commit(refreshed(other, 2)).unwrap();
        let ci = world.machine();
        let file = ci.file("ci.key");
        let added = store.team().unwrap().add_team_host("ci", &[own], &file, &mut |_, _| ()).unwrap();
        assert_eq!((added.role, added.credentials.as_slice()), (Role::Host, &[own][..]));
        let host = ci.open_as_host(&file).unwrap();
        assert_eq!(names(&*host), ["CMDB"]);
        assert_eq!(access(&*host, own).as_deref(), Some("access1"));
        // With the host's key and the whole store, nothing else can be decrypted.
        let keys = Keys::of(&std::fs::read_to_string(&file).unwrap());
        let readable: Vec<String> = world
            .objects()
            .into_iter()
            .filter(|(_, object)| keys.read(object).is_some())
            .map(|(path, _)| path.0)
            .collect();
        assert_eq!(readable, [setup_of(own), tokens_of(own)]);
        // The host refreshes its credential, but cannot take other leases or change a setup.
        drop(lease(&*host, own).unwrap());
        host.commit(refreshed(own, 3)).unwrap();
        assert_eq!(access(&*store, own).as_deref(), Some("access3"));
        assert!(problem(lease(&*host, other).map(drop).unwrap_err()).what.contains("not given"));
        assert!(
            problem(host.commit(Change::rename(own, &name("CMDB"), &name("X")).into()).unwrap_err()).kind
                == Kind::Refused
        );
        // Later saves of its credential are encrypted to it as well, and nothing else is.
        store.commit(Change::rename(own, &name("CMDB"), &name("CMDB 2")).into()).unwrap();
        insert(&*store, "Later");
        assert_eq!(names(&*ci.open_as_host(&file).unwrap()), ["CMDB 2"]);
        assert!(store.team().unwrap().add_team_host("ci", &[own], &ci.file("b.key"), &mut |_, _| ()).is_err());
        assert!(!ci.file("b.key").exists(), "a host that was refused leaves no key");
    }
}

#[test]
fn case_13_a_reader_refreshes_and_saves_no_setup() {
    let world = World::new();
    let ana = world.found();
    let reader = world.member(&ana, "Bob", Role::Reader);
    let id = insert(&*ana.open(), "A");
    let store = reader.open();
    let before = world.objects();
    for change in [
        Change::rename(id, &name("A"), &name("B")),
        Change::Remove { id },
        Change::Insert(Box::new(super::stage::credential("C"))),
    ] {
        let refused = problem(store.commit(change.into()).unwrap_err());
        assert!(refused.kind == Kind::Refused && refused.why.contains("reader"), "{refused}");
    }
    assert_eq!(world.objects(), before);
    store.commit(refreshed(id, 1)).unwrap();
    assert_eq!(access(&*ana.open(), id).as_deref(), Some("access1"));
    assert!(Name::parse("A").is_ok_and(|name| names(&*ana.open()) == [name.to_string()]));
}
