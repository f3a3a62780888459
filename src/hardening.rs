//! What the process denies itself at its start: core dumps, being traced, files others can read, death by a file limit
//! or for lack of memory.

#[cfg(unix)]
mod abort;

use std::sync::OnceLock;

#[cfg(unix)]
pub(crate) use abort::before_abort;

use crate::problem::{Kind, Problem};

/// The umask we were started with: files a child makes are its user's to protect.
static FORMER_UMASK: OnceLock<rustix::fs::Mode> = OnceLock::new();

/// Call first thing in `main`, before a secret is in memory.
///
/// Core dumps and tracing are refused where the system allows us to; that it does not is not a reason to stop.
/// Afterwards a write over the file size limit gives an error the vault reports, where its signal would have ended us.
///
/// # Errors
/// `Kind::Internal`, when a signal cannot be taken.
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

    // Best effort: a sandbox may forbid either call, and the program is of use all the same.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let former = rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let _ = FORMER_UMASK.set(former);
}

/// Puts the umask back to what it was before [`harden`]: for a command that takes our place.
pub(crate) fn restore_umask() {
    if let Some(former) = FORMER_UMASK.get() {
        rustix::process::umask(*former);
    }
}

/// Starts something that keeps the umask it finds, with the one from before [`harden`].
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
