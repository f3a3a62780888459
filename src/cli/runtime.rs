//! Runs the work of a command: signals end it at once, unless a job must finish; then they are obeyed after it.

use std::time::Duration;

use signal_hook::consts::SIGHUP;

use super::output::Output;
use super::signals::{Arrivals, die, held_back};
use crate::engine::Workspace;
use crate::problem::{Kind, Problem};

/// How long a job may take once the process was told to end: longer than a provider's deadline and the saves.
pub(super) const GRACE: Duration = Duration::from_secs(60);

/// Runs one piece of work, and whatever must finish after it.
///
/// # Errors
/// Those of the work; Temporary when a signal came while a job ran: what the job saved is saved.
pub(super) fn block_on<T>(
    workspace: &Workspace,
    output: Output,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    runtime()?.block_on(async {
        let supervisor = &workspace.supervisor;
        let (mut arrivals, mut work) = (Arrivals::watch(), std::pin::pin!(work));
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
                    // A terminal that is gone says so more than once.
                    Some(_) if number == SIGHUP => {}
                    Some(_) => end_now(workspace, number, output),
                },
                result = &mut work => {
                    // Not closed: a command may have more than one piece of work.
                    let _ = tokio::time::timeout(GRACE, supervisor.idle()).await;
                    return match held_back() {
                        Some(number) => Err(came(number)),
                        None => result,
                    };
                }
                // What the work waits for beside its job is not worth a wait.
                () = supervisor.idle(), if told.is_some() => {
                    supervisor.drain(Duration::ZERO).await;
                    return Err(came(told.map_or(0, |(number, _)| number)));
                }
                () = until(deadline) => end_now(workspace, told.map_or(0, |(number, _)| number), output),
            }
        }
    })
}

/// A runtime for work that watches signals itself.
///
/// # Errors
/// Internal where the system gives none.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|_| Problem::internal("The runtime could not be started."))
}

/// Ends the process, and names what that costs.
pub(super) fn end_now(workspace: &Workspace, number: i32, output: Output) {
    for label in workspace.supervisor.unfinished() {
        output.note(&format!("credenza: ended while {label}; the provider's response may be lost"));
    }
    die(number);
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn came(number: i32) -> Problem {
    Problem::new(Kind::Temporary, format!("Signal {number} arrived while tokens were being fetched."))
        .why("The provider's response was saved; the rest of the command was skipped.")
        .try_this("Check what was done, and run the rest again if needed.")
}

#[cfg(test)]
mod tests {
    use super::*;

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
