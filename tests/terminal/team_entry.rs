//! Creating and joining a team vault in the screens, on a small in-process bucket.

use std::fs;

use portable_pty::CommandBuilder;

use super::pty::{Pty, credenza};
use crate::backends::{Manner, Small};
use crate::cli::{Cli, Ran};

/// The interface with the credentials of the bucket.
fn screens(cli: &Cli) -> CommandBuilder {
    let mut command = credenza(&[], cli.folder());
    command.env("AWS_ACCESS_KEY_ID", "id");
    command.env("AWS_SECRET_ACCESS_KEY", "id");
    command
}

fn team(cli: &Cli, arguments: &[&str]) -> Ran {
    let mut command = cli.command(&[&["--vault", "team", "--json"], arguments].concat());
    command.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "id");
    Ran::of(command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass")).output().unwrap())
}

fn fill(terminal: &mut Pty, fields: &[&str]) {
    terminal.shows("Address");
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            terminal.write("\t");
        }
        if !field.is_empty() {
            terminal.write(&format!("\u{1b}[200~{field}\u{1b}[201~"));
        }
    }
}

#[test]
fn credentials_are_moved_into_a_team_vault_after_an_unfit_store_was_refused_and_undo_brings_them_back() {
    let ana = Cli::new();
    ana.add("Zoho EU").ends(0);
    ana.run(&["rename", "Zoho EU", "Zoho Europe"]).ends(0);
    let bucket = Small::that(Manner::IgnoresAbsence);
    let mut one = Pty::start(screens(&ana));
    one.shows("Passphrase");
    one.write("test\r").shows("Zoho Europe");
    one.write("0").shows("Share a vault with a team").shows("1 credential");
    one.write("\r");
    fill(&mut one, &[&bucket.address(), "Ana", "", "", "", "test"]);
    one.write("\r").shows("simultaneous attempts to create one object succeeded");
    assert!(one.screen().contains("Ana") && one.screen().contains(&bucket.address()[..40]), "{}", one.screen());
    assert!(!ana.folder().join("data/vaults/team/identity.age").exists());
    bucket.set(Manner::Fit);
    one.write("\r").shows("was created").shows("1 credential. Earlier versions");
    one.write("\r").shows("Unlock vault").shows("data/vaults/team");
    one.write("test\r").shows("team  locks in").shows("Zoho Europe");
    // The founder can undo what was done before the move.
    one.write("u").shows("Undo \"rename Zoho EU to");
    one.write("y").shows("Undid: rename Zoho EU").shows("Zoho EU");
    // In the local vault, the move is a single undo step.
    one.write("\u{1b}[17~").shows("team (this one)");
    one.write("k\r");
    one.until("the local vault", || one.screen().contains("data/vault.age") && !one.screen().contains("Switch vault"));
    one.write("test\r").shows("No credentials yet");
    one.write("u").shows("move 1 credential to a team vault");
    one.write("y").shows("Zoho Europe");
    one.write("q").ends_clean(0);
}

/// The text next to a label, without borders and line breaks.
fn told(terminal: &Pty, label: &str, next: &str) -> String {
    let screen = terminal.screen();
    let part = screen.split(label).nth(1).and_then(|rest| rest.split(next).next()).unwrap();
    part.lines().map(|line| line.trim_matches(|c: char| c == '│' || c.is_whitespace())).collect::<Vec<_>>().join("")
}

#[test]
fn a_machine_joins_waits_shows_its_code_again_and_opens_the_vault_once_it_was_let_in() {
    let (ana, bob) = (Cli::new(), Cli::empty());
    ana.add("Zoho EU").ends(0);
    let bucket = Small::that(Manner::Fit);
    team(&ana, &["team", "create", &bucket.address(), "--as", "Ana", "--from-local"]).ends(0);
    let mut one = Pty::start(screens(&bob));
    one.shows("Join or create a team vault");
    one.write("G\r").shows("Share a vault with a team");
    one.write("j\r");
    fill(&mut one, &["s3://no", "Bob", "", "", "", "test", "test"]);
    // A weak passphrase needs a confirmation; a malformed address does not affect the other fields.
    one.write("\r").shows("too easy to guess");
    one.write("\r").shows("address of the store is malformed");
    one.write("\u{1b}[Z\u{1b}[Z\u{1b}[Z\u{1b}[Z\u{1b}[Z\u{15}");
    one.write(&format!("\u{1b}[200~{}\u{1b}[201~", bucket.address()));
    one.write("\r").shows("too easy to guess");
    one.write("\r").shows("Waiting for an admin");
    let (code, words) = (told(&one, "Join code", "Four words"), told(&one, "Four words", "Send the"));
    assert!(fs::exists(bob.folder().join("data/vaults/team/identity.age")).unwrap());
    // After leaving the page, it is shown again when the vault is unlocked.
    one.escape().shows("Share a vault with a team");
    one.write("\u{1b}[17~").shows("s3://test/team/prod");
    one.write("\r").shows("Unlock vault").shows("data/vaults/team");
    one.write("test\r").shows("Waiting for an admin");
    assert_eq!(told(&one, "Join code", "Four words"), code);
    assert_eq!(told(&one, "Four words", "Send the"), words);
    team(&ana, &["team", "add", &code, "--words", &words]).ends(0);
    one.shows("Zoho EU").shows("team  locks in");
    // Bob cannot undo Ana's changes.
    one.write("u").shows("nothing of yours to undo");
    assert!(team(&bob, &["undo", "--yes"]).ends(3).err.contains("Each member of a team undoes their own changes only"));
    // An admin sees the entries of both machines.
    team(&ana, &["team", "role", "Bob", "admin"]).ends(0);
    team(&ana, &["log"]).ends(0);
    one.write("2").shows("MEMBER").shows("verified, 2 logs").shows("Ana");
    one.write("q").ends_clean(0);
}
