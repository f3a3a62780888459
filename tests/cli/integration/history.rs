//! `credenza integration sessions`: the table, a single session, a comparison of two, and requests for sessions that do
//! not exist.

use serde_json::{Value, json};

use super::{Desk, problem};

/// Three runs: completed, completed with errors, failed.
fn with_three() -> Desk {
    let desk = Desk::new();
    desk.sandbox.script().records(40);
    desk.add("CMDB", &["ec-computers"]);
    desk.run(&["sync", "CMDB"]).ends(0);
    desk.sandbox.script().records_changed(1);
    desk.sandbox.script().mode("record-without-id".parse().unwrap());
    desk.run(&["sync", "CMDB"]).ends(1);
    desk.sandbox.script().clear();
    desk.sandbox.script().mode("mfa-unfinished".parse().unwrap());
    desk.run(&["sync", "CMDB"]).ends(5);
    desk
}

#[test]
fn runs_are_listed_filtered_shown_and_compared() {
    let desk = with_three();
    let all = desk.json(&["sessions", "CMDB"]);
    let told: Vec<_> = all.as_array().unwrap().iter().map(|one| (&one["number"], &one["result"])).collect();
    let expected =
        [(1, "completed"), (2, "completed_with_errors"), (3, "failed")].map(|(n, word)| (json!(n), json!(word)));
    assert_eq!(told, expected.iter().map(|(number, word)| (number, word)).collect::<Vec<_>>());
    let table = desk.run(&["sessions", "CMDB"]).ends(0).out;
    assert_eq!((table.lines().count(), table.starts_with("NUMBER  STARTED (UTC)")), (4, true), "{table}");
    assert!(table.contains("Completed with errors") && table.contains("manual"), "{table}");
    let numbers = |arguments: &[&str]| -> Vec<u64> {
        let told = desk.json(&[&["sessions", "CMDB"], arguments].concat());
        told.as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(&["--result", "completed"]), [1, 2]);
    assert_eq!(numbers(&["--result", "Completed With"]), [2]);
    assert_eq!(numbers(&["--result", "completed_with"]), [2]);
    assert_eq!(numbers(&["--result", "failed"]), [3]);
    assert_eq!(numbers(&["--result", "running"]), [0_u64; 0]);
    assert_eq!(numbers(&["--last", "2"]), [2, 3]);
    let one = desk.json(&["sessions", "CMDB", "2"]);
    assert_eq!(one, all[1]);
    let text = desk.run(&["sessions", "CMDB", "2"]).ends(0).out;
    assert!(text.starts_with("Session 2: Completed with errors") && text.contains("page 1 record 2 -: "), "{text}");
    let failed = desk.run(&["sessions", "CMDB", "3"]).ends(0).out;
    assert!(failed.contains("rejected the token"), "{failed}");
}

#[test]
fn two_runs_are_compared_number_by_number() {
    let desk = with_three();
    let compared = desk.json(&["sessions", "CMDB", "1", "--with", "2"]);
    assert_eq!((&compared["from"], &compared["to"]), (&json!(1), &json!(2)));
    let counts = &compared["counts"];
    assert_eq!((&counts["records"], &counts["errors"]), (&json!([40, 39]), &json!([0, 1])));
    assert_eq!((&counts["added"], &counts["gone"]), (&json!([40, 2]), &json!([0, 3])));
    let keys: Vec<_> = counts.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys.len(), 6, "{keys:?}");
    let table = desk.run(&["sessions", "CMDB", "1", "--with", "2"]).ends(0).out;
    assert!(table.contains("SESSION 1  SESSION 2  DIFFERENCE") && table.contains("-1"), "{table}");
}

#[test]
fn what_there_is_none_of_is_told() {
    let desk = with_three();
    for arguments in [&["9"][..], &["1", "--with", "9"], &["9", "--with", "1"]] {
        let ran = desk.run(&[&["sessions", "CMDB", "--json"], arguments].concat()).ends(3);
        assert!(ran.out.is_empty() && problem(&ran)["what"] == "There is no session 9.", "{ran:?}");
    }
    desk.run(&["sessions", "CMDB", "--with", "1"]).ends(2);
    desk.run(&["sessions", "CMDB", "first"]).ends(2);
    desk.add("Other", &["ec-computers"]);
    let none = desk.run(&["sessions", "Other"]).ends(0);
    assert!(none.out.is_empty() && none.err.contains("credenza integration sync 'Other'"), "{none:?}");
    assert_eq!(desk.json(&["sessions", "Other"]), json!([]));
}

#[test]
fn the_history_outlives_a_delete_and_what_was_kept_for_the_next_run_does_not() {
    let desk = with_three();
    let runs = desk.runs("CMDB");
    let before = desk.json(&["sessions", "CMDB"]);
    desk.run(&["delete", "CMDB"]).ends(0);
    assert_eq!(super::names(runs.to_str().unwrap()), ["lock", "sessions.jsonl"]);
    assert_eq!(desk.lines("CMDB", "ec-computers.ndjson").len(), 39, "the files stay");
    desk.plain(&["undo", "--no-input"]).ends(0);
    assert_eq!(desk.json(&["sessions", "CMDB"]), before);
    // A line in an unknown format is not shown, and does not prevent further runs.
    let path = runs.join("sessions.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{{\"number\": 1, \"later\": true}}\nnonsense\n{text}")).unwrap();
    assert_eq!(desk.json(&["sessions", "CMDB"]), before);
    std::fs::write(runs.join("running.json"), "nonsense").unwrap();
    let ran = desk.run(&["sync", "CMDB", "--json"]).ends(5).json();
    assert_eq!(ran["number"], Value::from(4));
    for session in [ran, desk.json(&["sessions", "CMDB", "4"])] {
        let text = session.to_string();
        assert!(text.contains("credenza authenticate 'Zoho'") && !text.contains("\"step\""), "{text}");
    }
}
