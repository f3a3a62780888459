//! VF: integrations in the vault: written, read, merged and undone; and data of a later version.

use std::collections::BTreeMap;
use std::fs;

use crate::local_vault::{Vault, edit_integration};
use credenza::model::change::Change;
use credenza::model::credential::{CredentialId, Name};
use credenza::model::integration::{Format, Integration, IntegrationChange, IntegrationId, IntegrationSetup, Schedule};
use credenza::problem::Kind;

use super::content::{payload, rewrite};
use super::{Stage, stage};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// An integration with a value in every field.
fn full(stage: &Stage, called: &str, credential: Option<CredentialId>) -> Integration {
    let setup = IntegrationSetup {
        credential,
        loads: vec!["mdm-devices".to_owned(), "ec-computers".to_owned()],
        parameters: BTreeMap::from([("platform".to_owned(), "ios é".to_owned())]),
        fields: BTreeMap::from([(
            "mdm-devices".to_owned(),
            credenza::model::integration::parse_fields("device_id,user.email=mail").unwrap(),
        )]),
        folder: "/srv/inventory".to_owned(),
        format: Format::Csv,
        schedule: Schedule::Every(360),
        accept_gone: true,
    };
    Integration::new(name(called), "manageengine", setup, stage.clock.now())
}

fn add(stage: &Stage, called: &str) -> IntegrationId {
    let one = full(stage, called, None);
    let id = one.id;
    stage.vault.commit(IntegrationChange::Insert { integration: Box::new(one) }).unwrap();
    id
}

fn list(vault: &Vault) -> Vec<Integration> {
    vault.snapshot().unwrap().integrations.list.iter().map(|one| Integration::clone(one)).collect()
}

fn called(vault: &Vault) -> Vec<String> {
    list(vault).iter().map(|one| one.name.to_string()).collect()
}

#[test]
fn an_integration_is_read_back_as_it_was_written() {
    let stage = stage();
    let credential = stage.add("Zoho");
    let mut one = full(&stage, "CMDB é", Some(credential));
    one.setup.schedule = Schedule::Daily("06:30".parse().unwrap());
    stage.vault.commit(IntegrationChange::Insert { integration: Box::new(one.clone()) }).unwrap();
    let hosts = BTreeMap::from([("ec-computers".to_owned(), "endpointcentral.manageengine.eu".to_owned())]);
    stage.vault.commit(IntegrationChange::Pin { id: one.id, hosts: hosts.clone() }).unwrap();
    stage.vault.commit(edit_integration(&one, |one| one.paused = true)).unwrap();
    (one.hosts, one.paused) = (hosts, true);
    assert_eq!(list(&stage.again().unwrap()), [one.clone()]);
    let bare = Integration::new(name("Bare"), "okta", IntegrationSetup::default(), stage.clock.now());
    stage.vault.commit(IntegrationChange::Insert { integration: Box::new(bare.clone()) }).unwrap();
    assert_eq!(list(&stage.again().unwrap()), [one.clone(), bare]);
    let snapshot = stage.again().unwrap().snapshot().unwrap();
    assert_eq!(snapshot.integrations.using(credential).map(|one| one.id).collect::<Vec<_>>(), [one.id]);
}

#[test]
fn a_vault_without_integrations_is_written_without_them() {
    let stage = stage();
    let credential = stage.add("Zoho");
    assert!(!payload(&stage).contains("integration"));
    let id = add(&stage, "CMDB");
    assert!(payload(&stage).contains("\n{\"kind\":\"integration\","));
    stage.vault.commit(IntegrationChange::Remove { id }).unwrap();
    stage.vault.commit(Change::Remove { id: credential }).unwrap();
    assert!(!payload(&stage).contains("\n{\"kind\":\"integration\","), "{}", payload(&stage));
}

#[test]
fn vf_11_unknown_keys_and_whole_integrations_of_a_later_version_are_kept_byte_for_byte() {
    const ODD: &str = r#"{"n": 123456789012345678901234567890.10, "e": 1E400, "z": [null, "\u00e9"]}"#;
    const LATER: &str =
        r#"{"id": "00000000-0000-4000-8000-000000000001", "name": "Later", "setup": {"streams":  [1.50, "\u00e9"]}}"#;
    let stage = stage();
    let id = add(&stage, "CMDB");
    rewrite(&stage, |json| {
        json.replacen("\"integrations\": [", &format!("\"integrations\": [{LATER}, \"text\", 7,"), 1).replacen(
            "\"provider\": \"manageengine\"",
            &format!("\"odd\": {ODD}, \"provider\": \"manageengine\""),
            1,
        )
    });
    let vault = stage.again().unwrap();
    assert_eq!(called(&vault), ["CMDB"]);
    let before = &list(&vault)[0];
    let changes =
        [edit_integration(before, |one| one.name = name("Assets")), edit_integration(before, |one| one.paused = true)];
    for change in changes {
        vault.commit(change).unwrap();
        let after = payload(&stage);
        assert!(after.contains(ODD) && after.contains(LATER), "{after}");
        assert!(after.contains("\"text\"") && after.contains('7'), "{after}");
    }
    stage.add("Zoho");
    assert!(payload(&stage).contains(LATER) && payload(&stage).contains(ODD));
    // Deleting removes the integration's own unknown keys; those of other objects are preserved.
    vault.commit(IntegrationChange::Remove { id }).unwrap();
    assert!(payload(&stage).contains(LATER));
    assert_eq!(called(&stage.again().unwrap()), [""; 0]);
}

