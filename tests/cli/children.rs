//! The environment of every program that Credenza starts contains nothing that opens the vault. The browser and the
//! clipboard tools are tested in `wire::browser` and `terminal::clipboard`; `architecture` checks that processes are
//! started in one place only.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::CommandFactory as _;
use credenza::cli::arguments::Arguments;
use credenza::process::KEY_VARIABLES;

use crate::service::{Fake, Home, until};

/// Variables that open a vault, those that a future version might read, and one that must be passed on.
const SET: [(&str, &str); 4] = [
    ("CREDENZA_PASSPHRASE_FD", "CNRY-key"),
    ("CREDENZA_PASSPHRASE_COMMAND", "CNRY-key"),
    ("CREDENZA_IDENTITY_FD", "CNRY-key"),
    ("KEPT", "yes"),
];

struct Place {
    home: Home,
    key: PathBuf,
}

impl Place {
    fn new() -> Self {
        let home = Home::with(&Fake::start());
        let key = home.folder.path().join("CNRY-key");
        let place = Self { home, key };
        let mut add = place.bare(&["recipients", "add", "host", "--no-input", "--key-file"]);
        add.arg(&place.key).env("CREDENZA_PASSPHRASE_FILE", place.home.folder.path().join("pass"));
        assert!(add.output().unwrap().status.success());
        place
    }

    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
        command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap()).envs(SET);
        command.env("CREDENZA_DIR", self.home.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs the program with everything that opens the vault in its environment.
    fn open(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        let pass = self.home.folder.path().join("pass");
        command.env("CREDENZA_PASSPHRASE_FILE", pass).env("CREDENZA_IDENTITY_FILE", &self.key);
        command
    }

    /// A shell command that saves its environment.
    fn keep(&self) -> String {
        format!("env >> '{}'", self.seen().display())
    }

    fn seen(&self) -> PathBuf {
        self.home.folder.path().join("seen")
    }

    #[track_caller]
    fn got(&self, times: usize, child: &str) {
        let seen = std::fs::read_to_string(self.seen()).unwrap();
        assert_eq!(seen.matches("KEPT=yes").count(), times, "{child}: {seen}");
        assert!(!seen.contains("CNRY") && !seen.contains("_FILE=") && !seen.contains("PASSPHRASE"), "{child}: {seen}");
        // glibc tunables are set for the agent only.
        assert!(!seen.contains("GLIBC_TUNABLES"), "{child}: {seen}");
        std::fs::remove_file(self.seen()).unwrap();
    }
}

#[test]
fn a_command_that_is_run_gets_nothing_that_opens_the_vault() {
    let place = Place::new();
    let keep = place.keep();
    for how in ["--env=T", "--mask", "--serve", "--fd=F"] {
        let output = place.open(&["run", "Zoho", how, "--", "sh", "-c", &keep]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        place.got(1, how);
    }
    // Both the first and the second run.
    let script = format!("{keep}; exit 22");
    place.open(&["run", "Zoho", "--refresh-on", "22", "--", "sh", "-c", &script]).output().unwrap();
    place.got(2, "--refresh-on");
    assert!(place.open(&["agent", "start"]).output().unwrap().status.success());
    for how in ["--env=T", "--serve"] {
        place.open(&["run", "Zoho", how, "--", "sh", "-c", &keep]).output().unwrap();
        place.got(1, "beside an agent");
    }
    assert!(place.open(&["agent", "stop"]).output().unwrap().status.success());
}

#[test]
fn a_hook_gets_nothing_that_opens_the_vault() {
    let place = Place::new();
    let soon = crate::local_vault::edit(&place.home.stored(), |one| {
        one.details.expires_on = Some("2000-01-01".parse().unwrap());
    });
    place.home.vault().commit(soon).unwrap();
    place.open(&["check", "--hook", &place.keep()]).output().unwrap();
    place.got(1, "check --hook");
    // In the background, where the agent itself is a child process, and in the foreground.
    assert!(place.open(&["agent", "start", "--hook", &place.keep()]).output().unwrap().status.success());
    until(|| std::fs::read_to_string(place.seen()).is_ok_and(|seen| seen.contains("KEPT")));
    assert!(place.open(&["agent", "stop"]).output().unwrap().status.success());
    place.got(1, "agent start --hook");
    let mut agent = place.open(&["agent", "start", "--foreground", "--hook", &place.keep()]).spawn().unwrap();
    until(|| std::fs::read_to_string(place.seen()).is_ok_and(|seen| seen.contains("KEPT")));
    assert!(place.open(&["agent", "stop"]).output().unwrap().status.success());
    assert!(agent.wait().unwrap().success());
    place.got(1, "agent start --foreground --hook");
}

#[test]
fn the_passphrase_command_gets_nothing_that_opens_a_vault() {
    let place = Place::new();
    let command = format!("{}; echo correct-horse-battery-staple", place.keep());
    let new = place.home.folder.path().join("new");
    let mut init = place.bare(&["init", "--passphrase-command", &command, "--no-input"]);
    init.env("CREDENZA_DIR", &new).env("CREDENZA_IDENTITY_FILE", &place.key);
    let output = init.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    place.got(1, "--passphrase-command");
}

#[test]
fn every_variable_that_is_read_is_harmless_or_kept_from_children() {
    const HARMLESS: [&str; 3] = ["CREDENZA_DIR", "CREDENZA_SANDBOX", "CREDENZA_VAULT"];
    let command = Arguments::command();
    let read: Vec<&str> = command.get_arguments().filter_map(|one| one.get_env()?.to_str()).collect();
    assert!(read.len() >= 4, "{read:?}");
    for name in read {
        let opens = KEY_VARIABLES.iter().any(|start| name.starts_with(start));
        assert!(opens || HARMLESS.contains(&name), "{name}: does it open the vault?");
    }
}
