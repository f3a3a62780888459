//! Signals that end or stop the process: they take effect at once, but are deferred during a prompt or while a job
//! must finish.
//!
//! A handler cannot be removed once it is installed; it can only be told to do what the system would have done, which
//! is [`Signals::obey`]. Without that a SIGTERM after the first prompt would have no effect.

use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::flag::{register, register_conditional_default, register_usize};
use signal_hook::low_level::{emulate_default_handler, pipe, unregister};

use crate::engine::supervisor::Gate;

/// The signals that end a process, each with its number for [`register_usize`].
const ENDING: [(i32, usize); 4] = [(SIGHUP, 1), (SIGINT, 2), (SIGQUIT, 3), (SIGTERM, 15)];

/// The state that the handlers of this process read and write.
struct Signals {
    /// Whether ending signals do what they do by default.
    obey: Arc<AtomicBool>,
    obey_stop: Arc<AtomicBool>,
    /// The last ending signal that was deferred; 0: none.
    came: Arc<AtomicUsize>,
    /// Whether SIGTSTP was deferred.
    stop: Arc<AtomicBool>,
    /// How many holders currently defer signals.
    holders: Mutex<Holders>,
    /// Gets a byte for each ending signal.
    arrivals: UnixStream,
}

/// Number of holders by kind.
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

/// While this lives, ending signals are forwarded to a child, and this process ends when the child does. SIGTSTP stops
/// this process together with the child.
pub(super) struct ForwardedSignals(&'static Signals);

impl ForwardedSignals {
    /// Forwards from now on.
    ///
    /// # Errors
    /// If the system has no handlers or pipes left.
    pub(super) fn new() -> io::Result<Self> {
        let signals = signals()?;
        signals.change(|holders| Holders { ending: holders.ending + 1, ..holders });
        Ok(Self(signals))
    }
}

impl Drop for ForwardedSignals {
    fn drop(&mut self) {
        self.0.change(|holders| Holders { ending: holders.ending.saturating_sub(1), ..holders });
    }
}

/// While this lives, signals are recorded and wake a poll; when it is dropped they take effect.
pub(super) struct DeferredSignals {
    signals: &'static Signals,
    /// Readable after a signal.
    pub(super) wake: UnixStream,
    pipes: Vec<SigId>,
}

impl DeferredSignals {
    /// Defers signals from now on.
    ///
    /// # Errors
    /// If the system has no handlers or pipes left.
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

    /// The deferred signal that would have ended the process.
    pub(super) fn ending(&self) -> Option<i32> {
        came(self.signals)
    }

    /// If the process was to be stopped, stops it, and returns true once it is continued.
    pub(super) fn stops(&self) -> bool {
        let stop = self.signals.stop.swap(false, Ordering::SeqCst);
        // If the process cannot be stopped, it continues at once.
        stop && emulate_default_handler(SIGTSTP).is_ok()
    }

    /// Ends the deferral; does not return if a deferred signal ends the process.
    pub(super) fn release(self) {
        let came = self.ending();
        drop(self);
        if let Some(number) = came {
            die(number);
        }
    }
}

impl Drop for DeferredSignals {
    fn drop(&mut self) {
        for id in self.pipes.drain(..) {
            unregister(id);
        }
        self.signals.release();
    }
}

/// Defers signals while a job of the supervisor runs, so that the tokens that it received for spent ones are saved.
#[derive(Debug)]
pub(super) struct WhileJobsRun;

impl Gate for WhileJobsRun {
    fn hold(&self) {
        // If no handler can be set, a signal keeps its default; there is no safer fallback.
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

/// The deferred signals as they arrive.
pub(super) struct DeferredArrivals(Option<tokio::net::UnixStream>);

impl DeferredArrivals {
    /// Watches from now on; a signal that was deferred before is reported first. Needs a runtime.
    pub(super) fn watch() -> Self {
        let stream = signals().ok().and_then(|signals| {
            let stream = signals.arrivals.try_clone().ok()?;
            if came(signals).is_none() {
                // Discards the bytes that a finished prompt left.
                let _ = (&stream).read(&mut [0; 64]);
            }
            tokio::net::UnixStream::from_std(stream).ok()
        });
        Self(stream)
    }

    /// The number of the next signal; pending forever if no handler could be installed.
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

/// The ending signal that was deferred and has not taken effect yet.
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

/// The handlers, set on first use.
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
