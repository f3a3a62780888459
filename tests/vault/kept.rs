//! Guarantees for all future versions: files of former releases open, and recipients come from inside the vault.

use std::fs;
use std::path::Path;

use crate::local_vault::Vault;
use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Name, ProvenBy, Status};
use credenza::model::integration::{Integration, IntegrationChange, IntegrationSetup};
use credenza::paths::Paths;
use credenza::secret::Passphrase;
use credenza::store::local::WORK_FACTOR;

use super::stage;

#[test]
fn vf_22_a_vault_of_the_first_release_opens_and_takes_a_save() {
    let home = crate::scratch::folder();
    let paths = Paths::discover(Some(home.path())).unwrap();
    paths.create().unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vaults/v1");
    fs::copy(kept.join("identity.age"), paths.identity()).unwrap();
    fs::copy(kept.join("vault.age"), paths.vault()).unwrap();
    let clock = Clock::settable("2026-11-24T10:00:00Z".parse().unwrap());
    let vault = Vault::unlock(&paths, &Passphrase::new("kept for ever".to_owned()), &clock).unwrap();
    let snapshot = vault.snapshot().unwrap();
    let list = &snapshot.credentials.list;
    let names: Vec<_> = list.iter().map(|credential| credential.name.to_string()).collect();
    assert_eq!(names, ["ManageEngine Production", "Okta é", "GitHub Actions"]);
    assert_eq!(snapshot.undo.last().map(String::as_str), Some("delete Gone"));
    let first = &list[0];
    assert_eq!((first.details.owner.as_str(), first.details.description.as_str()), ("IT", "MDM and Service Desk"));
    let tokens = first.tokens.as_ref().unwrap();
    assert!(!tokens.access.expose().is_empty() && tokens.refresh.is_some());
    assert!(list[1].tokens.is_none());
    let name = |text: &str| Name::parse(text).unwrap();
    vault.commit(Change::rename(list[1].id, &name("Okta é"), &name("Okta"))).unwrap();
    assert_eq!(fs::read_dir(paths.backups()).unwrap().count(), 1, "the old file is kept");
    // The file contains no integrations, and one can be added.
    assert!(snapshot.integrations.list.is_empty());
    let setup = IntegrationSetup { credential: Some(list[0].id), ..IntegrationSetup::default() };
    let one = Integration::new(name("CMDB"), "manageengine", setup, clock.now());
    vault.commit(IntegrationChange::Insert { integration: Box::new(one) }).unwrap();
    let again = Vault::unlock(&paths, &Passphrase::new("kept for ever".to_owned()), &clock).unwrap();
    assert_eq!(again.snapshot().unwrap().integrations.using(list[0].id).count(), 1);
}

#[test]
fn vf_22_a_vault_with_keys_opens_and_takes_a_save() {
    let home = crate::scratch::folder();
    let paths = Paths::discover(Some(home.path())).unwrap();
    paths.create().unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vaults/v1-keys");
    fs::copy(kept.join("identity.age"), paths.identity()).unwrap();
    fs::copy(kept.join("vault.age"), paths.vault()).unwrap();
    let clock = Clock::settable("2026-11-24T10:00:00Z".parse().unwrap());
    let vault = Vault::unlock(&paths, &Passphrase::new("kept for ever".to_owned()), &clock).unwrap();
    let list = vault.snapshot().unwrap().credentials.list.clone();
    let read = |at: usize| {
        let credential = &list[at];
        let secrets: Vec<_> =
            credential.setup.secrets.iter().map(|(name, secret)| (name.as_str(), secret.expose())).collect();
        (credential.name.as_str(), secrets, credential.status(clock.now()))
    };
    assert_eq!(read(0), ("PagerDuty on-call", vec![("secret", "k-second")], Status::Authenticated));
    let both = vec![("app_key", "kapplication"), ("secret", "k-datadog")];
    assert_eq!(read(1), ("Datadog", both, Status::NotAuthenticated));
    assert_eq!(read(2), ("Zendesk é", vec![("secret", "pass wörd")], Status::Authenticated));
    assert_eq!(list[0].details.expires_on, Some("2027-06-30".parse().unwrap()));
    vault.commit(Change::Proven { id: list[1].id, by: ProvenBy::Person, host: None, tested: None }).unwrap();
    let after = vault.snapshot().unwrap();
    assert_eq!(after.credentials.list[1].status(clock.now()), Status::Authenticated);
    // The rotation that was made before this file was kept can still be undone.
    vault.undo().unwrap();
}

