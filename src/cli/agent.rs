//! `credenza agent`, `lock` and `unlock`. JSON of `status`, `lock` and `unlock` (of `lock` without an agent
//! `{"pid": null, "locked": true}`): `{"pid", "vault", "locked", "since",
//! "locks_at", "memory_locked", "tokens", "refreshed", "events": [[TIME, TEXT]]}`; of `start`: `{"pid", "socket"}`; of
//! `stop`: `{"stopped": PID}`.

mod detached;

use std::time::Duration;

use serde_json::json;

use super::arguments::Global;
use super::arguments::agent::{Command, Start};
use super::check::hook;
use super::input;
use super::opening::{existing, opened};
use super::output::Output;
use super::runtime::runtime;
use super::signals::Held;
use crate::engine::agent::client::Reach;
use crate::engine::agent::protocol::{Answered, Question, Status};
use crate::engine::agent::requests;
use crate::engine::agent::{Agent, LOCKS_AFTER, Remind, Seat, serve};
use crate::engine::names_file;
use crate::paths::Paths;
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// Characters of a name.
const MAX_NAME: usize = 200;

pub(super) fn run(command: &Command, global: &Global, output: Output) -> Result<(), Problem> {
    match command {
        Command::Start(start) if start.foreground || start.detached => foreground(start, global, output),
        Command::Start(start) => detached::start(start, global, output),
        Command::Stop => stop(global, output),
        Command::Status => report(&asked(global, Question::Status)?, output),
        Command::Lock => lock(global, output),
        Command::Unlock => unlock(global, output),
    }
}

/// `credenza lock`. Where no agent runs nothing is unlocked, which is what was asked for.
pub(super) fn lock(global: &Global, output: Output) -> Result<(), Problem> {
    match reach(global)?.command(Question::Lock)? {
        Some(status) => report(&status, output),
        None => output.done("No agent is running; there is nothing to lock.", &json!({ "pid": null, "locked": true })),
    }
}

/// `credenza unlock`.
pub(super) fn unlock(global: &Global, output: Output) -> Result<(), Problem> {
    // Before the passphrase is asked for: there may be nobody to give it to.
    asked(global, Question::Status)?;
    let question = match &global.identity_file {
        Some(file) => Question::Unlock { passphrase: None, identity_file: std::path::absolute(file).ok() },
        None => Question::unlock(&input::passphrase(global)?),
    };
    report(&asked(global, question)?, output)
}

/// The names of the credentials, one a line, as an unlocked agent has them, else as the settings allow to keep them; never
/// asks, never fails.
pub(super) fn names(global: &Global, output: Output) -> Result<(), Problem> {
    let Ok(paths) = Paths::discover(global.dir.as_deref()) else { return Ok(()) };
    let reach = Reach::of(&paths, global.sandbox.clone());
    let names = match reach.ask(Question::Names, Duration::ZERO) {
        Ok(Some(Answered::Names(names))) => names,
        _ => names_file::read(&paths).iter().map(|name| printable(name, MAX_NAME)).collect(),
    };
    names.iter().try_for_each(|name| output.line(name))
}

/// How to reach the agent that the options and the environment mean.
pub(super) fn reach(global: &Global) -> Result<Reach, Problem> {
    Ok(Reach::of(&Paths::discover(global.dir.as_deref())?, global.sandbox.clone()))
}

fn asked(global: &Global, question: Question) -> Result<Status, Problem> {
    reach(global)?.command(question)?.ok_or_else(|| {
        Problem::new(Kind::NotFound, "No agent is running for this vault.").try_this("credenza agent start")
    })
}

fn foreground(start: &Start, global: &Global, output: Output) -> Result<(), Problem> {
    let workspace = existing(global, output)?;
    let seat = Seat::take(&workspace.paths)?;
    let lock_after = start.lock_after.unwrap_or(LOCKS_AFTER);
    let remind = start.hook.clone().map(|command| -> Remind { Box::new(move |one| hook::run(&command, one)) });
    // Over the same workspace: what its supervisor owns is what the agent's end waits for.
    let session = if start.locked { None } else { Some(opened(&workspace, global)?) };
    let agent = Agent::new(workspace, lock_after, remind);
    if let Some(session) = session {
        agent.open(session);
    }
    let started = json!({ "pid": std::process::id(), "socket": seat.path().display().to_string() });
    output.done(&format!("The agent is listening at {}", seat.path().display()), &started)?;
    if start.detached {
        detached::let_go()?;
    }
    // Signals are its own concern: it ends once what is under way is saved.
    let held = Held::new().map_err(|_| Problem::internal("Signal handlers could not be installed."))?;
    let served = runtime()?.block_on(async {
        let ended = ended(agent.clone())?;
        serve(&agent, seat, ended).await
    });
    drop(held);
    served
}

/// Comes when the process is told to end. A terminal that goes away (SIGHUP) ends who sits at it, not an agent: it locks.
fn ended(agent: Agent) -> Result<impl Future<Output = ()>, Problem> {
    use tokio::signal::unix::{SignalKind, signal};
    let watched = |kind| signal(kind).map_err(|_| Problem::internal("Signal handlers could not be installed."));
    let (mut term, mut int) = (watched(SignalKind::terminate())?, watched(SignalKind::interrupt())?);
    let (mut hang_up, mut quit) = (watched(SignalKind::hangup())?, watched(SignalKind::quit())?);
    Ok(async move {
        loop {
            tokio::select! {
                _ = term.recv() => return,
                _ = int.recv() => return,
                _ = quit.recv() => return,
                _ = hang_up.recv() => agent.lock("on request (SIGHUP)"),
            }
        }
    })
}

fn stop(global: &Global, output: Output) -> Result<(), Problem> {
    let status = requests::stop(&reach(global)?)?;
    output.done("The agent has stopped.", &json!({ "stopped": status.pid }))
}

fn report(status: &Status, output: Output) -> Result<(), Problem> {
    if output.json {
        return output.value(&status);
    }
    let line = |name: &str, value: &str| output.line(&printable(&format!("{name:<10} {value}"), 1_000));
    let time = |at: &jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    line("Agent", if status.locked { "locked" } else { "unlocked" })?;
    line("Process", &status.pid.to_string())?;
    line("Vault", &status.vault)?;
    line("Since", &time(&status.since))?;
    if let Some(at) = &status.locks_at {
        line("Locks", &format!("{} if idle", time(at)))?;
        line("Memory", if status.memory_locked { "locked in memory" } else { "may be swapped (ulimit -l)" })?;
    }
    line("Tokens", &format!("{} issued, {} renewed ahead of expiry", status.tokens, status.refreshed))?;
    status.events.iter().try_for_each(|(at, text)| line(&time(at), text))
}
