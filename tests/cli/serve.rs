//! `run --serve`: a socket for one credential, with and without an agent, and the removal of what a killed process left
//! behind.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use credenza::model::change::Change;
use credenza::model::credential::{Credential, Name};

use crate::service::{Fake, Home, at, until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_credenza");

/// Runs the program without anything that opens the vault.
fn bare(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("CREDENZA_DIR", home.folder.path()).stdin(Stdio::null());
    command
}

fn run(home: &Home, arguments: &[&str]) -> Output {
    bare(home, arguments).env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass")).output().unwrap()
}

/// A vault with a second credential, `Other`.
fn home(fake: &Fake) -> Home {
    let home = Home::with(fake);
    let other = Credential::new(Name::parse("Other").unwrap(), "manageengine", home.stored().setup, at(0));
    home.vault().commit(Change::Insert(Box::new(other))).unwrap();
    home
}

/// The private folders of running and killed `run --serve` processes.
fn folders(home: &Home) -> Vec<PathBuf> {
    let all = std::fs::read_dir(home.folder.path().join("state/agent"));
    let all = all.into_iter().flatten().map(|entry| entry.unwrap().path());
    all.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("run-")).collect()
}

/// A script that sends every request that a socket accepts, and prints the exit codes.
fn everything() -> String {
    let asked = ["token Zoho", "token Zoho --force", "token Other", "agent status", "lock", "agent stop"];
    let ask = |question: &&str| format!("'{PROGRAM}' --no-input {question} >/dev/null 2>>said; echo $?; ");
    let rest = format!("'{PROGRAM}' complete-names; echo \"$CREDENZA_AGENT_SOCKET\" > socket");
    asked.iter().map(ask).collect::<String>() + &rest
}

#[test]
fn ag_05_with_and_without_an_agent_it_answers_for_its_one_credential_alone() {
    for with_agent in [false, true] {
        let fake = Fake::start();
        let home = home(&fake);
        let pass = home.folder.path().join("pass");
        if with_agent {
            assert!(run(&home, &["agent", "start"]).status.success());
        }
        let mut command = bare(&home, &["run", "Zoho", "--no-input", "--serve", "--", "sh", "-c", &everything()]);
        if !with_agent {
            command.env("CREDENZA_PASSPHRASE_FILE", &pass);
        }
        let output = command.current_dir(home.folder.path()).output().unwrap();
        let codes = String::from_utf8(output.stdout.clone()).unwrap();
        assert_eq!(codes, "0\n0\n8\n8\n8\n8\n", "agent: {with_agent}, {output:?}");
        let said = std::fs::read_to_string(home.folder.path().join("said")).unwrap();
        assert_eq!(said.matches("tokens of one credential only").count(), 4, "{said}");
        let socket = std::fs::read_to_string(home.folder.path().join("socket")).unwrap();
        assert!(socket.contains("/run-") && !PathBuf::from(socket.trim()).exists(), "{socket}");
        assert!(folders(&home).is_empty(), "its folder goes with it");
        assert_eq!(fake.requests().len(), 2, "one refresh, and the one that was forced");
        if with_agent {
            let status = run(&home, &["agent", "status", "--json"]);
            let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
            assert_eq!(status["locked"], false, "neither locked nor stopped by the command");
            assert!(run(&home, &["agent", "stop"]).status.success());
        }
    }
}

#[test]
fn beside_an_agent_that_locks_meanwhile_the_command_is_told_so() {
    let home = home(&Fake::start());
    assert!(run(&home, &["agent", "start"]).status.success());
    let script =
        format!("CREDENZA_AGENT_SOCKET= '{PROGRAM}' lock >/dev/null; '{PROGRAM}' --no-input token Zoho; echo $?");
    let mut command = bare(&home, &["run", "Zoho", "--no-input", "--serve", "--", "sh", "-c", &script]);
    let output = command.current_dir(home.folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4\n", "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("The agent is locked."), "{output:?}");
    assert!(run(&home, &["agent", "stop"]).status.success());
}

/// Starts a command with `--serve` that waits; returns the process and the PID of the command.
fn waiting(home: &Home) -> (std::process::Child, u32) {
    let pid = home.folder.path().join("pid");
    let _ = std::fs::remove_file(&pid);
    let script = format!("echo $$ > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 600", pid.display());
    let mut command = bare(home, &["run", "Zoho", "--no-input", "--serve", "--", "sh", "-c", &script]);
    let child = command.env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass")).spawn().unwrap();
    until(|| pid.exists());
    (child, std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap())
}

#[test]
fn what_a_killed_one_leaves_is_swept_by_the_next_and_a_live_one_never() {
    let home = home(&Fake::start());
    let killed = || {
        let before = folders(&home);
        let (mut child, command) = waiting(&home);
        let left = folders(&home).into_iter().find(|folder| !before.contains(folder)).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        super::deliver("KILL", command);
        assert!(left.exists(), "nobody was left to remove it");
        left
    };
    let left = killed();
    let (mut live, command) = waiting(&home);
    assert!(!left.exists(), "by the next `run --serve`");
    let [in_use] = folders(&home).try_into().unwrap();
    let left = killed();
    assert!(run(&home, &["agent", "start", "--locked"]).status.success());
    assert!(!left.exists() && in_use.exists(), "by `agent start`, and only what is left");
    super::deliver("TERM", command);
    live.wait().unwrap();
    assert!(folders(&home).is_empty());
    assert!(run(&home, &["agent", "stop"]).status.success());
}
