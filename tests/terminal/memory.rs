//! Too little memory: a message and a documented exit code, never an abort, and the terminal is restored.

use std::process::{Command, Stdio};

use credenza::clock::Clock;
use credenza::paths::Paths;
use credenza::secret::Passphrase;
use rustix::process::Signal;

use super::pty::{Pty, command};
use super::vault;
use crate::cli::{Cli, Ran};
use crate::local_vault::Vault;

/// A shell command that runs the program with limited address space.
fn limited(mib: u32, words: &str) -> String {
    format!("ulimit -v {}; exec {} {words}", mib * 1_024, env!("CARGO_BIN_EXE_credenza"))
}

/// A vault with the real scrypt work factor.
fn real() -> Cli {
    let cli = Cli::empty();
    let paths = Paths::discover(Some(cli.folder())).unwrap();
    Vault::create(&paths, &Passphrase::new("test".to_owned()), &Clock::system()).unwrap();
    cli
}

#[test]
fn an_abort_gives_the_terminal_back_and_ends_with_a_code() {
    let cli = vault();
    for start in [Pty::locked as fn(&std::path::Path) -> Pty, Pty::open] {
        let mut terminal = start(cli.folder());
        terminal.signal(Signal::ABORT);
        terminal.ends_clean(6);
        terminal.shows("gave no more memory");
    }
}

#[test]
fn a_command_without_memory_says_how_much_it_needs() {
    let cli = real();
    let (mut refused, mut done) = (0, 0);
    for mib in (100..=600).step_by(50) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &limited(mib, "list")]).env_clear().stdin(Stdio::null()).env("HOME", cli.folder());
        shell.env("CREDENZA_DIR", cli.folder()).env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
        let ran = Ran::of(shell.output().unwrap());
        match ran.code {
            0 => done += 1,
            6 => refused += 1,
            _ => panic!("{mib}: {ran:?}"),
        }
        assert!(ran.code == 0 || ran.err.contains("not enough memory: this needs"), "{mib}: {ran:?}");
        assert!(mib < 200 || ran.code == 0 || ran.err.contains("256 MiB"), "{mib}: {ran:?}");
    }
    assert!(refused > 0 && done > 0, "{refused} refused, {done} done");
}

#[test]
fn screens_without_memory_say_so_and_leave_the_terminal_as_it_was() {
    let cli = real();
    for mib in [100, 130, 160, 200, 300, 360, 400, 600] {
        let mut terminal = Pty::start(command("sh", &["-c", &limited(mib, "")], cli.folder()));
        let said = |terminal: &Pty| terminal.screen().contains("not enough memory");
        terminal.until("an answer", || said(&terminal) || terminal.screen().contains("Passphrase"));
        if said(&terminal) {
            terminal.ends_clean(6);
            continue;
        }
        terminal.write("test\r");
        terminal.until("the vault", || said(&terminal) || terminal.screen().contains("locks in"));
        terminal.write("\u{3}").ends_clean(0);
    }
}
