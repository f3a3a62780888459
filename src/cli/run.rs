//! `credenza run NAME -- COMMAND`: runs a command with a fresh token in its environment, or at a file descriptor.
//!
//! Without `--mask` and `--serve` the command replaces this process (exec): signals and exit code are its own. No lock
//! of the vault is held meanwhile, so that the command may call `credenza` itself; but nothing that leads to the
//! vault's key is passed on. With `--refresh-on` the vault stays open until the command has exited.

mod child;
mod mask;

use std::io::{PipeReader, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::pin::Pin;
use std::process::{Command, ExitCode};

use rustix::io::{FdFlags, fcntl_setfd};

use super::arguments::Global;
use super::arguments::run::Run;
use super::opening::{paths, session_for_token};
use super::output::Output;
use super::runtime::{GRACE, runtime};
use super::{agent, token};
use crate::engine::agent::client::SOCKET_VARIABLE;
use crate::engine::agent::{Agent, AgentSocket, Relay, older_agent, serve};
use crate::engine::audit::Action;
use crate::engine::ops::credentials;
use crate::engine::ops::token::{LOCK_WAIT, Request, Token};
use crate::hardening;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::process;

/// Every system's pipe holds this much without a reader; writing a longer token would block forever.
const PIPE: usize = 16 << 10;

pub(super) fn run(arguments: &Run, global: &Global, output: Output) -> Result<ExitCode, Problem> {
    let request = Request { min_ttl: arguments.min_ttl, lock_wait: LOCK_WAIT, ..Request::default() };
    if let Some(code) = arguments.refresh_on {
        return with_second_try(arguments, code, request, global, output);
    }
    let Some(answered) = token::from_agent(&arguments.name, request, global, output)? else {
        return run_without_agent(arguments, request, global, output);
    };
    note(&answered.token, output);
    if !arguments.serve {
        return start(arguments, command(arguments), &answered.token);
    }
    // Never the agent's own socket, which serves every credential.
    let relay = Relay::new(agent::reach(global)?, global.sandbox.clone(), answered.id.ok_or_else(older_agent)?);
    let paths = paths(global)?;
    served(arguments, global, &answered.token, &paths, |socket, ended| {
        let runtime = runtime()?;
        let served = runtime.block_on(relay.serve(socket, ended));
        // Nobody reads further responses of the agent.
        runtime.shutdown_background();
        served
    })
}

/// Runs the command without an agent.
fn run_without_agent(arguments: &Run, request: Request, global: &Global, output: Output) -> Result<ExitCode, Problem> {
    let session = session_for_token(global, output)?;
    let (_, token) = token::from_vault(&session, &arguments.name, request, Action::Run, output)?;
    note(&token, output);
    if !arguments.serve {
        drop(session);
        return start(arguments, command(arguments), &token);
    }
    let id = credentials::find(&session, &arguments.name)?.id;
    let workspace = session.workspace.clone();
    let agent = Agent::of_one(session, id);
    served(arguments, global, &token, &workspace.paths, |socket, ended| {
        runtime()?.block_on(async {
            let served = serve(&agent, socket, ended).await;
            workspace.supervisor.drain(GRACE).await;
            served
        })
    })
}

/// Completes when the command has exited.
type ChildExit = Pin<Box<dyn Future<Output = ()>>>;

/// Runs the command as a child, with a socket at which `serve` responds until it exits. Signals are forwarded to the
/// command, and this process exits when it does.
fn served(
    arguments: &Run,
    global: &Global,
    token: &Token,
    paths: &Paths,
    serve: impl FnOnce(AgentSocket, ChildExit) -> Result<(), Problem>,
) -> Result<ExitCode, Problem> {
    let socket = AgentSocket::take_private(paths)?;
    let mut command = command(arguments);
    command.env(SOCKET_VARIABLE, socket.path());
    if let Some(sandbox) = &global.sandbox {
        command.env("CREDENZA_SANDBOX", sandbox.as_str());
    }
    let _open = give(arguments, &mut command, token)?;
    let running = child::spawn(&mut command)?;
    let (gone, when_gone) = tokio::sync::oneshot::channel::<()>();
    let waiting = std::thread::spawn(move || {
        let status = running.wait();
        drop(gone);
        status
    });
    let served = serve(socket, Box::pin(async { when_gone.await.unwrap_or_default() }));
    let status = waiting.join().map_err(|_| Problem::internal("The command's exit status could not be read."))??;
    served?;
    child::ended(status)
}

/// Runs the command as a child. If it exits with `code`, its token was rejected, and the command replaces this process
/// with another token.
fn with_second_try(
    arguments: &Run,
    code: u8,
    request: Request,
    global: &Global,
    output: Output,
) -> Result<ExitCode, Problem> {
    let mut opened = None;
    let mut token = |request| -> Result<Token, Problem> {
        if let Some(answered) = token::from_agent(&arguments.name, request, global, output)? {
            return Ok(answered.token);
        }
        let session = match opened.take() {
            Some(session) => session,
            None => session_for_token(global, output)?,
        };
        let token = token::from_vault(&session, &arguments.name, request, Action::Run, output)?.1;
        opened = Some(session);
        Ok(token)
    };
    let refused = token(request)?;
    note(&refused, output);
    let mut first = command(arguments);
    let open = give(arguments, &mut first, &refused)?;
    let status = child::spawn(&mut first)?.wait()?;
    drop(open);
    if status.code() != Some(code.into()) {
        return child::ended(status);
    }
    output.note(&format!("credenza: the command exited with {code}; running it again with a new token"));
    // Another process may have refreshed it meanwhile.
    let stored = token(request)?;
    let is_another = !stored.access.matches(&refused.access);
    let renewed = if is_another { stored } else { token(Request { force: true, ..request })? };
    start(arguments, command(arguments), &renewed)
}

fn start(arguments: &Run, mut command: Command, token: &Token) -> Result<ExitCode, Problem> {
    let _open = give(arguments, &mut command, token)?;
    if !arguments.mask {
        hardening::restore_umask();
        let error = command.exec();
        return Err(child::not_started(&command, &error));
    }
    mask::run(command, token)
}

fn command(arguments: &Run) -> Command {
    // clap refuses an empty list.
    let program = arguments.command.first().cloned().unwrap_or_default();
    let mut command = process::command(program);
    command.args(arguments.command.iter().skip(1));
    command
}

/// Puts the token where the child finds it. The descriptor stays open as long as the returned value lives.
fn give(arguments: &Run, command: &mut Command, token: &Token) -> Result<Option<PipeReader>, Problem> {
    let Some(variable) = &arguments.fd else {
        command.env(&arguments.env, token.access.expose());
        return Ok(None);
    };
    let failed = |error: std::io::Error| {
        Problem::new(Kind::Temporary, "The token could not be passed to the command.")
            .why(format!("The system says: {error}."))
    };
    if token.access.expose().len() > PIPE {
        return Err(Problem::new(Kind::Usage, "The token is too long for a pipe.").try_this("Use --env."));
    }
    let (reader, mut writer) = std::io::pipe().map_err(failed)?;
    writer.write_all(token.access.expose().as_bytes()).map_err(failed)?;
    // Every other descriptor of this process is closed when the child starts.
    fcntl_setfd(&reader, FdFlags::empty()).map_err(|error| failed(error.into()))?;
    command.env(variable, reader.as_raw_fd().to_string());
    Ok(Some(reader))
}

fn note(token: &Token, output: Output) {
    for note in &token.notes {
        output.note(&format!("credenza: {note}"));
    }
}
