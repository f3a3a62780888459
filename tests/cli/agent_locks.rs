//! When the agent locks: on request, after a timeout, on SIGHUP, and at the end of the login session; and what waiting
//! clients receive then.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::service::{Fake, Home, both, pair, until};

fn bare(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(arguments).env_clear().env("CREDENZA_DIR", home.folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(home: &Home, arguments: &[&str]) -> Output {
    bare(home, arguments).env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass")).output().unwrap()
}

fn status(home: &Home) -> Value {
    let output = run(home, &["agent", "status", "--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn pid(home: &Home) -> u32 {
    u32::try_from(status(home)["pid"].as_u64().unwrap()).unwrap()
}

/// A script's call of `token`, without anything that could unlock the vault.
fn scripted(home: &Home) -> Command {
    bare(home, &["token", "Zoho EU", "--no-input"])
}

#[track_caller]
fn is_told(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert!(said.contains("The agent is locked.") && said.contains("credenza unlock"), "{said}");
}

#[test]
fn ag_06_who_waits_for_a_token_while_it_locks_is_told_so_and_what_was_sent_is_saved() {
    for (how, lock_after) in [("lock", "8h"), ("SIGHUP", "8h"), ("time", "2s")] {
        let fake = Fake::start();
        let home = Home::with(&fake);
        assert!(run(&home, &["agent", "start", "--lock-after", lock_after]).status.success());
        let agent = pid(&home);
        fake.hold();
        let asking = scripted(&home).spawn().unwrap();
        fake.arrived();
        match how {
            "lock" => assert!(run(&home, &["lock"]).status.success()),
            "SIGHUP" => super::deliver("HUP", agent),
            _ => {}
        }
        is_told(&asking.wait_with_output().unwrap());
        assert_eq!(pair(&home.stored()).0, "a0", "{how}: the provider has not answered yet");
        fake.release();
        until(|| pair(&home.stored()) == both(1));
        is_told(&scripted(&home).output().unwrap());
        assert_eq!(status(&home)["locked"], true, "{how}: it goes on, locked");
        assert!(run(&home, &["unlock"]).status.success());
        assert_eq!(scripted(&home).output().unwrap().stdout, b"a1\n");
        assert_eq!(fake.requests().len(), 1, "{how}");
        assert!(run(&home, &["agent", "stop"]).status.success());
    }
}

#[test]
fn a_script_that_has_what_opens_the_vault_needs_no_agent() {
    let home = Home::with(&Fake::start());
    assert!(run(&home, &["agent", "start", "--locked"]).status.success());
    is_told(&scripted(&home).output().unwrap());
    is_told(&bare(&home, &["run", "Zoho EU", "--no-input", "--", "true"]).output().unwrap());
    assert_eq!(home.token_command(&[]).output().unwrap().stdout, b"a1\n");
    assert!(run(&home, &["agent", "stop"]).status.success());
}

#[test]
fn the_end_of_the_login_session_locks_it() {
    let home = Home::with(&Fake::start());
    let runtime = home.folder.path().join("user");
    std::fs::create_dir(&runtime).unwrap();
    let mut start = bare(&home, &["agent", "start"]);
    start.env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass")).env("XDG_RUNTIME_DIR", &runtime);
    assert!(start.output().unwrap().status.success());
    assert_eq!(scripted(&home).output().unwrap().stdout, b"a1\n");
    std::fs::remove_dir(&runtime).unwrap();
    until(|| status(&home)["locked"] == true);
    assert!(status(&home)["events"].to_string().contains("locked: the login session ended"));
    assert!(run(&home, &["unlock"]).status.success(), "from another session");
    assert_eq!(scripted(&home).output().unwrap().stdout, b"a1\n");
    // Without its socket, nobody can reach or stop the agent, so it must exit.
    let agent = pid(&home);
    std::fs::remove_file(home.folder.path().join("state/agent/agent.sock")).unwrap();
    until(|| !std::path::Path::new(&format!("/proc/{agent}")).exists());
}

#[test]
fn fp_08_two_hundred_idle_connections_delay_nobody() {
    let home = Home::with(&Fake::start());
    assert!(run(&home, &["agent", "start"]).status.success());
    let socket = home.folder.path().join("state/agent/agent.sock");
    let connect = || std::os::unix::net::UnixStream::connect(&socket).unwrap();
    let mut idle: Vec<_> = (0..200).map(|_| connect()).collect();
    // Regression: 64 idle connections at a time used to be served, each until its timeout of five seconds.
    let began = std::time::Instant::now();
    status(&home);
    assert_eq!(scripted(&home).output().unwrap().stdout, b"a1\n");
    assert!(began.elapsed() < std::time::Duration::from_secs(4), "{:?}", began.elapsed());
    idle.extend((0..400).map(|_| connect()));
    let began = std::time::Instant::now();
    status(&home);
    assert!(began.elapsed() < std::time::Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(run(&home, &["agent", "stop"]).status.success());
}
