//! `loads`, `add`, `list`, `show`, `edit`, `rename`, `duplicate`, `delete`, `pause` and `resume`: valid and invalid
//! arguments, and output.

use serde_json::{Value, json};

use super::{Desk, problem};
use crate::cli::Cli;

#[test]
fn loads_tell_what_there_is_without_a_vault() {
    let cli = Cli::empty();
    let run = |arguments: &[&str]| cli.run(&[&["integration", "loads", "--no-input"], arguments].concat());
    let table = run(&[]).ends(0);
    assert_eq!(
        table.out.split_whitespace().take(5).collect::<Vec<_>>(),
        ["PROVIDER", "LOAD", "RECORDS", "SCOPE", "PARAMETERS"]
    );
    assert!(table.out.contains("ec-computers") && table.out.contains("Endpoint Central: Computers"), "{table:?}");
    let all = run(&["--json"]).ends(0).json();
    let one = run(&["manageengine", "--json"]).ends(0).json();
    assert!(all.as_array().unwrap().len() > one.as_array().unwrap().len());
    let ids: Vec<_> = one.as_array().unwrap().iter().map(|load| load["load"].as_str().unwrap()).collect();
    assert_eq!(ids, ["mdm-devices", "sdp-assets", "sdp-portal-assets", "ec-computers"]);
    assert_eq!(one[2]["parameters"], json!({ "portal": "Portal" }));
    assert!(one[0]["filters"]["platform"].as_str().unwrap().contains("android"), "{one}");
    let keys: Vec<_> = one[3].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["provider", "load", "label", "scope", "parameters", "filters", "key"]);
    let unknown = run(&["nobody", "--json"]).ends(3);
    assert!(unknown.out.is_empty() && problem(&unknown)["kind"] == "not_found", "{unknown:?}");
    // This provider has no loads.
    run(&["zoho"]).ends(3);
}

