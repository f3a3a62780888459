//! The authorization types without consent, from the catalog to Authenticated, as a user types.

use std::path::Path;

use credenza::catalog::{Catalog, Origin};
use credenza::sandbox::{Options, Sandbox};

use super::pty::{Pty, credenza};
use crate::cli::Cli;

fn paste(text: &str) -> String {
    format!("\u{1b}[200~{text}\u{1b}[201~")
}

#[test]
fn client_credentials_and_bearer_tokens_are_added_on_the_screen() {
    let catalog = Catalog::load(Path::new("/nonexistent"), Origin::default()).0;
    let sandbox = Sandbox::start_apart(Options { catalog: catalog.into(), ..Options::default() }).unwrap();
    let cli = Cli::new();
    let mut command = credenza(&[], cli.folder());
    command.env("CREDENZA_SANDBOX", sandbox.base().as_str());
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("No credentials yet");
    let rows: [(&str, &str, &[&str], &str); 2] = [
        ("zoom (server", "> Zoom (server-to-server)", &["client-1", "CNRY-client-secret", "abc"], "none needed"),
        ("notion (internal", "> Notion (internal integration)", &["CNRY-token"], "Sent as"),
    ];
    for (query, found, fields, says) in rows {
        terminal.write("+").shows("Search the catalog");
        terminal.write(query).shows(found);
        terminal.write("\r").shows("step 2 of 3");
        terminal.write("\u{1b}[6~").shows("Authorization type");
        for field in fields {
            terminal.write(&paste(field)).shows(&format!("pasted, {} characters", field.len()));
            terminal.write("\t");
        }
        terminal.write("\u{1b}[15~").shows("Authenticated").shows(says);
        terminal.escape().shows("INTEGRATION");
    }
    terminal.write("q").ends_clean(0);
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("CNRY"), "no secret was drawn");
}
