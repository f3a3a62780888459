//! The passphrase prompt of commands: however it ends, echo is on again and the previous signal handling is restored.

use rustix::process::Signal;

use super::pty::{Pty, credenza};
use super::vault;
use crate::cli::Cli;

fn asked(folder: &std::path::Path) -> Pty {
    let terminal = Pty::start(credenza(&["list"], folder));
    terminal.shows("Passphrase: ");
    terminal.until("the echo to go off", || terminal.modes() != terminal.before());
    terminal
}

#[test]
fn pp_05_a_signal_at_the_prompt_ends_it_with_the_echo_on() {
    let cli = vault();
    for (signal, name) in
        [(Signal::TERM, "Terminated"), (Signal::INT, "Interrupt"), (Signal::HUP, "Hangup"), (Signal::QUIT, "Quit")]
    {
        let mut terminal = asked(cli.folder());
        terminal.write("half of it");
        terminal.signal(signal);
        let status = terminal.ends();
        assert_eq!(status.signal().map(|said| said.starts_with(name)), Some(true), "{status:?}");
        terminal.is_given_back();
    }
}

#[test]
fn a_weak_new_passphrase_is_taken_after_a_typed_yes_only() {
    let cli = Cli::empty();
    let chosen = |answer: &str| {
        let mut terminal = Pty::start(credenza(&["init"], cli.folder()));
        for (asked, typed) in
            [("New passphrase: ", "abc\r"), ("Repeat: ", "abc\r"), ("Type yes to use it anyway: ", answer)]
        {
            terminal.shows(asked);
            terminal.write(typed);
        }
        terminal
    };
    for no in ["\r", "y\r", "no\r", "yes please\r"] {
        chosen(no).ends_clean(8);
    }
    assert!(!cli.folder().join("data/vault.age").exists());
    chosen("yes\r").ends_clean(0);
    assert!(cli.folder().join("data/vault.age").exists());
}

#[test]
fn places_of_an_import_are_taken_after_a_typed_yes_only() {
    let cli = vault();
    let file = cli.folder().join("acme.env");
    std::fs::write(
        &file,
        "ACME_CLIENT_ID=c\nACME_CLIENT_SECRET=CNRY-s\nACME_TOKEN_URL=https://acme.example/t\n\
        ACME_AUTH_URL=https://acme.example/a\n",
    )
    .unwrap();
    let pass = format!("--passphrase-file={}", cli.folder().join("pass").display());
    for (answer, code) in [("no\r", 8), ("\r", 8), ("yes\r", 0)] {
        let mut terminal = Pty::start(credenza(&["import", file.to_str().unwrap(), &pass], cli.folder()));
        terminal.shows("token URL https://acme.example/t").shows("Type yes to import: ");
        terminal.write(answer).ends_clean(code);
    }
    assert!(cli.run(&["list"]).ends(0).out.contains("Acme"));
}

#[test]
fn pp_05_ctrl_c_and_ctrl_d_cancel_with_the_echo_on() {
    let cli = vault();
    for key in ["\u{3}", "\u{4}", "\u{1c}"] {
        let mut terminal = asked(cli.folder());
        terminal.write(key).ends_clean(4);
    }
}

#[test]
fn pp_05_stopped_at_the_prompt_the_echo_is_on_and_continued_it_is_off() {
    let cli = vault();
    let mut terminal = asked(cli.folder());
    let quiet = terminal.modes();
    terminal.signal(Signal::TSTP);
    terminal.until("the echo while it is stopped", || terminal.modes() == terminal.before());
    terminal.signal(Signal::CONT);
    terminal.until("the prompt again", || {
        terminal.modes() == quiet && terminal.screen().matches("Passphrase: ").count() == 2
    });
    terminal.write("test\r").shows("Zoho EU");
    terminal.ends_clean(0);
}

/// `authenticate` runs for minutes after its prompt, and SIGTERM must end it then.
#[test]
fn pp_05_after_the_prompt_signals_end_the_process_again() {
    let cli = vault();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let arguments = ["authenticate", "Zoho EU", "--method", "paste", "--no-browser"];
        let mut terminal = Pty::start(credenza(&arguments, cli.folder()));
        terminal.shows("Passphrase: ");
        terminal.write("test\r").shows("Then paste the address");
        terminal.signal(signal);
        assert!(terminal.ends().signal().is_some());
        terminal.is_given_back();
    }
}
