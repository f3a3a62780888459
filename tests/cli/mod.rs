//! The command line as scripts use it: the real program, its output and its exit code.

mod agent;
mod agent_locks;
mod agent_log;
pub(crate) mod authenticate;
mod catalog;
mod catalog_updates;
mod catalog_verify;
mod check;
mod children;
mod closed_output;
mod consent;
mod contract;
mod device;
mod doctor;
mod environment;
mod history;
mod hosts;
mod hygiene;
pub(crate) mod integration;
mod keys;
mod kinds;
mod list;
mod locked;
mod log;
mod log_attacks;
mod names;
mod passphrases;
mod places;
mod recovery;
mod refusals;
mod run;
mod serve;
mod settings;
mod surroundings;
pub(crate) mod team;
mod team_keys;
mod team_outage;
mod team_restore;
mod team_unfit;
mod token;
mod token_kinds;
mod transfer;
mod undoing;
mod words;

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::local_vault;
use credenza::clock::Clock;
use credenza::paths::Paths;
use credenza::secret::Passphrase;
use tempfile::TempDir;

/// Sends a signal and waits until it was delivered: it is no longer pending, or the process has died.
pub(crate) fn deliver(signal: &str, process: u32) {
    assert!(Command::new("kill").args(["-s", signal, &process.to_string()]).status().unwrap().success());
    crate::service::until(|| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let pending = status.lines().filter_map(|line| line.strip_prefix("SigPnd:").or(line.strip_prefix("ShdPnd:")));
        let none = pending.map(|mask| u64::from_str_radix(mask.trim(), 16).unwrap()).all(|mask| mask == 0);
        none || status.contains("State:\tZ")
    });
}

/// The scrypt work factor of the identity files that the program writes in tests, which it does not warn about then.
pub(crate) const CHEAP: &str = "8";

/// A temporary folder with a vault and a passphrase file.
pub(crate) struct Cli(TempDir);

impl Cli {
    pub(crate) fn empty() -> Self {
        let cli = Self(crate::scratch::folder());
        std::fs::write(cli.0.path().join("pass"), "test\n").unwrap();
        cli
    }

    /// A vault with a cheap scrypt work factor.
    pub(crate) fn new() -> Self {
        let cli = Self::empty();
        let paths = Paths::discover(Some(cli.0.path())).unwrap();
        local_vault::create_throwaway(&paths, &Passphrase::new("test".to_owned()), &Clock::system(), 1).unwrap();
        cli
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A command without a controlling terminal, and without the environment of this process.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(env!("CARGO_BIN_EXE_credenza")).args(arguments).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder()).env("CREDENZA_DIR", self.folder());
        command.env("CREDENZA_TEST_WORK_FACTOR", CHEAP);
        command.stdin(Stdio::null());
        command
    }

    /// Writes the settings, with a redirect port that nothing else uses: it stays bound until the listener is dropped.
    pub(crate) fn with_port(&self, more: &str) -> TcpListener {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::fs::create_dir_all(self.folder().join("config")).unwrap();
        std::fs::write(self.folder().join("config/settings.toml"), format!("redirect_port = {port}\n{more}")).unwrap();
        listener
    }

    /// Runs the program with the passphrase from a file.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).env("CREDENZA_PASSPHRASE_FILE", self.folder().join("pass")).output().unwrap())
    }

    /// Adds a ManageEngine credential, with its secret from standard input.
    pub(crate) fn add(&self, name: &str) -> Ran {
        // As a single argument, because the name may begin with a hyphen.
        let name = format!("--name={name}");
        let arguments =
            ["add", "--integration", "manageengine", &name, "--client-id", "1000.ABC", "--client-secret-file", "-"];
        let mut command = self.command(&arguments);
        command.env("CREDENZA_PASSPHRASE_FILE", self.folder().join("pass"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"CNRY-client-secret\n").unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }
}

/// The exit code and the output of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails and shows all output, unless the exit code is `code` and the output contains no secret.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(!self.out.contains("CNRY") && !self.err.contains("CNRY"), "{self:?}");
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap()
    }
}
