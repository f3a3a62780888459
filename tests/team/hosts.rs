//! Hosts of different vaults on one machine that has nothing but their identity files.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use crate::backends::Fault;
use credenza::model::change::Change;
use credenza::model::credential::CredentialId;
use credenza::store::local::UnlockBy;
use credenza::store::{Store, StoreError};

use super::stage::{Machine, World, access, insert, lease, names, refreshed, tokens};

/// A vault with one credential, and the identity file of a host that may read it.
struct Vault {
    world: World,
    file: PathBuf,
    id: CredentialId,
    ana: Machine,
}

impl Vault {
    fn with(name: &str) -> Self {
        let world = World::new();
        let ana = world.found();
        let id = insert(&*ana.open(), name);
        let file = ana.file("ci.key");
        ana.open().team().unwrap().add_team_host("ci", &[id], &file, &mut |_, _| ()).unwrap();
        Self { world, file, id, ana }
    }

    /// Opens the vault on a machine, as a new process would.
    fn on(&self, machine: &Machine) -> Result<Arc<dyn Store>, StoreError> {
        let by = UnlockBy::IdentityFile(&self.file);
        machine.local().unlock_team(by, |_| Ok(self.ana.connect()))
    }
}

#[test]
fn two_hosts_on_one_machine_keep_apart_what_each_has() {
    let (one, other) = (Vault::with("Zoho"), Vault::with("Okta"));
    let machine = one.world.machine();
    for vault in [&one, &other] {
        vault.on(&machine).unwrap().snapshot().unwrap();
    }
    // Rescued tokens stay on the machine, whatever the other host does.
    let mut held = lease(&*one.on(&machine).unwrap(), one.id).unwrap();
    held.record_spending().unwrap();
    held.stash(&[Change::Refreshed { id: one.id, tokens: tokens(5), spent: None }]).unwrap();
    std::mem::forget(held);
    one.world.pass(91);
    other.on(&machine).unwrap().commit(refreshed(other.id, 1)).unwrap();
    drop(lease(&*one.on(&machine).unwrap(), one.id).unwrap());
    assert_eq!(access(&*one.on(&machine).unwrap(), one.id).as_deref(), Some("access5"));
    // And each host opens its own cached copy.
    for (vault, name) in [(&one, "Zoho"), (&other, "Okta")] {
        vault.world.faults.fail_always(Some(Fault::Unreachable));
        assert_eq!(names(&*vault.on(&machine).unwrap()), [name]);
    }
}

#[test]
fn what_an_earlier_version_kept_in_the_state_folder_is_taken_over() {
    let (one, other) = (Vault::with("Zoho"), Vault::with("Okta"));
    let machine = one.world.machine();
    for vault in [&one, &other] {
        vault.on(&machine).unwrap().snapshot().unwrap();
    }
    // The layout of earlier versions: one cache file for both hosts, and no folder per host.
    let hosts = machine.state_file("hosts");
    let copies: Vec<u8> = fs::read_dir(&hosts)
        .unwrap()
        .flat_map(|folder| fs::read(folder.unwrap().path().join("objects")).unwrap())
        .collect();
    fs::remove_dir_all(&hosts).unwrap();
    fs::write(machine.state_file("objects"), copies).unwrap();
    for (vault, name) in [(&one, "Zoho"), (&other, "Okta")] {
        vault.world.faults.fail_always(Some(Fault::Unreachable));
        assert_eq!(names(&*vault.on(&machine).unwrap()), [name]);
    }
}
