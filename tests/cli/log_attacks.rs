//! Attacks on the audit log by someone who can write to its folder but has no key: each is detected, even after later
//! saves.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use credenza::engine::audit::{self, FaultKind};
use credenza::engine::ops::credentials;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

use super::Cli;
use crate::scratch::is_thorough;
use crate::service::{Fake, Home, ask, force};

/// The number of kinds of attack.
const ATTACKS: usize = 16;

const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn path(home: &Home) -> PathBuf {
    home.workspace.paths.state().join("audit.jsonl")
}

fn read(home: &Home) -> Vec<String> {
    fs::read_to_string(path(home)).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn write(home: &Home, lines: &[String]) {
    let text: Vec<&str> = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    fs::write(path(home), text.concat()).unwrap();
}

fn rename(home: &Home, to: &str) {
    home.pass(1);
    credentials::rename(&home.session(), home.id, to).unwrap();
    home.pass(1);
}

fn hand_out(home: &Home) {
    home.pass(1);
    ask(home, credenza::engine::ops::token::Request::default()).unwrap();
}

/// Recomputes the hash chain from the line `from` on, as a program that knows the format can; `code` provides the MACs.
fn rechain(lines: &mut [String], from: usize, code: impl Fn(&str) -> Option<String>) {
    let mut prev = match from {
        0 => GENESIS.to_owned(),
        _ => hex(&lines[from - 1]),
    };
    let start = match from {
        0 => 0,
        _ => number(&lines[from - 1]),
    };
    for (line, seq) in lines[from..].iter_mut().zip(start + 1..) {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["seq"] = seq.into();
        value["prev"] = prev.into();
        let fields = value.as_object_mut().unwrap();
        let old = fields.remove("mac").map_or_else(String::new, |mac| mac.as_str().unwrap().to_owned());
        if let Some(mac) = code(&old) {
            fields.insert("mac".to_owned(), mac.into());
        }
        *line = serde_json::to_string(&value).unwrap();
        prev = hex(line);
    }
}

fn number(line: &str) -> u64 {
    serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap()
}

fn hex(text: &str) -> String {
    let digits: Vec<String> = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// Changes the contents of a line in a way that only its MAC reveals.
fn forged(line: &str, random: &mut StdRng) -> String {
    let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
    match random.random_range(0..5) {
        0 => value["program"] = "innocent".into(),
        1 => value["name"] = "Another".into(),
        2 => value["uid"] = 4_711.into(),
        3 => value["action"] = "list".into(),
        _ => value["at"] = "2020-01-01T00:00:00Z".into(),
    }
    serde_json::to_string(&value).unwrap()
}

/// Performs the attack number `kind`; `pinned` is the index of the line pinned by the vault, `older` an older copy of
/// the log.
fn attack(home: &Home, kind: usize, pinned: usize, older: &[String], random: &mut StdRng) {
    let mut lines = read(home);
    let any = random.random_range(0..lines.len());
    match kind {
        // Edits a line, with or without recomputing the chain; with the old MACs, invented ones, empty ones or none.
        0 => lines[any] = forged(&lines[any], random),
        1..=4 => {
            lines[any] = forged(&lines[any], random);
            rechain(&mut lines, any, |old| match kind {
                1 => Some(old.to_owned()),
                2 => Some(hex(old)),
                3 => Some(String::new()),
                _ => None,
            });
        }
        5 => {
            lines[any] = forged(&lines[any], random);
            rechain(&mut lines, 0, |_| None);
        }
        // Removes the end, the middle or the beginning.
        6 => lines.truncate(random.random_range(0..=pinned)),
        7 | 8 => {
            let from = random.random_range(0..pinned);
            lines.drain(from..=random.random_range(from..pinned));
            if kind == 8 {
                rechain(&mut lines, from, |old| Some(old.to_owned()));
            }
        }
        9 => {
            let from = random.random_range(1..=pinned);
            fs::write(home.workspace.paths.state().join("audit.3.jsonl"), lines[from..].join("\n") + "\n").unwrap();
            return fs::remove_file(path(home)).unwrap();
        }
        10 => return fs::remove_file(path(home)).unwrap(),
        11 => lines = older.to_vec(),
        12 => {
            let stranger = Home::with(&Fake::start());
            (0..lines.len()).for_each(|_| hand_out(&stranger));
            lines = read(&stranger);
        }
        13 => lines = vec!["nothing".to_owned(); random.random_range(1..4)],
        14 => {
            let at = random.random_range(0..pinned);
            let copy = lines[any].clone();
            lines.insert(at, copy);
            rechain(&mut lines, at, |old| Some(old.to_owned()));
        }
        _ => {
            let at = random.random_range(0..lines.len() - 1);
            lines.swap(at, at + 1);
        }
    }
    write(home, &lines);
}

#[test]
fn every_one_of_many_attacks_is_told_after_the_next_saves() {
    std::thread::scope(|scope| {
        for worker in 0..if is_thorough() { 7 } else { 2 } {
            scope.spawn(move || {
                let mut random = StdRng::seed_from_u64(20_261_129 + worker);
                (0..ATTACKS).for_each(|kind| attacked(kind, &mut random));
            });
        }
    });
}

/// Performs an attack between some work and the next saves, and checks that it is detected.
fn attacked(kind: usize, random: &mut StdRng) {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let work = |random: &mut StdRng| {
        let session = home.session();
        for _ in 0..random.random_range(1..5) {
            home.pass(1);
            audit::revealed(&session, home.id).unwrap();
        }
    };
    work(random);
    rename(&home, "One");
    let older = read(&home);
    work(random);
    rename(&home, "Two");
    // The log entry of the rename is written after its save, so the save pinned the entry before it.
    let pinned = read(&home).len() - 2;
    work(random);
    assert_eq!(audit::verify(&home.session()).unwrap().fault(), None);

    attack(&home, kind, pinned, &older, random);
    rename(&home, "Three");
    force(&home).unwrap();
    // The log grows beyond the line that was pinned before.
    (0..5).for_each(|_| work(random));
    rename(&home, "Four");
    let session = home.session();
    let verdict = audit::verify(&session).unwrap();
    assert!(verdict.fault().is_some(), "attack {kind}: {verdict:?}\n{}", read(&home).join("\n"));

    // After the user has acknowledged it, the log verifies again, and the next attack is detected as well.
    audit::acknowledge(&session).unwrap();
    rename(&home, "Five");
    let session = home.session();
    let verdict = audit::verify(&session).unwrap();
    assert_eq!(verdict.fault(), None, "attack {kind}: {verdict:?}");
    assert!(audit::acknowledge(&session).is_err());
    let lines = read(&home);
    write(&home, &lines[..lines.len() - 3]);
    rename(&home, "Six");
    assert!(audit::verify(&home.session()).unwrap().broken.is_some(), "attack {kind}");
}

#[test]
fn what_was_done_to_the_log_is_told_apart() {
    let broken_by = |change: &dyn Fn(&Home)| {
        let fake = Fake::start();
        let home = Home::with(&fake);
        (0..3).for_each(|_| hand_out(&home));
        rename(&home, "One");
        (0..3).for_each(|_| hand_out(&home));
        rename(&home, "Two");
        change(&home);
        rename(&home, "Three");
        if !path(&home).is_file() {
            // Removes what replaced the log. The finding recorded by the save must remain.
            let _ = fs::remove_file(path(&home)).or_else(|_| fs::remove_dir(path(&home)));
        }
        let verdict = audit::verify(&home.session()).unwrap();
        assert!(verdict.fault().unwrap().contains("A save at "), "{verdict:?}");
        verdict.broken.unwrap().kind
    };
    let edited = |home: &Home, change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = read(home);
        change(&mut lines);
        write(home, &lines);
    };
    let in_place = |home: &Home, make: &dyn Fn(&PathBuf)| {
        fs::remove_file(path(home)).unwrap();
        make(&path(home));
    };
    let pipe = |at: &PathBuf| assert!(Command::new("mkfifo").arg(at).status().unwrap().success());
    assert_eq!(broken_by(&|home| edited(home, &|lines| rechain(lines, 2, |_| None))), FaultKind::Rewritten.word());
    assert_eq!(
        broken_by(&|home| edited(home, &|lines| drop(lines.remove(lines.len() - 2)))),
        FaultKind::Removed.word()
    );
    assert_eq!(broken_by(&|home| edited(home, &|lines| lines.truncate(5))), FaultKind::Cut.word());
    assert_eq!(broken_by(&|home| fs::remove_file(path(home)).unwrap()), FaultKind::Deleted.word());
    assert_eq!(broken_by(&|home| edited(home, &|lines| lines.fill("?".to_owned()))), FaultKind::Replaced.word());
    assert_eq!(broken_by(&|home| in_place(home, &pipe)), FaultKind::Replaced.word());
    assert_eq!(broken_by(&|home| in_place(home, &|at| fs::create_dir(at).unwrap())), FaultKind::Replaced.word());
    assert_eq!(broken_by(&|home| in_place(home, &|at| symlink("/dev/zero", at).unwrap())), FaultKind::Replaced.word());
}

#[test]
fn nothing_that_stands_in_place_of_the_log_is_waited_for_or_costs_a_grant() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    rename(&home, "Zoho EU2");
    rename(&home, "Zoho EU");
    let state = home.workspace.paths.state().to_owned();
    let run = |arguments: &[&str]| -> Output {
        let mut command = Command::new("timeout");
        command.args(["-k", "1", "60", env!("CARGO_BIN_EXE_credenza")]).args(arguments).env_clear();
        command.env("CREDENZA_DIR", home.folder.path()).stdin(Stdio::null());
        command.env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass")).output().unwrap()
    };
    for (count, name) in (1..).zip(["audit.jsonl", "audit.1.jsonl", "audit.3.jsonl", "audit.lock"]) {
        let (place, aside) = (state.join(name), state.join("aside"));
        let was_there = fs::rename(&place, &aside).is_ok();
        assert!(Command::new("mkfifo").arg(&place).status().unwrap().success());
        let token = run(&["token", "Zoho EU", "--force", "--no-input"]);
        let told = String::from_utf8_lossy(&token.stderr).into_owned();
        assert!(token.status.success(), "{token:?}");
        assert!(told.contains(&format!("{} is a named pipe", place.display())), "{told}");
        assert_eq!(fake.requests().len(), count, "one refresh each");
        for (from, to) in [("Zoho EU", "Zoho US"), ("Zoho US", "Zoho EU")] {
            assert_eq!(run(&["rename", from, to]).status.code(), Some(0), "{name}");
        }
        for arguments in [&["log"][..], &["log", "--verify"], &["show", "Zoho EU"], &["doctor"]] {
            assert_ne!(run(arguments).status.code(), Some(124), "{arguments:?} hangs on {name}");
        }
        let doctor = run(&["doctor", "--json"]);
        assert!(String::from_utf8_lossy(&doctor.stdout).contains("is a named pipe"), "{doctor:?}");
        let settings = home.workspace.paths.settings();
        fs::create_dir_all(settings.parent().unwrap()).unwrap();
        if name == "audit.jsonl" {
            fs::write(&settings, "audit = \"required\"\n").unwrap();
            assert_eq!(run(&["token", "Zoho EU", "--force", "--no-input"]).status.code(), Some(7));
            assert_eq!(fake.requests().len(), count, "nothing is spent");
            fs::remove_file(&settings).unwrap();
        }
        fs::remove_file(&place).unwrap();
        if was_there {
            fs::rename(&aside, &place).unwrap();
        }
    }
    assert_eq!(home.stored().status(home.clock.now()), credenza::model::credential::Status::Authenticated);
}

