//! Commands whose standard output is closed early.

use std::process::{Command, Output, Stdio};

use super::Cli;
use crate::service::{Fake, Home};

/// Runs a command whose standard output is a pipe without a reader.
fn unread(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped()).output().unwrap()
}

#[test]
fn a_report_whose_reader_has_seen_enough_ends_in_silence_with_its_own_exit_code() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    // Uses another redirect port: a sign-in of another test may occupy the usual one, which `doctor` reports.
    drop(cli.with_port(""));
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["show", "Zoho EU"],
        &["check"],
        &["check", "--prometheus"],
        &["check", "--ics"],
        &["doctor"],
        &["doctor", "--json"],
        &["log"],
        &["history"],
        &["catalog", "list"],
        &["catalog", "show", "manageengine"],
        &["completions", "bash"],
    ] {
        let whole = cli.run(arguments);
        let mut command = cli.command(arguments);
        command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
        let output = unread(command);
        assert_eq!(output.status.code(), Some(whole.code), "{arguments:?}: {output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("Standard output") && !said.contains("roken pipe"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_secret_that_could_not_be_printed_is_no_success() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let output = unread(home.token_command(&[]));
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let cli = Cli::new();
    let mut kit = cli.command(&["recovery-kit"]);
    kit.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
    assert_eq!(unread(kit).status.code(), Some(7));
}
