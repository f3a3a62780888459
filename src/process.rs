//! The one place where other programs are started from: none of them gets a variable that leads to the vault's key.
//!
//! `tests/architecture.rs` holds that no other file makes a [`Command`].

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// What the names of our own variables begin with.
const OURS: &str = "CREDENZA_";

/// What the names of the variables begin with that open the vault: files with a passphrase or an identity, and whatever
/// else a person or a later version may name so.
pub const KEY_VARIABLES: [&str; 2] = ["CREDENZA_PASSPHRASE", "CREDENZA_IDENTITY"];

/// The variable that glibc reads at the start of a process, and what it says to one that saves for days: the memory that a
/// save takes goes back to the system. By default each thread keeps what it once needed, several times the vault's size.
/// Other C libraries know no such variable. `assets/systemd/credenza-agent.service` has the same line.
const RETURN_MEMORY: (&str, &str) = (
    "GLIBC_TUNABLES",
    "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072",
);

/// A program to start.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    without(Command::new(program), |name| KEY_VARIABLES.iter().any(|start| name.starts_with(start)))
}

/// This program, to run for days. What the person says of the memory goes before.
///
/// # Errors
/// Where this program is not found.
pub(crate) fn long_lived() -> io::Result<Command> {
    let mut command = command(std::env::current_exe()?);
    if std::env::var_os(RETURN_MEMORY.0).is_none() {
        command.env(RETURN_MEMORY.0, RETURN_MEMORY.1);
    }
    Ok(command)
}

/// A program of the person's, such as a browser: it has no business with any variable of Credenza.
#[must_use]
pub fn foreign(program: impl AsRef<OsStr>) -> Command {
    without(Command::new(program), |name| name.starts_with(OURS))
}

/// What the desktop opens web addresses with, best first.
#[must_use]
pub(crate) fn desktop_openers(address: &str) -> Vec<Command> {
    open::commands(address).into_iter().map(|command| without(command, |name| name.starts_with(OURS))).collect()
}

/// Puts this program, with these arguments, in the place of the process; returns only with what prevented it.
#[must_use]
pub fn again(arguments: &[&str]) -> io::Error {
    std::env::current_exe().map_or_else(|error| error, |program| command(program).args(arguments).exec())
}

/// Without some variables, and without what is meant for [`long_lived`] alone.
fn without(mut command: Command, leave_out: impl Fn(&str) -> bool) -> Command {
    let is_left_out = |name: &OsStr, value: &OsStr| leave_out(&name.to_string_lossy()) || (name, value) == own_memory();
    for (name, _) in std::env::vars_os().filter(|(name, value)| is_left_out(name, value)) {
        command.env_remove(name);
    }
    command
}

fn own_memory() -> (&'static OsStr, &'static OsStr) {
    (RETURN_MEMORY.0.as_ref(), RETURN_MEMORY.1.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_runs_for_days_returns_its_memory() {
        let command = long_lived().unwrap();
        let (name, value) = own_memory();
        assert_eq!(command.get_envs().find(|(set, _)| *set == name), Some((name, Some(value))));
        let unit = include_str!("../assets/systemd/credenza-agent.service");
        assert!(unit.lines().any(|line| line == format!("Environment={}={}", RETURN_MEMORY.0, RETURN_MEMORY.1)));
    }
}