#[test]
fn a_broken_log_is_reported_until_a_person_acknowledges_it() {
    let cli = Cli::new();
    for name in ["one", "two", "three"] {
        cli.add(name).ends(0);
    }
    cli.run(&["log", "--acknowledge", "--yes"]).ends(2);
    assert_eq!(cli.run(&["check", "--json"]).json()["log"]["broken"], serde_json::Value::Null);
    fs::remove_file(cli.folder().join("state/audit.jsonl")).unwrap();
    cli.run(&["rename", "one", "eins"]).ends(0);
    (0..12).for_each(|_| drop(cli.run(&["list"]).ends(0)));
    let found = cli.run(&["log", "--verify", "--json"]).ends(7).json();
    assert_eq!((&found["broken"]["kind"], found["broken"]["seq"].as_u64()), (&"deleted".into(), Some(2)), "{found}");
    let check = cli.run(&["check", "--json"]).ends(2);
    assert!(check.json()["log"]["broken"].as_str().unwrap().contains("the log was deleted"), "{check:?}");
    assert!(cli.run(&["check", "--prometheus"]).ends(2).out.contains("credenza_audit_log_broken 1"));
    let doctor = cli.run(&["doctor", "two", "--json"]);
    assert!(doctor.out.contains("The audit log was changed after it was written."), "{doctor:?}");
    // Acknowledging requires a confirmation, and is logged.
    cli.run(&["log", "--acknowledge"]).ends(2);
    cli.run(&["log", "--verify"]).ends(7);
    cli.run(&["log", "--acknowledge", "--yes"]).ends(0);
    let lines = cli.run(&["log", "--json", "--last", "2"]).ends(0).json();
    assert_eq!((&lines[0]["action"], &lines[0]["result"]), (&"acknowledge".into(), &"ok".into()), "{lines}");
    assert!(cli.run(&["log", "--verify", "--json"]).ends(0).json()["acknowledged"].as_u64().is_some());
    cli.run(&["rename", "eins", "one"]).ends(0);
    cli.run(&["log", "--verify"]).ends(0);
    assert!(cli.run(&["check", "--prometheus"]).out.contains("credenza_audit_log_broken 0"));
}

