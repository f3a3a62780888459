//! Runs the work of a command. Signals end it at once, unless a job must finish; then they take effect after it.

use std::time::Duration;

use signal_hook::consts::SIGHUP;

use super::output::Output;
use super::signals::{DeferredArrivals, die, held_back};
use crate::engine::Workspace;
use crate::engine::supervisor::closing;
use crate::problem::{Kind, Problem};

/// How long a job may take after a signal: longer than a provider's timeout plus the saves.
pub(super) const GRACE: Duration = Duration::from_secs(60);

/// How long the work may take to return its result once its last job has ended after a signal.
const SETTLE: Duration = Duration::from_secs(1);

/// Runs the work, and waits for whatever must finish.
///
/// # Errors
/// Those of the work; `Kind::Temporary` if a signal came while a job ran. What the job has saved is saved.
pub(super) fn block_on<T>(
    workspace: &Workspace,
    output: Output,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    runtime()?.block_on(async {
        let supervisor = &workspace.supervisor;
        let (mut arrivals, mut work) = (DeferredArrivals::watch(), std::pin::pin!(work));
        let mut told: Option<(i32, tokio::time::Instant)> = None;
        loop {
            let deadline = told.map(|(_, at)| at);
            tokio::select! {
                biased;
                number = arrivals.next() => match told {
                    None => {
                        let doing: Vec<String> = supervisor.unfinished().iter().map(ToString::to_string).collect();
                        if !doing.is_empty() {
                            output.note(&format!("credenza: finishing {}; ctrl-c again ends it now", doing.join(", ")));
                        }
                        told = Some((number, tokio::time::Instant::now() + GRACE));
                    }
                    // A closed terminal sends more than one.
                    Some(_) if number == SIGHUP => {}
                    Some(_) => end_now(workspace, number, output),
                },
                result = &mut work => {
                    // The supervisor is not closed: a command may run several pieces of work.
                    let _ = tokio::time::timeout(GRACE, supervisor.idle()).await;
                    return after(held_back(), Some(result));
                }
                // After a signal only the jobs are awaited, not the rest of the work, except for the result of the job
                // that ended last. No other job can begin.
                () = supervisor.idle(), if told.is_some() => {
                    supervisor.drain(Duration::ZERO).await;
                    let result = tokio::time::timeout(SETTLE, &mut work).await;
                    return after(told.map(|(number, _)| number), result.ok());
                }
                () = until(deadline) => end_now(workspace, told.map_or(0, |(number, _)| number), output),
            }
        }
    })
}

/// A runtime for work that watches signals itself.
///
/// # Errors
/// `Kind::Internal` if the system provides none.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|_| Problem::internal("The runtime could not be started."))
}

/// Ends the process, and names the unfinished jobs.
pub(super) fn end_now(workspace: &Workspace, number: i32, output: Output) {
    for label in workspace.supervisor.unfinished() {
        output.note(&format!("credenza: ended while {label}; the provider's response may be lost"));
    }
    die(number);
}

/// The result of a command: an error of its work, such as tokens that could not be saved, matters more than the signal.
fn after<T>(signal: Option<i32>, result: Option<Result<T, Problem>>) -> Result<T, Problem> {
    match (signal, result) {
        (None, Some(result)) => result,
        (_, Some(Err(problem))) if problem != closing() => Err(problem),
        (number, _) => Err(ended_by_signal(number.unwrap_or(0))),
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn ended_by_signal(number: i32) -> Problem {
    Problem::new(Kind::Temporary, format!("Signal {number} arrived while tokens were being fetched."))
        .why("The request was completed; the rest of the command was skipped.")
        .try_this("Check what was done, and run the rest again if needed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_work_matters_more_than_the_signal() {
        let refused = Problem::new(Kind::NeedsAuthentication, "Refused.");
        assert_eq!(after(Some(2), Some(Err::<(), _>(refused.clone()))), Err(refused));
        for result in [Some(Ok(())), Some(Err(closing())), None] {
            assert_eq!(after(Some(2), result), Err(ended_by_signal(2)));
        }
        assert_eq!(after(None, Some(Ok(1))), Ok(1));
    }

    /// An import tries one refresh token after the other.
    #[test]
    fn a_command_may_have_more_than_one_job() {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, _) = Workspace::open(Some(folder.path()), None).unwrap();
        let output = Output { json: false, verbose: false, must_arrive: false };
        for n in 0..2 {
            let job = workspace.supervisor.begin("refreshing", "A").unwrap();
            let ran = block_on(&workspace, output, job.run(move |_permit| async move { Ok(n) }));
            assert_eq!(ran, Ok(n));
        }
    }
}
