//! Navigation in the real program: the command palette, the number keys, the menu, messages, clicks.

use super::pty::{Pty, credenza};
use super::vault;
use crate::cli::Cli;

const CTRL_P: &str = "\u{10}";
const F2: &str = "\u{1b}OQ";
const F3: &str = "\u{1b}OR";

/// Clicks on a text, with the sequences that a terminal sends.
fn click(terminal: &mut Pty, text: &str) {
    terminal.shows(text);
    let screen = terminal.screen();
    let (row, line) = screen
        .lines()
        .enumerate()
        .find(|(_, line)| line.contains(text))
        .unwrap_or_else(|| panic!("{text} is not on\n{screen}"));
    let column = line[..line.find(text).unwrap()].chars().count();
    let (x, y) = (column + 2, row + 1);
    terminal.write(&format!("\u{1b}[<0;{x};{y}M\u{1b}[<0;{x};{y}m"));
}

fn heading(terminal: &Pty) -> String {
    terminal.screen().lines().next().unwrap_or_default().to_owned()
}

fn is_at(terminal: &Pty, place: &str) {
    terminal.until(&format!("{place:?} in the breadcrumb"), || heading(terminal).contains(place));
}

fn two() -> Cli {
    let cli = vault();
    cli.add("Okta").ends(0);
    cli
}

/// Types letter by letter, because letters at once are taken for a paste.
fn type_in(terminal: &mut Pty, text: &str) {
    for letter in text.chars() {
        terminal.write(&letter.to_string());
    }
}

#[test]
fn the_palette_goes_to_screens_credentials_and_settings_from_anywhere() {
    let cli = two();
    let mut terminal = Pty::open(cli.folder());
    terminal.shows(": go to");
    terminal.write(":").shows("Go to or run").shows("screen 1");
    assert!(!terminal.screen().contains("row"), "what only moves is no command\n{}", terminal.screen());
    type_in(&mut terminal, "audit");
    terminal.shows("> Audit log").shows("setting");
    terminal.write("\r");
    is_at(&terminal, "Security > Audit log");
    // From a search field, which accepts every letter.
    terminal.write("1");
    is_at(&terminal, "Credentials");
    terminal.write("+").shows("Search the catalog");
    // A paste goes to the palette, not to the search field behind it.
    terminal.write(CTRL_P).shows("Go to or run");
    terminal.write("\u{1b}[200~okt\u{1b}[201~").shows("okt");
    terminal.shows("> Okta").shows("credential");
    terminal.write("\r").shows("Client Secret");
    is_at(&terminal, "Credentials > Okta");
    terminal.write(":").shows("Go to or run");
    type_in(&mut terminal, "lock_aft");
    terminal.shows("setting");
    terminal.write("\r").shows("clear_clipboard_after");
    is_at(&terminal, "Settings");
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("CNRY"));
    terminal.write("q").ends_clean(0);
}

#[test]
fn numbers_lead_to_the_main_screens_and_are_in_the_menu() {
    let cli = two();
    let mut terminal = Pty::open(cli.folder());
    for (number, place) in [
        ("7", "Doctor"),
        ("6", "Configuration > Integrations"),
        ("3", "Version history"),
        ("2", "Audit log"),
        ("1", "Security > Credentials"),
    ] {
        terminal.write(number);
        is_at(&terminal, place);
    }
    terminal.shows("esc menu");
    terminal.escape().shows("1 Credentials").shows("Tools").shows("7 Doctor");
    terminal.write("\u{1b}[F").shows(">   Settings");
    terminal.write("\u{1b}[H").shows("> 1 Credentials");
    // In a text field, a number key is text.
    terminal.write("1").shows("2 of 2");
    terminal.write("/").shows("Filter");
    terminal.write("7").shows("/ 7");
    terminal.escape().shows("2 of 2");
    terminal.write("q").ends_clean(0);
}

