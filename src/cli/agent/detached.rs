//! An agent in the background: started as a process of its own, which says when it listens and then lets go of us.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::super::arguments::Global;
use super::super::arguments::agent::Start;
use super::super::output::Output;
use super::super::{existing, input};
use crate::problem::{Kind, Problem};
use crate::process;

/// It unlocks first (scrypt), on a machine that may be busy.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// Longest answer of a starting agent.
const MAX_ANSWER: u64 = 64 << 10;

/// Starts it; what it says of itself goes to our standard output. The passphrase is asked for here, where a person is,
/// and goes to it through a pipe.
pub(super) fn start(start: &Start, global: &Global, output: Output) -> Result<(), Problem> {
    existing(global, output)?;
    let needs = !start.locked && global.identity_file.is_none();
    let passphrase = if needs { Some(input::passphrase(global)?) } else { None };
    let mut child = command(start, global, passphrase.is_some())
        .and_then(|mut command| command.spawn())
        .map_err(|error| not_started(&format!("The system says: {error}.")))?;
    if let (Some(mut pipe), Some(passphrase)) = (child.stdin.take(), passphrase) {
        let line = Zeroizing::new(format!("{}\n", passphrase.expose()));
        // One that ended already says why on standard error.
        let _ = pipe.write_all(line.as_bytes());
    }
    let said = answer(&mut child)?;
    if said.is_empty() {
        let status = child.wait().map_err(|_| not_started("It no longer exists."))?;
        // It has said why; its exit code is ours.
        return Err(Problem::new(kind(status.code()), "The agent did not start.").try_this("See the message above."));
    }
    output.text(&said)
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

fn command(start: &Start, global: &Global, passphrase: bool) -> std::io::Result<Command> {
    let mut command = process::command(std::env::current_exe()?);
    command.args(["agent", "start", "--detached"]);
    if let Some(dir) = &global.dir {
        command.arg("--dir").arg(dir);
    }
    if let Some(sandbox) = &global.sandbox {
        command.args(["--sandbox", sandbox.as_str()]);
    }
    if let Some(time) = start.lock_after {
        command.args(["--lock-after", &format!("{}s", time.as_secs())]);
    }
    if let Some(hook) = &start.hook {
        command.args(["--hook", hook]);
    }
    if global.json {
        command.arg("--json");
    }
    match (&global.identity_file, passphrase) {
        (_, true) => command.args(["--passphrase-fd", "0"]).stdin(Stdio::piped()),
        (Some(file), false) if !start.locked => command.arg("--identity-file").arg(file).stdin(Stdio::null()),
        _ => command.arg("--locked").stdin(Stdio::null()),
    };
    command.stdout(Stdio::piped());
    Ok(command)
}

/// What it says before it lets go; empty when it failed.
fn answer(child: &mut Child) -> Result<String, Problem> {
    let (sender, said) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            let mut text = String::new();
            let read = output.take(MAX_ANSWER).read_to_string(&mut text);
            // The receiver is gone only when the deadline has passed.
            let _ = sender.send(read.map(|_| text).unwrap_or_default());
        });
    }
    said.recv_timeout(STARTS_WITHIN).map_err(|_| {
        let _ = child.kill();
        let _ = child.wait();
        not_started("It did not report that it is listening.")
    })
}

fn not_started(why: &str) -> Problem {
    Problem::new(Kind::Temporary, "The agent did not start.").why(why)
}

fn kind(code: Option<i32>) -> Kind {
    match code {
        Some(2) => Kind::Usage,
        Some(4) => Kind::Locked,
        Some(7) => Kind::Storage,
        Some(8) => Kind::Refused,
        _ => Kind::Temporary,
    }
}
