//! The agent and the audit log: a valid token does not wait for its log entry, and no entry is lost or out of order.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc;
use std::time::Duration;

use credenza::audit::Line;

use crate::service::{Fake, Home, until};

/// The number of requests that the agent accepts from one process.
const ASKED: usize = 30;

fn run(home: &Home, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(arguments).env_clear().env("CREDENZA_DIR", home.folder.path());
    command.env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass")).output().unwrap()
}

/// An agent whose credential has a valid token, stopped on drop even if the test fails.
struct Running {
    home: Home,
    pid: u32,
}

impl Running {
    fn start(home: Home) -> Self {
        assert!(home.token_command(&[]).output().unwrap().status.success(), "the token is refreshed before");
        let started = run(&home, &["agent", "start", "--json"]);
        assert!(started.status.success(), "{started:?}");
        let started: serde_json::Value = serde_json::from_slice(&started.stdout).unwrap();
        let pid = u32::try_from(started["pid"].as_u64().unwrap()).unwrap();
        Self { home, pid }
    }

    fn state(&self) -> PathBuf {
        self.home.folder.path().join("state")
    }

    /// Sends a request and waits for the response.
    fn ask(&self) -> String {
        ask(&self.state())
    }

    fn lines(&self) -> Vec<Line> {
        let text = fs::read_to_string(self.state().join("audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The number of tokens that the log says the agent has handed out to this process.
    fn tokens(&self) -> usize {
        let by_us = |line: &&Line| line.pid == std::process::id();
        self.lines().iter().filter(by_us).filter(|line| line.action == "token" && line.result == "ok").count()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        run(&self.home, &["agent", "stop"]);
    }
}

fn ask(state: &Path) -> String {
    let mut stream = UnixStream::connect(state.join("agent/agent.sock")).unwrap();
    stream.write_all(b"{\"v\":1,\"do\":\"token\",\"name\":\"zoho eu\",\"min_ttl\":60,\"wait\":1}\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn require(home: &Home) {
    let settings = home.workspace.paths.settings();
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(settings, "audit = \"required\"\n").unwrap();
}

#[test]
fn a_good_token_does_not_wait_for_its_line() {
    let fake = Fake::start();
    let agent = Running::start(Home::with(&fake));
    let log = File::options().append(true).open(agent.state().join("audit.lock")).unwrap();
    log.lock().unwrap();
    for _ in 0..3 {
        assert!(agent.ask().contains("\"a1\""));
    }
    assert_eq!(agent.tokens(), 0, "nobody can write now");
    log.unlock().unwrap();
    until(|| agent.tokens() == 3);
    assert!(agent.ask().contains("\"a1\""));
    assert!(run(&agent.home, &["agent", "status"]).status.success());
    assert_eq!(agent.tokens(), 4, "a status has every line before it in the log");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_required_log_has_the_line_before_the_token_is_handed_out() {
    let home = Home::with(&Fake::start());
    require(&home);
    let agent = Running::start(home);
    let log = File::options().append(true).open(agent.state().join("audit.lock")).unwrap();
    log.lock().unwrap();
    let (sender, answer) = mpsc::channel();
    let state = agent.state();
    let asking = std::thread::spawn(move || sender.send(ask(&state)).unwrap());
    assert!(answer.recv_timeout(Duration::from_millis(500)).is_err(), "handed out before the line was written");
    log.unlock().unwrap();
    assert!(answer.recv().unwrap().contains("\"a1\""));
    asking.join().unwrap();
    assert_eq!(agent.tokens(), 1);
    let results: Vec<String> =
        agent.lines().into_iter().filter(|line| line.pid == std::process::id()).map(|line| line.result).collect();
    assert_eq!(results, ["begun", "ok"]);
}

#[test]
fn an_agent_that_ends_has_every_line_in_the_log_and_in_order() {
    for end in ["TERM", "INT", "lock", "stop"] {
        let agent = Running::start(Home::with(&Fake::start()));
        let before = agent.lines().len();
        for _ in 0..ASKED {
            assert!(agent.ask().contains("\"a1\""));
        }
        match end {
            "lock" | "stop" => {
                let words: &[&str] = if end == "lock" { &["lock"] } else { &["agent", "stop"] };
                assert!(run(&agent.home, words).status.success());
            }
            signal => super::deliver(signal, agent.pid),
        }
        until(|| agent.lines().iter().any(|line| line.action == "lock"));
        let lines = agent.lines();
        let told: Vec<&str> = lines[before..].iter().map(|line| line.action.as_str()).collect();
        assert_eq!(told, [vec!["token"; ASKED], vec!["lock"]].concat(), "{end}");
        assert!(lines[before..].iter().take(ASKED).all(|line| line.pid == std::process::id()), "{end}");
        let whole = run(&agent.home, &["log", "--verify"]);
        assert!(whole.status.success(), "{end}: {whole:?}");
    }
}
