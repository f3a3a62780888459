//! A team's vault in two windows, on the PostgreSQL that `CREDENZA_TEST_POSTGRES` names.

use std::fs;

use super::pty::Pty;
use crate::cli::Cli;
use crate::cli::team::{schema, team};

#[test]
fn what_one_person_changes_is_shown_in_the_window_of_another_without_a_key() {
    let Some(address) = schema() else { return };
    let (ana, bob) = (Cli::new(), Cli::empty());
    ana.add("Zoho EU").ends(0);
    ana.add("Payroll").ends(0);
    team(&ana, &["team", "create", &address, "--as", "Ana", "--from-local"]).ends(0);
    let joining = team(&bob, &["team", "join", &address, "--as", "Bob", "--allow-weak"]).ends(0).json();
    let (code, words) = (joining["code"].as_str().unwrap(), joining["words"].as_str().unwrap());
    team(&ana, &["team", "add", code, "--words", words]).ends(0);
    for cli in [&ana, &bob] {
        fs::create_dir_all(cli.folder().join("config")).unwrap();
        fs::write(cli.folder().join("config/settings.toml"), "vault = \"team\"\n").unwrap();
    }
    let (mut one, mut other) = (Pty::open(ana.folder()), Pty::open(bob.folder()));
    one.shows("Payroll").shows("2 of 2");
    other.shows("Payroll").shows("2 of 2");
    other.write("r").shows("Current name");
    // Depending on timing, the text is appended to the old name or replaces it.
    other.write("Wages\r").shows("Renamed \"Payroll\"");
    one.shows("Wages");
    one.write("d").shows("Delete");
    one.write("y").shows("1 of 1");
    other.until("the table without it", || other.screen().contains("1 of 1"));
    bob.add("Zoho US").ends(0);
    one.shows("Zoho US");
    other.shows("Zoho US");
    one.write("q").ends_clean(0);
    other.write("q").ends_clean(0);
}

/// Ana's vault with two credentials, moved to the store at this address; and Bob's machine, which waits to be added.
fn shared(address: &str) -> (Cli, Cli, String, String) {
    let (ana, bob) = (Cli::new(), Cli::empty());
    ana.add("Zoho EU").ends(0);
    ana.add("Payroll").ends(0);
    team(&ana, &["team", "create", address, "--as", "Ana", "--from-local"]).ends(0);
    let joining = team(&bob, &["team", "join", address, "--as", "Bob", "--allow-weak"]).ends(0).json();
    for cli in [&ana, &bob] {
        fs::create_dir_all(cli.folder().join("config")).unwrap();
        fs::write(cli.folder().join("config/settings.toml"), "vault = \"team\"\n").unwrap();
    }
    let part = |name: &str| joining[name].as_str().unwrap().to_owned();
    (ana, bob, part("code"), part("words"))
}

#[test]
fn a_person_is_let_in_and_shut_out_in_the_screens_and_what_is_to_be_rotated_stays_until_it_is_done() {
    let Some(address) = schema() else { return };
    let (ana, bob, code, words) = shared(&address);
    let mut one = Pty::open(ana.folder());
    one.shows("2 of 2");
    one.write("0").shows("Ana (you)");
    one.write("+").shows("Join code");
    one.write(&format!("\u{1b}[200~{code}\u{1b}[201~\r")).shows(&words);
    one.write("y").shows("Added \"Bob\" (member)").shows("2 people");
    let mut other = Pty::open(bob.folder());
    other.shows("2 of 2");
    other.write("0").shows("Bob (you)");
    other.write("+").shows("Only an admin");
    other.write("q").ends_clean(0);
    // The four words of a member can be compared later as well.
    one.write("j").shows("> Bob");
    one.write("\r").shows(&words);
    one.escape();
    one.write("d").shows("Remove \"Bob\"");
    one.write("y").shows("Rotation list");
    team(&bob, &["list"]).ends(8);
    one.write("1").shows("2 credentials to rotate since Bob was removed");
    one.write("0").shows("> Ana");
    one.write("o").shows("KNOWN TO");
    one.write("d").shows("Take \"");
    one.write("y").shows("is off the rotation list");
    one.write("1").shows("1 credential to rotate since Bob was removed");
    one.write("q").ends_clean(0);
}

#[test]
fn a_conflict_names_who_changed_the_field_and_nothing_is_lost() {
    let Some(address) = schema() else { return };
    let (ana, bob, code, words) = shared(&address);
    team(&ana, &["team", "add", &code, "--words", &words]).ends(0);
    let mut one = Pty::open(ana.folder());
    one.shows("2 of 2");
    one.write("E").shows("> Name *");
    team(&bob, &["edit", "Payroll", "--description", "by Bob"]).ends(0);
    one.shows("Bob changed \"Payroll\"");
    one.write("\t").shows("> Description");
    one.write("by Ana\u{13}").shows("Bob changed these fields").shows("Bob's").shows("by Ana").shows("by Bob");
    // Back to the form, with its contents; saving asks again.
    one.escape().shows("by Ana");
    one.write("\u{13}").shows("Bob changed these fields");
    one.write("m").shows("Saved.");
    for cli in [&ana, &bob] {
        assert_eq!(team(cli, &["show", "Payroll"]).ends(0).json()["description"], "by Ana");
    }
    one.write("q").ends_clean(0);
}

#[test]
fn the_header_names_the_vault_and_another_one_is_opened_in_its_place() {
    let Some(address) = schema() else { return };
    let (ana, ..) = shared(&address);
    let mut one = Pty::open(ana.folder());
    one.shows("2 of 2").shows("team  locks in");
    one.write("\u{1b}[17~").shows("Switch vault").shows("team (this one)");
    one.write("k\r").shows("Unlock vault");
    assert!(!one.screen().contains("Payroll"), "nothing of the former vault stays: {}", one.screen());
    one.write("test\r").shows("local  locks in").shows("No credentials yet");
    // The same from the unlock screen.
    one.write("\u{c}").shows("Unlock vault");
    one.write("\u{1b}[17~").shows("local (this one)");
    one.write("j\r");
    one.until("the unlock screen of the other vault", || {
        one.screen().contains("Unlock vault") && !one.screen().contains("Switch vault")
    });
    one.write("test\r").shows("2 of 2");
    one.write("q").ends_clean(0);
}
