//! What happens before an abort. An allocation that fails aborts the process; nothing unwinds, and no drop runs.
//!
//! A signal handler of our own would need unsafe code. So SIGABRT wakes a thread by one pipe, waits for it at a second
//! one, which is full, and then exits with a code of the contract. Actions run in the order they were registered.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use signal_hook::consts::SIGABRT;
use signal_hook::{SigId, flag, low_level};

use crate::problem::Kind;

/// More than a pipe holds.
const DRAINED: usize = 1 << 20;

/// The exit, which has to be the last action.
static EXIT: Mutex<Option<SigId>> = Mutex::new(None);

/// Lets an abort end with the exit code of what is temporary: memory is what runs out, other defects unwind.
///
/// # Errors
/// The signal cannot be taken.
pub(super) fn exit_on_abort() -> io::Result<()> {
    let code = i32::from(Kind::Temporary.exit_code());
    let exit = flag::register_conditional_shutdown(SIGABRT, code, Arc::new(AtomicBool::new(true)))?;
    if let Some(former) = EXIT.lock().unwrap_or_else(PoisonError::into_inner).replace(exit) {
        low_level::unregister(former);
    }
    Ok(())
}

/// Has `last` run, on a thread of its own, before an abort ends the process. It must neither allocate nor take a lock
/// that other threads hold for long.
///
/// # Errors
/// The signal, a pipe or the thread cannot be had.
pub(crate) fn before_abort(last: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let (woken, wake) = io::pipe()?;
    let (gate, wait) = io::pipe()?;
    let filled = wait.try_clone()?;
    std::thread::Builder::new().name("abort".to_owned()).stack_size(64 << 10).spawn(move || run(woken, gate, last))?;
    low_level::pipe::register(SIGABRT, wake)?;
    low_level::pipe::register(SIGABRT, wait)?;
    fill(filled)?;
    exit_on_abort()
}

/// Fills the pipe, then lets the next write to it wait.
fn fill(mut pipe: PipeWriter) -> io::Result<()> {
    let flags = fcntl_getfl(&pipe)?;
    fcntl_setfl(&pipe, flags | OFlags::NONBLOCK)?;
    for chunk in [&[0; 4_096][..], &[0]] {
        while pipe.write(chunk).is_ok() {}
    }
    Ok(fcntl_setfl(&pipe, flags - OFlags::NONBLOCK)?)
}

fn run(mut woken: PipeReader, mut gate: PipeReader, last: impl FnOnce()) {
    if woken.read_exact(&mut [0]).is_err() {
        return;
    }
    last();
    let (mut buffer, mut drained) = ([0; 4_096], 0);
    // The handler's write goes on as soon as there is room, and exits.
    while drained < DRAINED {
        match gate.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => drained += count,
        }
    }
}
