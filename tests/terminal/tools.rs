//! The screens about the program itself, in the real program: settings, catalog, hosts, agent, import and export.

use std::fs;

use super::pty::Pty;
use super::vault;

/// Opens an entry of the menu, whatever its position.
fn visit(terminal: &mut Pty, name: &str) {
    terminal.escape().shows("> 1 Credentials");
    let selected = |screen: &str| screen.lines().find(|line| line.contains("│ > ")).map(str::to_owned);
    for _ in 0..30 {
        let before = selected(&terminal.screen());
        let is_it = |line: &String| {
            line.split_once("> ").is_some_and(|(_, entry)| entry.get(2..).is_some_and(|entry| entry.starts_with(name)))
        };
        if before.as_ref().is_some_and(is_it) {
            break;
        }
        terminal.write("j");
        terminal.until("the next entry", || selected(&terminal.screen()) != before);
    }
    terminal.write("\r");
}

#[test]
fn a_theme_is_tried_on_the_spot_and_kept_with_the_comments_of_the_file() {
    let cli = vault();
    let path = cli.folder().join("config/settings.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "# Mine.\nmouse = true\n").unwrap();
    let mut terminal = Pty::open(cli.folder());
    visit(&mut terminal, "Settings");
    terminal.shows("> theme");
    let before = terminal.bytes().len();
    terminal.write("\r").shows("no colors");
    terminal.write("plain").shows("1 of");
    terminal.write("\r").shows("Saved theme.").shows("settings.toml:3");
    assert!(terminal.bytes().len() > before);
    assert_eq!(fs::read_to_string(&path).unwrap(), "# Mine.\nmouse = true\ntheme = \"plain\"\n");
    terminal.write("q").ends_clean(0);
}

#[test]
fn the_catalog_shows_an_entry_and_begins_a_credential_with_it() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    visit(&mut terminal, "Catalog");
    for key in "okta".chars() {
        terminal.write(&key.to_string());
    }
    terminal.shows("> Okta");
    terminal.write("\r").shows("Verification").shows("All facts");
    terminal.write("+").shows("INFORMATION");
    terminal.write("\u{3}").ends_clean(0);
}

#[test]
fn a_host_that_was_added_on_the_screens_opens_the_vault() {
    let cli = vault();
    let key_file = cli.folder().join("ci.key");
    let mut terminal = Pty::open(cli.folder());
    visit(&mut terminal, "Hosts");
    terminal.shows("No other host opens this vault");
    terminal.write("+").shows("Anyone who can read the identity file");
    for key in "ci".chars() {
        terminal.write(&key.to_string());
    }
    terminal.write("\r");
    terminal.write(&format!("\u{1b}[200~{}\u{1b}[201~", key_file.display()));
    terminal.shows("ci.key");
    terminal.write("\r").shows("opens the vault now");
    terminal.write("\r").shows("> ci");
    let listed = cli.run(&["--identity-file", key_file.to_str().unwrap(), "list"]).ends(0).out;
    assert!(listed.contains("Zoho EU"), "{listed}");
    terminal.write("d").shows("Remove \"ci\"?").shows("Zoho EU");
    terminal.write("test\r").shows("Removed \"ci\"");
    cli.run(&["--identity-file", key_file.to_str().unwrap(), "list"]).ends(4);
    terminal.write("q").ends_clean(0);
}

#[test]
fn an_agent_is_started_locked_unlocked_and_stopped_on_the_screens() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    visit(&mut terminal, "Agent");
    terminal.shows("No agent is running for this vault.");
    terminal.write("s").shows("Lock after");
    for key in "test".chars() {
        terminal.write(&key.to_string());
    }
    terminal.write("\r");
    terminal.write("\r").shows("The agent is running.").shows("State         unlocked");
    assert!(cli.run(&["agent", "status"]).ends(0).out.contains("unlocked"));
    terminal.write("l").shows("State         locked");
    terminal.write("o").shows("Unlock agent");
    for key in "wrong".chars() {
        terminal.write(&key.to_string());
    }
    terminal.write("\r").shows("Wrong passphrase.");
    for key in "test".chars() {
        terminal.write(&key.to_string());
    }
    terminal.write("\r").shows("The agent is unlocked.").shows("State         unlocked");
    terminal.write("x").shows("Stop the agent?");
    terminal.write("y").shows("The agent has stopped.").shows("No agent is running for this vault.");
    cli.run(&["agent", "status"]).ends(3);
    terminal.write("q").ends_clean(0);
}

#[test]
fn an_encrypted_export_of_the_screens_is_imported_by_the_screens() {
    let cli = vault();
    let (key, file) = (cli.folder().join("ci.key"), cli.folder().join("out.age"));
    let recipient = cli.run(&["recipients", "add", "ci", "--key-file", key.to_str().unwrap(), "--json"]).ends(0).out;
    let recipient = recipient.split('"').find(|word| word.starts_with("age1")).unwrap().to_owned();
    let mut terminal = Pty::open(cli.folder());
    let paste = |terminal: &mut Pty, text: &str| {
        terminal.write(&format!("\u{1b}[200~{text}\u{1b}[201~"));
    };
    visit(&mut terminal, "Export");
    terminal.shows("0 of 1 checked");
    terminal.write(" ").shows("1 of 1 checked");
    terminal.write("\r").shows("Recipient");
    paste(&mut terminal, &recipient);
    terminal.shows("without tokens; ctrl-t");
    terminal.write("\r");
    paste(&mut terminal, file.to_str().unwrap());
    terminal.shows("out.age");
    terminal.write("\r").shows("Exported 1 credential.");
    assert!(fs::read(&file).unwrap().starts_with(b"age-encryption.org/"));
    terminal.shows(">   Export");
    terminal.write("k").shows(">   Import");
    terminal.write("\r");
    terminal.shows("Import from a file");
    paste(&mut terminal, file.to_str().unwrap());
    terminal.shows("out.age");
    terminal.write("\r").shows("The file is encrypted.").shows("identity into");
    terminal.write("\u{1b}[B").shows("opens an encrypted file");
    paste(&mut terminal, key.to_str().unwrap());
    terminal.shows("ci.key");
    terminal.write("\r").shows("1 would be imported");
    terminal.write("\r").shows("Imported 1.");
    let listed = cli.run(&["list", "--json"]).ends(0).out;
    assert!(listed.contains("Zoho EU 2") || listed.matches("Zoho EU").count() > 1, "{listed}");
    terminal.write("\u{3}").ends_clean(0);
}
