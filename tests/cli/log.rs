//! The audit log: its contents, what it never contains, and the detection of changes.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::Cli;
use crate::service::{Fake, Home};

const FIELDS: [&str; 12] =
    ["seq", "at", "uid", "user", "pid", "program", "action", "credential", "name", "result", "prev", "mac"];

/// The actions and results in the log, without the unlock that precedes each of them.
fn actions(lines: &serde_json::Value) -> Vec<(String, String)> {
    let text = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap().to_owned();
    let all = lines.as_array().unwrap().iter().map(|line| (text(line, "action"), text(line, "result")));
    all.filter(|told| *told != ("unlock".to_owned(), "ok".to_owned())).collect()
}

fn log(cli: &Cli) -> PathBuf {
    cli.folder().join("state/audit.jsonl")
}

/// A vault with a log whose entries are all pinned by the vault, except for the last one.
fn written() -> Cli {
    let cli = Cli::new();
    for name in ["one", "two", "three", "four"] {
        cli.add(name).ends(0);
    }
    cli
}

#[test]
fn ar_01_a_line_has_its_fields_and_no_secret() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    cli.add("a\"b 'c' {}").ends(0);
    cli.run(&["rename", "Zoho EU", "Zoho"]).ends(0);
    cli.run(&["delete", "Zoho"]).ends(0);
    cli.run(&["undo"]).ends(0);
    cli.run(&["token", "Zoho"]).ends(5);
    let wrong = cli.folder().join("wrong");
    fs::write(&wrong, "CNRY-wrong").unwrap();
    cli.run(&["list", "--passphrase-file", wrong.to_str().unwrap()]).ends(4);
    let text = fs::read_to_string(log(&cli)).unwrap();
    assert!(!text.contains("CNRY"), "{text}");
    assert_eq!(fs::metadata(log(&cli)).unwrap().permissions().mode() & 0o777, 0o600);
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let fields: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, FIELDS.into_iter().collect());
    }
    let lines = cli.run(&["log", "--json"]).ends(0).json();
    let expected = [
        ("add", "ok"),
        ("add", "ok"),
        ("rename", "ok"),
        ("delete", "ok"),
        ("undo", "ok"),
        ("token", "needs_authentication"),
        ("unlock", "locked"),
    ];
    assert_eq!(actions(&lines), expected.map(|(action, result)| (action.to_owned(), result.to_owned())));
    let unlocks = lines.as_array().unwrap().iter().filter(|line| line["action"] == "unlock" && line["result"] == "ok");
    assert_eq!(unlocks.count(), 7, "each command that opened the vault");
    assert_eq!(lines[0]["user"].as_str().unwrap(), user());
    assert!(
        lines.as_array().unwrap().iter().all(|line| (line["mac"] == "") == (line["result"] == "locked")),
        "{lines}"
    );
    assert_eq!(cli.run(&["log", "Zoho", "--json"]).ends(0).json().as_array().unwrap().len(), 4);
    let table = cli.run(&["log", "--last", "3"]).ends(0).out;
    assert!(table.contains("unlock") && table.contains(&user()) && !table.contains("rename"), "{table}");
    let table = cli.run(&["log"]).ends(0).out;
    assert!(table.lines().any(|line| line.contains("unlock") && line.contains("refused")), "{table}");
}

/// The name of the current user in `/etc/passwd`.
fn user() -> String {
    let uid = fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own)).unwrap().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.split(':').nth(2) == Some(uid.as_str()));
    line.map(|line| line.split(':').next().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn ar_02_every_change_of_the_log_is_found_and_its_place_is_named() {
    type Change = fn(Vec<String>) -> Vec<String>;
    let changes: [(&str, Change); 7] = [
        ("audit.jsonl, line 2", |mut lines| {
            lines[1] = lines[1].replace("\"one\"", "\"six\"");
            lines
        }),
        ("audit.jsonl, line 2", |mut lines| {
            lines.remove(1);
            lines
        }),
        ("audit.jsonl, line 2", |mut lines| {
            lines.swap(1, 2);
            lines
        }),
        ("audit.jsonl, line 2", |mut lines| {
            lines[1] = "nothing".to_owned();
            lines
        }),
        ("audit.jsonl, line 1", |mut lines| {
            lines.remove(0);
            lines
        }),
        ("ends at entry 2", |mut lines| {
            lines.truncate(1);
            lines
        }),
        ("ends at entry 1", |_| Vec::new()),
    ];
    for (place, change) in changes {
        let cli = written();
        cli.run(&["log", "--verify"]).ends(0);
        let lines = fs::read_to_string(log(&cli)).unwrap().lines().map(str::to_owned).collect();
        let text: String = change(lines).into_iter().map(|line| line + "\n").collect();
        fs::write(log(&cli), text).unwrap();
        let found = cli.run(&["log", "--verify", "--json"]).ends(7);
        assert!(found.json()["bad"].as_str().unwrap().contains(place), "{place}: {found:?}");
        // A later save does not make the vault accept the changed log.
        cli.run(&["rename", "one", "eins"]).ends(0);
        cli.run(&["log", "--verify"]).ends(7);
    }
}

#[test]
fn ar_02_half_a_line_of_a_crash_is_told_as_such_and_written_on_behind() {
    let cli = written();
    let text = fs::read_to_string(log(&cli)).unwrap();
    let half = &text[..text.len() - 40];
    let whole = half.lines().count() - 1;
    fs::write(log(&cli), half).unwrap();
    let told = cli.run(&["log", "--verify", "--json"]).ends(0);
    assert_eq!(told.json()["torn"], serde_json::json!([format!("audit.jsonl, line {}", whole + 1)]));
    cli.run(&["rename", "one", "eins"]).ends(0);
    let after = cli.run(&["log", "--verify", "--json"]).ends(0).json();
    // Since then, three commands have unlocked the vault, and one has renamed a credential.
    assert_eq!((&after["lines"], after["torn"].as_array().unwrap().len()), (&(whole + 4).into(), 1));
}

#[test]
fn ar_03_twenty_processes_append_whole_lines_in_one_chain() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.token_command(&[]).output().unwrap();
    let children: Vec<_> = (0..20).map(|_| home.token_command(&[]).spawn().unwrap()).collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let verdict = credenza::engine::audit::verify(&home.session()).unwrap();
    assert_eq!((verdict.lines, verdict.bad, verdict.torn.len()), (44, None, 0), "a refresh, 21 tokens, 22 unlocks");
    let users = credenza::engine::audit::used_by(&home.workspace, home.id).unwrap();
    assert_eq!((users.len(), users[0].times), (1, 21));
    assert!(!users[0].program.is_empty());
}

