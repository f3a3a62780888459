//! Locking: row CL-09.

use rustix::process::Signal;

use super::pty::{Pty, credenza};
use super::vault;
use crate::cli::Cli;

#[test]
fn a_weak_passphrase_needs_a_second_enter_and_every_change_takes_that_back() {
    let cli = Cli::empty();
    let mut terminal = Pty::start(credenza(&[], cli.folder()));
    terminal.shows("Create a vault");
    terminal.write("\r").shows("Create your vault");
    terminal.write("abc\rabc\r").shows("too easy to guess").shows("press enter again");
    // A changed passphrase needs a new confirmation.
    terminal.write("d\r").shows("The two passphrases differ");
    assert!(!cli.folder().join("data/vault.age").exists());
    // The text is still there; shift-tab moves to the first field.
    terminal.write("\u{1b}[Zd\t\r").shows("press enter again");
    terminal.write("\r").shows("locks in").shows("Recovery kit").shows("credenza recover --kit-file");
    terminal.escape().shows("No credentials yet");
    terminal.write("\u{3}").ends_clean(0);
}

#[test]
fn cl_09_after_the_lock_nothing_but_the_passphrase_opens_anything() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("\r").shows("Client Secret");
    let drawn = terminal.bytes().len();
    terminal.write("\u{c}").shows("Unlock vault");
    terminal.resize(100, 30);
    terminal.write("\u{1b}[<0;10;5M\u{1b}[<0;10;5m").write("\u{1b}[200~Zoho\u{1b}[201~").write("\u{15}");
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.write("wrong\r").shows("Wrong passphrase");
    let since = terminal.bytes().split_off(drawn);
    assert!(!String::from_utf8_lossy(&since).contains("Zoho EU"), "no name is drawn any more");
    terminal.write("\u{15}test\r").shows("Zoho EU");
    terminal.write("q").ends_clean(0);
}

#[test]
fn unlocking_opens_a_locked_agent_too() {
    let cli = vault();
    cli.run(&["agent", "start", "--locked"]).ends(0);
    let mut terminal = Pty::open(cli.folder());
    let locked = || cli.run(&["agent", "status", "--json"]).ends(0).json()["locked"].clone();
    crate::service::until(|| locked() == false);
    cli.run(&["agent", "stop"]).ends(0);
    terminal.write("q").ends_clean(0);
}
