//! Runs an action before an abort. A failed allocation aborts the process; nothing unwinds, and no `drop` runs.
//!
//! A signal handler written here would need unsafe code. Instead, the registered actions for SIGABRT write to a pipe,
//! which wakes a thread; then write to a second pipe, which is full, so that they wait for the thread; and then exit
//! with a documented exit code. The actions run in the order in which they were registered.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use signal_hook::consts::SIGABRT;
use signal_hook::{SigId, flag, low_level};

use crate::problem::Kind;

/// More bytes than a pipe holds.
const DRAINED: usize = 1 << 20;

/// The registered exit, which has to remain the last action.
static EXIT: Mutex<Option<SigId>> = Mutex::new(None);

/// Makes an abort exit with the code of `Kind::Temporary`: only a lack of memory aborts, other defects unwind.
///
/// # Errors
/// If the signal handler cannot be registered.
pub(super) fn exit_on_abort() -> io::Result<()> {
    let code = i32::from(Kind::Temporary.exit_code());
    let exit = flag::register_conditional_shutdown(SIGABRT, code, Arc::new(AtomicBool::new(true)))?;
    if let Some(former) = EXIT.lock().unwrap_or_else(PoisonError::into_inner).replace(exit) {
        low_level::unregister(former);
    }
    Ok(())
}

/// Registers `last` to run on a dedicated thread before an abort ends the process. It must neither allocate nor take a
/// lock that other threads hold for long.
///
/// # Errors
/// If the signal handler, a pipe or the thread cannot be created.
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

/// Fills the pipe, so that the next write to it blocks.
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
    // The handler's blocked write succeeds as soon as there is room in the pipe; then the handler exits.
    while drained < DRAINED {
        match gate.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => drained += count,
        }
    }
}
