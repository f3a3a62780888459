//! Signals that end or stop the process: obeyed at once, but held back while a prompt stands or a token is refreshed.
//!
//! A handler once set cannot be taken away again, only be told to do what the system would have done: that is what
//! [`Signals::obey`] is for. Without it a SIGTERM after the first prompt would have no effect.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::flag::{register, register_conditional_default, register_usize};
use signal_hook::low_level::{emulate_default_handler, pipe, unregister};

use crate::problem::{Kind, Problem};

/// What ends a process, each with its number for [`register_usize`].
const ENDING: [(i32, usize); 4] = [(SIGHUP, 1), (SIGINT, 2), (SIGQUIT, 3), (SIGTERM, 15)];

/// What the handlers of this process look at and write to.
struct Signals {
    /// Whether a signal does what it does by default.
    obey: Arc<AtomicBool>,
    /// The last ending signal that was held back; 0: none.
    came: Arc<AtomicUsize>,
    /// Whether SIGTSTP was held back.
    stop: Arc<AtomicBool>,
}

/// While this lives, signals are noted and wake a poll; they are obeyed again when it is gone.
pub(super) struct Held {
    signals: &'static Signals,
    /// Readable when a signal came.
    pub(super) wake: UnixStream,
    pipes: Vec<SigId>,
}

impl Held {
    /// Holds them back from now on.
    ///
    /// # Errors
    /// When the system has no handlers or pipes left.
    pub(super) fn new() -> io::Result<Self> {
        let signals = signals()?;
        let (wake, end) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let mut held = Self { signals, wake, pipes: Vec::new() };
        for number in ENDING.map(|(number, _)| number).into_iter().chain([SIGTSTP]) {
            held.pipes.push(pipe::register(number, end.try_clone()?)?);
        }
        signals.came.store(0, Ordering::SeqCst);
        signals.stop.store(false, Ordering::SeqCst);
        signals.obey.store(false, Ordering::SeqCst);
        Ok(held)
    }

    /// The signal that would have ended the process.
    pub(super) fn ending(&self) -> Option<i32> {
        i32::try_from(self.signals.came.load(Ordering::SeqCst)).ok().filter(|number| *number != 0)
    }

    /// Whether the process was to stop; then stops it, and comes back when it is continued.
    pub(super) fn stops(&self) -> bool {
        let stop = self.signals.stop.swap(false, Ordering::SeqCst);
        // Where stopping is not possible we go on at once.
        stop && emulate_default_handler(SIGTSTP).is_ok()
    }

    /// Lets signals through again; does not come back when one that ends the process was held.
    pub(super) fn let_go(self) {
        let came = self.ending();
        drop(self);
        if let Some(number) = came {
            let _ = emulate_default_handler(number);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for id in self.pipes.drain(..) {
            unregister(id);
        }
        self.signals.obey.store(true, Ordering::SeqCst);
    }
}

/// While a refresh token or a code is spent no signal ends the process before the save (**I-spend**): from its making
/// on, signals are noted and obeyed afterwards.
pub(super) struct Deferred(Option<Held>);

impl Deferred {
    /// Begins to defer.
    pub(super) fn begin() -> Self {
        // Where no handler can be set a signal keeps its old meaning; there is no safer fallback.
        Self(Held::new().ok())
    }

    /// Obeys a signal that came, now that everything is saved.
    ///
    /// # Errors
    /// Temporary, when one came.
    pub(super) fn obey(&self) -> Result<(), Problem> {
        match self.0.as_ref().and_then(Held::ending) {
            None => Ok(()),
            Some(signal) => {
                Err(Problem::new(Kind::Temporary, format!("Signal {signal} came while tokens were fetched."))
                    .why("The new tokens are saved; only the output was left out.")
                    .try_this("Run it again."))
            }
        }
    }
}

/// The handlers, set when they are first wanted.
fn signals() -> io::Result<&'static Signals> {
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    if let Some(signals) = SIGNALS.get() {
        return Ok(signals);
    }
    let new = Signals {
        obey: Arc::new(AtomicBool::new(true)),
        came: Arc::new(AtomicUsize::new(0)),
        stop: Arc::new(AtomicBool::new(false)),
    };
    for (number, mark) in ENDING {
        register_usize(number, Arc::clone(&new.came), mark)?;
        register_conditional_default(number, Arc::clone(&new.obey))?;
    }
    register(SIGTSTP, Arc::clone(&new.stop))?;
    register_conditional_default(SIGTSTP, Arc::clone(&new.obey))?;
    Ok(SIGNALS.get_or_init(|| new))
}
