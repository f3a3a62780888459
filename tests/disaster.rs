//! Every damaged state of a vault's files, and the command that repairs it. Each state is created, and then the
//! commands in the program's messages are followed.
//!
//! The rows are data (`tests/disaster/rows.toml`); `docs/reference/disasters.md` is generated from them, and
//! `CREDENZA_WRITE_DOCS=1` writes it.

mod damage;
mod page;

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::cli::{Cli, Ran};
use damage::make;

#[derive(Debug, Deserialize)]
struct Row {
    state: String,
    make: Vec<String>,
    #[serde(default)]
    kit: String,
    #[serde(default)]
    command: String,
    #[serde(default)]
    then: Vec<String>,
    #[serde(default)]
    says: String,
    #[serde(default)]
    left: Vec<String>,
    #[serde(default)]
    red: bool,
}

#[derive(Deserialize)]
struct Table {
    row: Vec<Row>,
}

fn rows() -> Vec<Row> {
    toml::from_str::<Table>(include_str!("disaster/rows.toml")).unwrap().row
}

/// The vault before it is damaged; `kit`, `replaced` and `foreign` are recovery kits, `own` is a backup that the user
/// made.
fn template() -> &'static Cli {
    static TEMPLATE: OnceLock<Cli> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let cli = Cli::new();
        let kit = |name: &str| {
            let kit = cli.run(&["recovery-kit"]).ends(0).out;
            fs::write(cli.folder().join(name), kit).unwrap();
        };
        kit("replaced");
        cli.add("one").ends(0);
        kit("kit");
        cli.add("two").ends(0);
        cli.add("three").ends(0);
        fs::write(cli.folder().join("foreign"), Cli::new().run(&["recovery-kit"]).ends(0).out).unwrap();
        fs::copy(cli.folder().join("data/vault.age"), cli.folder().join("own")).unwrap();
        fs::write(cli.folder().join("new"), "another one\n").unwrap();
        cli
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn vault() -> Cli {
    let cli = Cli::empty();
    copy(template().folder(), cli.folder());
    cli
}

/// The first command in a message, unchanged.
fn named(message: &str) -> Option<String> {
    // Folder names may contain "credenza"; a command follows a colon.
    let at = message.find(": credenza ")? + 2;
    let line = message[at..].lines().next().unwrap();
    Some(line.split(". To ").next().unwrap().to_owned())
}

/// Runs a command as a user would, with the user's files in place of its placeholders.
fn run(cli: &Cli, command: &str, row: &Row) -> Ran {
    let file = |name: &str| cli.folder().join(name).to_str().unwrap().to_owned();
    let kit = if row.kit.is_empty() { "kit" } else { &row.kit };
    let mut words: Vec<String> = command.split(' ').skip(1).map(str::to_owned).collect();
    let is_recovery = words[0] == "recover";
    for word in words.iter_mut().filter(|word| *word == "FILE") {
        *word = file(if is_recovery { kit } else { "own" });
    }
    if is_recovery {
        words.extend(["--new-passphrase-file".to_owned(), file("new")]);
    }
    let ran = cli.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    if is_recovery && ran.code == 0 {
        fs::copy(file("new"), file("pass")).unwrap();
    }
    ran
}

