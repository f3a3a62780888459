//! What removing a host means for the process that does it, which has the vault open.

use std::fs;

use credenza::model::change::Change;
use credenza::paths::Paths;
use credenza::problem::{Kind, Problem};
use credenza::secret::Secret;
use credenza::store::local::{KeyPrompts, Local, UnlockBy};

use super::{credential, passphrase, stage};
use crate::local_vault::create_throwaway;
use crate::team::ssh_keys;

#[test]
fn the_vault_that_removed_a_host_stays_open_for_what_others_save() {
    let stage = stage();
    let keys = stage.vault.0.admin().unwrap();
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
    let keys = stage.vault.0.admin().unwrap();
    keys.add_host("ci", &stage.home.path().join("ci.key")).unwrap();
    let former = fs::read(stage.paths.vault()).unwrap();
    keys.remove_host("ci", &passphrase()).unwrap();
    fs::write(stage.paths.vault(), former).unwrap();
    let problem = stage.vault.snapshot().unwrap_err();
    assert_eq!(problem.kind, Kind::Refused, "{problem:?}");
    assert!(problem.what.contains("does not have the secret of your vault"), "{problem:?}");
}

#[test]
fn a_copy_is_adopted_by_its_recovery_kit_only_and_over_nothing() {
    let stage = stage();
    let key_file = stage.home.path().join("ci.key");
    stage.vault.0.admin().unwrap().add_host("ci", &key_file).unwrap();
    let text = fs::read_to_string(&key_file).unwrap();
    let host = Secret::new(text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned());
    let adopted = |paths: &Paths| {
        Problem::from(Local::at(paths, &stage.clock, "test").adopt(&stage.paths.vault(), &host).unwrap_err())
    };
    let over = adopted(&stage.paths);
    assert_eq!(over.kind, Kind::Refused);
    assert_eq!(over.what, "There is a vault, or part of one, on this machine.");
    let elsewhere = crate::scratch::folder();
    let paths = Paths::discover(Some(elsewhere.path())).unwrap();
    let by_host = adopted(&paths);
    assert_eq!(by_host.kind, Kind::Refused);
    assert_eq!(by_host.what, "This key is not the recovery kit of that vault.");
    assert!(!paths.vault().exists());
}

#[test]
fn neither_a_second_vault_nor_a_kit_that_is_no_key_is_created() {
    let stage = stage();
    let second = create_throwaway(&stage.paths, &passphrase(), &stage.clock, 4).unwrap_err();
    assert_eq!(second.kind, Kind::Refused);
    assert!(second.what.starts_with("A vault already exists: "), "{second:?}");
    let kit = Problem::from(stage.vault.0.admin().unwrap().set_recovery_recipient("age1nonsense").unwrap_err());
    assert_eq!((kit.kind, kit.what.as_str()), (Kind::Usage, "This is not an age recipient."));
    assert!(!stage.vault.snapshot().unwrap().recovery_kit);
}

/// Nobody who could answer a key's prompts.
#[derive(Debug)]
struct Nobody;

impl KeyPrompts for Nobody {
    fn show(&self, _: &str) {}

    fn secret(&self, question: &str) -> Result<Secret, Problem> {
        panic!("asked: {question}")
    }

    fn text(&self, question: &str) -> Result<String, Problem> {
        panic!("asked: {question}")
    }

    fn choose(&self, question: &str, _: &str, _: Option<&str>) -> Result<bool, Problem> {
        panic!("asked: {question}")
    }
}

#[test]
fn a_key_file_does_not_open_the_local_vault() {
    let stage = stage();
    let key = ssh_keys::plain(stage.home.path(), "id_ed25519");
    let local = Local::at(&stage.paths, &stage.clock, "test");
    let problem = Problem::from(local.unlock(UnlockBy::KeyFile(&key, &Nobody)).map(drop).unwrap_err());
    assert_eq!((problem.kind, problem.what.as_str()), (Kind::Usage, "A key file opens team vaults only."));
    assert!(problem.why.contains("opened by its passphrase"), "{problem}");
}
