//! Queues lines of the audit log so that several are written at once, in order, and before any later line.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use crate::audit::{self, Queued};
use crate::paths::Paths;
use crate::problem::Problem;

/// The queued lines of one process. Clones share the queue, and the last clone writes what is left.
#[derive(Clone, Default)]
pub struct LogQueue(Arc<Queue>);

#[derive(Default)]
struct Queue {
    lines: Mutex<Vec<Queued>>,
    /// Held while writing, so that lines keep their order and adding one does not wait for the disk.
    writing: Mutex<()>,
    /// The location of the log.
    paths: OnceLock<Paths>,
}

impl LogQueue {
    /// Adds a line that is written with the next one, or by [`flush`](Self::flush).
    pub(super) fn push(&self, paths: &Paths, line: Queued) {
        let _ = self.0.paths.set(paths.clone());
        lock(&self.0.lines).push(line);
    }

    /// Writes the queued lines, and then this one.
    ///
    /// # Errors
    /// `Kind::Storage` if they cannot be written; some may be in the log if it was rotated between them.
    pub(super) fn append(&self, paths: &Paths, line: Queued) -> Result<(), Problem> {
        self.0.write(paths, Some(line))
    }

    /// Writes the queued lines.
    ///
    /// # Errors
    /// `Kind::Storage` if they cannot be written; some may be in the log if it was rotated between them.
    pub(super) fn flush(&self) -> Result<(), Problem> {
        self.0.paths.get().map_or(Ok(()), |paths| self.0.write(paths, None))
    }

    /// Whether every line is in the log: none is queued or being written.
    pub(super) fn is_all_written(&self) -> bool {
        // The order matters: lines are taken from the queue only while `writing` is held.
        lock(&self.0.lines).is_empty() && !matches!(self.0.writing.try_lock(), Err(TryLockError::WouldBlock))
    }
}

impl Queue {
    fn write(&self, paths: &Paths, last: Option<Queued>) -> Result<(), Problem> {
        let _one = lock(&self.writing);
        let mut lines = std::mem::take(&mut *lock(&self.lines));
        lines.extend(last);
        if lines.is_empty() { Ok(()) } else { audit::append(paths, &lines) }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if let Some(paths) = self.paths.get() {
            // Callers that can report a problem have already flushed.
            let _ = self.write(paths, None);
        }
    }
}

impl fmt::Debug for LogQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogQueue({})", lock(&self.0.lines).len())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use jiff::Timestamp;

    use super::*;
    use crate::audit::{Action, Entry};

    fn line(action: Action) -> Queued {
        let at = Timestamp::UNIX_EPOCH;
        Queued {
            key: None,
            entry: Entry { at, action, about: None, name: None, result: "ok", asker: None, program: None },
        }
    }

    fn written(paths: &Paths) -> Vec<String> {
        audit::lines(paths, usize::MAX).unwrap().into_iter().map(|line| line.action).collect()
    }

    #[test]
    fn lines_wait_for_the_next_one_and_keep_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let queue = LogQueue::default();
        queue.push(&paths, line(Action::Unlock));
        queue.push(&paths, line(Action::Token));
        assert!(written(&paths).is_empty() && !queue.is_all_written());
        queue.append(&paths, line(Action::Lock)).unwrap();
        assert_eq!(written(&paths), ["unlock", "token", "lock"]);
        queue.flush().unwrap();
        assert_eq!(written(&paths).len(), 3, "once");
    }

    #[test]
    fn a_line_that_is_being_written_is_not_written_yet() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let queue = LogQueue::default();
        queue.append(&paths, line(Action::Unlock)).unwrap();
        assert!(queue.is_all_written());
        let other_process = File::options().append(true).open(paths.state().join("audit.lock")).unwrap();
        other_process.lock().unwrap();
        queue.push(&paths, line(Action::Token));
        std::thread::scope(|scope| {
            scope.spawn(|| queue.flush().unwrap());
            while !lock(&queue.0.lines).is_empty() {
                std::thread::yield_now();
            }
            assert!(!queue.is_all_written());
            other_process.unlock().unwrap();
        });
        assert!(queue.is_all_written());
        assert_eq!(written(&paths), ["unlock", "token"]);
    }

    #[test]
    fn what_waits_is_written_with_the_last_clone() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let queue = LogQueue::default();
        queue.clone().push(&paths, line(Action::Token));
        assert!(written(&paths).is_empty());
        drop(queue);
        assert_eq!(written(&paths), ["token"]);
    }

    #[test]
    fn many_threads_lose_no_line_and_chain_each() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let queue = LogQueue::default();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (queue, paths) = (&queue, &paths);
                scope.spawn(move || {
                    for _ in 0..20 {
                        queue.push(paths, line(Action::Token));
                        if number % 2 == 0 {
                            queue.append(paths, line(Action::Reveal)).unwrap();
                        }
                    }
                });
            }
        });
        queue.flush().unwrap();
        let lines = audit::lines(&paths, usize::MAX).unwrap();
        assert_eq!(lines.len(), 8 * 20 + 4 * 20);
        assert!(lines.iter().zip(1..).all(|(line, seq)| line.seq == seq));
        assert!(audit::verify(&paths, &audit::Proof::default()).unwrap().fault().is_none());
    }
}