#[test]
fn vf_09_a_save_encrypts_only_to_the_recipients_inside_the_vault() {
    let stage = stage();
    let id = stage.add("one");
    let identity: age::x25519::Identity = stage.identity().parse().unwrap();
    let stranger = age::x25519::Identity::generate();
    // An attacker adds a recipient outside of the authenticated payload: in a file, and in the header of the vault.
    fs::write(stage.paths.data().join("recipients.txt"), stranger.to_public().to_string()).unwrap();
    let json = age::decrypt(&identity, &fs::read(stage.paths.vault()).unwrap()).unwrap();
    let both: [&dyn age::Recipient; 2] = [&identity.to_public(), &stranger.to_public()];
    let mut sealed = Vec::new();
    let mut writer = age::Encryptor::with_recipients(both.into_iter()).unwrap().wrap_output(&mut sealed).unwrap();
    std::io::Write::write_all(&mut writer, &json).unwrap();
    writer.finish().unwrap();
    fs::write(stage.paths.vault(), sealed).unwrap();
    fs::remove_file(stage.paths.state().join("seen.json")).unwrap();

    let name = |text: &str| Name::parse(text).unwrap();
    let again = stage.again().unwrap();
    again.commit(Change::rename(id, &name("one"), &name("two"))).unwrap();
    let saved = fs::read(stage.paths.vault()).unwrap();
    assert!(age::decrypt(&identity, &saved).is_ok());
    assert!(age::decrypt(&stranger, &saved).is_err(), "the stranger's recipient is gone with the next save");
}

#[test]
fn pp_08_every_identity_file_has_the_same_work_factor_whatever_the_machine_does() {
    let home = crate::scratch::folder();
    let paths = Paths::discover(Some(home.path())).unwrap();
    let [first, second] = ["first passphrase", "second passphrase"].map(|text| Passphrase::new(text.to_owned()));
    let log_n = || {
        let bytes = fs::read(paths.identity()).unwrap();
        let header = String::from_utf8_lossy(&bytes).into_owned();
        let stanza = header.lines().find(|line| line.starts_with("-> scrypt ")).unwrap().to_owned();
        stanza.rsplit(' ').next().unwrap().parse::<u8>().unwrap()
    };
    let vault = Vault::create(&paths, &first, &Clock::system()).unwrap();
    assert_eq!((log_n(), WORK_FACTOR), (18, 18));
    vault.change_passphrase(&first, &second).unwrap();
    assert_eq!(log_n(), 18);
}

/// Many times more than an organization of some size has.
#[test]
fn vf_14_ten_thousand_credentials_open_and_take_an_edit() {
    let stage = stage();
    let mut json: serde_json::Value = {
        stage.add("one");
        let identity: age::x25519::Identity = stage.identity().parse().unwrap();
        let json = age::decrypt(&identity, &fs::read(stage.paths.vault()).unwrap()).unwrap();
        serde_json::from_str(&crate::payload::as_format_1(&String::from_utf8(json).unwrap())).unwrap()
    };
    let one = json["credentials"][0].clone();
    let many = (0..10_000).map(|n| {
        let mut copy = one.clone();
        copy["id"] = uuid::Uuid::from_u128(n).to_string().into();
        copy["name"] = format!("Credential {n}").into();
        copy
    });
    json["credentials"] = many.collect();
    let identity: age::x25519::Identity = stage.identity().parse().unwrap();
    let sealed = age::encrypt(&identity.to_public(), &serde_json::to_vec(&json).unwrap()).unwrap();
    fs::write(stage.paths.vault(), sealed).unwrap();
    fs::remove_file(stage.paths.state().join("seen.json")).unwrap();
    let vault = stage.again().unwrap();
    assert_eq!(vault.snapshot().unwrap().credentials.list.len(), 10_000);
    let id = vault.snapshot().unwrap().credentials.list[9_999].id;
    let name = |text: &str| Name::parse(text).unwrap();
    stage.vault.commit(Change::rename(id, &name("Credential 9999"), &name("The last"))).unwrap();
    assert_eq!(vault.snapshot().unwrap().credentials.list[9_999].name.to_string(), "The last");
}
