//! VF: the contents: unknown keys, later versions, absurd values; and undo.

use std::fs;

use crate::local_vault::Vault;
use credenza::model::change::Change;
use credenza::model::credential::{MAIN_SECRET, Name, ProvenBy, Status};
use credenza::problem::Kind;
use credenza::secret::Secret;

use super::{Stage, passphrase, stage};
use crate::payload::as_format_1;

/// Decrypts the payload with the age crate only, lets `edit` change it in format 1, and writes it back.
pub(super) fn rewrite(stage: &Stage, edit: impl FnOnce(String) -> String) {
    replace(stage, &edit(as_format_1(&payload(stage))));
}

/// Replaces the payload of the stage's vault.
pub(super) fn replace(stage: &Stage, json: &str) {
    let identity = key(stage);
    fs::write(stage.paths.vault(), age::encrypt(&identity.to_public(), json.as_bytes()).unwrap()).unwrap();
    // As if another machine had written it: this one has no record of the version.
    let _ = fs::remove_file(stage.paths.state().join("seen.json"));
}

fn key(stage: &Stage) -> age::x25519::Identity {
    stage.identity().parse().unwrap()
}

pub(super) fn payload(stage: &Stage) -> String {
    let json = age::decrypt(&key(stage), &fs::read(stage.paths.vault()).unwrap()).unwrap();
    String::from_utf8(json).unwrap()
}

#[test]
fn vf_10_a_later_format_is_refused_and_left_alone() {
    let stage = stage();
    rewrite(&stage, |json| json.replace("\"format\": 1", "\"format\": 99, \"new\": {\"a\": 1}"));
    let before = fs::read(stage.paths.vault()).unwrap();
    let problem = stage.again().unwrap_err();
    assert_eq!(problem.kind, Kind::Refused);
    assert!(problem.what.contains("99"), "{problem}");
    assert!(stage.vault.commit(Change::Insert(Box::new(super::credential("x", stage.clock.now())))).is_err());
    assert_eq!(before, fs::read(stage.paths.vault()).unwrap());
}

#[test]
fn vf_11_unknown_keys_are_kept_byte_for_byte() {
    const ODD: &str = r#"{"n": 123456789012345678901234567890.10, "e": 1E400, "z": [null, "\u00e9"]}"#;
    let stage = stage();
    let id = stage.add("one");
    rewrite(&stage, |json| {
        json.replacen("{\n", &format!("{{\n\"later\": {ODD},\n"), 1)
            .replace("\"provider\": ", &format!("\"odd\": {ODD}, \"provider\": "))
    });
    let vault = stage.again().unwrap();
    let (from, to) = (Name::parse("one").unwrap(), Name::parse("two").unwrap());
    vault.commit(Change::rename(id, &from, &to)).unwrap();
    let after = payload(&stage);
    assert_eq!(after.matches(ODD).count(), 2, "{after}");
}

#[test]
fn vf_11_keys_and_what_a_later_release_writes_beside_them_outlive_a_save() {
    let stage = stage();
    let mut credential = super::credential("one", stage.clock.now());
    let id = credential.id;
    for (name, text) in [(MAIN_SECRET, "key \u{e9}"), ("app_key", "second")] {
        credential.setup.secrets.insert(name.to_owned(), Secret::new(text.to_owned()));
    }
    stage.vault.commit(Change::Insert(Box::new(credential))).unwrap();
    let proven = Change::Proven { id, by: ProvenBy::Test, host: Some("api.example:8443".to_owned()), tested: None };
    stage.vault.commit(proven).unwrap();
    rewrite(&stage, |json| json.replace("\"secrets\": ", "\"later\": [1, {}], \"secrets\": "));
    let vault = stage.again().unwrap();
    let (from, to) = (Name::parse("one").unwrap(), Name::parse("two").unwrap());
    vault.commit(Change::rename(id, &from, &to)).unwrap();
    assert!(payload(&stage).contains("\"later\":[1, {}]"), "{}", payload(&stage));
    let kept = |vault: &Vault| vault.snapshot().unwrap().credentials.by_id(id).unwrap().clone();
    let now = kept(&vault);
    assert_eq!(now.setup.secrets[MAIN_SECRET].expose(), "key \u{e9}");
    assert_eq!(now.setup.secrets["app_key"].expose(), "second");
    assert_eq!(now.proof.as_ref().unwrap().host.as_deref(), Some("api.example:8443"));
    assert_eq!(now.status(stage.clock.now()), Status::Authenticated);
    // After replacing, undoing, deleting and restoring, the same is stored each time.
    let new = crate::local_vault::edit(&now, |one| {
        one.setup.secrets.insert(MAIN_SECRET.to_owned(), Secret::new("new".to_owned()));
    });
    vault.commit(new).unwrap();
    assert_eq!(kept(&vault).status(stage.clock.now()), Status::NotAuthenticated, "another key proves itself anew");
    vault.undo().unwrap();
    vault.commit(Change::Remove { id }).unwrap();
    stage.again().unwrap().undo().unwrap();
    assert_eq!(kept(&stage.again().unwrap()).setup.secrets[MAIN_SECRET].expose(), "key \u{e9}");
}

