//! Interrupted and concurrent runs: the lock, signals, and resuming.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::Duration;

use credenza::sandbox::Response;
use serde_json::json;

use super::{Desk, problem};
use crate::cli::{Ran, deliver};
use crate::service::until;

/// A response that never arrives within the test.
fn held() -> Response {
    Response::status(200).after(Duration::from_secs(24 * 3600))
}

/// Starts a run that has read five pages of at least twenty, and now waits for one that does not arrive.
fn under_way(desk: &Desk, arguments: &[&str]) -> Child {
    desk.sandbox.script().records(2_000);
    // Throttling makes the run wait a second at every fourth page, so the held response is queued before all pages are
    // read.
    desk.sandbox.script().mode("page-throttled".parse().unwrap());
    let child = desk.start(arguments);
    until(|| desk.pages() >= 6);
    let pages = desk.pages();
    desk.sandbox.script().call(held());
    until(|| desk.pages() > pages);
    child
}

#[test]
fn a_second_run_is_refused_politely_while_the_first_has_the_lock() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.sandbox.script().call(held());
    let child = desk.start(&["sync", "CMDB", "--json"]);
    let running = desk.runs("CMDB").join("running.json");
    until(|| running.exists() && desk.pages() == 1);
    let second = desk.run(&["sync", "CMDB", "--json"]).ends(6);
    assert!(second.out.is_empty(), "{second:?}");
    assert_eq!(problem(&second)["what"], "\"CMDB\" is already syncing.");
    let deleted = desk.run(&["delete", "CMDB"]).ends(6);
    assert!(deleted.err.contains("already syncing"), "{deleted:?}");
    assert_eq!(desk.pages(), 1);
    assert_eq!(desk.json(&["show", "CMDB"])["state"], "running");
    let sessions = desk.json(&["sessions", "CMDB"]);
    assert_eq!((sessions.as_array().unwrap().len(), sessions[0].get("result")), (1, None));
    assert!(desk.run(&["sessions", "CMDB"]).ends(0).out.contains("Running"));
    // Other commands still work during the run.
    desk.run(&["rename", "CMDB", "Renamed"]).ends(0);
    deliver("TERM", child.id());
    Ran::of(child.wait_with_output().unwrap()).ends(6);
    desk.run(&["sync", "Renamed"]).ends(0);
}

#[test]
fn a_signal_ends_a_run_as_canceled_and_the_next_one_goes_on() {
    for signal in ["TERM", "INT"] {
        let desk = Desk::new();
        desk.add("CMDB", &["ec-computers"]);
        let child = under_way(&desk, &["sync", "CMDB", "--json"]);
        deliver(signal, child.id());
        let ran = Ran::of(child.wait_with_output().unwrap()).ends(6);
        let session = ran.json();
        assert_eq!((&session["result"], &session["parts"][0]["result"]), (&json!("cancelled"), &json!("cancelled")));
        let read = session["parts"][0]["pages"].as_u64().unwrap();
        assert!((4..20).contains(&read), "{session}");
        assert_eq!(problem(&ran)["kind"], "temporary");
        assert!(!std::path::Path::new(&desk.folder("CMDB/ec-computers.ndjson")).exists(), "SIG{signal}");
        assert!(!desk.runs("CMDB").join("running.json").exists());
        desk.sandbox.script().clear();
        desk.sandbox.forget_seen();
        let next = desk.json(&["sync", "CMDB"]);
        let part = &next["parts"][0];
        assert_eq!(
            (&next["number"], &next["result"], &part["resumed"]),
            (&json!(2), &json!("completed"), &json!(true))
        );
        assert_eq!(part["counts"]["records"], 2_000);
        let ids: BTreeSet<String> = desk.lines("CMDB", "ec-computers.ndjson").into_iter().collect();
        assert_eq!((desk.lines("CMDB", "ec-computers.ndjson").len(), ids.len()), (2_000, 2_000));
        // After a full last page, the next page is requested and found to be empty.
        assert_eq!(desk.pages() as u64, 21 - read, "no page is read twice");
        let results: Vec<_> =
            desk.json(&["sessions", "CMDB"]).as_array().unwrap().iter().map(|one| one["result"].clone()).collect();
        assert_eq!(results, [json!("cancelled"), json!("completed")]);
    }
}

#[test]
fn fresh_begins_anew_and_so_does_another_choice_of_fields() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    let child = under_way(&desk, &["sync", "CMDB"]);
    deliver("TERM", child.id());
    Ran::of(child.wait_with_output().unwrap()).ends(6);
    desk.sandbox.script().clear();
    desk.sandbox.script().call(Response::status(429).header("retry-after", "3600"));
    let fresh = desk.run(&["sync", "CMDB", "--fresh", "--json"]).ends(6).json();
    assert_eq!((&fresh["parts"][0]["resumed"], &fresh["parts"][0]["pages"]), (&json!(false), &json!(0)));
    desk.run(&["edit", "CMDB", "--fields", "ec-computers=resource_id"]).ends(0);
    let other = desk.json(&["sync", "CMDB"]);
    assert_eq!((&other["parts"][0]["resumed"], &other["result"]), (&json!(false), &json!("completed")));
    assert!(desk.lines("CMDB", "ec-computers.ndjson")[0].starts_with("{\"resource_id\":"));
}

#[test]
fn a_run_that_was_killed_is_told_as_such_and_gone_on_with() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    let mut child = under_way(&desk, &["sync", "CMDB"]);
    // Progress is saved once per second: first the records, then the position.
    let part = desk.runs("CMDB").join("ec-computers.part");
    until(|| std::fs::metadata(&part).is_ok_and(|metadata| metadata.len() > 0));
    child.kill().unwrap();
    child.wait().unwrap();
    let dead = &desk.json(&["sessions", "CMDB"])[0];
    assert_eq!((&dead["result"], &dead["problem"]["what"]), (&json!("failed"), &json!("The run ended unexpectedly.")));
    assert_eq!(desk.json(&["show", "CMDB"])["state"], "failing");
    desk.sandbox.script().clear();
    let next = desk.json(&["sync", "CMDB"]);
    assert_eq!((&next["number"], &next["result"]), (&json!(2), &json!("completed")));
    let ids: BTreeSet<String> = desk.lines("CMDB", "ec-computers.ndjson").into_iter().collect();
    assert_eq!(ids.len(), 2_000);
    assert_eq!(desk.lines("CMDB", "ec-computers.ndjson").len(), 2_000);
}

#[test]
fn records_that_were_tidied_away_are_read_again() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    let mut child = under_way(&desk, &["sync", "CMDB"]);
    deliver("TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(6));
    let part = desk.runs("CMDB").join("ec-computers.part");
    assert!(std::fs::metadata(&part).unwrap().len() > 100);
    std::fs::File::options().write(true).open(&part).unwrap().set_len(100).unwrap();
    desk.sandbox.script().clear();
    let next = desk.json(&["sync", "CMDB"]);
    assert_eq!((&next["result"], &next["parts"][0]["resumed"]), (&json!("completed"), &json!(false)));
    assert_eq!(desk.lines("CMDB", "ec-computers.ndjson").len(), 2_000);
}
