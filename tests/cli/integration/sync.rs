//! `credenza integration sync`: output files, standard output, and exit codes of failures.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use credenza::sandbox::Response;
use serde_json::{Value, json};

use super::{Desk, names, problem};

#[test]
fn files_are_written_whole_and_for_their_owner_only() {
    let desk = Desk::new();
    desk.sandbox.script().records(250);
    desk.add("CMDB", &["ec-computers", "mdm-devices"]);
    let session = desk.json(&["sync", "CMDB"]);
    let keys: Vec<_> = session.as_object().unwrap().keys().map(String::as_str).collect();
    let former = ["number", "integration", "name", "trigger", "started", "ended", "result", "parts"];
    assert_eq!(keys, [&former[..], &["started_at", "ended_at", "error_count"]].concat());
    assert_eq!((&session["started_at"], &session["error_count"]), (&session["started"], &json!(0)));
    assert_eq!((&session["trigger"], &session["result"]), (&json!("hand"), &json!("completed")));
    assert_eq!(
        session["parts"][0]["counts"],
        json!({ "records": 250, "added": 250, "updated": 0, "skipped": 0, "gone": 0, "errors": 0 })
    );
    let folder = desk.folder("CMDB");
    assert_eq!(session["parts"][0]["file"], format!("{folder}/ec-computers.ndjson"));
    assert_eq!(names(&folder), ["ec-computers.ndjson", "mdm-devices.ndjson"]);
    let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&format!("{folder}/ec-computers.ndjson"))), (0o700, 0o600));
    assert_eq!(mode(desk.runs("CMDB").to_str().unwrap()), 0o700);
    let lines = desk.lines("CMDB", "ec-computers.ndjson");
    // Compared as text, because a number of 17 digits does not fit into a double.
    let ids: BTreeSet<&str> = lines
        .iter()
        .map(|line| {
            let from = line.find("\"resource_id\":").unwrap() + "\"resource_id\":".len();
            let id = line[from..].trim_start_matches('"');
            id.split(|c: char| !c.is_ascii_digit()).next().unwrap()
        })
        .collect();
    assert_eq!((lines.len(), ids.len()), (250, 250));
    assert!(ids.iter().all(|id| id.len() == 17), "{:?}", ids.first());
    assert!(ids.iter().any(|id| id.parse::<u64>().unwrap() % 2 == 1), "no id was rounded to a double's neighbor");
    desk.sandbox.script().records_changed(1);
    let again = desk.json(&["sync", "CMDB", "--load", "ec-computers"]);
    assert_eq!(
        again["parts"][0]["counts"],
        json!({ "records": 250, "added": 12, "updated": 24, "skipped": 214, "gone": 12, "errors": 0 })
    );
    let text = desk.run(&["sync", "CMDB"]).ends(0);
    assert!(text.out.starts_with("Session 3: Completed; 500 records in "), "{text:?}");
    assert_eq!(desk.refreshes(), 0);
}

#[test]
fn csv_has_a_header_and_the_fields_that_were_chosen() {
    let desk = Desk::new();
    desk.sandbox.script().mode("formulas".parse().unwrap());
    let folder = desk.folder("CMDB");
    let fixed = ["add", "--name", "CMDB", "--credential", "Zoho", "--load", "mdm-devices", "--folder", &folder];
    desk.run(&[&fixed[..], &["--format", "csv"]].concat()).ends(0);
    desk.run(&["sync", "CMDB"]).ends(0);
    let all = desk.lines("CMDB", "mdm-devices.csv");
    assert!(all[0].contains("device_id") && all[0].contains("user.user_email"), "{}", all[0]);
    desk.run(&["edit", "CMDB", "--fields", "mdm-devices=device_id,user.user_email=email"]).ends(0);
    desk.run(&["sync", "CMDB"]).ends(0);
    let lines = desk.lines("CMDB", "mdm-devices.csv");
    assert_eq!((lines[0].as_str(), lines.len()), ("device_id,email", 3));
    assert!(lines[1].contains('@'), "{lines:?}");
    desk.run(&["edit", "CMDB", "--fields", "mdm-devices=device_id,no.such=x"]).ends(0);
    let ran = desk.run(&["sync", "CMDB", "--json"]).ends(1).json();
    assert!(ran["parts"][0]["problem"]["what"].as_str().unwrap().contains("no.such"), "{ran}");
    assert_eq!(desk.lines("CMDB", "mdm-devices.csv")[0], "device_id,x");
}