#[test]
fn vf_12_a_payload_that_is_not_our_json_is_refused_without_quoting_it() {
    for bad in
        ["\u{feff}{}", "CNRY-not-json", "{\"format\": 1, \"vault_id\": 7, \"CNRY\": 1}", "[]", "{\"format\":1}\0"]
    {
        let stage = stage();
        rewrite(&stage, |_| bad.to_owned());
        let problem = stage.again().unwrap_err();
        assert_eq!(problem.kind, Kind::Storage, "{bad:?}");
        assert!(!format!("{problem:?}").contains("CNRY"), "{problem:?}");
    }
}

#[test]
fn vf_14_deep_nesting_neither_overflows_the_stack_nor_is_lost() {
    let stage = stage();
    rewrite(&stage, |json| {
        json.replacen('{', &format!("{{\"deep\": {}{},", "[".repeat(100_000), "]".repeat(100_000)), 1)
    });
    // An unknown key is skipped without recursion, and preserved.
    stage.again().unwrap();
    stage.add("one");
    assert!(payload(&stage).contains(&"[".repeat(100_000)));
    let other = super::stage();
    rewrite(&other, |json| {
        json.replacen("\"credentials\": [", &format!("\"credentials\": [{}", "[".repeat(100_000)), 1)
    });
    assert_eq!(other.again().unwrap_err().kind, Kind::Storage);
}

#[test]
fn vf_15_a_doubled_id_is_kept_and_shown_apart() {
    let stage = stage();
    stage.add("one");
    let row = |json: &str| {
        let from = json.find("\"credentials\": [").unwrap() + "\"credentials\": [".len();
        let to = json.find("\"tombstones\"").unwrap();
        json[from..to].trim_end().trim_end_matches(',').trim_end_matches(']').to_owned()
    };
    rewrite(&stage, |json| json.replacen("\"credentials\": [", &format!("\"credentials\": [{},", row(&json)), 1));
    let snapshot = stage.again().unwrap().snapshot().unwrap();
    assert_eq!(snapshot.credentials.list.len(), 1);
    assert_eq!(snapshot.unreadable, ["one"]);
    stage.add("two");
    assert_eq!(payload(&stage).matches("\"name\":\"one\"").count(), 2, "nothing is lost");
}

#[test]
fn vf_16_one_absurd_credential_does_not_sink_the_others() {
    let stage = stage();
    stage.add("good");
    stage.add("absurd");
    rewrite(&stage, |json| {
        let at = json.find("\"name\": \"absurd\"").unwrap();
        let (head, tail) = json.split_at(at);
        head.to_owned() + &tail.replacen("\"created_at\": \"2026", "\"created_at\": \"1000000", 1)
    });
    let snapshot = stage.again().unwrap().snapshot().unwrap();
    assert_eq!(snapshot.credentials.list.len(), 1);
    assert_eq!(snapshot.unreadable, ["absurd"]);
    stage.add("third");
    assert!(payload(&stage).contains("\"created_at\":\"1000000"), "kept as it stands");
}

#[test]
fn undo_takes_a_delete_back_with_everything_and_survives_a_restart() {
    let stage = stage();
    let id = stage.add("one");
    stage.vault.commit(Change::Remove { id }).unwrap();
    assert!(stage.names().is_empty());
    let vault = stage.again().unwrap();
    assert_eq!(vault.snapshot().unwrap().undo, ["add one", "delete one"]);
    assert_eq!(vault.undo().unwrap(), "delete one");
    assert_eq!(stage.names(), ["one"]);
    assert_eq!(vault.undo().unwrap(), "add one");
    assert_eq!(vault.undo().unwrap_err().kind, Kind::NotFound);
}

#[test]
fn a_recovery_kit_opens_the_vault_and_is_part_of_its_content() {
    let stage = stage();
    let (kit, recipient) = credenza::store::local::recovery_kit();
    stage.vault.add_recovery_recipient(&recipient).unwrap();
    stage.add("one");
    fs::remove_file(stage.paths.identity()).unwrap();
    let vault = Vault::unlock_with_identity(&stage.paths, &kit, &stage.clock).unwrap();
    let snapshot = vault.snapshot().unwrap();
    assert!(snapshot.recovery_kit);
    assert_eq!(snapshot.credentials.list.len(), 1);
}

#[test]
fn pp_06_a_changed_passphrase_opens_and_the_old_one_does_not() {
    let stage = stage();
    let new = credenza::secret::Passphrase::new("new".to_owned());
    assert_eq!(stage.vault.change_passphrase(&new, &passphrase()).unwrap_err().kind, Kind::Locked);
    assert_eq!(stage.vault.change_passphrase(&passphrase(), &passphrase()).unwrap_err().kind, Kind::Usage);
    stage.vault.change_passphrase(&passphrase(), &new).unwrap();
    assert_eq!(stage.again().unwrap_err().kind, Kind::Locked);
    Vault::unlock(&stage.paths, &new, &stage.clock).unwrap();
    let header = String::from_utf8_lossy(&fs::read(stage.paths.identity()).unwrap()).into_owned();
    let stanza = header.lines().find(|line| line.starts_with("-> scrypt")).unwrap().to_owned();
    assert!(stanza.ends_with(" 18"), "pp_08: the work factor is the constant, whatever the load: {stanza}");
}
