//! Sends requests to an agent. Blocks, with a deadline; needs no runtime, vault or catalog.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use url::Url;
use zeroize::Zeroizing;

use super::protocol::{AgentRequest, AgentResponse, RequestLine, Status, VERSION};
use super::{line, socket};
use crate::catalog::Origin;
use crate::engine::Workspace;
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Passphrase;
use crate::store::local;

/// The environment variable that names the socket of an agent on another machine, forwarded by SSH.
pub(crate) const SOCKET_VARIABLE: &str = "CREDENZA_AGENT_SOCKET";

/// Added to the deadline of a request: the agent may wait for the lock, and then for the provider.
const MARGIN: Duration = Duration::from_secs(60);

/// Sends the passphrase that has just opened a vault to the vault's agent, if one runs and is locked. That takes a
/// second (scrypt). A failure is ignored.
pub(crate) fn unlock_too(workspace: &Workspace, passphrase: &Passphrase) {
    let sandbox = match workspace.catalog.origin() {
        Origin::Internet => None,
        Origin::Sandbox(url) => Some(url.clone()),
    };
    let reach = AgentClient::here(&workspace.paths, sandbox);
    if reach.command(AgentRequest::Status).is_ok_and(|status| status.is_some_and(|status| status.locked)) {
        let _ = reach.command(AgentRequest::unlock(passphrase));
    }
}

/// The address of an agent.
#[derive(Clone, Debug)]
pub struct AgentClient {
    socket: PathBuf,
    /// `None` for an agent on another machine.
    vault: Option<String>,
    sandbox: Option<Url>,
}

impl AgentClient {
    /// The agent for these folders, or the one that `CREDENZA_AGENT_SOCKET` names.
    #[must_use]
    pub fn of(paths: &Paths, sandbox: Option<Url>) -> Self {
        match std::env::var_os(SOCKET_VARIABLE).filter(|socket| !socket.is_empty()) {
            Some(socket) => Self { socket: socket.into(), vault: None, sandbox },
            None => Self::here(paths, sandbox),
        }
    }

    /// The agent for these folders, whatever `CREDENZA_AGENT_SOCKET` says.
    #[must_use]
    pub fn here(paths: &Paths, sandbox: Option<Url>) -> Self {
        Self { socket: socket::socket(paths), vault: Some(local::place(paths)), sandbox }
    }

    /// Whether this is an agent on this machine for this vault.
    pub(super) fn is_of(&self, vault: &str) -> bool {
        self.vault.as_deref() == Some(vault)
    }

    /// Whether this is an agent on this machine. If so, this process could also open the vault itself.
    #[must_use]
    pub(crate) fn is_here(&self) -> bool {
        self.vault.is_some()
    }

    /// Sends a request; `None` if no agent for this vault runs. `wait` is how long the agent itself may wait for other
    /// processes.
    ///
    /// # Errors
    /// `Kind::Refused` if another user's process responds, `Kind::Temporary` if there is no response in time, and the
    /// agent's own problems.
    pub fn ask(&self, question: AgentRequest, wait: Duration) -> Result<Option<AgentResponse>, Problem> {
        let Some(stream) = self.connect()? else { return Ok(None) };
        let asked = RequestLine { v: VERSION, vault: self.vault.clone(), sandbox: self.sandbox.clone(), question };
        let until = Instant::now() + wait + MARGIN;
        let response = exchange(stream, &line::write(&asked)?, until).map_err(|error| unanswered(&error))?;
        // The parser's message could quote a token.
        match serde_json::from_slice(&response).map_err(|_| no_agent())? {
            AgentResponse::Problem(told) => Err(told.into()),
            // An agent that serves another vault is treated as absent, unless the environment names it explicitly.
            AgentResponse::Elsewhere(why) if self.vault.is_none() => {
                Err(Problem::new(Kind::Refused, "The agent named in the environment does not serve this vault.")
                    .why(why))
            }
            AgentResponse::Elsewhere(_) => Ok(None),
            answered => Ok(Some(answered)),
        }
    }

    /// [`ask`](Self::ask), for requests whose response is a status.
    ///
    /// # Errors
    /// As `ask`.
    pub fn command(&self, question: AgentRequest) -> Result<Option<Status>, Problem> {
        match self.ask(question, Duration::ZERO)? {
            Some(AgentResponse::Status(status)) => Ok(Some(status)),
            Some(_) => Err(no_agent()),
            None => Ok(None),
        }
    }