#[test]
fn one_is_added_by_its_credential_and_shown_as_documented() {
    let desk = Desk::new();
    let folder = desk.folder("out");
    let words = "add --name CMDB --credential zoho --load mdm-devices --load sdp-portal-assets --set portal=itdesk \
        --fields mdm-devices=device_id,user.user_email=email --format csv --schedule 6h";
    let mut arguments: Vec<&str> = words.split_whitespace().collect();
    arguments.extend(["--set", "platform= ios ", "--folder", &folder]);
    let added = desk.json(&arguments);
    let shown = desk.json(&["show", "cmd"]);
    let keys: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    let documented = "id name provider credential loads parameters fields folder format schedule accept_gone paused state next_run \
        last_session hosts created_at";
    assert_eq!(keys.join(" "), documented);
    assert_eq!(added["id"], shown["id"]);
    assert_eq!(shown["credential"]["name"], "Zoho");
    let expected = [
        ("name", json!("CMDB")),
        ("provider", json!("manageengine")),
        ("loads", json!(["mdm-devices", "sdp-portal-assets"])),
        ("parameters", json!({ "platform": "ios", "portal": "itdesk" })),
        ("fields", json!({ "mdm-devices": ["device_id", "user.user_email=email"] })),
        ("folder", json!(folder)),
        ("format", json!("csv")),
        ("schedule", json!("6h")),
        ("accept_gone", json!(false)),
        ("paused", json!(false)),
        ("state", json!("never_run")),
        ("next_run", shown["created_at"].clone()),
        ("last_session", Value::Null),
        ("hosts", json!({})),
    ];
    for (key, value) in expected {
        assert_eq!(shown[key], value, "{key}");
    }
    let text = desk.run(&["show", "CMDB"]).ends(0).out;
    for part in ["mdm-devices, fields device_id,user.user_email=email", "portal=itdesk", "6h", "Never run"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn one_is_added_by_its_provider_alone_and_listed() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    let bare = desk.json(&["add", "--name", "Bare", "--provider", "manageengine", "--load", "ec-computers"]);
    assert_eq!((&bare["credential"], &bare["state"]), (&Value::Null, &json!("no_credential")));
    assert_eq!(desk.json(&["list"]).as_array().unwrap().len(), 2);
    let table = desk.run(&["list"]).ends(0).out;
    assert!(table.starts_with("NAME ") && table.contains("CMDB") && table.contains("No credential"), "{table}");
}

#[test]
fn an_empty_list_says_where_to_go_on_and_prints_nothing() {
    let desk = Desk::empty();
    let ran = desk.run(&["list"]).ends(0);
    assert!(ran.out.is_empty() && ran.err.contains("credenza integration loads"), "{ran:?}");
    assert_eq!(desk.json(&["list"]), json!([]));
}

#[test]
fn what_does_not_fit_is_named_with_what_would() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    let folder = desk.folder("CMDB");
    let rows: [(&[&str], i32, &str); 17] = [
        (&["--credential", "Zoho", "--load", "nothing"], 2, "Choose one of: mdm-devices, sdp-assets"),
        (&["--credential", "Zoho"], 2, "No record types were chosen"),
        (&["--credential", "Zoho", "--load", "ec-computers", "--load", "ec-computers"], 2, "chosen twice"),
        (&["--credential", "Nobody", "--load", "ec-computers"], 3, "no credential \"Nobody\""),
        (&["--provider", "nobody", "--load", "ec-computers"], 3, "no integration \"nobody\""),
        (&["--provider", "okta", "--credential", "Zoho", "--load", "users"], 2, "credential for another provider"),
        (&["--provider", "zoho", "--load", "x"], 2, "has no record types"),
        (&["--load", "ec-computers"], 2, "--provider"),
        (&["--credential", "Zoho", "--load", "ec-computers", "--set", "portal=x"], 2, "has no setting named portal"),
        (&["--credential", "Zoho", "--load", "ec-computers", "--set", "portal"], 2, "KEY=VALUE"),
        (
            &["--credential", "Zoho", "--load", "ec-computers", "--fields", "mdm-devices=a"],
            2,
            "which this integration does not sync",
        ),
        (&["--credential", "Zoho", "--load", "ec-computers", "--fields", "ec-computers=a..b"], 2, "is not a field"),
        (&["--credential", "Zoho", "--load", "ec-computers", "--fields", "ec-computers=a=x,b=x"], 2, "Two fields"),
        (&["--credential", "Zoho", "--load", "ec-computers", "--schedule", "4m"], 2, "5m to 28d"),
        (&["--credential", "Zoho", "--load", "ec-computers", "--format", "xml"], 2, "ndjson or csv"),
        (&["--credential", "Zoho", "--load", "ec-computers", "--folder", "/srv/../etc"], 2, "without \"..\""),
        (
            &["--credential", "Zoho", "--load", "ec-computers", "--folder", &folder],
            2,
            "writes ec-computers to that folder",
        ),
    ];
    for (arguments, code, says) in rows {
        let ran = desk.run(&[&["add", "--name", "New"], arguments].concat()).ends(code);
        assert!(ran.out.is_empty() && ran.err.contains(says), "{arguments:?}: {ran:?}");
    }
    let taken =
        desk.run(&["add", "--name", "cmdb", "--credential", "Zoho", "--load", "ec-computers", "--json"]).ends(2);
    assert_eq!(problem(&taken)["what"], "Another integration has the name \"cmdb\".");
    assert_eq!(desk.json(&["list"]).as_array().unwrap().len(), 1, "nothing was added");
    // With another format, load or folder, the output file is another one.
    for (name, more) in [("CSV", ["--format", "csv"]), ("Devices", ["--load", "mdm-devices"])] {
        let load: &[&str] = if name == "CSV" { &["--load", "ec-computers"] } else { &[] };
        let fixed = ["add", "--name", name, "--credential", "Zoho", "--folder", &folder];
        desk.run(&[&fixed, load, &more].concat()).ends(0);
    }
}

#[test]
fn an_edit_changes_what_is_named_and_nothing_else() {
    let desk = Desk::new();
    let folder = desk.folder("out");
    let fixed = ["add", "--name", "CMDB", "--credential", "Zoho", "--load", "mdm-devices", "--set", "platform=ios"];
    let more = ["--fields", "mdm-devices=device_id", "--folder", &folder, "--schedule", "06:30"];
    let mut expected = desk.json(&[fixed.as_slice(), &more].concat());
    let edits: [(&[&str], &str, Value); 8] = [
        (&["--schedule", "30m"], "schedule", json!("30m")),
        (&["--format", "csv"], "format", json!("csv")),
        (&["--set", "group_id=7"], "parameters", json!({ "group_id": "7", "platform": "ios" })),
        (&["--set", "platform="], "parameters", json!({ "group_id": "7" })),
        (&["--fields", "mdm-devices="], "fields", json!({})),
        (&["--folder", ""], "folder", json!("")),
        (&["--accept-gone", "yes"], "accept_gone", json!(true)),
        (&["--accept-gone", "no"], "accept_gone", json!(false)),
    ];
    for (arguments, key, value) in edits {
        expected[key] = value;
        let mut now = desk.json(&[&["edit", "CMDB"], arguments].concat());
        // Depends on the current time.
        expected["next_run"] = now["next_run"].take();
        now["next_run"] = expected["next_run"].clone();
        assert_eq!(now, expected, "{arguments:?}");
    }
    let before = desk.json(&["show", "CMDB"]);
    desk.run(&["edit", "CMDB", "--load", "nothing"]).ends(2);
    desk.run(&["edit", "CMDB", "--schedule", "soon"]).ends(2);
    desk.run(&["edit", "Nobody", "--format", "csv"]).ends(3);
    assert_eq!(desk.json(&["show", "CMDB"]), before, "a refused edit changes nothing");
}

