//! The agent runs integrations when they are due, and cancels a run when it is locked.

use std::process::{Command, Output, Stdio};

use credenza::clock::Clock;
use credenza::engine::ops::integrations;
use credenza::model::integration::{Schedule, SyncResult, SyncSession, Trigger};

use super::stage::Stage;
use crate::service::until;

fn run(stage: &Stage, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(arguments).env_clear().env("CREDENZA_DIR", stage.folder.path());
    command.env("CREDENZA_SANDBOX", stage.sandbox.base().as_str());
    command.env("CREDENZA_PASSPHRASE_FILE", stage.folder.path().join("pass"));
    command.stdin(Stdio::null()).output().unwrap()
}

/// Stops the agent on drop, even if the test fails.
struct Running<'a>(&'a Stage);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        run(self.0, &["agent", "stop"]);
    }
}

#[test]
fn an_agent_runs_what_is_due_and_a_locked_one_keeps_what_it_read() {
    let stage = Stage::new();
    // The agent uses the system clock.
    stage.clock.set(Clock::system().now());
    std::fs::write(stage.folder.path().join("pass"), "test").unwrap();
    stage.sandbox.script().records(120_000);
    let (quick, long) = (stage.integration("manageengine", &["mdm-devices"]), stage.integration("okta", &["users"]));
    stage.edit(quick, |setup| setup.parameters.insert("platform".to_owned(), "ios".to_owned()).map_or((), drop));
    stage.edit(long, |setup| setup.schedule = Schedule::Every(60));
    let started = run(&stage, &["agent", "start"]);
    assert!(started.status.success(), "{started:?}");
    let _running = Running(&stage);
    let sessions = |id| -> Vec<SyncSession> { integrations::sessions(&stage.session, id).unwrap() };
    until(|| sessions(long).first().is_some_and(|session| session.result.is_none()));
    assert_eq!(run(&stage, &["lock"]).status.code(), Some(0));
    until(|| sessions(long).first().is_some_and(|session| session.result.is_some()));
    let first = sessions(long).remove(0);
    assert_eq!((first.trigger, first.result), (Trigger::Agent, Some(SyncResult::Canceled)), "{first:?}");
    assert!(sessions(quick).is_empty(), "by hand means by hand");
    let went_on = stage.sync(long);
    assert_eq!((went_on.result, went_on.counts().records), (Some(SyncResult::Completed), 120_000), "{went_on:?}");
    assert_eq!(stage.text("users.ndjson").lines().count(), 120_000);
}