    fn connect(&self) -> Result<Option<UnixStream>, Problem> {
        let stream = match connect(&self.socket) {
            Ok(stream) => stream,
            Err(error) => {
                // At a path that is too long, no agent could listen either.
                let gone = matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::InvalidFilename
                );
                if gone && self.vault.is_some() {
                    return Ok(None);
                }
                return Err(Problem::new(Kind::Temporary, format!("{} cannot be reached.", self.socket.display()))
                    .why(format!("The system says: {error}."))
                    .try_this(format!("Start the agent there, or unset {SOCKET_VARIABLE}.")));
            }
        };
        // Checked before a byte is sent: another user may have created the socket.
        let peer = rustix::net::sockopt::socket_peercred(&stream).map(|peer| peer.uid);
        if peer != Ok(rustix::process::geteuid()) {
            return Err(other_user(&self.socket));
        }
        Ok(Some(stream))
    }
}

/// As [`UnixStream::connect`], with a timeout: the listener's queue may be full when many clients connect at once.
fn connect(path: &Path) -> io::Result<UnixStream> {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, sockopt};
    #[cfg(target_os = "linux")]
    let socket = {
        use rustix::net::{SocketFlags, socket_with};
        socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?
    };
    #[cfg(not(target_os = "linux"))]
    let socket = {
        let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        socket
    };
    // The timeout covers the connection and the request.
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(MARGIN))?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(UnixStream::from(socket))
}

fn exchange(mut stream: UnixStream, asked: &[u8], until: Instant) -> io::Result<Zeroizing<Vec<u8>>> {
    let left = || match until.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(io::Error::from(io::ErrorKind::TimedOut)),
        left => Ok(Some(left)),
    };
    stream.write_all(asked)?;
    let mut response = Zeroizing::new(Vec::with_capacity(32 << 10));
    let mut chunk = Zeroizing::new([0_u8; 16 << 10]);
    while !response.ends_with(b"\n") {
        stream.set_read_timeout(left()?)?;
        let read = stream.read(&mut *chunk)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if response.len() + read > line::MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if response.len() + read > response.capacity() {
            // A vector that reallocates would leave a copy of the token in memory.
            let mut larger = Zeroizing::new(Vec::with_capacity(line::MAX));
            larger.extend_from_slice(&response);
            response = larger;
        }
        response.extend_from_slice(&chunk[..read]);
    }
    Ok(response)
}

fn other_user(socket: &Path) -> Problem {
    Problem::new(Kind::Refused, format!("Another user is listening at {}.", socket.display()))
        .why("Nothing was sent to it.")
        .try_this("Find out who it is, and remove the socket.")
}

fn unanswered(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::FileTooLarge => no_agent(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            Problem::new(Kind::Temporary, "The agent did not answer in time.")
                .try_this("Try again, or stop the agent.")
                .step(NextStep::StopAgent)
        }
        _ => Problem::new(Kind::Temporary, "The agent ended before its response was complete.")
            .why(format!("The system says: {error}."))
            .try_this("Try again; nothing was lost."),
    }
}

fn no_agent() -> Problem {
    Problem::new(Kind::Refused, "The process listening at the agent's socket is not an agent.")
        .why("Its response is not in the format of this version.")
        .try_this("Stop that process and start the agent again.")
        .step(NextStep::StartAgent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_that_is_silent_ends_early_or_belongs_to_somebody_else_is_told_apart() {
        let kinds = [io::ErrorKind::TimedOut, io::ErrorKind::WouldBlock, io::ErrorKind::UnexpectedEof];
        let problems = kinds.map(|kind| unanswered(&kind.into()));
        assert!(problems.iter().all(|problem| problem.kind == Kind::Temporary));
        assert_eq!(problems[0].what, "The agent did not answer in time.");
        assert_eq!(problems[1], problems[0]);
        assert_eq!(problems[0].step.as_deref(), Some(&NextStep::StopAgent));
        assert_eq!(problems[2].what, "The agent ended before its response was complete.");

        let other = other_user(Path::new("/run/a.sock"));
        assert_eq!((other.kind, other.what.as_str()), (Kind::Refused, "Another user is listening at /run/a.sock."));
        assert_eq!(other.why, "Nothing was sent to it.");
    }
}
