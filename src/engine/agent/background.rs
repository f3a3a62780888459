//! Starts an agent as a background process, which reports when it listens and then detaches.

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

/// How long an agent may take to start. Includes unlocking (scrypt) on a busy machine.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// Longest report of a starting agent, in bytes.
const MAX_ANSWER: u64 = 64 << 10;

/// Most bytes of the agent's error output that are shown.
const MAX_REASON: usize = 600;

/// How the agent opens the vault.
#[derive(Debug)]
pub(crate) enum Key {
    /// The passphrase, sent through a pipe.
    Passphrase(Passphrase),
    /// A host's identity file.
    IdentityFile(PathBuf),
    /// Nothing: the agent starts locked.
    None,
}

/// How to start the agent.
#[derive(Debug)]
pub(crate) struct Launch {
    /// The folder of the vault, if the user named one.
    pub dir: Option<PathBuf>,
    /// The vault's name; overrides the settings and the environment.
    pub vault: String,
    /// The sandbox that replaces the providers.
    pub sandbox: Option<Url>,
    /// Idle time after which the agent locks; `None` for its default.
    pub lock_after: Option<Duration>,
    /// The command that the agent runs for each credential that becomes due.
    pub hook: Option<String>,
    /// Whether the agent reports in JSON.
    pub json: bool,
    pub key: Key,
    /// Whether the agent's error output becomes part of the problem instead of going to the terminal.
    pub is_quiet: bool,
}

/// Starts an agent and returns its report.
///
/// # Errors
/// `Kind::Temporary` if the agent does not start in time; otherwise the problem that it reported.
pub(crate) fn start(launch: Launch) -> Result<String, Problem> {
    let mut child = command(&launch)
        .and_then(|mut command| command.spawn())
        .map_err(|error| not_started(&format!("The system says: {error}.")))?;
    if let (Some(mut pipe), Key::Passphrase(passphrase)) = (child.stdin.take(), launch.key) {
        let line = Zeroizing::new(format!("{}\n", passphrase.expose()));
        // If the agent has exited already, its standard error explains why.
        let _ = pipe.write_all(line.as_bytes());
    }
    let said = answer(&mut child)?;
    if !said.is_empty() {
        return Ok(said);
    }
    let status = child.wait().map_err(|_| not_started("The exit status of the agent could not be read."))?;
    let problem = Problem::new(kind(status.code()), "The agent did not start.");
    Err(match child.stderr.take() {
        // The reason is already on the terminal.
        None => problem.try_this("See the message above."),
        Some(pipe) => problem.why(reason(pipe)),
    })
}

/// The agent's error output, without the program's name.
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
    command.args(["--vault", &launch.vault]);
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

/// Waits for the agent's report; empty if the agent failed to start.
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