#[test]
fn leaving_a_form_by_the_palette_keeps_the_draft_and_asks_over_an_edit() {
    let cli = two();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("+").shows("Search the catalog");
    terminal.write("manageengine").shows("> ManageEngine");
    terminal.write("\r").shows("step 2 of 3");
    terminal.write("\u{1b}[6~").shows("> Client ID *");
    terminal.write("1000.DRAFT").shows("1000.DRAFT");
    let to_doctor = |terminal: &mut Pty| {
        terminal.write(CTRL_P).shows("Go to or run");
        type_in(terminal, "doctor");
        terminal.shows("> Doctor");
        terminal.write("\r");
    };
    to_doctor(&mut terminal);
    is_at(&terminal, "Doctor");
    terminal.shows("The draft is kept");
    terminal.write("1").shows("2 of 2");
    terminal.write("+").shows("Search the catalog");
    terminal.write("manageengine").shows("> ManageEngine");
    terminal.write("\r").shows("This is the draft you left");
    terminal.write("\u{1b}[6~").shows("1000.DRAFT");
    terminal.write("\u{18}").shows("> Name *");
    to_doctor(&mut terminal);
    is_at(&terminal, "Doctor");
    // Edits of a stored credential are not kept as a draft, so leaving asks for confirmation.
    terminal.write("1").shows("2 of 2");
    terminal.write("E").shows("> Name *");
    terminal.write("x").shows("Oktax");
    to_doctor(&mut terminal);
    terminal.shows("Not saved yet").shows("Oktax");
    to_doctor(&mut terminal);
    is_at(&terminal, "Doctor");
    terminal.write("q").ends_clean(0);
}

#[test]
fn h_and_l_move_between_lists_and_unlocking_goes_back_to_the_same_place() {
    let cli = vault();
    cli.run(&["edit", "Zoho EU", "--owner", "Ana"]).ends(0);
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("> Zoho EU");
    terminal.write("l").shows("Client Secret");
    terminal.write("v").shows("hidden in");
    terminal.write("v");
    terminal.until("the secret to be hidden", || !terminal.screen().contains("hidden in"));
    terminal.write("h").shows("1 of 1");
    terminal.write("h").shows("Sign in to your providers");
    terminal.write("3").shows("changed Zoho EU (details)");
    terminal.write("l").shows("What this save changed").shows("~ changed Zoho EU: details");
    terminal.write("h").shows("WHAT IT CHANGED");
    terminal.write("j\r").shows("What restoring it would do");
    terminal.write("\u{c}").shows("Unlock vault");
    terminal.write("test\r").shows("WHAT IT CHANGED");
    terminal.write("q").ends_clean(0);
}

#[test]
fn messages_are_kept_until_the_lock_and_a_notice_ends_with_its_screen() {
    let cli = two();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("x").write("U").shows("There is nothing to redo.");
    terminal.write("2");
    is_at(&terminal, "Audit log");
    terminal.until("the notice to go", || !terminal.screen().contains("nothing to redo"));
    terminal.write(F3).shows("Messages of this session").shows("There is nothing to redo.").shows("today");
    terminal.escape();
    terminal.write("\u{c}").shows("Passphrase");
    terminal.write("test\r").shows("locks in");
    terminal.write(F3).shows("No messages yet.");
    terminal.escape();
    is_at(&terminal, "Audit log");
    terminal.write("q").ends_clean(0);
}