#[test]
fn vf_15_a_doubled_id_is_kept_and_the_first_one_counts() {
    let stage = stage();
    let id = add(&stage, "CMDB");
    let twin = format!(
        "{{\"id\": \"{id}\", \"name\": \"Twin\", \"provider\": \"p\", \"setup\": {{\"loads\": []}}, \"created_at\": \"2026-11-23T10:00:00Z\"}}"
    );
    rewrite(&stage, |json| {
        let end = json.find("\"undo\"").unwrap();
        let at = json[..end].rfind(']').unwrap();
        format!("{}, {twin}{}", &json[..at], &json[at..])
    });
    let vault = stage.again().unwrap();
    assert_eq!(called(&vault), ["CMDB"]);
    vault.commit(edit_integration(&list(&vault)[0], |one| one.paused = true)).unwrap();
    assert!(payload(&stage).contains(&twin), "{}", payload(&stage));
    assert_eq!(called(&stage.again().unwrap()), ["CMDB"]);
}

#[test]
fn each_edit_is_taken_back_also_by_another_process() {
    let stage = stage();
    let id = add(&stage, "CMDB");
    let before = list(&stage.vault);
    let other = IntegrationSetup { folder: "/srv/other".to_owned(), ..before[0].setup.clone() };
    let rows = [
        (edit_integration(&before[0], |one| one.name = name("Assets")), "rename the integration CMDB to Assets"),
        (edit_integration(&before[0], |one| one.setup = other), "edit the integration CMDB"),
        (edit_integration(&before[0], |one| one.paused = true), "pause the integration CMDB"),
        (IntegrationChange::Remove { id }, "delete the integration CMDB"),
    ];
    for (change, label) in rows {
        for reopened in [false, true] {
            stage.vault.commit(change.clone()).unwrap();
            assert_ne!(list(&stage.vault), before, "{label}");
            let undoing = if reopened { stage.again().unwrap() } else { stage.vault.clone() };
            assert_eq!(undoing.undo().unwrap(), label);
            assert_eq!(list(&stage.again().unwrap()), before, "{label}");
            assert_eq!(list(&stage.vault), before, "{label}");
        }
    }
    assert_eq!(stage.again().unwrap().undo().unwrap(), "add the integration CMDB");
    assert!(list(&stage.vault).is_empty());
    assert_eq!(stage.vault.undo().unwrap_err().kind, Kind::NotFound);
}

#[test]
fn what_a_run_notes_is_no_step_of_undo() {
    let stage = stage();
    let id = add(&stage, "CMDB");
    let steps = stage.vault.snapshot().unwrap().undo.clone();
    stage.vault.commit(IntegrationChange::Pin { id, hosts: BTreeMap::from([("x".into(), "h".into())]) }).unwrap();
    // Setting `paused` to the value it already has is no undo step either.
    stage.vault.commit(edit_integration(&list(&stage.vault)[0], |one| one.paused = false)).unwrap();
    assert_eq!(stage.again().unwrap().snapshot().unwrap().undo, steps);
    // Undoing a deletion restores the pinned hosts.
    stage.vault.commit(IntegrationChange::Remove { id }).unwrap();
    stage.again().unwrap().undo().unwrap();
    assert_eq!(list(&stage.vault)[0].hosts["x"], "h");
}