#[test]
fn a_folder_is_meant_from_where_one_stands_and_a_tilde_is_home() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    let here = desk.cli.folder().canonicalize().unwrap();
    let arguments = ["integration", "edit", "CMDB", "--folder", "./a/./b", "--json", "--no-input"];
    let output = desk.command(&arguments).current_dir(&here).output().unwrap();
    let edited: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(edited["folder"], here.join("a/b").to_str().unwrap());
    let home = desk.json(&["edit", "CMDB", "--folder", "~/inventory"]);
    assert_eq!(home["folder"], desk.folder("inventory"));
}

#[test]
fn rename_duplicate_pause_resume_delete_and_undo() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.json(&["edit", "CMDB", "--schedule", "1h"]);
    assert_eq!(desk.json(&["rename", "cmdb", "Assets"])["name"], "Assets");
    let copy = desk.json(&["duplicate", "Assets", "Copy"]);
    assert_eq!((&copy["paused"], &copy["folder"], &copy["schedule"]), (&json!(true), &json!(""), &json!("1h")));
    assert_eq!((&copy["state"], &copy["next_run"]), (&json!("paused"), &Value::Null));
    desk.run(&["rename", "Copy", "assets"]).ends(2);
    desk.run(&["duplicate", "Copy", "Assets"]).ends(2);
    let paused = desk.json(&["pause", "Assets"]);
    assert_eq!((&paused["paused"], &paused["next_run"]), (&json!(true), &Value::Null));
    let resumed = desk.json(&["resume", "Assets"]);
    assert_eq!((&resumed["paused"], &resumed["state"]), (&json!(false), &json!("never_run")));
    let before = desk.json(&["show", "Assets"]);
    assert_eq!(desk.json(&["delete", "Assets"]), json!({ "deleted": "Assets" }));
    let gone = desk.run(&["show", "Assets"]).ends(3);
    assert!(gone.out.is_empty() && gone.err.contains("no integration"), "{gone:?}");
    let undone = desk.plain(&["undo", "--json", "--no-input"]).ends(0).json();
    assert_eq!(undone, json!({ "undone": "delete the integration Assets" }));
    assert_eq!(desk.json(&["show", "Assets"]), before);
    for command in ["rename", "duplicate"] {
        desk.run(&[command, "Nobody", "X"]).ends(3);
    }
    for command in ["delete", "pause", "resume", "test", "sync", "sessions"] {
        let ran = desk.run(&[command, "Nobody", "--json"]).ends(3);
        assert!(ran.out.is_empty() && problem(&ran)["kind"] == "not_found", "{command}: {ran:?}");
    }
    let near = desk.run(&["show", "Asets"]).ends(3);
    assert!(near.err.contains("Assets"), "{near:?}");
}

/// Shell completion of names offers credentials, and integrations are not credentials.
#[test]
fn names_of_credentials_are_not_offered_for_integrations() {
    let script = Cli::empty().run(&["completions", "zsh"]).ends(0).out;
    let lines = |word: &str| script.lines().filter(|line| line.contains(word)).map(str::to_owned).collect::<Vec<_>>();
    let (named, offered) = (lines("-- The integration"), lines("Its name, an unambiguous prefix"));
    assert!(named.len() >= 9 && named.iter().all(|line| line.contains(":_default")), "{named:?}");
    let deletes = script.split_once("(delete)").unwrap().1.split(";;").next().unwrap();
    assert!(deletes.contains(":_credenza_names"), "{deletes}");
    assert!(offered.len() >= 5 && offered.iter().all(|line| line.contains(":_credenza_names")), "{offered:?}");
}
