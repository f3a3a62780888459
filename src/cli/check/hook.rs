//! Runs the hook of a check: a user's command for each credential that is due. It gets no secret, and has limited time.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::labels::{day, word};
use crate::engine::ops::due::CheckedCredential;
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::process;

/// Timeout of one call.
const DEADLINE: Duration = Duration::from_secs(30);

/// Interval at which a running hook is polled.
const POLL: Duration = Duration::from_millis(20);

/// Runs `sh -c COMMAND` with `CREDENZA_NAME`, `CREDENZA_OWNER`, `CREDENZA_STANDING`, `CREDENZA_DUE` and
/// `CREDENZA_DUE_AT`.
///
/// # Errors
/// `Kind::Temporary` if it cannot be started, fails, or takes longer than 30 seconds; it is then killed together with
/// its children.
pub(in crate::cli) fn run(command: &str, one: &CheckedCredential) -> Result<(), Problem> {
    let failed = |why: String| {
        Problem::new(Kind::Temporary, format!("The hook for \"{}\" failed.", one.name))
            .why(why)
            .try_this("Run it on its own to see its output.")
    };
    let mut child = process::command("sh")
        .args(["-c", command])
        .env("CREDENZA_NAME", printable(&one.name, 200))
        .env("CREDENZA_OWNER", printable(&one.owner, 200))
        .env("CREDENZA_STANDING", word(one.standing))
        .env("CREDENZA_DUE", one.due.map_or_else(String::new, |due| due.words()))
        .env("CREDENZA_DUE_AT", one.due.as_ref().map(day).unwrap_or_default())
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(format!("It could not be started: {error}.")))?;
    match wait(&mut child) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(failed(format!("It ended with {status}."))),
        None => Err(failed("It did not end within 30 seconds.".to_owned())),
    }
}

fn wait(child: &mut Child) -> Option<std::process::ExitStatus> {
    let give_up = Instant::now() + DEADLINE;
    while Instant::now() < give_up {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(POLL);
    }
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have exited at this very moment.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
    None
}
