//! Versions of the vault: listing, comparing, restoring, and purging deleted data from them.

use std::fs;

use super::Cli;
use crate::service::{Fake, Home};

#[test]
fn each_generation_tells_what_it_changed_and_no_value() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    cli.run(&["rename", "Zoho EU", "Zoho"]).ends(0);
    cli.run(&["delete", "Zoho"]).ends(0);
    let list = cli.run(&["history", "--json"]).ends(0).json();
    let told: Vec<_> = list.as_array().unwrap().iter().map(|row| (&row["generation"], &row["changes"])).collect();
    let change = |name: &str, change: &str, fields: &[&str]| serde_json::json!([{ "kind": "credential", "name": name, "change": change, "fields": fields }]);
    let expected = [
        (1.into(), serde_json::json!([])),
        (2.into(), change("Zoho EU", "added", &[])),
        (3.into(), change("Zoho", "changed", &["name"])),
        (4.into(), change("Zoho", "removed", &[])),
    ];
    assert_eq!(
        told,
        expected
            .iter()
            .map(|(number, changes): &(serde_json::Value, serde_json::Value)| (number, changes))
            .collect::<Vec<_>>()
    );
    let table = cli.run(&["history"]).ends(0).out;
    assert!(table.contains("changed Zoho (name)") && table.contains("removed Zoho"), "{table}");
    let compared = cli.run(&["history", "3"]).ends(0).out;
    assert_eq!(compared, "added Zoho\n");
    cli.run(&["history", "99"]).ends(3);
}

#[test]
fn ar_07_going_back_makes_a_new_generation_above_all_others() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    cli.run(&["delete", "Zoho EU"]).ends(0);
    let back = cli.run(&["restore", "--generation", "2", "--json"]).ends(0).json();
    assert_eq!(back["credentials"], 1);
    cli.run(&["show", "Zoho EU"]).ends(0);
    let list = cli.run(&["history", "--json"]).ends(0).json();
    let newest = list.as_array().unwrap().last().unwrap().clone();
    assert!(newest["generation"].as_u64().unwrap() > 3, "{newest}");
    cli.run(&["restore", "--generation", "77"]).ends(3);
}

#[test]
fn ar_07_tokens_that_came_back_say_so_in_the_history() {
    let home = Home::with(&Fake::start());
    home.token_command(&[]).output().unwrap();
    let session = home.session();
    credenza::engine::ops::history::go_back(&session, 3).unwrap();
    let events: Vec<_> = home.stored().history.iter().map(|event| event.kind).collect();
    assert!(events.contains(&credenza::model::credential::EventKind::Restored), "{events:?}");
}

#[test]
fn ar_11_what_was_deleted_is_in_no_backup_after_a_purge() {
    let cli = Cli::new();
    cli.add("Gone").ends(0);
    cli.add("Stays").ends(0);
    let deleted = cli.run(&["delete", "Gone"]).ends(0);
    assert!(deleted.err.contains("credenza purge"), "{}", deleted.err);
    cli.run(&["rename", "Stays", "Stays here"]).ends(0);
    let asked = cli.run(&["purge", "--json"]).ends(0).json();
    assert_eq!((&asked["purged"], asked["files"].as_array().unwrap().len()), (&false.into(), 3));
    assert!(fs::read_dir(cli.folder().join("data/backups")).unwrap().count() >= 4, "nothing was removed");
    cli.run(&["purge", "--yes"]).ends(0);
    let session = {
        let paths = credenza::paths::Paths::discover(Some(cli.folder())).unwrap();
        let passphrase = credenza::secret::Passphrase::new("test".to_owned());
        crate::local_vault::Vault::unlock(&paths, &passphrase, &credenza::clock::Clock::system()).unwrap()
    };
    for generation in session.versions() {
        let held = session.0.version(generation.number).unwrap();
        let text = format!("{:?} {:?}", held.credentials.list, held.undo);
        assert!(!text.contains("Gone"), "generation {}: {text}", generation.number);
    }
    assert_eq!(session.purge(false).unwrap().files.len(), 0);
    cli.run(&["show", "Stays here"]).ends(0);
    cli.run(&["undo"]).ends(0);
    cli.run(&["show", "Stays"]).ends(0);
    cli.run(&["show", "Gone"]).ends(3);
}

#[test]
fn ar_10_a_copy_of_a_sync_tool_is_noticed_and_can_be_compared() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let copy = cli.folder().join("data/vault (conflicted copy).age");
    fs::copy(cli.folder().join("data/vault.age"), &copy).unwrap();
    cli.add("Okta").ends(0);
    let told = cli.run(&["doctor", "--json"]).out;
    assert!(told.contains("conflicted copy"), "{told}");
    let compared = cli.run(&["history", copy.to_str().unwrap()]).ends(0).out;
    assert_eq!(compared, "removed Okta\n");
}

#[test]
fn each_generation_tells_of_integrations_as_of_credentials() {
    let cli = Cli::new();
    let run = |arguments: &[&str]| cli.run(&[&["integration"], arguments].concat()).ends(0);
    run(&["add", "--name", "CMDB", "--provider", "manageengine", "--load", "ec-computers"]);
    run(&["edit", "CMDB", "--schedule", "6h"]);
    run(&["pause", "CMDB"]);
    run(&["rename", "CMDB", "Assets"]);
    cli.add("Zoho EU").ends(0);
    run(&["delete", "Assets"]);
    let list = cli.run(&["history", "--json"]).ends(0).json();
    let told: Vec<_> = list.as_array().unwrap().iter().map(|row| row["changes"].clone()).collect();
    let change = |kind: &str, name: &str, change: &str, fields: &[&str]| serde_json::json!([{ "kind": kind, "name": name, "change": change, "fields": fields }]);
    let expected = [
        serde_json::json!([]),
        change("integration", "CMDB", "added", &[]),
        change("integration", "CMDB", "changed", &["setup"]),
        change("integration", "CMDB", "changed", &["paused"]),
        change("integration", "Assets", "changed", &["name"]),
        change("credential", "Zoho EU", "added", &[]),
        change("integration", "Assets", "removed", &[]),
    ];
    assert_eq!(told, expected);
    let table = cli.run(&["history"]).ends(0).out;
    assert!(table.contains("changed the integration CMDB (paused)"), "{table}");
    // Restores the integration from before it was renamed and deleted, with the contents it had then.
    assert_eq!(cli.run(&["history", "4"]).ends(0).out, "removed Zoho EU\nadded the integration CMDB\n");
    cli.run(&["restore", "--generation", "4"]).ends(0);
    let back = cli.run(&["integration", "show", "CMDB", "--json"]).ends(0).json();
    assert_eq!((&back["paused"], &back["schedule"]), (&true.into(), &"6h".into()));
    assert_eq!(cli.run(&["history", "4"]).ends(0).out, "Same as the current vault.\n");
}
