//! Several selected rows: ranges, one confirmation for all, bulk authentication, and the copy menu of a row.

use std::path::Path;

use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::sandbox::{Options, Sandbox};

use super::integrations::{accept, open_with_browser};
use super::pty::{Pty, credenza};
use crate::cli::{Cli, Ran};
use crate::integrations::stage::Stage;

fn vault(names: &[&str]) -> Cli {
    let cli = Cli::new();
    for name in names {
        cli.add(name).ends(0);
    }
    cli
}

/// The names in the vault, as `list` prints them.
fn listed(cli: &Cli) -> Vec<String> {
    let list = cli.run(&["list", "--json"]).ends(0).json();
    let names = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned());
    names.collect()
}

#[test]
fn a_range_is_selected_with_v_and_deleted_by_one_question_and_one_undo() {
    let cli = vault(&["Alpha", "Bravo", "Charlie", "Delta"]);
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("4 of 4");
    terminal.write("\u{1b}[B").shows("> Bravo");
    terminal.write("v").shows("1 selected").shows("> ✓ Bravo");
    terminal.write("\u{1b}[B").shows("2 selected").shows("> ✓ Charlie").shows("  ✓ Bravo");
    terminal.write("\u{1b}[B").shows("3 selected");
    terminal.write("v").shows("3 selected");
    terminal.write("d").shows("Delete these 3 credentials?").shows("Press u once to restore all of them.");
    terminal.write("n").shows("4 of 4").shows("3 selected");
    terminal.write("d").shows("Delete these 3 credentials?");
    terminal.write("y").shows("Deleted 3 credentials. u undoes it.").shows("1 of 1");
    assert_eq!(listed(&cli), ["Alpha"]);
    terminal.write("u").shows("Undid: delete 3 credentials").shows("4 of 4");
    assert_eq!(listed(&cli), ["Alpha", "Bravo", "Charlie", "Delta"], "each is at its place");
    terminal.write("*").shows("4 selected");
    terminal.escape().shows("Credentials ─");
    terminal.write("q").ends_clean(0);
}

#[test]
fn what_was_deleted_elsewhere_is_left_out_and_named() {
    let cli = vault(&["Alpha", "Bravo", "Charlie"]);
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("3 of 3");
    terminal.write("*").shows("3 selected");
    terminal.write("d").shows("Delete these 3 credentials?");
    cli.run(&["delete", "Bravo"]).ends(0);
    terminal.write("y").shows("Deleted 2 credentials. Left out: \"Bravo\" (it was deleted meanwhile).");
    terminal.write("q").ends_clean(0);
    assert_eq!(listed(&cli), Vec::<String>::new());
}

#[test]
fn owner_and_tags_are_set_for_all_selected_ones() {
    let cli = vault(&["Alpha", "Bravo"]);
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("2 of 2");
    terminal.write("*").shows("2 selected");
    terminal.write("o").shows("Set the owner").shows("Alpha, Bravo");
    terminal.write("Service Desk").shows("Service Desk▏");
    terminal.write("\r").shows("Set the owner of 2 credentials. u undoes it.");
    terminal.write("T").shows("Add and remove tags");
    terminal.write("prod, eu").shows("Adds prod, eu.");
    terminal.write("\r").shows("Changed the tags of 2 credentials.");
    terminal.write("T").shows("eu, prod");
    terminal.write("-eu").shows("Removes eu.");
    terminal.write("\r").shows("Changed the tags of 2 credentials.");
    for name in ["Alpha", "Bravo"] {
        let shown = cli.run(&["show", name, "--json"]).ends(0).json();
        assert_eq!(
            (shown["owner"].as_str(), shown["tags"][0].as_str()),
            (Some("Service Desk"), Some("prod")),
            "{name}"
        );
        assert_eq!(shown["tags"].as_array().unwrap().len(), 1);
    }
    terminal.write("u").shows("Undid: change the tags of 2 credentials");
    terminal.write("q").ends_clean(0);
}

/// A vault with credentials whose client signs in without a user, at a stand-in for the provider.
fn unattended(sandbox: &Sandbox, names: &[&str]) -> Cli {
    let cli = Cli::new();
    let secret = cli.folder().join("secret");
    std::fs::write(&secret, "CNRY-client-secret").unwrap();
    for name in names {
        let arguments = ["add", "--integration", "zoom-s2s", "--name", name, "--client-id", "client-1"];
        let more = ["--client-secret-file", secret.to_str().unwrap(), "--set", "account_id=abc"];
        let mut command = cli.command(&[&arguments[..], &more].concat());
        command.env("CREDENZA_SANDBOX", sandbox.base().as_str());
        command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
        Ran::of(command.output().unwrap()).ends(0);
    }
    cli
}

#[test]
fn three_are_authenticated_one_after_the_other_with_a_summary() {
    let catalog = Catalog::load(Path::new("/nonexistent"), Origin::default()).0;
    let sandbox = Sandbox::start_apart(Options { catalog: catalog.into(), ..Options::default() }).unwrap();
    let cli = unattended(&sandbox, &["Alpha", "Bravo", "Charlie"]);
    let mut command = credenza(&[], cli.folder());
    command.env("CREDENZA_SANDBOX", sandbox.base().as_str());
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("3 of 3");
    terminal.write(" ").shows("1 selected");
    terminal.write(" ").shows("2 selected");
    terminal.write(" ").shows("3 selected");
    terminal.write("a").shows("Authenticated 3 of 3").shows("✓ Alpha").shows("✓ Charlie");
    terminal.write("\r").shows("3 of 3").shows("3 ●");
    terminal.write("*").shows("3 selected");
    terminal.write("t").shows("Tested 3 of 3").shows("✓ Bravo");
    terminal.write("\r").shows("3 of 3");
    let before = cli.run(&["show", "Alpha", "--json"]).ends(0).json()["history"].to_string();
    terminal.write("*").shows("3 selected");
    terminal.write("a").shows("Authenticated 3 of 3").shows("✓ Bravo");
    let after = cli.run(&["show", "Alpha", "--json"]).ends(0).json()["history"].to_string();
    assert!(after.len() > before.len(), "it was authenticated again: {after}");
    terminal.write("\r").shows("3 of 3");
    terminal.write("q").ends_clean(0);
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("CNRY"), "no secret was drawn");
}

