//! Starts an agent in the background: a process of its own, which says when it listens and then lets go of its starter.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use url::Url;
use zeroize::Zeroizing;

use crate::problem::{Kind, Problem};
use crate::process;
use crate::secret::Passphrase;

/// It unlocks first (scrypt), on a machine that may be busy.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// Longest answer of a starting agent.
const MAX_ANSWER: u64 = 64 << 10;

/// Most of what it says of a failure.
const MAX_REASON: usize = 600;

/// What the agent opens the vault with.
#[derive(Debug)]
pub enum Key {
    /// The passphrase, which goes to it through a pipe.
    Passphrase(Passphrase),
    /// A host's identity file.
    IdentityFile(PathBuf),
    /// Nothing: it starts locked.
    None,
}

/// How it is started.
#[derive(Debug)]
pub struct Launch {
    /// The folder of the vault, where a person named one.
    pub dir: Option<PathBuf>,
    /// The sandbox in place of the providers.
    pub sandbox: Option<Url>,
    /// When it locks; its own default otherwise.
    pub lock_after: Option<Duration>,
    /// What it runs for a credential that becomes due.
    pub hook: Option<String>,
    /// Whether it says in JSON that it listens.
    pub json: bool,
    /// What opens the vault.
    pub key: Key,
    /// Whether its standard error is kept for the problem, and does not go to the terminal.
    pub is_quiet: bool,
}

/// Starts it, and gives what it says of itself.
///
/// # Errors
/// `Kind::Temporary` where it does not start in time, else its own kind of problem.
pub fn start(launch: Launch) -> Result<String, Problem> {
    let mut child = command(&launch)
        .and_then(|mut command| command.spawn())
        .map_err(|error| not_started(&format!("The system says: {error}.")))?;
    if let (Some(mut pipe), Key::Passphrase(passphrase)) = (child.stdin.take(), launch.key) {
        let line = Zeroizing::new(format!("{}\n", passphrase.expose()));
        // One that ended already says why on standard error.
        let _ = pipe.write_all(line.as_bytes());
    }
    let said = answer(&mut child)?;
    if !said.is_empty() {
        return Ok(said);
    }
    let status = child.wait().map_err(|_| not_started("It is gone."))?;
    let problem = Problem::new(kind(status.code()), "The agent did not start.");
    Err(match child.stderr.take() {
        // It has said why on the terminal.
        None => problem.try_this("See the line above."),
        Some(pipe) => problem.why(reason(pipe)),
    })
}

/// What it said on standard error, without the name of the program.
fn reason(pipe: impl std::io::Read) -> String {
    let mut text = String::new();
    let _ = pipe.take(MAX_ANSWER).read_to_string(&mut text);
    let lines = text.lines().map(|line| line.trim().trim_start_matches("credenza: "));
    lines.collect::<Vec<_>>().join(" ").chars().take(MAX_REASON).collect()
}

fn command(launch: &Launch) -> std::io::Result<Command> {
    let mut command = process::long_lived()?;
    command.args(["agent", "start", "--detached"]);
    if let Some(dir) = &launch.dir {
        command.arg("--dir").arg(dir);
    }
    if let Some(sandbox) = &launch.sandbox {
        command.args(["--sandbox", sandbox.as_str()]);
    }
    if let Some(time) = launch.lock_after {
        command.args(["--lock-after", &format!("{}s", time.as_secs())]);
    }
    if let Some(hook) = &launch.hook {
        command.args(["--hook", hook]);
    }
    if launch.json {
        command.arg("--json");
    }
    match &launch.key {
        Key::Passphrase(_) => command.args(["--passphrase-fd", "0"]).stdin(Stdio::piped()),
        Key::IdentityFile(file) => command.arg("--identity-file").arg(file).stdin(Stdio::null()),
        Key::None => command.arg("--locked").stdin(Stdio::null()),
    };
    command.stdout(Stdio::piped());
    if launch.is_quiet {
        command.stderr(Stdio::piped());
    }
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
        not_started("It did not say that it listens.")
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
