//! An agent in the background, for `credenza agent start`.

use std::fs::File;

use super::super::arguments::Global;
use super::super::arguments::agent::Start;
use super::super::output::Output;
use super::super::{existing, input};
use crate::engine::agent::background::{self, Key, Launch};
use crate::problem::Problem;

/// Starts it; what it says of itself goes to our standard output. The passphrase is asked for here, where a person is.
pub(super) fn start(start: &Start, global: &Global, output: Output) -> Result<(), Problem> {
    existing(global, output)?;
    let key = match &global.identity_file {
        _ if start.locked => Key::None,
        Some(file) => Key::IdentityFile(file.clone()),
        None => Key::Passphrase(input::passphrase(global)?),
    };
    let launch = Launch {
        dir: global.dir.clone(),
        sandbox: global.sandbox.clone(),
        lock_after: start.lock_after,
        hook: start.hook.clone(),
        json: global.json,
        key,
        is_quiet: false,
    };
    output.text(&background::start(launch)?)
}

/// In the agent: a session of its own, and nothing left of the terminal and the pipes of anyone who started it.
pub(super) fn let_go() -> Result<(), Problem> {
    // Only the leader of a process group cannot; it has a session of its own already, or does no harm to ours.
    let _ = rustix::process::setsid();
    let failed = || Problem::internal("The agent could not detach from its terminal.");
    let nothing = File::options().read(true).write(true).open("/dev/null").map_err(|_| failed())?;
    let all = rustix::stdio::dup2_stdin(&nothing)
        .and_then(|()| rustix::stdio::dup2_stdout(&nothing))
        .and_then(|()| rustix::stdio::dup2_stderr(&nothing));
    all.map_err(|_| failed())
}
