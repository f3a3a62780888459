//! The one place where other programs are started from: none of them gets a variable that leads to the vault's key.
//!
//! `tests/architecture.rs` holds that no other file makes a [`Command`].

use std::ffi::OsStr;
use std::process::Command;

/// What the names of our own variables begin with.
const OURS: &str = "CREDENZA_";

/// What the names of the variables begin with that open the vault: files with a passphrase or an identity, and whatever
/// else a person or a later version may name so.
pub const KEY_VARIABLES: [&str; 2] = ["CREDENZA_PASSPHRASE", "CREDENZA_IDENTITY"];

/// A program to start.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    without(Command::new(program), |name| KEY_VARIABLES.iter().any(|start| name.starts_with(start)))
}

/// A program of the person's, such as a browser: it has no business with any variable of Credenza.
#[must_use]
pub fn foreign(program: impl AsRef<OsStr>) -> Command {
    without(Command::new(program), |name| name.starts_with(OURS))
}

/// What the desktop opens web addresses with, best first.
#[must_use]
pub fn desktop_openers(address: &str) -> Vec<Command> {
    open::commands(address).into_iter().map(|command| without(command, |name| name.starts_with(OURS))).collect()
}

fn without(mut command: Command, leave_out: impl Fn(&str) -> bool) -> Command {
    for (name, _) in std::env::vars_os().filter(|(name, _)| leave_out(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}
