//! The form of a credential, as a user types: arrow keys change nothing, lists open, and the data center must be
//! chosen.

use super::pty::{Pty, credenza};
use super::vault;

const F5: &str = "\u{1b}[15~";
const DOWN: &str = "\u{1b}[B";
const CTRL_A: &str = "\u{1}";

/// The form of a new ManageEngine credential, in the section AUTHORIZATION.
fn form(cli: &crate::cli::Cli) -> Pty {
    let mut terminal = Pty::open(cli.folder());
    terminal.write("+").shows("Search the catalog");
    terminal.write("manageengine").shows("> ManageEngine");
    terminal.write("\r").shows("step 2 of 3");
    terminal.write("\u{1b}[6~").shows("> Client ID *");
    terminal
}

#[test]
fn arrows_pass_the_data_center_which_is_asked_for_and_chosen_from_a_list() {
    let cli = vault();
    let mut terminal = form(&cli);
    terminal.write(&DOWN.repeat(2)).shows("> Customer Domain *").shows("(not chosen)");
    terminal.write(&DOWN.repeat(4)).shows("> [ Create ]");
    assert!(terminal.screen().contains("(not chosen)"), "{}", terminal.screen());
    terminal.write("\u{1b}[5~\u{1b}[6~").shows("> Client ID *");
    terminal.write("1000.ABC\tCNRY-secret").shows("••••");
    terminal.write("\u{13}").shows("Customer Domain is empty. Press enter");
    terminal.write("\r").shows("10 of 10").shows("accounts.zoho.com.cn");
    terminal.write("europe").shows("1 of 10");
    terminal.write("\r").shows("accounts.zoho.eu").shows("Europe · enter or space lists all 10");
    terminal.write("\u{13}").shows("Saved.");
    terminal.write("q").ends_clean(0);
    let shown = cli.run(&["show", "ManageEngine", "--json"]).ends(0).json();
    assert_eq!(shown["variables"]["accounts_host"], "accounts.zoho.eu");
}

#[test]
fn ctrl_a_is_the_start_of_the_line_and_f5_authenticates() {
    let cli = vault();
    let mut terminal = form(&cli);
    terminal.write("BC").shows("BC▏");
    terminal.write(CTRL_A).shows("▏BC");
    terminal.write("A").shows("A▏BC");
    assert!(terminal.screen().contains("F5 authenticate"), "{}", terminal.screen());
    terminal.write(F5).shows("Copy it from the provider's console");
    terminal.write("\u{3}").ends();
}

#[test]
fn add_asks_a_person_for_the_data_center() {
    let cli = vault();
    let pass = cli.folder().join("pass");
    let secret = cli.folder().join("secret");
    std::fs::write(&secret, "CNRY-client-secret").unwrap();
    for (name, answer) in [("By number", "2\r"), ("By name", "Europe\r"), ("By code", "eu\r")] {
        let arguments = ["add", "--integration", "manageengine", "--name", name, "--client-id", "1000.ABC"];
        let more = ["--client-secret-file", secret.to_str().unwrap()];
        let mut command = credenza(&[&arguments[..], &more].concat(), cli.folder());
        command.env("CREDENZA_PASSPHRASE_FILE", &pass);
        let mut terminal = Pty::start(command);
        terminal.shows("accounts.zoho.eu").shows("Number or name: ");
        terminal.write(answer).shows(&format!("Added {name}"));
        terminal.ends();
        let shown = cli.run(&["show", name, "--json"]).ends(0).json();
        assert_eq!(shown["variables"]["accounts_host"], "accounts.zoho.eu", "{name}");
    }
}