#[test]
fn a_log_of_an_older_version_is_read_on_and_said_to_prove_less() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    (0..4).for_each(|_| hand_out(&home));
    // As a version without MACs wrote it: neither user names nor MACs, only the hash chain.
    let mut lines = read(&home);
    for line in &mut lines {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("user");
        *line = serde_json::to_string(&value).unwrap();
    }
    rechain(&mut lines, 0, |_| None);
    write(&home, &lines);
    rename(&home, "One");
    let verdict = audit::verify(&home.session()).unwrap();
    assert_eq!((verdict.fault(), verdict.unkeyed_until), (None, Some(lines.len() as u64)));
    // The first line with a MAC protects all lines before it.
    let mut lines = read(&home);
    lines[1] = lines[1].replace("unlock", "export");
    rechain(&mut lines, 1, |old| Some(old.to_owned()).filter(|old| !old.is_empty()));
    write(&home, &lines);
    assert!(audit::verify(&home.session()).unwrap().bad.is_some());
}

#[test]
fn a_removed_host_changes_the_key_and_the_log_proves_on() {
    let cli = Cli::new();
    cli.add("one").ends(0);
    let key = cli.folder().join("ci.key");
    cli.run(&["recipients", "add", "ci", "--key-file", key.to_str().unwrap()]).ends(0);
    cli.run(&["recipients", "remove", "ci"]).ends(0);
    cli.run(&["rename", "one", "eins"]).ends(0);
    cli.run(&["log", "--verify"]).ends(0);
    let log = cli.folder().join("state/audit.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.replacen("\"one\"", "\"two\"", 1)).unwrap();
    cli.run(&["log", "--verify"]).ends(7);
}

