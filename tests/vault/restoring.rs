//! Restoring an older version deliberately: nothing is lost, and nothing old is mistaken for new.

use std::fs;

use crate::local_vault::Vault;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId, EventKind, Tokens};
use credenza::problem::{Kind, Problem};
use credenza::secret::{AccessToken, Passphrase, RefreshToken};

use super::{Stage, credential, passphrase, stage};

fn restore(stage: &Stage, from: Option<&std::path::Path>) -> Result<Vault, Problem> {
    Vault::restore(&stage.paths, &passphrase(), from, &stage.clock)
}

fn insert_with_tokens(stage: &Stage, name: &str) -> CredentialId {
    let now = stage.clock.now();
    let mut credential = credential(name, now);
    credential.tokens = Some(Tokens {
        access: AccessToken::new("CNRY-access".to_owned()),
        refresh: Some(RefreshToken::new("CNRY-refresh".to_owned())),
        received_at: now,
        expires_at: None,
        refresh_expires_at: None,
        scopes: None,
        captured: std::collections::BTreeMap::new(),
    });
    let id = credential.id;
    stage.vault.commit(Change::Insert(Box::new(credential))).unwrap();
    id
}

fn one(vault: &Vault, id: CredentialId) -> Credential {
    vault.snapshot().unwrap().credentials.by_id(id).unwrap().clone()
}

#[test]
fn ar_07_an_older_file_becomes_the_newest_and_says_that_its_tokens_may_be_stale() {
    let stage = stage();
    let id = insert_with_tokens(&stage, "one");
    let plain = stage.add("without tokens");
    let old = fs::read(stage.paths.vault()).unwrap();
    for n in 0..5 {
        stage.add(&format!("later {n}"));
    }
    let newest = fs::read(stage.paths.vault()).unwrap();
    fs::write(stage.paths.vault(), &old).unwrap();
    assert_eq!(stage.again().unwrap_err().kind, Kind::RolledBack);

    let restored = restore(&stage, None).unwrap();
    assert_eq!(stage.names(), ["one", "without tokens"]);
    assert!(restored.snapshot().unwrap().generation > 8, "above every generation that was seen");
    let last = one(&restored, id).history.last().unwrap().clone();
    assert_eq!((last.kind, last.detail.as_str()), (EventKind::Restored, "from version 3"));
    assert!(one(&restored, plain).history.iter().all(|event| event.kind != EventKind::Restored));
    // The file that was the newest before is now refused, like any older file.
    fs::write(stage.paths.vault(), newest).unwrap();
    assert_eq!(stage.again().unwrap_err().kind, Kind::RolledBack);
}

#[test]
fn ar_07_a_backup_is_restored_and_the_file_it_replaces_is_kept() {
    let stage = stage();
    stage.add("one");
    stage.add("two");
    let backup = stage.paths.backups().join("vault-000000000002-20261123.age");
    let newest = fs::read(stage.paths.vault()).unwrap();
    restore(&stage, Some(&backup)).unwrap();
    assert_eq!(stage.names(), ["one"]);
    let kept =
        fs::read_dir(stage.paths.backups()).unwrap().any(|entry| fs::read(entry.unwrap().path()).unwrap() == newest);
    assert!(kept, "the newest is in backups/");
}

#[test]
fn vf_17_of_two_copies_that_grew_apart_the_one_that_is_there_can_be_kept() {
    let stage = stage();
    let before = fs::read(stage.paths.vault()).unwrap();
    stage.add("here");
    let here = fs::read(stage.paths.vault()).unwrap();
    // The other machine saved the same version with different contents.
    fs::write(stage.paths.vault(), before).unwrap();
    fs::remove_file(stage.paths.state().join("seen.json")).unwrap();
    stage.again().unwrap().commit(Change::Insert(Box::new(credential("there", stage.clock.now())))).unwrap();
    fs::write(stage.paths.vault(), here).unwrap();
    let problem = stage.again().unwrap_err();
    assert!(problem.what.contains("changed in two places"), "{problem}");
    restore(&stage, None).unwrap();
    assert_eq!(stage.names(), ["here"]);
}

#[test]
fn only_a_file_of_this_vault_is_restored_and_only_with_its_passphrase() {
    let (one, other) = (stage(), stage());
    one.add("one");
    let before = super::tree(one.home.path());
    assert_eq!(restore(&one, Some(&other.paths.vault())).unwrap_err().kind, Kind::Storage);
    assert_eq!(restore(&one, Some(std::path::Path::new("/nonexistent"))).unwrap_err().kind, Kind::Storage);
    let wrong = Passphrase::new("wrong".to_owned());
    assert_eq!(Vault::restore(&one.paths, &wrong, None, &one.clock).unwrap_err().kind, Kind::Locked);
    assert_eq!(before, super::tree(one.home.path()));
}

#[test]
fn tm_06_of_two_copies_the_generation_decides_whatever_their_clocks_said() {
    let stage = stage();
    stage.add("one");
    let older = fs::read(stage.paths.vault()).unwrap();
    // The newer one is written by a machine whose clock is a year behind.
    stage.clock.set(stage.clock.now() - jiff::SignedDuration::from_hours(365 * 24));
    stage.add("two");
    let newer = fs::read(stage.paths.vault()).unwrap();
    assert_eq!(stage.names(), ["one", "two"]);
    fs::write(stage.paths.vault(), older).unwrap();
    assert_eq!(stage.again().unwrap_err().kind, Kind::RolledBack, "written a year later, and older all the same");
    fs::write(stage.paths.vault(), newer).unwrap();
    assert_eq!(stage.names(), ["one", "two"]);
}
