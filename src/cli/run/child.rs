//! A child that runs beside us: signals go on to it, and its end becomes ours.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use signal_hook::low_level::{emulate_default_handler, pipe};

use crate::cli::signals::LeftToChild;
use crate::hardening;
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// What is passed on. The window's size and the job control's signals reach the child by themselves: it is of our group.
const PASSED_ON: [Signal; 6] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::USR1, Signal::USR2];

pub(super) struct Running {
    pub(super) child: Child,
    /// `None` once it has ended: its number may then be another's.
    pid: Arc<Mutex<Option<Pid>>>,
    /// What would end us ends the child first.
    _left: LeftToChild,
}

/// Starts it, with our signals passed on from then on.
pub(super) fn spawn(command: &mut Command) -> Result<Running, Problem> {
    let failed = |_| Problem::internal("Signal handlers could not be installed.");
    let left = LeftToChild::new().map_err(failed)?;
    let pid = Arc::new(Mutex::new(None));
    // Before the child is there, which anyone who passes one on waits for: none that comes is lost, or ends us alone.
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
    // What a terminal's keys send, it sends to the child as well.
    if matches!(signal, Signal::INT | Signal::QUIT) && in_foreground() {
        return;
    }
    if let Some(pid) = *pid.lock().unwrap_or_else(PoisonError::into_inner) {
        // It may be ending this very moment.
        let _ = kill_process(pid, signal);
    }
}

/// Whether the keys of a terminal reach us and the child.
fn in_foreground() -> bool {
    let terminal = std::fs::File::open("/dev/tty");
    let group = terminal.ok().and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok());
    group == Some(rustix::process::getpgrp())
}

impl Running {
    /// Waits for its end.
    ///
    /// # Errors
    /// Internal.
    pub(super) fn wait(mut self) -> Result<ExitStatus, Problem> {
        let failed = || Problem::internal("The command's exit status could not be read.");
        // Its number stays its own until it is reaped, below: first nobody signals it any more.
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

/// Ends as the child did: by its exit code, or by the signal that ended it.
pub(super) fn ended(status: ExitStatus) -> Result<ExitCode, Problem> {
    if let Some(code) = status.code() {
        return Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)));
    }
    let signal = status.signal().ok_or_else(|| Problem::internal("The command could not be stopped."))?;
    // Does not come back, unless the signal is one we cannot die of.
    let _ = emulate_default_handler(signal);
    Ok(ExitCode::from(u8::try_from(signal).unwrap_or(0).saturating_add(128)))
}

/// As a shell tells it: a name that leads to no program is another thing than one that cannot be started.
pub(super) fn not_started(command: &Command, error: &std::io::Error) -> Problem {
    let program = printable(&command.get_program().to_string_lossy(), 200);
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => Kind::CommandNotFound,
        _ => Kind::CommandNotExecutable,
    };
    Problem::new(kind, format!("{program} could not be started.")).why(format!("The system says: {error}."))
}
