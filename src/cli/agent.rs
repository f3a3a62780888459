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
use super::key_prompts;
use super::opening::{existing, opened, paths};
use super::output::Output;
use super::runtime::runtime;
use super::signals::DeferredSignals;
use crate::engine::agent::client::AgentClient;
use crate::engine::agent::command;
use crate::engine::agent::protocol::{AgentRequest, AgentResponse, Status};
use crate::engine::agent::{Agent, AgentSocket, LOCKS_AFTER, Remind, serve};
use crate::engine::names_file;
use crate::printable::printable;
use crate::problem::{Kind, NextStep, Problem};

/// Longest name that is printed, in characters.
const MAX_NAME: usize = 200;

pub(super) fn run(command: &Command, global: &Global, output: Output) -> Result<(), Problem> {
    match command {
        Command::Start(start) if start.foreground || start.detached => foreground(start, global, output),
        Command::Start(start) => detached::start(start, global, output),
        Command::Stop => stop(global, output),
        Command::Status => report(&send_request(global, AgentRequest::Status)?, output),
        Command::Lock => lock(global, output),
        Command::Unlock => unlock(global, output),
    }
}

/// `credenza lock`. Succeeds without an agent, since nothing is unlocked then.
pub(super) fn lock(global: &Global, output: Output) -> Result<(), Problem> {
    match reach(global)?.command(AgentRequest::Lock)? {
        Some(status) => report(&status, output),
        None => output.done("No agent is running; there is nothing to lock.", &json!({ "pid": null, "locked": true })),
    }
}

/// `credenza unlock`.
pub(super) fn unlock(global: &Global, output: Output) -> Result<(), Problem> {
    // Checked before prompting for the passphrase: there may be no agent to send it to.
    send_request(global, AgentRequest::Status)?;
    let question = match &global.identity_file {
        Some(file) => AgentRequest::Unlock { passphrase: None, identity_file: std::path::absolute(file).ok() },
        None => AgentRequest::unlock(&key_prompts::beforehand(&paths(global)?, global, output)?),
    };
    report(&send_request(global, question)?, output)
}

/// The names of the credentials, one per line, from an unlocked agent, else from the file that the settings allow.
/// Never prompts, never fails.
pub(super) fn names(global: &Global, output: Output) -> Result<(), Problem> {
    let Ok(paths) = paths(global) else { return Ok(()) };
    let reach = AgentClient::of(&paths, global.sandbox.clone());
    let names = match reach.ask(AgentRequest::Names, Duration::ZERO) {
        Ok(Some(AgentResponse::Names(names))) => names,
        _ => names_file::read(&paths).iter().map(|name| printable(name, MAX_NAME)).collect(),
    };
    names.iter().try_for_each(|name| output.line(name))
}

/// The agent that the options and the environment refer to.
pub(super) fn reach(global: &Global) -> Result<AgentClient, Problem> {
    Ok(AgentClient::of(&paths(global)?, global.sandbox.clone()))
}

fn send_request(global: &Global, question: AgentRequest) -> Result<Status, Problem> {
    reach(global)?
        .command(question)?
        .ok_or_else(|| Problem::new(Kind::NotFound, "No agent is running for this vault.").step(NextStep::StartAgent))
}

fn foreground(start: &Start, global: &Global, output: Output) -> Result<(), Problem> {
    let workspace = existing(global, output)?;
    let socket = AgentSocket::take(&workspace.paths)?;
    let lock_after = start.lock_after.unwrap_or(LOCKS_AFTER);
    let remind = start.hook.clone().map(|command| -> Remind { Box::new(move |one| hook::run(&command, one)) });
    // In the same workspace, so that the agent waits for the jobs of its supervisor before it ends.
    let session = if start.locked { None } else { Some(opened(&workspace, global, output)?) };
    let agent = Agent::new(workspace, lock_after, remind);
    if let Some(session) = session {
        agent.open(session);
    }
    let started = json!({ "pid": std::process::id(), "socket": socket.path().display().to_string() });
    output.done(&format!("The agent is listening at {}", socket.path().display()), &started)?;
    if start.detached {
        detached::detach()?;
    }
    // The agent handles signals itself: it ends after its pending work is saved.
    let held = DeferredSignals::new().map_err(|_| Problem::internal("Signal handlers could not be installed."))?;
    let served = runtime()?.block_on(async {
        let ended = ended(agent.clone())?;
        serve(&agent, socket, ended).await
    });
    drop(held);
    served
}

/// Completes on SIGTERM or SIGINT. SIGHUP (the terminal closed) does not end the agent; it locks.
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
    let status = command::stop(&reach(global)?)?;
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
    line("Tokens", &format!("{} issued, {} refreshed early", status.tokens, status.refreshed))?;
    status.events.iter().try_for_each(|(at, text)| line(&time(at), text))
}
