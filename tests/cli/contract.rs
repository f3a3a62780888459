//! Exit codes, streams and JSON that scripts depend on.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Cli, Ran};

#[test]
fn a_credential_lives_from_add_to_undo() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let list = cli.run(&["list", "--json"]).ends(0).json();
    assert_eq!(list[0]["name"], "Zoho EU");
    assert_eq!(list[0]["status"], "not_authenticated");
    cli.run(&["rename", "zoho", "Zoho Europe"]).ends(0);
    let id = list[0]["id"].as_str().unwrap();
    assert_eq!(cli.run(&["show", id, "--json"]).ends(0).json()["name"], "Zoho Europe");
    let by_beginning = cli.run(&["delete", "Zoho Eur"]).ends(2);
    assert!(by_beginning.err.contains("neither the full name nor the id of \"Zoho Europe\""), "{by_beginning:?}");
    cli.run(&["delete", "zoho europe"]).ends(0);
    assert_eq!(cli.run(&["list", "--json"]).ends(0).json(), Value::Array(Vec::new()));
    let said = cli.run(&["undo"]).ends(0);
    assert!(said.out.contains("delete Zoho Europe") || said.err.contains("delete Zoho Europe"), "{said:?}");
    assert_eq!(cli.run(&["list", "--json"]).ends(0).json()[0]["id"], id);
}

#[test]
fn ag_04_each_refusal_has_its_exit_code() {
    let cli = Cli::new();
    cli.run(&["list", "--no-such-option"]).ends(2);
    cli.run(&["add", "--integration", "no-such", "--name", "x", "--no-input"]).ends(3);
    cli.run(&["show", "nobody"]).ends(3);
    cli.run(&["undo"]).ends(3);
    cli.add("Zoho EU").ends(0);
    cli.add("zoho eu").ends(2);
    cli.run(&["token", "Zoho EU"]).ends(5);
    std::fs::write(cli.folder().join("pass"), "wrong").unwrap();
    cli.run(&["list"]).ends(4);
    std::fs::write(cli.folder().join("pass"), "test").unwrap();
    std::fs::write(cli.folder().join("data/vault.age"), "damaged").unwrap();
    cli.run(&["list"]).ends(7);
    cli.run(&["init"]).ends(8);
}

/// A problem says the same as text and as JSON: one sentence about what happened, and for most problems what to do.
#[test]
fn each_refusal_says_the_same_in_text_and_in_json() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    cli.add("Zoho US").ends(0);
    let missing = ["token", "Zoho EU"].as_slice();
    says(&cli, &["rename", "Zoho EU", "Zoho US"], 2, "usage");
    says(&cli, &["show", "nobody"], 3, "not_found");
    says(&cli, &["show", "Zoho"], 3, "not_found");
    says(&cli, missing, 5, "needs_authentication");
    says(&cli, &["init"], 8, "refused");
    std::fs::write(cli.folder().join("pass"), "wrong").unwrap();
    says(&cli, &["list"], 4, "locked");
    std::fs::write(cli.folder().join("pass"), "test").unwrap();
    let vault = cli.folder().join("data/vault.age");
    let old = std::fs::read(&vault).unwrap();
    cli.run(&["delete", "Zoho US"]).ends(0);
    std::fs::write(&vault, old).unwrap();
    says(&cli, missing, 7, "rolled_back");
    std::fs::write(&vault, "damaged").unwrap();
    says(&cli, &["list"], 7, "storage");
}

/// Runs a command with and without `--json`, and compares the two descriptions of the problem.
#[track_caller]
fn says(cli: &Cli, arguments: &[&str], code: i32, kind: &str) {
    let text = cli.run(arguments).ends(code);
    let json = cli.run(&[&["--json"], arguments].concat()).ends(code);
    let problem = &serde_json::from_str::<Value>(&json.err).unwrap()["error"];
    assert_eq!((problem["kind"].as_str(), problem["exit_code"].as_i64()), (Some(kind), Some(code.into())), "{json:?}");
    let what = problem["what"].as_str().unwrap();
    let told = text.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(what.trim_end_matches('.')), "{what}: {text:?}");
    let advice = problem["try_this"].as_str().unwrap_or_default();
    assert!(!advice.is_empty(), "{arguments:?}: {problem}");
    assert!(what.ends_with('.'), "{arguments:?}: {what}");
    // Advice may end with a command instead of a period.
    assert!(advice.ends_with('.') || advice.contains(": credenza "), "{arguments:?}: {advice}");
}

