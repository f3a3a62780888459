//! `credenza integration sync --due`: which integrations run, which do not, and the exit code.

use std::time::Duration;

use credenza::sandbox::Response;
use serde_json::{Value, json};

use super::Desk;
use crate::cli::{Ran, deliver};
use crate::service::until;

const DUE: [&str; 2] = ["sync", "--due"];

/// Moves the start of an integration's last run into the past.
fn age(desk: &Desk, name: &str, by: jiff::SignedDuration) {
    let path = desk.runs(name).join("sessions.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut session: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let started: jiff::Timestamp = session["started"].as_str().unwrap().parse().unwrap();
    session["started"] = started.checked_sub(by).unwrap().to_string().into();
    std::fs::write(&path, format!("{session}\n")).unwrap();
}

fn ran(told: &Value) -> Vec<&str> {
    told.as_array().unwrap().iter().map(|one| one["integration"].as_str().unwrap()).collect()
}

#[test]
fn nothing_runs_that_has_no_schedule_or_is_paused_or_has_just_run() {
    let desk = Desk::new();
    desk.add("By hand", &["ec-computers"]);
    desk.add("Paused", &["ec-computers"]);
    desk.add("Hourly", &["ec-computers"]);
    desk.add("No folder", &["ec-computers"]);
    let none = desk.run(&DUE).ends(0);
    assert!(none.out.is_empty() && !none.err.contains("due"), "cron sends a mail for every line: {none:?}");
    assert!(desk.run(&[&DUE[..], &["-v"]].concat()).ends(0).err.contains("nothing is due"));
    for name in ["Paused", "Hourly"] {
        desk.run(&["edit", name, "--schedule", "1h"]).ends(0);
    }
    desk.run(&["pause", "Paused"]).ends(0);
    let told = desk.json(&DUE);
    assert_eq!(ran(&told), ["Hourly"]);
    assert_eq!((&told[0]["session"]["trigger"], &told[0]["problem"]), (&json!("schedule"), &Value::Null));
    assert_eq!(desk.json(&DUE), json!([]), "it has just run");
    age(&desk, "Hourly", jiff::SignedDuration::from_mins(59));
    assert_eq!(desk.json(&DUE), json!([]));
    age(&desk, "Hourly", jiff::SignedDuration::from_mins(2));
    assert_eq!(ran(&desk.json(&DUE)), ["Hourly"]);
    desk.run(&["resume", "Paused"]).ends(0);
    let text = desk.run(&DUE).ends(0);
    assert!(
        text.out.is_empty() && text.err.contains("credenza: Paused\n") && text.err.contains("Completed"),
        "{text:?}"
    );
    for bad in [&["sync", "--due", "By hand"][..], &["sync", "--due", "--load", "ec-computers"], &["sync"]] {
        desk.run(bad).ends(2);
    }
}

#[test]
fn one_that_fails_keeps_no_other_from_running_and_the_first_failure_is_the_exit_code() {
    let desk = Desk::new();
    desk.credential("Narrow", &["MDMOnDemand.MDMInventory.READ"]);
    // The longest overdue runs first. Exit code 8, then 5, then success.
    for name in ["Linked", "Narrow", "Good"] {
        desk.add(name, &["ec-computers"]);
        desk.run(&["edit", name, "--schedule", "5m"]).ends(0);
    }
    desk.run(&["edit", "Narrow", "--credential", "Narrow"]).ends(0);
    std::os::unix::fs::symlink(desk.cli.folder(), desk.folder("Linked")).unwrap();
    let told = desk.run(&["sync", "--due", "--json"]).ends(8);
    let all = told.json();
    assert_eq!(ran(&all), ["Linked", "Narrow", "Good"]);
    let kinds: Vec<_> = all.as_array().unwrap().iter().map(|one| one["problem"]["kind"].clone()).collect();
    assert_eq!(kinds, [json!("refused"), json!("needs_authentication"), Value::Null]);
    assert_eq!(desk.lines("Good", "ec-computers.ndjson").len(), 3);
    // A run that needs the user's attention is not retried before its next scheduled time.
    assert_eq!(desk.json(&DUE), json!([]));
    desk.run(&["delete", "Linked"]).ends(0);
    for name in ["Narrow", "Good"] {
        age(&desk, name, jiff::SignedDuration::from_hours(1));
    }
    desk.sandbox.script().mode("record-without-id".parse().unwrap());
    let text = desk.run(&DUE).ends(5);
    assert!(text.err.contains("credenza: Narrow: "), "{text:?}");
    age(&desk, "Good", jiff::SignedDuration::from_hours(1));
    desk.run(&DUE).ends(1);
}

#[test]
fn a_signal_ends_all_that_is_due_and_not_just_the_one_under_way() {
    let desk = Desk::new();
    for name in ["First", "Second"] {
        desk.add(name, &["ec-computers"]);
        desk.run(&["edit", name, "--schedule", "1h"]).ends(0);
    }
    desk.sandbox.script().call(Response::status(200).after(Duration::from_secs(24 * 3600)));
    let child = desk.start(&["sync", "--due", "--json"]);
    until(|| desk.pages() == 1);
    deliver("TERM", child.id());
    let ended = Ran::of(child.wait_with_output().unwrap()).ends(6);
    assert_eq!(ran(&ended.json()), ["First"]);
    assert_eq!(desk.pages(), 1, "the second was not begun");
    assert_eq!(ran(&desk.json(&DUE)), ["Second"]);
}
