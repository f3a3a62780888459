//! Restricts the process at startup: no core dumps, no tracing, no files that others can read, and errors instead of
//! signals when a file size limit is reached or memory runs out.

#[cfg(unix)]
mod abort;

use std::sync::OnceLock;

#[cfg(unix)]
pub(crate) use abort::before_abort;

use crate::problem::{Kind, Problem};

/// The umask at startup. Child processes get it back, because their files are their user's to protect.
static FORMER_UMASK: OnceLock<rustix::fs::Mode> = OnceLock::new();

/// Hardens the process. Must be the first call in `main`, before a secret is in memory.
///
/// Core dumps and tracing are disabled if the system allows it; a failure to do so is not an error. Afterwards a write
/// beyond the file size limit returns an error that the vault reports, instead of a signal that ends the process.
///
/// # Errors
/// `Kind::Internal` if a signal handler cannot be installed.
pub fn harden() -> Result<(), Problem> {
    #[cfg(unix)]
    deny();
    ignore_file_limit_signal()?;
    #[cfg(unix)]
    abort::exit_on_abort().map_err(|error| {
        Problem::new(Kind::Internal, "The handler for the abort signal could not be installed.").why(error.to_string())
    })?;
    Ok(())
}

#[cfg(unix)]
fn deny() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    // Best effort: a sandbox may forbid either call, and the program is still useful without them.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let former = rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let _ = FORMER_UMASK.set(former);
}

/// Restores the umask from before [`harden`], for a command that replaces this process.
pub(crate) fn restore_umask() {
    if let Some(former) = FORMER_UMASK.get() {
        rustix::process::umask(*former);
    }
}

/// Calls `start` with the umask from before [`harden`], for a child process, which inherits the umask.
pub(crate) fn with_former_umask<T>(start: impl FnOnce() -> T) -> T {
    let Some(former) = FORMER_UMASK.get() else { return start() };
    let ours = rustix::process::umask(*former);
    let started = start();
    rustix::process::umask(ours);
    started
}

#[cfg(unix)]
fn ignore_file_limit_signal() -> Result<(), Problem> {
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen).map(drop).map_err(|error| {
        Problem::new(Kind::Internal, "The handler for the file size signal could not be installed.")
            .why(error.to_string())
    })
}

#[cfg(not(unix))]
fn ignore_file_limit_signal() -> Result<(), Problem> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, Signal, dumpable_behavior, getpid, getrlimit, kill_process};

    use super::*;

    #[test]
    fn mm_05_no_core_dump_and_wp_10_no_death_by_the_file_limit() {
        harden().unwrap();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        kill_process(getpid(), Signal::XFSZ).unwrap();
    }
}