fn names(cli: &Cli) -> Vec<String> {
    let table = cli.run(&["list"]).ends(0).out;
    let mut names: Vec<String> =
        table.lines().skip(1).map(|line| line.split("  ").next().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn is_red(cli: &Cli) -> bool {
    let doctor = cli.run(&["doctor", "--json"]).json();
    doctor["findings"].as_array().unwrap().iter().any(|one| one["check"] == "vault" && one["verdict"] == "bad")
}

/// Follows the messages until the vault opens; returns all messages on the way.
fn follow(cli: &Cli, row: &Row) -> String {
    let mut ran = cli.run(&["list"]);
    let mut said = ran.err.clone();
    let commands = std::iter::once(&row.command).chain(&row.then).filter(|command| !command.is_empty());
    for command in commands {
        assert_ne!(ran.code, 0, "{}: {ran:?}", row.state);
        assert_eq!(named(&ran.err).as_ref(), Some(command), "{}: {ran:?}", row.state);
        ran = run(cli, command, row);
        said.push_str(&ran.err);
    }
    assert_eq!(ran.code == 0, !row.left.is_empty(), "{}: {ran:?}", row.state);
    said
}

fn hold(row: &Row) {
    let cli = vault();
    for step in &row.make {
        make(&cli, step);
    }
    if row.red {
        assert!(is_red(&cli), "{}: doctor sees nothing", row.state);
        let check = cli.command(&["check", "--no-input"]).output().unwrap();
        assert_eq!(check.status.code(), Some(7), "{}: {check:?}", row.state);
    }
    let said = follow(&cli, row);
    assert!(said.contains(&row.says), "{}: {said}", row.state);
    if row.left.is_empty() {
        return;
    }
    let mut expected = row.left.clone();
    expected.sort();
    assert_eq!(names(&cli), expected, "{}", row.state);
    cli.run(&["show", &row.left[0]]).ends(0);
    cli.run(&["rename", &row.left[0], "renamed"]).ends(0);
    assert!(!is_red(&cli), "{}: doctor is red after the way out", row.state);
}

/// Tests every `step`th row, so that several threads share them.
fn hold_every(step: usize, first: usize) {
    for row in rows().iter().skip(first).step_by(step) {
        hold(row);
    }
}

#[test]
fn the_command_that_the_message_names_leads_out_1() {
    hold_every(3, 0);
}

#[test]
fn the_command_that_the_message_names_leads_out_2() {
    hold_every(3, 1);
}

#[test]
fn the_command_that_the_message_names_leads_out_3() {
    hold_every(3, 2);
}

#[test]
fn of_two_branches_the_one_that_is_not_kept_is_among_the_backups() {
    for saves in [1, 3] {
        let cli = vault();
        make(&cli, &format!("vault.age forked {saves}"));
        cli.run(&["list"]).ends(7);
        cli.run(&["restore"]).ends(0);
        assert!(names(&cli).contains(&"there 1".to_owned()));
        cli.run(&["restore", "--generation", "6"]).ends(0);
        assert_eq!(names(&cli), ["one", "three", "two"]);
    }
}

#[test]
fn a_restored_vault_is_newer_for_the_other_machine_too() {
    let (here, there) = (vault(), vault());
    make(&here, "vault.age forked 2");
    here.run(&["list"]).ends(7);
    here.run(&["restore", "--generation", "6"]).ends(0);
    here.add("four").ends(0);
    fs::copy(here.folder().join("data/vault.age"), there.folder().join("data/vault.age")).unwrap();
    assert!(is_red(&there), "nobody has opened it yet");
    assert_eq!(names(&there), ["four", "one", "three", "two"]);
    assert!(!is_red(&there), "it was opened");
}

#[test]
fn history_lists_the_backups_of_a_vault_that_does_not_open() {
    for damage in ["vault.age missing", "vault.age cut", "vault.age forged", "vault.age older 3"] {
        let cli = vault();
        make(&cli, damage);
        let ran = cli.run(&["history", "--json"]).ends(0);
        assert!(ran.err.contains("the vault does not open"), "{damage}: {ran:?}");
        let rows = ran.json();
        let numbers: Vec<u64> =
            rows.as_array().unwrap().iter().map(|row| row["generation"].as_u64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "{damage}");
    }
}

#[test]
fn a_recovery_on_a_new_machine_is_in_its_log() {
    let cli = vault();
    for step in ["identity.age missing", "state missing", "backups missing"] {
        make(&cli, step);
    }
    let row = Row { kit: "kit".to_owned(), ..rows().remove(0) };
    let ran = run(&cli, "credenza recover --kit-file FILE", &row).ends(0);
    assert!(!ran.err.contains("audit log"), "{ran:?}");
    assert!(cli.run(&["log"]).ends(0).out.contains("recovery"));
}

#[test]
fn a_former_kit_still_opens_backups_until_they_are_purged() {
    let cli = vault();
    let kit = fs::read_to_string(cli.folder().join("replaced")).unwrap();
    let identity: age::x25519::Identity = kit.trim().parse().unwrap();
    let opens = || {
        let files = fs::read_dir(cli.folder().join("data/backups")).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|file| age::decrypt(&identity, &fs::read(file).unwrap()).is_ok()).count()
    };
    assert_eq!(opens(), 2);
    assert!(cli.run(&["recovery-kit"]).ends(0).err.contains("credenza purge --all"));
    let asked = cli.run(&["purge", "--all", "--json"]).ends(0).json();
    assert_eq!((&asked["purged"], asked["files"].as_array().unwrap().len()), (&false.into(), 6));
    cli.run(&["purge", "--all", "--yes"]).ends(0);
    assert_eq!((opens(), names(&cli).len()), (0, 3));
    assert_eq!(fs::read_dir(cli.folder().join("data/backups")).unwrap().count(), 0);
}

#[test]
fn a_record_that_cannot_be_read_is_taken_due_and_never_passed_over() {
    for content in ["newer record", "doubled key", "wrong type", "newer history"] {
        let cli = vault();
        make(&cli, &format!("vault.age content {content}"));
        let listed = cli.run(&["list"]).ends(0);
        assert!(listed.out.contains("three") && listed.err.contains("cannot be read"), "{content}: {listed:?}");
        for command in [&["token", "three"][..], &["show", "three"], &["delete", "three"], &["doctor", "three"]] {
            let ran = cli.run(command).ends(7);
            assert!(ran.err.contains("cannot be read by this version"), "{content}: {ran:?}");
        }
        assert!(cli.add("three").ends(2).err.contains("three"), "the name is taken");
        cli.run(&["rename", "one", "THREE"]).ends(2);
        let checked = cli.run(&["check", "--json"]).ends(2).json();
        let found = |row: &&serde_json::Value| row["name"] == "three";
        let row = checked["checked"].as_array().unwrap().iter().find(found).unwrap().clone();
        assert_eq!((&row["status"], &row["standing"]), (&"unreadable".into(), &"needs_person".into()), "{content}");
        assert!(cli.run(&["check"]).ends(2).out.contains("cannot be read by this version"));
        assert!(cli.run(&["check", "--prometheus"]).ends(2).out.contains("status=\"unreadable\""));
    }
}

#[test]
fn one_credential_comes_out_of_a_vault_or_its_payload() {
    let from = vault();
    let (data, kit) = (from.folder().join("data"), from.folder().join("kit"));
    let payload = from.folder().join("payload.json");
    fs::write(&payload, damage::payload(&from)).unwrap();
    let newest_backup = data.join("backups").join(damage::newest_backup(&from));
    let files = [data.join("vault.age"), newest_backup, payload];
    for (file, is_sealed) in files.iter().zip([true, true, false]) {
        let to = Cli::new();
        let key = kit.to_str().unwrap();
        let mut arguments = vec!["import", file.to_str().unwrap(), "--only", "TWO", "--json"];
        if is_sealed {
            arguments.extend(["--key-file", key]);
        }
        let ran = to.run(&arguments).ends(0);
        assert_eq!((ran.json()[0]["name"].as_str(), ran.json().as_array().unwrap().len()), (Some("two"), 1), "{ran:?}");
        assert_eq!(names(&to), ["two"]);
        arguments[3] = "nobody";
        assert!(to.run(&arguments).ends(3).err.contains("one, two"));
    }
}
