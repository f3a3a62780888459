//! The agent of this vault, asked and told from within the program.

use std::time::{Duration, Instant};

use super::background::{self, Key, Launch};
use super::client::Reach;
use crate::catalog::Origin;
use crate::engine::Workspace;

use super::protocol::{Question, Status};
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Passphrase;

/// Longest wait for an agent to stop: what it has under way may take that.
const STOPS_WITHIN: Duration = Duration::from_secs(60);

/// What is asked of the agent.
#[derive(Debug)]
pub enum Request {
    /// How it is.
    Status,
    /// To forget the key.
    Lock,
    /// To open the vault again.
    Unlock(Passphrase),
    /// To end; what it has under way is finished first.
    Stop,
    /// To be started; without a passphrase it is locked.
    Start {
        /// What opens the vault.
        passphrase: Option<Passphrase>,
        /// When it locks; its own default otherwise.
        lock_after: Option<Duration>,
    },
}

/// Does it, and gives how the agent is then; `None`: no agent runs. Blocks.
///
/// # Errors
/// `Kind::NotFound` where no agent runs that could do it; those of the agent.
pub fn request(workspace: &Workspace, request: Request) -> Result<Option<Status>, Problem> {
    let reach = Reach::of(&workspace.paths, sandbox(workspace));
    let told = |question| reach.command(question)?.map(Some).ok_or_else(none);
    match request {
        Request::Status => reach.command(Question::Status),
        Request::Lock => told(Question::Lock),
        Request::Unlock(passphrase) => told(Question::unlock(&passphrase)),
        Request::Stop => stop(&reach).map(|_| None),
        Request::Start { passphrase, lock_after } => {
            background::start(Launch {
                dir: workspace.paths.named().map(ToOwned::to_owned),
                sandbox: sandbox(workspace),
                lock_after,
                hook: None,
                json: true,
                key: passphrase.map_or(Key::None, Key::Passphrase),
                is_quiet: true,
            })?;
            reach.command(Question::Status)
        }
    }
}

/// Ends the agent, waits until it is gone, and gives how it was.
///
/// # Errors
/// `Kind::NotFound` where none runs, `Kind::Temporary` where it does not end in time.
pub fn stop(reach: &Reach) -> Result<Status, Problem> {
    let status = reach.command(Question::Stop)?.ok_or_else(none)?;
    let until = Instant::now() + STOPS_WITHIN;
    // It is gone when nobody answers any more.
    while reach.command(Question::Status).is_ok_and(|status| status.is_some()) {
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

fn none() -> Problem {
    Problem::new(Kind::NotFound, "No agent is running for this vault.").step(NextStep::StartAgent)
}
