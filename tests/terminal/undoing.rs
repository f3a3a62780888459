//! What a key could lose, and which keys ask first.

use super::pty::{Pty, credenza};
use super::vault;
use crate::cli::Cli;

fn asked(folder: &std::path::Path, arguments: &[&str], question: &str) -> Pty {
    let mut terminal = Pty::start(credenza(arguments, folder));
    terminal.shows("Passphrase: ");
    terminal.until("the echo to go off", || terminal.modes() != terminal.before());
    terminal.write("test\r").shows(question);
    terminal
}

#[test]
fn a_delete_at_a_terminal_is_done_after_a_typed_yes_only() {
    let cli = vault();
    for no in ["\r", "n\r", "y\r"] {
        let mut terminal = asked(cli.folder(), &["delete", "Zoho EU"], "Delete the credential \"Zoho EU\"?");
        terminal.write(no).ends_clean(8);
    }
    cli.run(&["show", "Zoho EU"]).ends(0);
    let mut terminal = asked(cli.folder(), &["delete", "Zoho EU"], "Type yes: ");
    terminal.write("yes\r").ends_clean(0);
    cli.run(&["show", "Zoho EU"]).ends(3);
}

#[test]
fn u_sixteen_times_takes_nothing_from_the_demo() {
    let folder = crate::scratch::folder();
    let mut terminal = Pty::start(credenza(&["--demo"], folder.path()));
    terminal.shows("9 of 9");
    for _ in 0..16 {
        terminal.write("u").shows("in another session");
        terminal.write("n");
        terminal.until("the question to close", || !terminal.screen().contains("in another session"));
    }
    terminal.shows("9 of 9");
    terminal.write("q").ends_clean(0);
}

#[test]
fn what_was_undone_is_done_again_with_a_capital_u() {
    let cli = Cli::new();
    for name in ["Alpha", "Bravo"] {
        cli.add(name).ends(0);
    }
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("2 of 2").shows("> Alpha");
    terminal.write("d").shows("Delete");
    terminal.write("y").shows("1 of 1").shows("> Bravo");
    terminal.write("u").shows("Undid: delete Alpha").shows("2 of 2");
    terminal.write("U").shows("Redid: delete Alpha").shows("1 of 1");
    terminal.write("u").shows("2 of 2");
    terminal.write("q").ends_clean(0);
    let listed = cli.run(&["list", "--json"]).ends(0).out;
    assert!(listed.contains("Alpha") && listed.contains("Bravo"), "{listed}");
}

#[test]
fn two_hundred_characters_without_the_marks_of_a_paste_do_nothing_to_a_list() {
    let cli = vault();
    for name in ["Okta", "Zoom"] {
        cli.add(name).ends(0);
    }
    let before = cli.run(&["list", "--json"]).ends(0).out;
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("3 of 3");
    let pasted: String = "dyUuDx+rE/aq\r".chars().cycle().take(200).collect();
    terminal.write(&pasted).shows("Pasted text was ignored").shows("3 of 3");
    terminal.shows("3 of 3");
    terminal.write("\u{3}").ends_clean(0);
    assert_eq!(cli.run(&["list", "--json"]).ends(0).out, before);
}

#[test]
fn a_marked_paste_into_a_list_says_that_it_was_ignored_and_one_key_works() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("\u{1b}[200~dyq\r\u{1b}[201~").shows("Pasted text was ignored");
    terminal.write("d").shows("Delete the credential");
    terminal.write("\u{1b}[200~y\u{1b}[201~").shows("Pasted text was ignored").shows("Delete the credential");
    terminal.write("n").shows("1 of 1");
    terminal.write("q").ends_clean(0);
}