#[test]
fn edits_of_two_processes_merge_and_the_same_one_says_who_was_faster() {
    let stage = stage();
    let id = add(&stage, "CMDB");
    let before = &list(&stage.vault)[0];
    let rename = |to: &str| edit_integration(before, |one| one.name = name(to));
    let (one, other) = (stage.again().unwrap(), stage.again().unwrap());
    assert_eq!(called(&one), called(&other));
    one.commit(rename("Assets")).unwrap();
    other.commit(edit_integration(before, |one| one.paused = true)).unwrap();
    let now = &list(&one)[0];
    assert_eq!((now.name.as_str(), now.paused), ("Assets", true));
    let configure = |to: &str| edit_integration(before, |one| one.setup.folder = to.to_owned());
    one.commit(configure("/srv/one")).unwrap();
    let refused = other.commit(configure("/srv/other")).unwrap_err();
    assert_eq!(refused.kind, Kind::Refused);
    assert!(
        refused.what.contains("folder of the integration \"Assets\"") && refused.why.contains("/srv/one"),
        "{refused}"
    );
    assert_eq!(list(&other)[0].setup.folder, "/srv/one");
    let late = other.commit(rename("Late")).unwrap_err();
    assert_eq!(late.kind, Kind::Refused);
    let twin = full(&stage, "ASSETS", None);
    let taken = other.commit(IntegrationChange::Insert { integration: Box::new(twin) }).unwrap_err();
    assert_eq!(taken.kind, Kind::Usage);
    one.commit(IntegrationChange::Remove { id }).unwrap();
    let gone = other.commit(edit_integration(before, |one| one.paused = true)).unwrap_err();
    assert_eq!(gone.kind, Kind::NotFound);
    // Credentials and integrations have separate namespaces, as each command refers to one of the two.
    stage.add("Assets");
}

#[test]
fn undo_that_no_longer_fits_is_refused_and_changes_nothing() {
    let stage = stage();
    let id = add(&stage, "CMDB");
    let other = stage.again().unwrap();
    stage.vault.commit(IntegrationChange::Remove { id }).unwrap();
    let twin = full(&stage, "cmdb", None);
    other.commit(IntegrationChange::Insert { integration: Box::new(twin) }).unwrap();
    assert_eq!(other.undo().unwrap(), "add the integration cmdb");
    assert_eq!(other.undo().unwrap(), "delete the integration CMDB");
    assert_eq!(called(&stage.vault), ["CMDB"]);
    // Undoing a deletion, while another integration has taken the name.
    stage.vault.commit(IntegrationChange::Remove { id }).unwrap();
    rewrite(&stage, |json| {
        let twin = serde_json::to_string(&full(&stage, "cmdb", None)).unwrap();
        json.replacen("\"undo\":", &format!("\"integrations\": [{twin}], \"undo\":"), 1)
    });
    let vault = stage.again().unwrap();
    let before = fs::read(stage.paths.vault()).unwrap();
    assert_eq!(vault.undo().unwrap_err().kind, Kind::Refused);
    assert_eq!(fs::read(stage.paths.vault()).unwrap(), before);
    assert_eq!(called(&vault), ["cmdb"]);
}

#[test]
fn a_purge_and_a_way_back_leave_integrations_and_their_steps_alone() {
    let stage = stage();
    let gone = stage.add("Gone");
    add(&stage, "CMDB");
    stage.vault.commit(edit_integration(&list(&stage.vault)[0], |one| one.paused = true)).unwrap();
    stage.vault.commit(Change::Remove { id: gone }).unwrap();
    stage.vault.commit(edit_integration(&list(&stage.vault)[0], |one| one.name = name("Assets"))).unwrap();
    let purged = stage.vault.purge(true).unwrap();
    assert!(purged.found.iter().all(|what| !what.contains("integration")), "{purged:?}");
    let undo = stage.vault.snapshot().unwrap().undo.clone();
    let steps = ["add the integration CMDB", "pause the integration CMDB", "rename the integration CMDB to Assets"];
    assert_eq!(undo, steps);
    assert_eq!(stage.again().unwrap().undo().unwrap(), steps[2]);
    assert_eq!((called(&stage.vault), list(&stage.vault)[0].paused), (vec!["CMDB".to_owned()], true));
    for generation in stage.vault.versions() {
        let held = stage.vault.0.version(generation.number).unwrap();
        assert!(held.credentials.by_id(gone).is_none(), "generation {}", generation.number);
    }
}

#[test]
fn a_deleted_credential_stays_named_by_its_integrations_and_comes_back_to_them() {
    let stage = stage();
    let credential = stage.add("Zoho");
    let one = full(&stage, "CMDB", Some(credential));
    stage.vault.commit(IntegrationChange::Insert { integration: Box::new(one) }).unwrap();
    stage.vault.commit(Change::Remove { id: credential }).unwrap();
    let vault = stage.again().unwrap();
    assert_eq!(list(&vault)[0].setup.credential, Some(credential));
    vault.undo().unwrap();
    let snapshot = vault.snapshot().unwrap();
    assert_eq!(snapshot.integrations.using(credential).count(), 1);
    assert!(snapshot.credentials.by_id(credential).is_some());
}
