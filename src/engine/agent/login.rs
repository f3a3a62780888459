//! Watches the login session in which the agent was started, and detects its end.
//!
//! It reads files, since a D-Bus client would be larger than the agent: logind keeps `/run/systemd/sessions/ID` for
//! each session, whose STATE is `closing` once its leader has ended, and removes `$XDG_RUNTIME_DIR` with the last
//! session of a user who does not linger (systemd-logind.service(8), pam_systemd(8)). Without these files, the end of
//! the session is not detected.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::paths::read_bounded;

/// Where logind keeps the state of the sessions.
const SESSIONS: &str = "/run/systemd/sessions";

/// Largest state file that is read, in bytes.
const MAX: u64 = 64 << 10;

/// The session to watch, if there is one.
#[derive(Debug)]
pub(super) struct Login {
    session: Option<PathBuf>,
    runtime: Option<PathBuf>,
}

impl Login {
    pub(super) fn current() -> Self {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let session = variable("XDG_SESSION_ID").and_then(|id| id.into_string().ok());
        Self::of(Path::new(SESSIONS), session.as_deref(), variable("XDG_RUNTIME_DIR").map(PathBuf::from))
    }

    /// Without an active session at the start, there is no end to detect.
    fn of(sessions: &Path, id: Option<&str>, runtime: Option<PathBuf>) -> Self {
        let plain = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let session = id.filter(plain).map(|id| sessions.join(id)).filter(|file| is_open(file));
        Self { session, runtime: runtime.filter(|folder| folder.is_absolute() && folder.is_dir()) }
    }

    /// Whether there is anything to watch.
    pub(super) fn is_known(&self) -> bool {
        self.session.is_some() || self.runtime.is_some()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.session.as_deref().is_some_and(|file| !is_open(file)) || self.runtime.as_deref().is_some_and(is_missing)
    }
}

/// True only if the system says so: a path that cannot be examined is not a reason to lock.
fn is_missing(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

fn is_open(session: &Path) -> bool {
    match read_bounded(session, MAX) {
        Ok(bytes) => !String::from_utf8_lossy(&bytes).lines().any(|line| line == "STATE=closing"),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_closing_or_its_file_is_gone() {
        let sessions = tempfile::tempdir().unwrap();
        let file = sessions.path().join("c2");
        let login = || Login::of(sessions.path(), Some("c2"), None);
        assert!(!login().is_known(), "no logind, no session");
        fs::write(&file, "# This is private data. Do not parse.\nUID=1000\nSTATE=active\n").unwrap();
        let one = login();
        assert!(one.is_known() && !one.has_ended());
        fs::write(&file, "UID=1000\nSTATE=online\n").unwrap();
        assert!(!one.has_ended(), "another session is in the foreground");
        fs::write(&file, "UID=1000\nSTATE=closing\n").unwrap();
        assert!(one.has_ended());
        assert!(!login().is_known(), "an agent that is started then is not locked at once");
        fs::remove_file(&file).unwrap();
        assert!(one.has_ended());
        assert!(!Login::of(sessions.path(), Some("../c2"), None).is_known());
    }

    #[test]
    fn it_ends_with_the_folder_of_the_users_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().join("1000");
        assert!(!Login::of(folder.path(), None, Some(runtime.clone())).is_known());
        fs::create_dir(&runtime).unwrap();
        let login = Login::of(folder.path(), None, Some(runtime.clone()));
        assert!(login.is_known() && !login.has_ended());
        fs::remove_dir(&runtime).unwrap();
        assert!(login.has_ended());
    }
}
