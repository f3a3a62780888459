//! A key, from the catalog to its rotation, as a user types.

use std::path::Path;

use credenza::catalog::{Catalog, Origin};
use credenza::sandbox::{Options, Sandbox};

use super::pty::{Pty, credenza};
use super::vault;

const KEY: &str = "CNRY-key-9d04";
const NEXT: &str = "CNRY-key-e7f1";

#[test]
fn keys_a_person_adds_tests_and_rotates_one() {
    let catalog = Catalog::load(Path::new("/nonexistent"), Origin::default()).0;
    let sandbox = Sandbox::start_apart(Options { catalog: catalog.into(), ..Options::default() }).unwrap();
    let cli = vault();
    let mut command = credenza(&[], cli.folder());
    command.env("CREDENZA_SANDBOX", sandbox.base().as_str());
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("locks in");
    let paste = |text: &str| format!("\u{1b}[200~{text}\u{1b}[201~");
    terminal.write("+").shows("Search the catalog");
    terminal.write("zendesk (api").shows("> Zendesk (API token)");
    terminal.write("\r").shows("step 2 of 3");
    // With empty fields, F5 moves to the first invalid one.
    terminal.write("\u{1b}[15~").shows("Zendesk subdomain is empty");
    terminal.write("acme\tana@example.com\t").shows("ana@example.com");
    terminal.write(&paste(&format!("{KEY}\n"))).shows("pasted, 13 characters");
    sandbox.script().end_key(KEY);
    terminal.write("\u{1b}[15~").shows("rejected \"Zendesk (API token)\"").shows("HTTP 401");
    terminal.write("E").shows("INFORMATION");
    terminal.write("\u{1b}[6~\t\t").shows("The stored one is kept");
    terminal.write(&paste(NEXT)).shows("pasted, 13 characters");
    terminal.write("\u{1b}[15~").shows("Authenticated").shows("answered 200").shows("Sent as").shows("by test call");
    // The history is below the vendor's announcement.
    terminal.resize(80, 40);
    terminal.write("t");
    terminal.until("the second test", || terminal.screen().matches("by test call").count() == 2);
    terminal.write("v").shows(NEXT);
    terminal.escape().shows("Zoho EU");
    terminal.write("q").ends_clean(0);
    let bytes = terminal.bytes();
    let drawn = String::from_utf8_lossy(&bytes);
    assert!(!drawn.contains(KEY), "only the one that was asked for was shown");
    let asked = sandbox.seen();
    assert!(asked.len() == 3 && asked.iter().all(|seen| seen.path == "/api/v2/users.json"), "{}", asked.len());
    let mut command = credenza(&["show", "Zendesk (API token)", "--reveal"], cli.folder());
    command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
    let mut terminal = Pty::start(command);
    terminal.shows(NEXT);
    terminal.ends();
    cli.run(&["show", "Zendesk (API token)", "--reveal"]).ends(8);
    let printed = cli.run(&["token", "Zendesk (API token)"]);
    assert_eq!((printed.code, printed.out), (0, format!("{NEXT}\n")));
}
