//! Signals that must wait: while a refresh token or a code is spent, none ends the process before the save.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::problem::{Kind, Problem};

/// From its making on, signals are noted and obeyed afterwards (**I-spend**).
#[derive(Debug)]
pub(super) struct Deferred(Arc<AtomicUsize>);

impl Deferred {
    /// Begins to defer; there is no way back, for what follows is the end of a command.
    pub(super) fn begin() -> Self {
        let came = Arc::new(AtomicUsize::new(0));
        for (number, mark) in [(SIGHUP, 1), (SIGINT, 2), (SIGTERM, 15)] {
            // Where a handler cannot be set the signal keeps its old meaning; there is no safer fallback.
            let _ = signal_hook::flag::register_usize(number, Arc::clone(&came), mark);
        }
        Self(came)
    }

    /// Obeys a signal that came, now that everything is saved.
    ///
    /// # Errors
    /// Temporary, when one came.
    pub(super) fn obey(&self) -> Result<(), Problem> {
        match self.0.load(Ordering::SeqCst) {
            0 => Ok(()),
            signal => Err(Problem::new(Kind::Temporary, format!("Signal {signal} came while tokens were fetched."))
                .why("The new tokens are saved; only the output was left out.")
                .try_this("Run it again.")),
        }
    }
}
