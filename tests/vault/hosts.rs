//! What removing a host means for the process that does it, which has the vault open.

use std::fs;

use credenza::model::change::Change;
use credenza::problem::Kind;

use super::{credential, passphrase, stage};

#[test]
fn the_vault_that_removed_a_host_stays_open_for_what_others_save() {
    let stage = stage();
    let keys = stage.vault.0.keys().unwrap();
    keys.add_host("ci", &stage.home.path().join("ci.key")).unwrap();
    let elsewhere = stage.again().unwrap();
    keys.remove_host("ci", &passphrase()).unwrap();
    let unlocked_since = stage.again().unwrap();
    unlocked_since.commit(Change::Insert(Box::new(credential("two", stage.clock.now())))).unwrap();
    let seen = stage.vault.snapshot().unwrap();
    assert_eq!(seen.credentials.list.len(), 1, "the one that another process added");
    assert_eq!(elsewhere.snapshot().unwrap_err().kind, Kind::Refused, "it has to be unlocked again");
}

#[test]
fn the_vault_that_removed_a_host_refuses_a_file_with_the_former_secret() {
    let stage = stage();
    let keys = stage.vault.0.keys().unwrap();
    keys.add_host("ci", &stage.home.path().join("ci.key")).unwrap();
    let former = fs::read(stage.paths.vault()).unwrap();
    keys.remove_host("ci", &passphrase()).unwrap();
    fs::write(stage.paths.vault(), former).unwrap();
    let problem = stage.vault.snapshot().unwrap_err();
    assert_eq!(problem.kind, Kind::Refused, "{problem:?}");
    assert!(problem.what.contains("was not written by your Credenza"), "{problem:?}");
}
