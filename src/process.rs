//! The only place that starts other programs: none of them gets a variable that leads to the vault's key.
//!
//! `tests/architecture.rs` checks that no other file creates a [`Command`].

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Prefix of the names of Credenza's own variables.
const OURS: &str = "CREDENZA_";

/// Prefixes of the names of the variables that open the vault: files with a passphrase or an identity, and other
/// variables that the user or a later version may name so.
pub const KEY_VARIABLES: [&str; 2] = ["CREDENZA_PASSPHRASE", "CREDENZA_IDENTITY"];

/// The environment variable that glibc reads at the start of a process, and its value for a process that runs for days:
/// memory that a save has used is returned to the system. By default each thread keeps the memory it once needed,
/// several times the vault's size. Other C libraries ignore the variable. `assets/systemd/credenza-agent.service` has
/// the same line.
const RETURN_MEMORY: (&str, &str) = (
    "GLIBC_TUNABLES",
    "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072",
);

/// A program to start, without the variables that open the vault.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    without(Command::new(program), |name| KEY_VARIABLES.iter().any(|start| name.starts_with(start)))
}

/// This program, to run for days. A value that the user has set for the memory variable is kept.
///
/// # Errors
/// If the executable of this program is not found.
pub(crate) fn long_lived() -> io::Result<Command> {
    let mut command = command(std::env::current_exe()?);
    if std::env::var_os(RETURN_MEMORY.0).is_none() {
        command.env(RETURN_MEMORY.0, RETURN_MEMORY.1);
    }
    Ok(command)
}

/// A program of the user's, such as a browser; it gets none of Credenza's variables.
#[must_use]
pub fn foreign(program: impl AsRef<OsStr>) -> Command {
    without(Command::new(program), |name| name.starts_with(OURS))
}

/// The commands that open a URL on this desktop, best first.
#[must_use]
pub(crate) fn desktop_openers(address: &str) -> Vec<Command> {
    open::commands(address).into_iter().map(|command| without(command, |name| name.starts_with(OURS))).collect()
}

/// Replaces this process by this program with these arguments (exec). Returns only if that fails.
#[must_use]
pub fn again(arguments: &[&str]) -> io::Error {
    std::env::current_exe().map_or_else(|error| error, |program| command(program).args(arguments).exec())
}

/// Removes some variables, and the one that was set for [`long_lived`] only.
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
