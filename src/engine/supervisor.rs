//! Owns the jobs that must finish: a job that has begun to spend something runs to its end, whatever happens to its
//! caller.
//!
//! Front ends wait for the result of a job, but do not own it. Before a front end exits, it waits for the remaining jobs
//! for a limited time: with [`Supervisor::drain`], which admits no new job once none is running, or with
//! [`Supervisor::idle`].

#![warn(missing_docs)]

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

use crate::diagnostics::{Level, event};
use crate::oauth::permit::MustFinish;
use crate::problem::{Kind, Problem};

/// Blocks whatever would end the process at once, such as signals, while jobs run.
pub trait Gate: Send + Sync {
    /// Called when the first job begins.
    fn hold(&self);
    /// Called when the last job has ended.
    fn release(&self);
}

/// Owns the jobs of one process. Clones share them.
#[derive(Clone)]
pub struct Supervisor(Arc<Inner>);

struct Inner {
    jobs: Mutex<Jobs>,
    count: watch::Sender<usize>,
    gate: Option<Box<dyn Gate>>,
}

#[derive(Default)]
struct Jobs {
    running: BTreeMap<u64, Label>,
    next: u64,
    closed: bool,
}

/// What a job does, and to which record: "refreshing" "Zoho EU".
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Label {
    /// "refreshing", "signing in".
    pub doing: &'static str,
    /// The name of the record; may be empty.
    pub name: String,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { f.write_str(self.doing) } else { write!(f, "{} \"{}\"", self.doing, self.name) }
    }
}

/// A registered job. Dropping it before it runs unregisters it.
#[derive(Debug)]
pub struct Job {
    supervisor: Supervisor,
    number: u64,
    doing: &'static str,
}

impl Default for Supervisor {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Supervisor {
    /// A supervisor that calls `gate` when the first job begins and the last one ends.
    #[must_use]
    pub(crate) fn gated(gate: impl Gate + 'static) -> Self {
        Self::new(Some(Box::new(gate)))
    }

    fn new(gate: Option<Box<dyn Gate>>) -> Self {
        Self(Arc::new(Inner { jobs: Mutex::default(), count: watch::Sender::new(0), gate }))
    }

    /// Registers a job right before it spends anything; from here on the process waits for it to end.
    ///
    /// # Errors
    /// `Kind::Temporary` once the process is ending.
    pub fn begin(&self, doing: &'static str, name: &str) -> Result<Job, Problem> {
        let mut jobs = self.jobs();
        if jobs.closed {
            return Err(closing());
        }
        let number = jobs.next;
        jobs.next += 1;
        jobs.running.insert(number, Label { doing, name: name.to_owned() });
        self.counted(&jobs);
        drop(jobs);
        Ok(Job { supervisor: self.clone(), number, doing })
    }

    /// The running jobs, oldest first.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Label> {
        self.jobs().running.values().cloned().collect()
    }

    /// Waits until no job is running.
    pub async fn idle(&self) {
        let mut count = self.0.count.subscribe();
        // The sender lives as long as `self`.
        let _ = count.wait_for(|count| *count == 0).await;
    }

    /// Waits at most `grace` for the running jobs, and allows no new ones once there are none. Returns the unfinished
    /// jobs.
    pub async fn drain(&self, grace: Duration) -> Vec<Label> {
        let all = async {
            while !self.close() {
                self.idle().await;
            }
        };
        let _ = timeout(grace, all).await;
        self.unfinished()
    }

    /// Allows no new jobs; false while one runs.
    fn close(&self) -> bool {
        let mut jobs = self.jobs();
        jobs.closed |= jobs.running.is_empty();
        jobs.closed
    }

    /// Calls the gate under the lock, so that `hold` and `release` stay in order.
    fn counted(&self, jobs: &Jobs) {
        let (before, now) = (self.0.count.send_replace(jobs.running.len()), jobs.running.len());
        match (&self.0.gate, before, now) {
            (Some(gate), 0, 1) => gate.hold(),
            (Some(gate), _, 0) => gate.release(),
            _ => {}
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Supervisor").field(&self.jobs().running).finish()
    }
}

impl Job {
    /// Runs the job to its end in its own task: dropping the returned future ends the wait, not the job.
    ///
    /// # Errors
    /// `Kind::Internal` if the job panicked.
    pub async fn run<T, F>(self, work: impl FnOnce(MustFinish) -> F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let work = work(MustFinish::granted());
        let (doing, started) = (self.doing, Instant::now());
        let task = tokio::spawn(async move {
            let result = work.await;
            log_end(doing, started.elapsed(), &result);
            drop(self);
            result
        });
        task.await.map_err(|_| Problem::panicked())?
    }
}

fn log_end<T>(doing: &'static str, took: Duration, result: &Result<T, Problem>) {
    match result {
        Ok(_) => event(Level::Info, "job done", &[("job", &doing), ("took", &took)]),
        Err(problem) => {
            event(Level::Warn, "job failed", &[("job", &doing), ("took", &took), ("kind", &problem.kind)]);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let mut jobs = self.supervisor.jobs();
        jobs.running.remove(&self.number);
        self.supervisor.counted(&jobs);
    }
}

/// The error of a job that would begin while the program is closing.
pub(crate) fn closing() -> Problem {
    Problem::new(Kind::Temporary, "The program is closing; nothing new was started.")
        .why("Nothing was sent and nothing was changed.")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    #[derive(Clone, Default)]
    struct Counted(Arc<(AtomicUsize, AtomicUsize)>);

    impl Gate for Counted {
        fn hold(&self) {
            self.0.0.fetch_add(1, Ordering::SeqCst);
        }

        fn release(&self) {
            self.0.1.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn a_job_outlives_whoever_waits_for_it_and_the_end_waits_for_the_job() {
        let gate = Counted::default();
        let supervisor = Supervisor::gated(gate.clone());
        let (release, released) = oneshot::channel::<()>();
        let (saved, is_saved) = oneshot::channel();
        let job = supervisor.begin("refreshing", "A").unwrap();
        let mut run = Box::pin(job.run(async |_permit| {
            let _ = released.await;
            let _ = saved.send(());
            Ok(())
        }));
        // Polled once, then dropped, as when the screen closes.
        assert!(futures_util::poll!(&mut run).is_pending());
        drop(run);
        assert_eq!(supervisor.unfinished()[0].to_string(), "refreshing \"A\"");
        assert_eq!(supervisor.drain(Duration::from_millis(1)).await.len(), 1, "named after the grace");
        let _ = release.send(());
        assert!(supervisor.drain(Duration::from_secs(60)).await.is_empty());
        is_saved.await.unwrap();
        assert_eq!((gate.0.0.load(Ordering::SeqCst), gate.0.1.load(Ordering::SeqCst)), (1, 1));
        assert_eq!(supervisor.begin("refreshing", "B").unwrap_err().kind, Kind::Temporary, "it is closed");
    }

    #[tokio::test]
    async fn a_job_that_panics_or_never_runs_is_not_waited_for() {
        let supervisor = Supervisor::default();
        drop(supervisor.begin("testing", "A").unwrap());
        let job = supervisor.begin("testing", "A").unwrap();
        let ran: Result<(), Problem> = job.run(async |_permit| panic!("on purpose")).await;
        assert_eq!(ran.unwrap_err().kind, Kind::Internal);
        supervisor.idle().await;
    }
}