#[test]
fn standard_output_takes_one_kind_of_record_and_nothing_else() {
    let desk = Desk::new();
    desk.sandbox.script().records(120);
    desk.run(&["add", "--name", "Bare", "--credential", "Zoho", "--load", "ec-computers", "--load", "mdm-devices"])
        .ends(0);
    let mixed = desk.run(&["sync", "Bare", "--output", "-"]).ends(2);
    assert!(mixed.out.is_empty() && mixed.err.contains("mixed in one stream"), "{mixed:?}");
    let nowhere = desk.run(&["sync", "Bare"]).ends(2);
    assert!(nowhere.err.contains("no folder"), "{nowhere:?}");
    let unknown = desk.run(&["sync", "Bare", "--load", "sdp-assets", "--output", "-"]).ends(2);
    assert!(unknown.err.contains("does not load sdp-assets"), "{unknown:?}");
    desk.run(&["sync", "Bare", "--output", "file"]).ends(2);
    assert!(desk.sandbox.seen().is_empty(), "all of this is known before anything is asked");
    for more in [&[][..], &["--json"]] {
        let ran = desk.run(&[&["sync", "Bare", "--load", "ec-computers", "-o", "-"], more].concat()).ends(0);
        let records: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(records.len(), 120);
        assert!(records.iter().all(|record| !record["resource_id"].is_null()), "{}", records[0]);
        assert!(ran.err.contains("Completed; 120 records"), "{}", ran.err);
    }
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let arguments = ["integration", "sync", "Bare", "--load", "ec-computers", "-o", "-", "--no-input"];
    let code = desk.command(&arguments).stdout(full).stderr(std::process::Stdio::null()).status().unwrap().code();
    assert_eq!(code, Some(7), "records that went nowhere are no success");
    let pages = desk.pages();
    let kept = desk.run(&["sync", "Bare", "--load", "ec-computers", "-o", "-"]).ends(0);
    assert_eq!((kept.out.lines().count(), desk.pages()), (120, pages), "what was read is only written out anew");
}

#[test]
fn records_with_errors_are_left_out_and_told_with_exit_code_1() {
    let desk = Desk::new();
    desk.sandbox.script().records(5);
    desk.sandbox.script().mode("record-without-id".parse().unwrap());
    desk.add("CMDB", &["ec-computers"]);
    let ran = desk.run(&["sync", "CMDB", "--json"]).ends(1);
    let session = ran.json();
    assert_eq!(
        (&session["result"], &session["parts"][0]["counts"]["errors"]),
        (&json!("completed_with_errors"), &json!(1))
    );
    let error = &session["parts"][0]["errors"][0];
    assert_eq!((&error["page"], &error["place"], &error["id"]), (&json!(1), &json!(2), &json!("")));
    assert!(ran.err.lines().all(|line| line.contains("sandbox")), "no problem on standard error: {ran:?}");
    assert_eq!(desk.lines("CMDB", "ec-computers.ndjson").len(), 4);
    assert_eq!(desk.json(&["show", "CMDB"])["state"], "active");
    let text = desk.run(&["sync", "CMDB"]).ends(1);
    assert!(text.out.contains("page 1, record 2: "), "{text:?}");
}

