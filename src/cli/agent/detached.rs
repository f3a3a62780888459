//! Starts an agent in the background, for `credenza agent start`.

use std::fs::File;

use super::super::arguments::Global;
use super::super::arguments::agent::Start;
use super::super::output::Output;
use super::super::{existing, key_prompts};
use crate::engine::agent::background::{self, Key, Launch};
use crate::problem::Problem;

/// Starts the agent and prints its report on standard output. Prompts for the passphrase here, where there is a
/// terminal.
pub(super) fn start(start: &Start, global: &Global, output: Output) -> Result<(), Problem> {
    let workspace = existing(global, output)?;
    let key = match &global.identity_file {
        _ if start.locked => Key::None,
        Some(file) => Key::IdentityFile(file.clone()),
        None => Key::Passphrase(key_prompts::beforehand(&workspace.paths, global, output)?),
    };
    let launch = Launch {
        dir: global.dir.clone(),
        vault: workspace.vault_name().to_owned(),
        sandbox: global.sandbox.clone(),
        lock_after: start.lock_after,
        hook: start.hook.clone(),
        json: global.json,
        key,
        is_quiet: false,
    };
    output.text(&background::start(launch)?)
}

/// Runs in the agent: starts a new session and releases the terminal and pipes of the process that started it.
pub(super) fn detach() -> Result<(), Problem> {
    // Fails only for a process group leader: either it has its own session already, or the failure is harmless.
    let _ = rustix::process::setsid();
    let failed = || Problem::internal("The agent could not detach from its terminal.");
    let nothing = File::options().read(true).write(true).open("/dev/null").map_err(|_| failed())?;
    let all = rustix::stdio::dup2_stdin(&nothing)
        .and_then(|()| rustix::stdio::dup2_stdout(&nothing))
        .and_then(|()| rustix::stdio::dup2_stderr(&nothing));
    all.map_err(|_| failed())
}
