//! The screens about the program itself, in the real program: settings, catalog, hosts.

use std::fs;

use super::pty::Pty;
use super::vault;

/// Opens an entry of the menu, wherever it is there.
fn visit(terminal: &mut Pty, name: &str) {
    terminal.escape().shows("> Security > Credentials");
    let selected = |screen: &str| screen.lines().find(|line| line.contains("│ > ")).map(str::to_owned);
    for _ in 0..30 {
        let before = selected(&terminal.screen());
        if before.as_ref().is_some_and(|line| line.contains(&format!("> {name}"))) {
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
    visit(&mut terminal, "Security > Hosts");
    terminal.shows("No other host opens this vault");
    terminal.write("+").shows("Key file");
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
