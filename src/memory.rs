//! Checks that the system has enough memory before it is needed, because a failed allocation ends the process.

use region::Protection;

use crate::problem::{Kind, Problem};

const MIB: usize = 1 << 20;

/// Memory a process needs in addition to what it asks for: buffers, the vault's records.
const REST: usize = 48 * MIB;

/// Address space of a thread: a stack of 2 MiB, and 64 MiB that glibc reserves for its allocations when it makes the
/// first one, if these are available, even if nothing is left then.
const THREAD: usize = 66 * MIB;

/// The threads of the screens that allocate memory.
const THREADS_OF_SCREENS: usize = 6;

/// Checks that the system would now provide `bytes`, plus what everything else needs, also if a thread starts after the
/// check. The memory is released again.
///
/// # Errors
/// `Kind::Temporary`, with the amount, if it would not.
pub fn must_have(bytes: usize) -> Result<(), Problem> {
    available(bytes, THREAD)
}

/// As [`must_have`], for the threads of the screens.
///
/// # Errors
/// As [`must_have`].
pub(crate) fn must_have_screens() -> Result<(), Problem> {
    available(0, THREADS_OF_SCREENS * THREAD)
}

fn available(bytes: usize, address_space: usize) -> Result<(), Problem> {
    // A mapping that is not touched costs nothing. A Vec would be wiped when freed, which touches every page.
    let memory = bytes.checked_add(REST).and_then(|all| region::alloc(all, Protection::READ_WRITE).ok());
    // Without rights, so that it does not count as memory where the system promises no more than it has.
    let reserved = region::alloc(address_space, Protection::NONE);
    if memory.is_some() && reserved.is_ok() {
        return Ok(());
    }
    let needed = bytes.max(REST + address_space) / MIB;
    Err(short(format!("There is not enough memory: this needs {needed} MiB.")))
}

/// Checks that a thread could be started now.
///
/// # Errors
/// `Kind::Temporary` if it would not.
pub(crate) fn must_have_a_thread() -> Result<(), Problem> {
    let started = std::thread::Builder::new().spawn(|| ());
    let ended = started.ok().and_then(|thread| thread.join().ok());
    ended.ok_or_else(no_thread)
}

/// The problem when a thread cannot be started.
#[must_use]
pub(crate) fn no_thread() -> Problem {
    short("There is not enough memory to start a thread.".to_owned())
}

fn short(what: String) -> Problem {
    Problem::new(Kind::Temporary, what)
        .why("The system allows this process no more memory. Nothing was changed.")
        .try_this("Close other programs, or raise the process's memory limit.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_is_refused_with_its_figure() {
        must_have(MIB).unwrap();
        for (bytes, figure) in [(usize::MAX, "17592186044415 MiB"), (1 << 60, "1099511627776 MiB")] {
            let problem = must_have(bytes).unwrap_err();
            assert!(problem.kind == Kind::Temporary && problem.what.contains(figure), "{problem}");
            assert!(problem.what.len() < 80, "{problem}");
        }
    }
}
