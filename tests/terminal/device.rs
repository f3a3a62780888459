//! Signing in with a device code on the screen: the code is entered on another device, and the tokens arrive here.

use std::path::Path;

use credenza::catalog::{Catalog, Origin};
use credenza::sandbox::{Consent, Options, Sandbox};

use super::pty::{Pty, credenza};
use crate::cli::Cli;
use crate::sandbox::wire::post;

#[test]
fn device_a_code_is_shown_until_it_is_accepted_elsewhere() {
    let catalog = Catalog::load(Path::new("/nonexistent"), Origin::default()).0;
    let options = Options { catalog: catalog.into(), consent: Consent::Page, ..Options::default() };
    let sandbox = Sandbox::start_apart(options).unwrap();
    let cli = Cli::new();
    let mut command = credenza(&[], cli.folder());
    command.env("CREDENZA_SANDBOX", sandbox.base().as_str());
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("No credentials yet");
    terminal.write("+").shows("Search the catalog");
    terminal.write("google (device").shows("> Google (device code)");
    terminal.write("\r").shows("step 2 of 3");
    terminal.write("\u{1b}[15~").shows("Copy it from the provider's console");
    terminal.write("client-1\t\u{1b}[200~CNRY-client-secret\u{1b}[201~").shows("pasted, 18 characters");
    terminal.write("\u{1b}[15~").shows("and enter").shows("times out in").shows("Waiting for you to accept");
    let shown = terminal.screen();
    assert!(shown.contains("▀") && shown.contains("Waiting for you to accept"), "a picture for the phone\n{shown}");
    let code: String = code_on(&shown);
    accept(&format!("{}_device", sandbox.base()), &code);
    terminal.shows("Authenticated").shows("In scripts");
    terminal.write("q").ends_clean(0);
}

/// Enters the code on the provider's page, as a user does on another device.
pub(super) fn accept(page: &str, code: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(post(page, &[("user_code", code), ("decision", "accept")]));
    assert_eq!(answer.status, 200);
}

/// Reads the code, which is shown as `A B C D - E F G H`.
pub(super) fn code_on(screen: &str) -> String {
    let spelled = screen.lines().find_map(|line| {
        let text = line.trim_start_matches('│').trim_start();
        let code: Vec<&str> = text.split_whitespace().take_while(|part| part.chars().count() == 1).collect();
        (code.len() == 9 && code[4] == "-").then(|| code.concat())
    });
    spelled.unwrap_or_else(|| panic!("no code on\n{screen}"))
}
