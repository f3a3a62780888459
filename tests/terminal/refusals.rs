//! Commands at a terminal: what is declined, left empty or mistyped at a prompt, and what no terminal is given.

use std::fs;

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::Name;
use credenza::paths::Paths;
use credenza::secret::Passphrase;
use jiff::SignedDuration;

use super::pty::{Pty, credenza, script};
use super::vault;
use crate::cli::Cli;
use crate::local_vault::Vault;

/// The prompts of a command, and what is typed after each of them.
type Typed<'a> = &'a [(&'a str, &'a [u8])];

/// Runs a command with the passphrase from a file, and checks its exit code and message.
#[track_caller]
fn refuses(cli: &Cli, arguments: &[&str], typed: Typed<'_>, (code, said): (u32, &str)) {
    let file = cli.folder().join("pass");
    refuses_locked(cli, &[&["--passphrase-file", file.to_str().unwrap()], arguments].concat(), typed, (code, said));
}

/// The same with a vault that the command has to unlock.
#[track_caller]
fn refuses_locked(cli: &Cli, arguments: &[&str], typed: Typed<'_>, (code, said): (u32, &str)) {
    let mut terminal = Pty::start(credenza(arguments, cli.folder()));
    for (prompt, text) in typed {
        terminal.shows(prompt);
        terminal.write_bytes(text);
    }
    terminal.shows(said);
    terminal.ends_clean(code);
}

#[test]
fn a_declined_question_changes_nothing() {
    let cli = vault();
    let id = {
        let paths = Paths::discover(Some(cli.folder())).unwrap();
        let clock = Clock::settable(Clock::system().now() - SignedDuration::from_mins(10));
        let vault = Vault::unlock(&paths, &Passphrase::new("test".to_owned()), &clock).unwrap();
        let id = vault.snapshot().unwrap().credentials.list[0].id;
        let name = |text: &str| Name::parse(text).unwrap();
        vault.commit(Change::rename(id, &name("Zoho EU"), &name("Zoho"))).unwrap();
        id.to_string()
    };
    refuses(&cli, &["undo"], &[("Really undo it? Type yes: ", b"no\r")], (8, "Nothing was undone."));
    assert_eq!(cli.run(&["show", "Zoho", "--json"]).ends(0).json()["id"], id.as_str());
    cli.run(&["integration", "add", "--name", "CMDB", "--credential", "Zoho", "--load", "sdp-assets"]).ends(0);
    let question = "Delete the integration \"CMDB\"? Its files stay. Type yes: ";
    refuses(&cli, &["integration", "delete", "CMDB"], &[(question, b"\r")], (8, "Nothing was deleted."));
    cli.run(&["integration", "show", "CMDB"]).ends(0);
    // The log of a vault that has pinned entries of it.
    for _ in 0..3 {
        cli.run(&["list"]).ends(0);
        cli.run(&["rename", "Zoho", "Zoho EU"]).ends(0);
        cli.run(&["rename", "Zoho EU", "Zoho"]).ends(0);
    }
    fs::remove_file(cli.folder().join("state/audit.jsonl")).unwrap();
    let question = "Acknowledge this and trust the log from here on? Type yes: ";
    refuses(&cli, &["log", "--acknowledge"], &[(question, b"y\r")], (8, "Nothing was acknowledged."));
    cli.run(&["log", "--verify"]).ends(7);
}

#[test]
fn what_is_typed_wrong_or_not_at_all_is_named() {
    let cli = Cli::empty();
    let typed: Typed<'_> = &[("New passphrase: ", b"ledger orbit walnut\r"), ("Repeat: ", b"ledger orbit prism\r")];
    refuses_locked(&cli, &["init"], typed, (2, "The two passphrases differ."));
    assert!(!cli.folder().join("data").exists());
    let cli = vault();
    let long = vec![b'x'; (16 << 10) + 1];
    for (typed, said) in [(&b"\xff\r"[..], "The secret is not UTF-8."), (&long, "The secret is longer than 16 KiB.")] {
        refuses_locked(&cli, &["list"], &[("Passphrase: ", typed)], (2, said));
    }
    refuses(&cli, &["add"], &[("Integration (name or part of it): ", b"\r")], (2, "Nothing was entered."));
    assert_eq!(cli.run(&["list", "--json"]).ends(0).json().as_array().unwrap().len(), 1);
}

#[test]
fn a_secret_of_standard_input_is_not_shown_while_it_is_typed() {
    let cli = vault();
    let pass = format!("--passphrase-file={}", cli.folder().join("pass").display());
    let arguments = ["add", &pass, "--integration", "pagerduty-key", "--name", "Pager", "--secret-file", "-"];
    let mut terminal = Pty::start(credenza(&arguments, cli.folder()));
    terminal.shows("Secret (not shown): ");
    terminal.until("the echo to go off", || terminal.modes() != terminal.before());
    terminal.write("CNRY-typed\r");
    terminal.ends_clean(0);
    assert!(!terminal.screen().contains("CNRY"), "{}", terminal.screen());
    assert_eq!(cli.run(&["token", "Pager"]).out, "CNRY-typed\n");
}

#[test]
fn an_encrypted_export_is_not_printed_to_a_terminal() {
    let cli = vault();
    let kit = Cli::new().run(&["recovery-kit", "--json"]).ends(0).json();
    let export = ["export", "Zoho EU", "--to", kit["recipient"].as_str().unwrap()];
    refuses(&cli, &export, &[], (2, "An encrypted export cannot be printed to a terminal."));
}

#[test]
fn a_background_process_of_a_terminal_asks_nothing_because_the_shell_reads_what_is_typed() {
    let cli = vault();
    // With job control, as in an interactive shell.
    let text = format!("set -m; '{}' list & wait $!; echo \"code $?\"", env!("CARGO_BIN_EXE_credenza"));
    let mut terminal = Pty::start(script(&text, cli.folder()));
    terminal.shows("code 4");
    assert!(terminal.screen().contains("the command runs in its background"), "{}", terminal.screen());
    assert!(!terminal.screen().contains("Passphrase:"), "{}", terminal.screen());
    terminal.ends_clean(0);
}