#[test]
fn a_file_that_would_lose_much_is_kept_with_exit_code_1_until_it_is_accepted() {
    let desk = Desk::new();
    desk.sandbox.script().records(40);
    desk.add("CMDB", &["mdm-devices"]);
    desk.run(&["sync", "CMDB"]).ends(0);
    desk.sandbox.script().records(3);
    let told = desk.run(&["sync", "CMDB", "--json"]).ends(1).json();
    let part = &told["parts"][0];
    assert_eq!((&told["result"], &part["result"]), (&json!("completed_with_errors"), &json!("withheld")));
    assert_eq!((&part["counts"]["records"], &part["counts"]["gone"]), (&json!(3), &json!(37)));
    let text = desk.run(&["sync", "CMDB"]).ends(1).out;
    for words in ["not published; 3 records", "37 of 40 records are gone", "integration sync 'CMDB' --accept-gone"] {
        assert!(text.contains(words), "{text}");
    }
    let streamed = desk.run(&["sync", "CMDB", "--output", "-"]).ends(1);
    assert!(streamed.out.is_empty(), "a stream is no way around it: {streamed:?}");
    assert_eq!(desk.lines("CMDB", "mdm-devices.ndjson").len(), 40);
    desk.run(&["sync", "CMDB", "--accept-gone"]).ends(0);
    assert_eq!(desk.lines("CMDB", "mdm-devices.ndjson").len(), 3);
}

#[test]
fn a_provider_that_asks_for_a_long_wait_ends_the_run_with_exit_code_6() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.run(&["sync", "CMDB"]).ends(0);
    let before = desk.lines("CMDB", "ec-computers.ndjson");
    desk.sandbox.script().call(Response::status(429).header("retry-after", "3600"));
    let ran = desk.run(&["sync", "CMDB", "--json"]).ends(6);
    assert_eq!(problem(&ran)["kind"], "temporary");
    assert_eq!((&ran.json()["result"], &ran.json()["parts"][0]["result"]), (&json!("failed"), &json!("failed")));
    assert_eq!(desk.lines("CMDB", "ec-computers.ndjson"), before);
    assert_eq!(desk.json(&["show", "CMDB"])["state"], "failing");
    desk.run(&["sync", "CMDB"]).ends(0);
    assert_eq!(desk.json(&["show", "CMDB"])["state"], "active");
}

#[test]
fn a_token_goes_to_no_other_host_than_before_unasked() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.run(&["sync", "CMDB"]).ends(0);
    desk.cli.add("Other").ends(0);
    // The data center of the same credential now leads to another host, as after a typo.
    let pages = desk.pages();
    let catalog = desk.cli.folder().join("config/catalog");
    std::fs::create_dir_all(&catalog).unwrap();
    let shipped = include_str!("../../../assets/catalog/manageengine.toml");
    let moved = shipped.replace("us = \"endpointcentral.manageengine.com\"", "us = \"endpointcentral.evil.example\"");
    assert_ne!(moved, shipped);
    std::fs::write(catalog.join("manageengine.toml"), moved).unwrap();
    for command in ["test", "sync"] {
        let ran = desk.run(&[command, "CMDB", "--json"]).ends(8);
        assert!(problem(&ran)["what"].as_str().unwrap().contains("endpointcentral.evil.example"), "{ran:?}");
    }
    assert_eq!(desk.pages(), pages);
    assert!(desk.sandbox.seen().iter().all(|seen| seen.host != "endpointcentral.evil.example"));
}

#[test]
fn the_log_tells_of_runs_and_tests_by_the_name_of_the_integration() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.run(&["test", "CMDB"]).ends(0);
    desk.run(&["sync", "CMDB"]).ends(0);
    desk.sandbox.reject_access_tokens();
    desk.run(&["sync", "CMDB"]).ends(5);
    let lines = desk.plain(&["log", "--json"]).ends(0).json();
    let told: Vec<_> = lines
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["name"] == "CMDB")
        .map(|line| (line["action"].as_str().unwrap(), line["result"].as_str().unwrap()))
        .collect();
    let expected = [("add", "ok"), ("test", "ok"), ("sync", "ok"), ("sync", "needs_authentication")];
    assert_eq!(told, expected);
    let of_credential = desk.plain(&["log", "Zoho", "--json"]).ends(0).json();
    let actions: Vec<_> =
        of_credential.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"sync"), "its runs are among what was done with the credential: {actions:?}");
}