#[test]
fn three_that_were_refused_are_authenticated_again_in_the_browser_one_after_the_other() {
    let stage = Stage::new();
    stage.clock.set(Clock::system().now());
    let names = ["Alpha", "Bravo", "Charlie"];
    for name in names {
        stage.credential("manageengine", name);
    }
    stage.credential("manageengine", "Delta");
    for credential in stage.vault().snapshot().unwrap().credentials.list.iter().take(3) {
        let refused = Change::RefreshRefused { id: credential.id, code: "invalid_code".to_owned(), spent: None };
        stage.vault().commit(refused).unwrap();
    }
    let before = stage.token_requests();
    let mut terminal = open_with_browser(&stage);
    terminal.shows("4 of 4").shows("3 ▲");
    terminal.write("/").shows("Filter");
    terminal.write("status:needs").shows("3 of 4");
    terminal.write("\r").shows("3 of 4");
    terminal.write("*").shows("3 selected");
    terminal.write("a").shows("Authenticate 1 of 3");
    accept(&stage);
    terminal.shows("Authenticate 2 of 3");
    accept(&stage);
    terminal.shows("Authenticate 3 of 3");
    accept(&stage);
    terminal.shows("Authenticated 3 of 3").shows("✓ Alpha").shows("✓ Bravo").shows("✓ Charlie");
    terminal.write("\r").shows("0 of 4");
    terminal.escape().shows("4 of 4").shows("4 ●");
    terminal.write("q").ends_clean(0);
    assert_eq!(stage.token_requests() - before, 3, "one code each is spent, and no tokens of the fourth");
    let list = stage.vault().snapshot().unwrap().credentials.list.clone();
    let again = list.iter().filter(|one| one.setback.is_none() && names.contains(&one.name.as_str())).count();
    assert_eq!(again, 3);
}

#[test]
fn esc_skips_one_sign_in_and_the_next_begins_only_when_asked_for() {
    let cli = vault(&["Alpha", "Bravo"]);
    let mut command = credenza(&[], cli.folder());
    command.env("BROWSER", "true");
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("2 of 2");
    terminal.write("*").shows("2 selected");
    terminal.write("a").shows("Authenticate 1 of 2").shows("esc skip");
    terminal.escape().shows("Press enter to continue with \"Bravo\"").shows("○ Alpha");
    terminal.write("\r").shows("Authenticate 2 of 2").shows("times out in");
    terminal.escape().shows("Authenticated 0 of 2").shows("2 not done");
    terminal.write("\r").shows("2 of 2");
    terminal.write("q").ends_clean(0);
}

#[test]
fn the_copy_menu_copies_by_letters_and_logs_the_secret() {
    let cli = vault(&["Zoho EU"]);
    let mut terminal = Pty::open(cli.folder());
    terminal
        .write("c")
        .shows("Copy from Zoho EU")
        .shows("i  Client ID")
        .shows("1000.ABC")
        .shows("credenza token 'Zoho EU'");
    terminal.write("t").shows("It has no token yet.");
    terminal.write("i").shows("the client ID");
    terminal.write("c").shows("Copy from Zoho EU");
    terminal.write("s").shows("the client secret");
    // The log now contains a use: a wide terminal shows a column for it as soon as the table is on top again.
    terminal.resize(200, 40);
    terminal.shows("NAME ↑");
    terminal.write("\r").shows("History");
    terminal.escape().shows("LAST USED");
    terminal.resize(80, 24);
    terminal.shows("NAME ↑");
    terminal.write("c").shows("Copy from Zoho EU");
    terminal.write("r").shows("the curl line");
    terminal.write("q").ends_clean(0);
    let log = cli.run(&["log", "--json"]).ends(0).json();
    let copied = log["lines"].as_array().unwrap_or_else(|| log.as_array().unwrap()).iter();
    let copied = copied.filter(|line| line["action"] == "copy" && line["result"] == "ok").count();
    assert_eq!(copied, 1, "{log}");
}

#[test]
fn a_new_credential_is_selected_once_it_is_saved() {
    let cli = vault(&["Alpha", "Bravo"]);
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("> Alpha");
    terminal.write("+").shows("Search the catalog");
    terminal.write("manageengine").shows("> ManageEngine");
    terminal.write("\r").shows("step 2 of 3");
    terminal.write("\u{15}Zz new").shows("Zz new");
    terminal.write("\u{1b}[6~").shows("> Client ID *");
    terminal.write("1000.ABC\tCNRY-secret\t").shows("> Customer Domain *");
    terminal.write("\r").shows("10 of 10");
    terminal.write("europe").shows("1 of 10");
    terminal.write("\r").shows("accounts.zoho.eu");
    terminal.write("\u{13}").shows("Saved.").shows("> Zz new");
    terminal.write("q").ends_clean(0);
}