#[test]
fn the_steps_at_the_provider_are_there_at_80_columns_and_the_console_opens() {
    use std::os::unix::fs::PermissionsExt as _;
    let cli = two();
    let (browser, opened) = (cli.folder().join("browser"), cli.folder().join("opened"));
    std::fs::write(&browser, format!("#!/bin/sh\nprintf %s \"$1\" > {}\n", opened.display())).unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = credenza(&[], cli.folder());
    command.env("BROWSER", &browser);
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("locks in");
    terminal.write("+").shows("Search the catalog");
    terminal.write("manageengine").shows("> ManageEngine");
    terminal.write(F2).shows("You will need").shows("Customer Domain").shows("more");
    terminal.escape();
    terminal.write("\r").shows("step 2 of 3");
    terminal.write("\u{1b}[6~").shows("> Client ID *").shows("[ Create ]");
    for hint in ["ctrl-s create", "F5 authenticate", "F2 setup steps", "F1 help", "esc back"] {
        terminal.shows(hint);
    }
    // The console's URL depends on the data center.
    terminal.write("\u{f}").shows("depends on Customer Domain");
    terminal.write("\t\t\r").shows("10 of 10");
    terminal.write("europe\r").shows("accounts.zoho.eu");
    terminal.write("\u{f}").shows("Opened https://api-console.zoho.eu");
    terminal.until("the browser", || opened.exists());
    // The steps end with help about MFA.
    terminal.write(F2).shows("Where to get them");
    for _ in 0..4 {
        terminal.write("\u{1b}[6~");
    }
    terminal.shows("MFA");
    terminal.write("\u{3}").ends_clean(0);
}

#[test]
fn hints_tabs_fields_buttons_breadcrumb_and_menu_are_clicked() {
    let cli = two();
    let mut terminal = Pty::open(cli.folder());
    click(&mut terminal, "+ add");
    terminal.shows("Search the catalog");
    terminal.write("manageengine").shows("> ManageEngine");
    click(&mut terminal, "or > select");
    terminal.shows("step 2 of 3").shows("[ INFORMATION ]");
    click(&mut terminal, "Owner");
    terminal.shows("> Owner");
    click(&mut terminal, "AUTHORIZATION");
    terminal.shows("[ AUTHORIZATION ]");
    click(&mut terminal, "Customer Domain");
    terminal.shows("10 of 10");
    click(&mut terminal, "accounts.zoho.eu");
    terminal.until("the list to close", || !terminal.screen().contains("10 of 10"));
    terminal.shows("Europe");
    click(&mut terminal, "[ Create ]");
    terminal.shows("Copy it from the provider's console.");
    click(&mut terminal, "Credentials >");
    terminal.shows("2 of 2");
    click(&mut terminal, "Configuration");
    terminal.shows("Tools");
    click(&mut terminal, "Version history");
    is_at(&terminal, "Version history");
    click(&mut terminal, ": go to");
    terminal.shows("Go to or run");
    click(&mut terminal, "Audit log");
    is_at(&terminal, "Audit log");
    // The hints move when the log was read.
    terminal.shows("verified");
    click(&mut terminal, "q quit");
    terminal.ends_clean(0);
}

#[test]
fn after_a_first_sign_in_that_failed_esc_shows_the_credential_that_was_added() {
    let catalog =
        credenza::catalog::Catalog::load(std::path::Path::new("/nonexistent"), credenza::catalog::Origin::default()).0;
    let options = credenza::sandbox::Options { catalog: catalog.into(), ..Default::default() };
    let sandbox = credenza::sandbox::Sandbox::start_apart(options).unwrap();
    let cli = vault();
    let mut command = credenza(&[], cli.folder());
    command.env("CREDENZA_SANDBOX", sandbox.base().as_str());
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("locks in");
    terminal.write("+").shows("Search the catalog");
    terminal.write("zendesk (api").shows("> Zendesk (API token)");
    terminal.write("\r").shows("step 2 of 3");
    terminal.write("\u{1b}[6~").shows("Zendesk subdomain");
    terminal.write("acme\tana@example.com\t").shows("ana@example.com");
    terminal.write("\u{1b}[200~CNRY-key\u{1b}[201~").shows("pasted, 8 characters");
    sandbox.script().end_key("CNRY-key");
    terminal.shows("F5 save and test");
    terminal.write("\u{1b}[15~").shows("HTTP 401");
    terminal.escape();
    is_at(&terminal, "Credentials > Zendesk (API token)");
    terminal.shows("E edit").shows("m setup help");
    terminal.write("m").shows("You will need");
    terminal.escape().shows("E edit");
    terminal.write("q").ends_clean(0);
}
