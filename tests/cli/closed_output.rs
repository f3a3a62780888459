//! Standard output that is closed, or that nobody reads any more.

use std::process::{Command, Output, Stdio};

use super::Cli;
use crate::service::{Fake, Home};

/// With a standard output whose reader is gone already.
fn unread(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped()).output().unwrap()
}

#[test]
fn a_report_whose_reader_has_seen_enough_ends_in_silence_with_its_own_exit_code() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
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

#[cfg(target_os = "linux")]
#[test]
fn to_a_closed_standard_output_nothing_is_spent() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let token = |to: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec \"$0\" token Zoho --no-input {to}"), env!("CARGO_BIN_EXE_credenza")]);
        shell.env("CREDENZA_DIR", home.folder.path()).env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass"));
        shell.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap()
    };
    let closed = token(">&-");
    assert_eq!(closed.status.code(), Some(7), "{closed:?}");
    assert!(String::from_utf8_lossy(&closed.stderr).contains("Standard output is closed."), "{closed:?}");
    assert!(fake.requests().is_empty(), "no refresh token was sent");
    assert_eq!(token(">/dev/null").status.code(), Some(0), "where it is not wanted, it is thrown away");
    assert_eq!(token("").stdout, b"a1\n");
}
