//! Runs a child process: forwards signals to it, and exits as it does.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use signal_hook::low_level::{emulate_default_handler, pipe};

use crate::cli::signals::ForwardedSignals;
use crate::hardening;
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// Signals that are forwarded. The child gets those for window size and job control itself, since it is in our process
/// group.
const PASSED_ON: [Signal; 6] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::USR1, Signal::USR2];

pub(super) struct Running {
    pub(super) child: Child,
    /// `None` once it has exited: its PID may be reused.
    pid: Arc<Mutex<Option<Pid>>>,
    /// Signals that would end this process end the child first.
    _left: ForwardedSignals,
}

/// Starts it, and forwards signals from then on.
pub(super) fn spawn(command: &mut Command) -> Result<Running, Problem> {
    let failed = |_| Problem::internal("Signal handlers could not be installed.");
    let left = ForwardedSignals::new().map_err(failed)?;
    let pid = Arc::new(Mutex::new(None));
    // Installed before the child exists, and forwarding waits for the child: no signal is lost, and none ends only
    // this process.
    let mut known = pid.lock().unwrap_or_else(PoisonError::into_inner);
    for signal in PASSED_ON {
        let (mut came, end) = UnixStream::pair().map_err(failed)?;
        pipe::register(signal.as_raw(), end).map_err(failed)?;
        let pid = Arc::clone(&pid);
        thread::spawn(move || {
            while came.read_exact(&mut [0]).is_ok() {
                pass_on(signal, &pid);
            }
        });
    }
    let child = hardening::with_former_umask(|| command.spawn()).map_err(|error| not_started(command, &error))?;
    *known = Some(Pid::from_child(&child));
    drop(known);
    Ok(Running { child, pid, _left: left })
}

fn pass_on(signal: Signal, pid: &Mutex<Option<Pid>>) {
    // The terminal sends the signals of its keys to the child, too.
    if matches!(signal, Signal::INT | Signal::QUIT) && in_foreground() {
        return;
    }
    if let Some(pid) = *pid.lock().unwrap_or_else(PoisonError::into_inner) {
        // It may be exiting at this very moment.
        let _ = kill_process(pid, signal);
    }
}

/// Whether the terminal's keys send signals to this process and the child.
fn in_foreground() -> bool {
    let terminal = std::fs::File::open("/dev/tty");
    let group = terminal.ok().and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok());
    group == Some(rustix::process::getpgrp())
}

impl Running {
    /// Waits for its exit.
    ///
    /// # Errors
    /// `Kind::Internal`.
    pub(super) fn wait(mut self) -> Result<ExitStatus, Problem> {
        let failed = || Problem::internal("The command's exit status could not be read.");
        // The PID is reused only after it is reaped below, so stop forwarding signals first.
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(error) = waitid(WaitId::Pid(Pid::from_child(&self.child)), ended) {
            if error != rustix::io::Errno::INTR {
                return Err(failed());
            }
        }
        *self.pid.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.child.wait().map_err(|_| failed())
    }
}

/// Exits like the child: with its exit code, or by the signal that ended it.
pub(super) fn ended(status: ExitStatus) -> Result<ExitCode, Problem> {
    if let Some(code) = status.code() {
        return Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)));
    }
    let signal = status.signal().ok_or_else(|| Problem::internal("The command could not be stopped."))?;
    // Does not return, unless the signal cannot end this process.
    let _ = emulate_default_handler(signal);
    Ok(ExitCode::from(u8::try_from(signal).unwrap_or(0).saturating_add(128)))
}

/// Like a shell: a program that does not exist has another exit code than one that cannot be started.
pub(super) fn not_started(command: &Command, error: &std::io::Error) -> Problem {
    let program = printable(&command.get_program().to_string_lossy(), 200);
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => Kind::CommandNotFound,
        _ => Kind::CommandNotExecutable,
    };
    Problem::new(kind, format!("{program} could not be started.")).why(format!("The system says: {error}."))
}
