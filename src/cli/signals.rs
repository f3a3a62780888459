//! Signals that end or stop the process: obeyed at once, but held back while a prompt is shown or a job must finish.
//!
//! A handler once set cannot be taken away again, only be told to do what the system would have done: that is what
//! [`Signals::obey`] is for. Without it a SIGTERM after the first prompt would have no effect.

use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::flag::{register, register_conditional_default, register_usize};
use signal_hook::low_level::{emulate_default_handler, pipe, unregister};

use crate::engine::supervisor::Gate;

/// What ends a process, each with its number for [`register_usize`].
const ENDING: [(i32, usize); 4] = [(SIGHUP, 1), (SIGINT, 2), (SIGQUIT, 3), (SIGTERM, 15)];

/// What the handlers of this process look at and write to.
struct Signals {
    /// Whether a signal that ends does what it does by default.
    obey: Arc<AtomicBool>,
    obey_stop: Arc<AtomicBool>,
    /// The last ending signal that was held back; 0: none.
    came: Arc<AtomicUsize>,
    /// Whether SIGTSTP was held back.
    stop: Arc<AtomicBool>,
    /// Who holds signals back.
    holders: Mutex<Holders>,
    /// Has a byte for each ending signal.
    arrivals: UnixStream,
}

/// How many hold signals back.
#[derive(Clone, Copy, Default)]
struct Holders {
    ending: usize,
    stop: usize,
}

impl Signals {
    fn hold(&self) {
        self.change(|holders| Holders { ending: holders.ending + 1, stop: holders.stop + 1 });
    }

    fn release(&self) {
        self.change(|holders| Holders {
            ending: holders.ending.saturating_sub(1),
            stop: holders.stop.saturating_sub(1),
        });
    }

    fn change(&self, to: impl FnOnce(Holders) -> Holders) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *holders;
        *holders = to(before);
        if before.ending == 0 && holders.ending > 0 {
            self.came.store(0, Ordering::SeqCst);
        }
        if before.stop == 0 && holders.stop > 0 {
            self.stop.store(false, Ordering::SeqCst);
        }
        self.obey.store(holders.ending == 0, Ordering::SeqCst);
        self.obey_stop.store(holders.stop == 0, Ordering::SeqCst);
    }
}

/// While this lives, a signal that would end the process does not: it is passed on to a child, whose end is ours.
/// SIGTSTP stops us with the child.
pub(super) struct LeftToChild(&'static Signals);

impl LeftToChild {
    /// From now on.
    ///
    /// # Errors
    /// When the system has no handlers or pipes left.
    pub(super) fn new() -> io::Result<Self> {
        let signals = signals()?;
        signals.change(|holders| Holders { ending: holders.ending + 1, ..holders });
        Ok(Self(signals))
    }
}

impl Drop for LeftToChild {
    fn drop(&mut self) {
        self.0.change(|holders| Holders { ending: holders.ending.saturating_sub(1), ..holders });
    }
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
        let mut pipes = Vec::new();
        for number in ENDING.map(|(number, _)| number).into_iter().chain([SIGTSTP]) {
            pipes.push(pipe::register(number, end.try_clone()?)?);
        }
        signals.hold();
        Ok(Self { signals, wake, pipes })
    }

    /// The signal that would have ended the process.
    pub(super) fn ending(&self) -> Option<i32> {
        came(self.signals)
    }

    /// Whether the process was to stop; then stops it, and comes back when it is continued.
    pub(super) fn stops(&self) -> bool {
        let stop = self.signals.stop.swap(false, Ordering::SeqCst);
        // Where stopping is not possible it goes on at once.
        stop && emulate_default_handler(SIGTSTP).is_ok()
    }

    /// Lets signals through again; does not come back when one that ends the process was held.
    pub(super) fn let_go(self) {
        let came = self.ending();
        drop(self);
        if let Some(number) = came {
            die(number);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for id in self.pipes.drain(..) {
            unregister(id);
        }
        self.signals.release();
    }
}

/// Holds signals back while a job of the supervisor runs: what it has spent is saved first.
#[derive(Debug)]
pub(super) struct WhileJobsRun;

impl Gate for WhileJobsRun {
    fn hold(&self) {
        // Where no handler can be set a signal keeps its old meaning; there is no safer fallback.
        if let Ok(signals) = signals() {
            signals.hold();
        }
    }

    fn release(&self) {
        if let Ok(signals) = signals() {
            signals.release();
        }
    }
}

/// The ending signals that were held back, as they come.
pub(super) struct Arrivals(Option<tokio::net::UnixStream>);

impl Arrivals {
    /// From now on, and the one that was held back already. Needs a runtime.
    pub(super) fn watch() -> Self {
        let stream = signals().ok().and_then(|signals| {
            let stream = signals.arrivals.try_clone().ok()?;
            if came(signals).is_none() {
                // Of a prompt that is over.
                let _ = (&stream).read(&mut [0; 64]);
            }
            tokio::net::UnixStream::from_std(stream).ok()
        });
        Self(stream)
    }

    /// The next one's number; never where no handler could be set.
    pub(super) async fn next(&mut self) -> i32 {
        use tokio::io::AsyncReadExt as _;
        loop {
            let Some(stream) = &mut self.0 else {
                std::future::pending::<()>().await;
                continue;
            };
            let mut byte = [0; 1];
            match stream.read(&mut byte).await {
                Ok(1..) => {
                    if let Some(number) = signals().ok().and_then(came) {
                        return number;
                    }
                }
                Ok(0) | Err(_) => self.0 = None,
            }
        }
    }
}

/// The ending signal that was held back and not obeyed yet.
pub(super) fn held_back() -> Option<i32> {
    signals().ok().and_then(came)
}

/// Ends the process as the signal would have.
pub(super) fn die(number: i32) {
    let _ = emulate_default_handler(number);
}

fn came(signals: &Signals) -> Option<i32> {
    i32::try_from(signals.came.load(Ordering::SeqCst)).ok().filter(|number| *number != 0)
}

/// The handlers, set when they are first wanted.
fn signals() -> io::Result<&'static Signals> {
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    static SETTING: Mutex<()> = Mutex::new(());
    let _one = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(signals) = SIGNALS.get() {
        return Ok(signals);
    }
    let (arrivals, end) = UnixStream::pair()?;
    arrivals.set_nonblocking(true)?;
    let new = Signals {
        obey: Arc::new(AtomicBool::new(true)),
        obey_stop: Arc::new(AtomicBool::new(true)),
        came: Arc::new(AtomicUsize::new(0)),
        stop: Arc::new(AtomicBool::new(false)),
        holders: Mutex::default(),
        arrivals,
    };
    for (number, mark) in ENDING {
        register_usize(number, Arc::clone(&new.came), mark)?;
        pipe::register(number, end.try_clone()?)?;
        register_conditional_default(number, Arc::clone(&new.obey))?;
    }
    register(SIGTSTP, Arc::clone(&new.stop))?;
    register_conditional_default(SIGTSTP, Arc::clone(&new.obey_stop))?;
    Ok(SIGNALS.get_or_init(|| new))
}
