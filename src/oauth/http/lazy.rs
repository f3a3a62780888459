//! A value that is computed on first use, and again after a failure.

use std::sync::{Mutex, OnceLock, PoisonError};

/// Computed at most once, even if several threads ask at the same time. A failed attempt is repeated on the next use,
/// so that the user can fix a file without restarting the program.
pub(super) struct RetryingLazy<T> {
    value: OnceLock<T>,
    making: Mutex<()>,
}

impl<T> RetryingLazy<T> {
    pub(super) const fn new() -> Self {
        Self { value: OnceLock::new(), making: Mutex::new(()) }
    }

    /// Returns the value; calls `make` if there is none yet.
    pub(super) fn get<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        // The lock only serializes the threads: one that waited finds the value.
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        match self.value.get() {
            Some(value) => Ok(value),
            None => make().map(|made| self.value.get_or_init(|| made)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn many_threads_make_it_once() {
        let (value, made) = (RetryingLazy::new(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let got = value.get(|| Ok::<_, ()>(made.fetch_add(1, Ordering::SeqCst)));
                    assert_eq!(got, Ok(&0));
                });
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let value = RetryingLazy::new();
        assert_eq!(value.get(|| Err("not yet")), Err("not yet"));
        assert_eq!(value.get(|| Ok::<_, ()>(1)), Ok(&1));
        assert_eq!(value.get(|| Err("too late")), Ok(&1));
    }
}
