//! Commands for the agent of this vault: status, start, stop, lock, unlock.

use std::time::{Duration, Instant};

use super::background::{self, Key, Launch};
use super::client::AgentClient;
use crate::catalog::Origin;
use crate::engine::Workspace;

use super::protocol::{AgentRequest, Status};
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Passphrase;

/// How long to wait for an agent to stop. It finishes its pending work first.
const STOPS_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub enum AgentCommand {
    Status,
    /// Lock: forget the key.
    Lock,
    Unlock(Passphrase),
    /// Stop, after finishing pending work.
    Stop,
    /// Start an agent. Without a passphrase it starts locked.
    Start {
        passphrase: Option<Passphrase>,
        /// Idle time after which the agent locks; `None` for its default.
        lock_after: Option<Duration>,
    },
}

/// Runs a command and returns the agent's state afterwards; `None` if no agent runs. Blocks.
///
/// # Errors
/// `Kind::NotFound` if the command needs a running agent and there is none; otherwise the agent's own problems.
pub fn request(workspace: &Workspace, request: AgentCommand) -> Result<Option<Status>, Problem> {
    let client = AgentClient::of(&workspace.paths, sandbox(workspace));
    let told = |question| client.command(question)?.map(Some).ok_or_else(not_running);
    match request {
        AgentCommand::Status => client.command(AgentRequest::Status),
        AgentCommand::Lock => told(AgentRequest::Lock),
        AgentCommand::Unlock(passphrase) => told(AgentRequest::unlock(&passphrase)),
        AgentCommand::Stop => stop(&client).map(|_| None),
        AgentCommand::Start { passphrase, lock_after } => {
            background::start(Launch {
                dir: workspace.paths.named().map(ToOwned::to_owned),
                vault: workspace.vault_name().to_owned(),
                sandbox: sandbox(workspace),
                lock_after,
                hook: None,
                json: true,
                key: passphrase.map_or(Key::None, Key::Passphrase),
                is_quiet: true,
            })?;
            client.command(AgentRequest::Status)
        }
    }
}

/// Stops the agent, waits until it is gone, and returns its last state.
///
/// # Errors
/// `Kind::NotFound` if no agent runs, `Kind::Temporary` if it does not stop in time.
pub fn stop(client: &AgentClient) -> Result<Status, Problem> {
    stop_within(client, STOPS_WITHIN)
}

fn stop_within(client: &AgentClient, longest: Duration) -> Result<Status, Problem> {
    let status = client.command(AgentRequest::Stop)?.ok_or_else(not_running)?;
    let until = Instant::now() + longest;
    // An agent that no longer responds has stopped.
    while client.command(AgentRequest::Status).is_ok_and(|status| status.is_some()) {
        if Instant::now() > until {
            return Err(Problem::new(Kind::Temporary, "The agent is still at work.").try_this("Try again."));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(status)
}

fn sandbox(workspace: &Workspace) -> Option<url::Url> {
    match workspace.catalog.origin() {
        Origin::Internet => None,
        Origin::Sandbox(url) => Some(url.clone()),
    }
}

fn not_running() -> Problem {
    Problem::new(Kind::NotFound, "No agent is running for this vault.").step(NextStep::StartAgent)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::paths::Paths;

    #[test]
    fn an_agent_that_does_not_stop_in_time_is_still_at_work() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        paths.create_runtime().unwrap();
        let listener = UnixListener::bind(paths.runtime().join("agent.sock")).unwrap();
        std::thread::spawn(move || {
            let status =
                r#"{"status":{"pid":1,"vault":"x","locked":true,"since":"2026-11-23T10:00:00Z","memory_locked":true,
                "tokens":0,"refreshed":0,"events":[]}}"#
                    .replace('\n', "");
            for stream in listener.incoming().flatten() {
                BufReader::new(&stream).read_line(&mut String::new()).unwrap();
                (&stream).write_all(format!("{status}\n").as_bytes()).unwrap();
            }
        });
        let problem = stop_within(&AgentClient::here(&paths, None), Duration::ZERO).unwrap_err();
        assert_eq!((problem.kind, problem.what.as_str()), (Kind::Temporary, "The agent is still at work."));
    }
}