#[test]
fn a_backup_over_a_damaged_vault_forgets_nothing_of_a_broken_log() {
    let cli = Cli::new();
    for name in ["one", "two", "three"] {
        cli.add(name).ends(0);
    }
    let log = cli.folder().join("state/audit.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    // The line pinned by the oldest backup is kept, so the log looks complete to that backup.
    let cut = text.lines().take_while(|line| !line.contains("\"two\"")).count();
    let left: Vec<&str> = text.lines().take(cut).flat_map(|line| [line, "\n"]).collect();
    fs::write(&log, left.concat()).unwrap();
    cli.run(&["rename", "three", "drei"]).ends(0);
    cli.run(&["log", "--verify"]).ends(7);
    fs::write(cli.folder().join("data/vault.age"), "damaged").unwrap();
    cli.run(&["restore", "--generation", "2"]).ends(0);
    cli.run(&["log", "--verify"]).ends(7);
}

#[test]
fn what_opens_makes_and_leaves_the_vault_is_logged() {
    let cli = Cli::empty();
    cli.run(&["init", "--allow-weak"]).ends(0);
    cli.add("one").ends(0);
    let template = cli.folder().join("template.json");
    let to = template.to_str().unwrap();
    cli.run(&["export", "one", "--template", "--output", to]).ends(0);
    cli.run(&["import", to]).ends(0);
    let kit = cli.run(&["recovery-kit"]).ends(0).out;
    let file = cli.folder().join("kit");
    fs::write(&file, kit.split_whitespace().find(|word| word.starts_with("AGE-SECRET-KEY")).unwrap()).unwrap();
    let pass = cli.folder().join("pass");
    let (file, pass) = (file.to_str().unwrap(), pass.to_str().unwrap());
    cli.run(&["recover", "--allow-weak", "--kit-file", file, "--new-passphrase-file", pass]).ends(0);
    let lines = cli.run(&["log", "--json"]).ends(0).json();
    let actions: Vec<&str> = lines.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    let others: Vec<&str> = actions.iter().copied().filter(|action| *action != "unlock").collect();
    assert_eq!(others, ["init", "add", "export", "import", "recovery", "recovery"]);
    cli.run(&["log", "--verify"]).ends(0);
    // Another vault in the same place appends to the log of the previous vault.
    for name in ["vault.age", "identity.age"] {
        fs::remove_file(cli.folder().join("data").join(name)).unwrap();
    }
    // `init` does not create a vault while parts of the old one remain.
    cli.run(&["init", "--allow-weak"]).ends(7);
    fs::remove_dir_all(cli.folder().join("data/backups")).unwrap();
    fs::remove_file(cli.folder().join("state/newest.age")).unwrap();
    cli.run(&["init", "--allow-weak"]).ends(0);
    cli.add("one").ends(0);
    cli.run(&["log", "--verify"]).ends(0);
}