#[test]
fn ar_04_a_log_that_cannot_be_written_is_told_or_stops_everything() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let state = home.folder.path().join("state");
    // A folder in its place makes writing fail even for root.
    fs::create_dir(state.join("audit.jsonl")).unwrap();
    let told = home.token_command(&[]).output().unwrap();
    assert_eq!(told.stdout, b"a1\n");
    assert!(String::from_utf8_lossy(&told.stderr).contains("audit log could not be written"), "{told:?}");
    fs::create_dir_all(home.folder.path().join("config")).unwrap();
    fs::write(home.folder.path().join("config/settings.toml"), "audit = \"required\"\n").unwrap();
    for arguments in [&["--force"][..], &[]] {
        let refused = home.token_command(arguments).output().unwrap();
        assert_eq!((refused.status.code(), refused.stdout.as_slice()), (Some(7), &b""[..]), "{refused:?}");
    }
    assert_eq!(fake.requests().len(), 1, "no refresh token was spent");
    fs::remove_dir(state.join("audit.jsonl")).unwrap();
    assert_eq!(home.token_command(&["--force"]).output().unwrap().stdout, b"a2\n");
    let text = fs::read_to_string(state.join("audit.jsonl")).unwrap();
    assert_eq!(text.matches("\"begun\"").count(), 3, "the unlock, the token and its refresh: {text}");
}

#[test]
fn a_token_and_the_unlock_before_it_are_logged_in_their_order() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let last = |count: usize| {
        let text = fs::read_to_string(log(&cli)).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told = |line: &serde_json::Value| format!("{} {}", line["action"], line["result"]).replace('"', "");
        (lines.len(), lines[lines.len() - count..].iter().map(told).collect::<Vec<_>>())
    };
    let (before, _) = last(0);
    cli.run(&["token", "Nothing"]).ends(3);
    assert_eq!(last(1), (before + 1, vec!["unlock ok".to_owned()]), "also where nothing comes of it");
    cli.run(&["token", "Zoho EU"]).ends(5);
    let both = ["unlock ok", "token needs_authentication"].map(str::to_owned);
    assert_eq!(last(2), (before + 3, both.to_vec()));
    let wrong = cli.folder().join("wrong");
    fs::write(&wrong, "CNRY-wrong").unwrap();
    cli.run(&["token", "Zoho EU", "--passphrase-file", wrong.to_str().unwrap()]).ends(4);
    assert_eq!(last(1), (before + 4, vec!["unlock locked".to_owned()]));
    cli.run(&["log", "--verify"]).ends(0);
}

#[test]
fn the_log_turns_over_by_size_and_the_chain_goes_on() {
    let cli = written();
    let path = log(&cli);
    let line = fs::read_to_string(&path).unwrap();
    // A damaged line of five megabytes, as a crash may leave it.
    fs::write(&path, "x".repeat(5 << 20) + "\n" + &line).unwrap();
    cli.run(&["rename", "one", "eins"]).ends(0);
    // The entry of the unlock was the last one in the old file, which was then rotated; a rotated file ends with the
    // number of the oldest entry that is kept.
    let older = fs::read_to_string(cli.folder().join("state/audit.1.jsonl")).unwrap();
    assert!(older.lines().last().unwrap().contains("\"oldest\":1,"), "{:?}", older.lines().last());
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
    let verdict = cli.run(&["log", "--verify", "--json"]).ends(0).json();
    assert_eq!((&verdict["lines"], verdict["torn"].as_array().unwrap().len()), (&11.into(), 1));
    // The oldest of four files is deleted. The log then begins with a later entry and still verifies.
    for round in 0..3 {
        let text = fs::read_to_string(&path).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        fs::write(&path, format!("{first}\n{}\n{rest}", "x".repeat(5 << 20))).unwrap();
        cli.run(&["rename", if round % 2 == 0 { "eins" } else { "one" }, if round % 2 == 0 { "one" } else { "eins" }])
            .ends(0);
        cli.run(&["log", "--verify"]).ends(0);
    }
    let verdict = cli.run(&["log", "--verify", "--json"]).ends(0).json();
    assert!(verdict["first"].as_u64().unwrap() > 1, "{verdict}");
    // If the oldest file is missing, the beginning of the log is missing.
    fs::remove_file(cli.folder().join("state/audit.3.jsonl")).unwrap();
    assert_eq!(cli.run(&["log", "--verify", "--json"]).ends(7).json()["kind"], "removed");
}
