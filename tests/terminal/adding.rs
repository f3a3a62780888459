//! `credenza add` asks for missing values at a terminal; otherwise, the error names them.

use super::pty::{Pty, credenza};
use crate::cli::Cli;

#[test]
fn add_asks_for_everything_that_is_missing() {
    let cli = Cli::new();
    let pass = cli.folder().join("pass");
    let mut terminal = Pty::start(credenza(&["add", "--passphrase-file", pass.to_str().unwrap()], cli.folder()));
    terminal.shows("Integration (name or part of it): ");
    terminal.write("qqqqzzzz\r");
    terminal.shows("No integration found");
    terminal.write("manageengine\r");
    terminal.shows("Name [");
    terminal.write("My Zoho\r");
    terminal.shows("Client ID: ");
    terminal.write("1000.ABC\r");
    terminal.shows("Number or name: ");
    // A wrong answer is asked for again, and nothing that was typed before is lost.
    terminal.write("atlantis\r");
    terminal.until("the second question", || terminal.screen().matches("Number or name: ").count() == 2);
    terminal.write("europe\r");
    terminal.shows("Client Secret: ");
    terminal.until("the echo to go off", || terminal.modes() != terminal.before());
    terminal.write("CNRY-secret\r");
    terminal.shows("Added My Zoho");
    terminal.ends_clean(0);
    assert!(!terminal.screen().contains("CNRY"), "{}", terminal.screen());
    let shown = cli.run(&["show", "My Zoho", "--json"]).ends(0).json();
    assert_eq!(shown["variables"]["accounts_host"], "accounts.zoho.eu");
    assert_eq!((shown["client_id"].as_str(), shown["has_client_secret"].as_bool()), (Some("1000.ABC"), Some(true)));
}

#[test]
fn several_integrations_are_listed_with_numbers() {
    let cli = Cli::new();
    let pass = cli.folder().join("pass");
    let mut terminal = Pty::start(credenza(&["add", "--passphrase-file", pass.to_str().unwrap()], cli.folder()));
    terminal.shows("Integration (name or part of it): ");
    terminal.write("zoho de\r");
    terminal.shows("Number (empty: the only match, or search again)");
    terminal.write("1\r");
    terminal.shows("Name [");
    terminal.write("\u{3}").ends();
    assert!(cli.run(&["list", "--json"]).ends(0).json().as_array().unwrap().is_empty());
}

#[test]
fn with_no_input_nothing_is_asked_for() {
    let cli = Cli::new();
    let pass = cli.folder().join("pass");
    let arguments = ["add", "--no-input", "--passphrase-file", pass.to_str().unwrap()];
    let mut terminal = Pty::start(credenza(&arguments, cli.folder()));
    terminal.shows("The integration is missing.").shows("Add --integration ID.");
    terminal.ends_clean(2);
}
