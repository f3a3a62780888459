//! Tables in the real program: filters, sort order, and changes by another process.

use super::pty::Pty;
use super::vault;

#[test]
fn a_filter_by_words_is_kept_with_enter_and_over_a_page() {
    let cli = vault();
    cli.add("Okta").ends(0);
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("2 of 2");
    terminal.write("/").shows("Filter");
    for key in "!okta status:not".chars() {
        terminal.write(&key.to_string());
    }
    terminal.shows("/ !okta status:not").shows("1 of 2");
    terminal.write("\r").shows("Credentials ─");
    terminal.write("\r").shows("> Zoho EU");
    terminal.until("the page of the credential", || !terminal.screen().contains("1 of 2"));
    terminal.escape().shows("1 of 2");
    terminal.escape().shows("2 of 2");
    terminal.write("/").shows("Filter");
    for key in "staus:x".chars() {
        terminal.write(&key.to_string());
    }
    terminal.shows("Did you mean status:?");
    terminal.escape().shows("2 of 2");
    terminal.write("q").ends_clean(0);
}

#[test]
fn a_key_and_a_click_sort() {
    let cli = vault();
    cli.add("Okta").ends(0);
    let mut terminal = Pty::open(cli.folder());
    let is_first = |terminal: &Pty, name: &str| {
        let screen = terminal.screen();
        screen.lines().skip_while(|line| !line.contains("NAME")).nth(1).is_some_and(|line| line.contains(name))
    };
    terminal.shows("NAME ↑");
    assert!(is_first(&terminal, "Okta"), "{}", terminal.screen());
    terminal.write("s").shows("Sort by");
    terminal.write("n").shows("NAME ↓");
    assert!(is_first(&terminal, "Zoho EU"), "{}", terminal.screen());
    // Clicks on the heading, with the sequences that a terminal sends.
    terminal.write("\u{1b}[<0;6;3M\u{1b}[<0;6;3m").shows("NAME ↑");
    assert!(is_first(&terminal, "Okta"), "{}", terminal.screen());
    terminal.write("q").ends_clean(0);
}

#[test]
fn a_change_by_another_process_is_shown_without_a_key() {
    let cli = vault();
    cli.add("Okta").ends(0);
    let mut terminal = Pty::open(cli.folder());
    terminal.write("\u{1b}[B").shows("> Zoho EU");
    cli.add("Acme").ends(0);
    terminal.shows("3 of 3").shows("> Zoho EU");
    cli.run(&["delete", "Okta"]).ends(0);
    terminal.shows("2 of 2").shows("> Zoho EU");
    let file = cli.folder().join("credentials");
    let keys = "[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = CNRY\nregion = eu-west-1\n";
    std::fs::write(&file, keys).unwrap();
    cli.run(&["import", file.to_str().unwrap(), "--yes"]).ends(0);
    terminal.shows("3 of 3").shows("dev").shows("> Zoho EU");
    terminal.write("q").ends_clean(0);
}
