//! Changing a member's role.

use credenza::model::change::Change;
use credenza::problem::{Kind, Problem};
use credenza::store::{Member, Role, Store, StoreError};

use super::forging::Keys;
use super::stage::{Machine, World, access, add, insert, name, names, refreshed};

fn set(admin: &Machine, who: &str, role: Role) -> Result<Member, Problem> {
    admin.open().team().unwrap().set_role(who, role, &mut |_, _| ()).map_err(Problem::from)
}

fn rename(store: &dyn Store, from: &str, to: &str) -> Result<(), StoreError> {
    let id = store.find(from).unwrap().unwrap().id;
    store.commit(Change::rename(id, &name(from), &name(to)).into()).map(drop)
}

#[test]
fn a_role_counts_from_the_next_list_on_and_what_was_written_before_stays() {
    for world in World::each() {
        let ana = world.found();
        let (bob, carl) = (world.member(&ana, "Bob", Role::Member), world.member(&ana, "Carl", Role::Reader));
        let id = insert(&*bob.open(), "A");
        rename(&*carl.open(), "A", "B").unwrap_err();
        assert_eq!(set(&ana, "carl", Role::Member).unwrap().role, Role::Member);
        rename(&*carl.open(), "A", "B").unwrap();
        assert_eq!(set(&ana, "Bob", Role::Reader).unwrap().role, Role::Reader);
        let refused = Problem::from(rename(&*bob.open(), "B", "C").unwrap_err());
        assert_eq!(refused.kind, Kind::Refused, "{refused}");
        bob.open().commit(refreshed(id, 1)).unwrap();
        // This also holds for a machine that has never seen the vault.
        let dora = world.member(&ana, "Dora", Role::Member);
        let store = dora.open();
        assert_eq!((names(&*store), access(&*store, id).as_deref()), (vec!["B".to_owned()], Some("access1")));
        assert_eq!(store.team().unwrap().team_state().unwrap().to_encrypt, 0);
    }
}

#[test]
fn a_demoted_admin_changes_no_list_and_signs_no_setup_any_more() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Admin);
    let id = insert(&*bob.open(), "A");
    let code = world.machine().join("Eve").unwrap().code;
    set(&ana, "Bob", Role::Reader).unwrap();
    let refused = Problem::from(add(&bob, &code, Role::Admin).unwrap_err());
    assert_eq!(refused.kind, Kind::Refused, "{refused}");
    // Nor with objects that he signs himself, without the program.
    let keys = Keys::on(&bob);
    let last = world.body("roster/2").unwrap();
    world.put("roster/3", Some(keys.next_roster(&last, &keys.member)));
    assert!(matches!(ana.try_open().map(drop), Err(StoreError::Tampered { .. })));
    world.put("roster/3", None);
    let path = super::stage::setup_of(id);
    let good = world.body(&path).unwrap();
    world.put(&path, Some(keys.next(&good, super::forging::body(&good))));
    assert!(matches!(ana.try_open().map(drop), Err(StoreError::Tampered { .. })));
    world.put(&path, Some(good));
    assert_eq!(names(&*ana.open()), ["A"]);
}

#[test]
fn the_last_admin_keeps_the_role_and_a_host_is_a_host() {
    let world = World::new();
    let ana = world.found();
    let bob = world.member(&ana, "Bob", Role::Member);
    let id = insert(&*ana.open(), "A");
    ana.open().team().unwrap().add_team_host("ci", &[id], &ana.file("ci.key"), &mut |_, _| ()).unwrap();
    for (admin, who, role, said) in [
        (&ana, "Ana", Role::Member, "last admin"),
        (&ana, "ci", Role::Member, "cannot get this role"),
        (&ana, "Bob", Role::Host, "cannot get this role"),
        (&ana, "Bob", Role::Member, "already has the role"),
        (&bob, "Bob", Role::Admin, "Only an admin"),
        (&bob, "Ana", Role::Reader, "Only an admin"),
        (&ana, "Eve", Role::Admin, "no member named Eve"),
    ] {
        let problem = set(admin, who, role).unwrap_err();
        assert!(problem.to_string().contains(said) || problem.what.contains(said), "{who}: {problem}");
    }
    set(&ana, "Bob", Role::Admin).unwrap();
    assert_eq!(set(&bob, "Ana", Role::Reader).unwrap().role, Role::Reader);
    assert!(set(&ana, "Bob", Role::Member).is_err());
}
