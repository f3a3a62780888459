//! Lines of the audit log that wait to be written together: in their order, before every line that comes after them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::audit::{self, Queued};
use crate::paths::Paths;
use crate::problem::Problem;

/// The lines of one process that wait. Clones are the same queue; what is left in it is written with the last of them.
#[derive(Clone, Default)]
pub struct LogQueue(Arc<Queue>);

#[derive(Default)]
struct Queue {
    lines: Mutex<Vec<Queued>>,
    /// Held by who writes, so that lines keep their order and who only adds one does not wait for the disk.
    writing: Mutex<()>,
    /// Where the log of these lines is.
    paths: OnceLock<Paths>,
}

impl LogQueue {
    /// Adds a line that is written with the next one, or by [`flush`](Self::flush).
    pub(super) fn push(&self, paths: &Paths, line: Queued) {
        let _ = self.0.paths.set(paths.clone());
        held(&self.0.lines).push(line);
    }

    /// Writes the lines that wait, and then this one.
    ///
    /// # Errors
    /// Storage: none of them is in the log.
    pub(super) fn append(&self, paths: &Paths, line: Queued) -> Result<(), Problem> {
        self.0.write(paths, Some(line))
    }

    /// Writes the lines that wait.
    ///
    /// # Errors
    /// Storage: none of them is in the log.
    pub(super) fn flush(&self) -> Result<(), Problem> {
        self.0.paths.get().map_or(Ok(()), |paths| self.0.write(paths, None))
    }

    /// Whether no line waits.
    pub(super) fn is_empty(&self) -> bool {
        held(&self.0.lines).is_empty()
    }
}

impl Queue {
    fn write(&self, paths: &Paths, last: Option<Queued>) -> Result<(), Problem> {
        let _one = held(&self.writing);
        let mut lines = std::mem::take(&mut *held(&self.lines));
        lines.extend(last);
        if lines.is_empty() { Ok(()) } else { audit::append(paths, &lines) }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if let Some(paths) = self.paths.get() {
            // Anyone who has a way to tell a problem has flushed before.
            let _ = self.write(paths, None);
        }
    }
}

impl fmt::Debug for LogQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogQueue({})", held(&self.0.lines).len())
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
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
        assert!(written(&paths).is_empty() && !queue.is_empty());
        queue.append(&paths, line(Action::Lock)).unwrap();
        assert_eq!(written(&paths), ["unlock", "token", "lock"]);
        queue.flush().unwrap();
        assert_eq!(written(&paths).len(), 3, "once");
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
