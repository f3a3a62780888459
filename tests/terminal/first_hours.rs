//! The first minutes: what a user without a vault is offered, and the printed recovery kit.

use std::os::unix::fs::PermissionsExt as _;

use super::pty::{Pty, credenza};
use super::vault;
use crate::cli::Cli;

/// Strong enough that no confirmation is needed.
const NEW: &str = "violet harbor tractor seven mirrors";

#[test]
fn without_a_vault_the_demo_can_be_tried() {
    let cli = Cli::empty();
    let mut terminal = Pty::start(credenza(&[], cli.folder()));
    terminal.shows("> Create a vault");
    terminal.write("jj").shows("> Try the demo");
    terminal.write("\r").shows("9 of 9").shows("DEMO");
    terminal.write("q").ends_clean(0);
    assert!(!cli.folder().join("data").exists(), "the demo leaves nothing");
}

#[test]
fn without_a_vault_files_of_other_programs_are_found_and_imported_once_there_is_one() {
    let cli = Cli::empty();
    let keys =
        "[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = CNRY-secret\nregion = eu-west-1\n";
    for (path, text) in
        [(".aws/credentials", keys), (".config/gh/hosts.yml", "github.com:\n    oauth_token: gho_CNRY\n")]
    {
        let file = cli.folder().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let mut terminal = Pty::start(credenza(&[], cli.folder()));
    terminal.shows("> Create a vault");
    terminal.write("j").shows("> Import from other programs");
    terminal.write("\r").shows("1 entry").shows("not importable").shows("enter create vault");
    terminal.write("j").shows("YAML is not read");
    terminal.write("\r").shows("Nothing in this file can be imported.");
    terminal.write("k").shows("create a vault first");
    terminal.write("\r").shows("Create your vault");
    terminal.write(&format!("\u{1b}[200~{NEW}\u{1b}[201~\r\u{1b}[200~{NEW}\u{1b}[201~\r"));
    terminal.shows("Recovery kit");
    terminal.escape().shows("not importable").shows("preview the import");
    terminal.write("\r").shows("1 would be imported").shows("dev");
    terminal.write("\r").shows("Imported 1.");
    terminal.write("1").shows("> dev");
    terminal.write("q").ends_clean(0);
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("CNRY"), "no secret was drawn");
}

#[test]
fn a_sheet_is_written_to_a_file_and_its_kit_restores_a_copy_elsewhere() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("5").shows("AGE- SECR ET-K EY-1").shows("credenza recover").shows("██");
    terminal.write("w").shows("Written to");
    let sheet = std::fs::read_dir(cli.folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("credenza-recovery-kit-"))
        .unwrap();
    assert_eq!(std::fs::metadata(&sheet).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&sheet).unwrap();
    let rows: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("AGE-")).take(3).collect();
    let key = rows.join(" ");
    let whole: String = key.split_whitespace().collect();
    assert!(whole.starts_with("AGE-SECRET-KEY-1") && whole.len() == 74, "{} characters", whole.len());
    terminal.write("\r").shows("Last 6 characters");
    terminal.write(&whole[whole.len() - 6..]).write("\r").shows("Recovery kit activated");
    terminal.write("q").ends_clean(0);

    let copy = cli.folder().join("data/vault.age");
    let other = Cli::empty();
    let mut terminal = Pty::start(credenza(&[], other.folder()));
    terminal.shows("Restore from a recovery kit");
    terminal.write("Gk").shows("> Restore from a recovery kit");
    terminal.write("\r").shows("Copy of vault.age");
    terminal.write(&format!("\u{1b}[200~{}\u{1b}[201~\r", copy.display())).write("AGE-SECRET-KEY-1WRONG\r");
    terminal.write(&format!("{NEW}\r{NEW}\r"));
    terminal.shows("This is not an age identity");
    assert!(!other.folder().join("data/vault.age").exists(), "{}", terminal.screen());
    // Back to the field of the kit, entered as it is printed.
    terminal.write("\u{1b}[Z\u{1b}[Z\u{15}");
    terminal.write(&format!("\u{1b}[200~{key}\u{1b}[201~\t\t\r")).shows("Zoho EU");
    terminal.write("q").ends_clean(0);
    assert!(other.folder().join("data/identity.age").exists());
}

#[test]
fn the_demo_has_a_tour_that_follows_what_is_done() {
    let folder = crate::scratch::folder();
    let mut terminal = Pty::start(credenza(&["--demo"], folder.path()));
    terminal.shows("9 of 9").shows("F4: a short tour");
    terminal.write("\u{1b}OS").shows("Tour 1 of 8: Press + to add a credential.");
    terminal.write("+").shows("Tour 2 of 8");
    terminal.write("pagerduty").shows("> PagerDuty");
    terminal.write("\r").shows("Tour 3 of 8");
    terminal.escape();
    terminal.write("\u{3}").ends_clean(0);
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("\u{1b}OS").shows("The tour is part of the demo");
    terminal.write("q").ends_clean(0);
}