#[test]
fn a_passphrase_is_the_same_from_every_file_and_old_spellings_still_open() {
    let cli = Cli::new();
    let pass = cli.folder().join("pass");
    // The file the passphrase was set from, and the file that is used later.
    for (made, given) in [
        ("\u{feff}marked\r\n", "marked\n"),
        (" outer blanks \n", " outer blanks \r"),
        ("two\nlines\n", "\u{feff}two\nlines"),
    ] {
        let new = cli.folder().join("new");
        std::fs::write(&new, made).unwrap();
        cli.run(&["passphrase", "--allow-weak", "--new-passphrase-file", new.to_str().unwrap()]).ends(0);
        std::fs::write(&pass, given).unwrap();
        cli.run(&["list"]).ends(0);
    }
    // An older version removed outer spaces from pasted passphrases, so the version with spaces must still open the
    // vault.
    let new = cli.folder().join("new");
    std::fs::write(&new, "cleaned by the paste").unwrap();
    cli.run(&["passphrase", "--allow-weak", "--new-passphrase-file", new.to_str().unwrap()]).ends(0);
    for given in [" cleaned by the paste ", "\u{feff} cleaned by the paste\n\n"] {
        std::fs::write(&pass, given).unwrap();
        cli.run(&["list"]).ends(0);
    }
    std::fs::write(&pass, "cleaned by  the paste").unwrap();
    cli.run(&["list"]).ends(4);
}

#[test]
fn vf_17_a_rollback_has_the_storage_code_and_no_refresh_is_tried() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let vault = cli.folder().join("data/vault.age");
    let old = std::fs::read(&vault).unwrap();
    cli.run(&["rename", "Zoho EU", "Zoho"]).ends(0);
    std::fs::write(&vault, old).unwrap();
    assert!(cli.run(&["token", "Zoho EU"]).ends(7).err.contains("generation"));
}

#[test]
fn ag_06_without_a_terminal_it_fails_at_once_instead_of_asking() {
    let cli = Cli::new();
    for arguments in [["list", "--json"].as_slice(), &["list", "--no-input"], &["token", "x"]] {
        let before = Instant::now();
        let ran = Ran::of(cli.command(arguments).output().unwrap()).ends(4);
        assert!(ran.out.is_empty() && before.elapsed() < Duration::from_secs(5), "{ran:?}");
    }
}

#[test]
fn ag_08_an_ambiguous_name_lists_the_choices() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    cli.add("Zoho US").ends(0);
    let ran = cli.run(&["token", "zoho"]).ends(3);
    assert!(ran.out.is_empty() && ran.err.contains("Zoho EU") && ran.err.contains("Zoho US"), "{ran:?}");
    cli.run(&["delete", "Zoho"]).ends(3);
}

#[test]
fn ag_12_json_stays_json_whatever_is_in_it() {
    let cli = Cli::new();
    cli.add("a \"quoted\" \\ name").ends(0);
    assert_eq!(cli.run(&["list", "--json"]).ends(0).json()[0]["name"], "a \"quoted\" \\ name");
    let ran = cli.run(&["show", "no\u{1b}[2Jbody", "--json"]).ends(3);
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["error"]["kind"], "not_found");
    assert!(!ran.err.contains('\u{1b}'));
}

#[test]
fn ag_03_an_output_that_takes_nothing_is_a_failure() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = cli.command(&["list"]);
    command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass")).stdout(Stdio::from(full));
    assert_ne!(command.status().unwrap().code(), Some(0));
}

#[test]
fn pp_02_pp_04_the_passphrase_comes_by_file_and_command() {
    let cli = Cli::new();
    let command = |arguments: &[&str]| Ran::of(cli.command(arguments).output().unwrap());
    command(&["list", "--passphrase-command", "echo test"]).ends(0);
    command(&["list", "--passphrase-command", "echo wrong"]).ends(4);
    command(&["list", "--passphrase-command", "exit 1"]).ends(4);
    std::fs::write(cli.folder().join("pass"), "te st\n\n").unwrap();
    cli.run(&["list"]).ends(4);
    command(&["list", "--passphrase-file", "/nonexistent"]).ends(2);
    let empty = Cli::empty();
    std::fs::write(empty.folder().join("pass"), "\n").unwrap();
    empty.run(&["init"]).ends(2);
}

#[test]
fn show_reveals_only_to_a_terminal() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    cli.run(&["show", "Zoho EU"]).ends(0);
    assert_ne!(cli.run(&["show", "Zoho EU", "--reveal"]).code, 0);
}

#[test]
fn a_sandbox_elsewhere_is_refused_before_anything_is_sent() {
    let cli = Cli::new();
    let ran = cli.run(&["list", "--sandbox", "http://example.com"]);
    assert_ne!(ran.code, 0, "{ran:?}");
}

#[test]
fn tt_03_the_interface_refuses_without_a_terminal() {
    let cli = Cli::new();
    let before = Instant::now();
    assert_ne!(cli.run(&[]).code, 0);
    assert!(before.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_catalog_and_completions_need_no_vault() {
    let cli = Cli::empty();
    assert!(cli.run(&["catalog", "list"]).ends(0).out.contains("manageengine"));
    assert!(cli.run(&["catalog", "show", "manageengine"]).ends(0).out.contains("ManageEngine"));
    let bad = cli.folder().join("bad.toml");
    std::fs::write(&bad, "id = 1\n").unwrap();
    assert!(cli.run(&["catalog", "check", bad.to_str().unwrap()]).ends(2).err.contains('1'));
    assert!(cli.run(&["completions", "bash"]).ends(0).out.contains("credenza"));
}
