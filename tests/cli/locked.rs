//! Commands while another process holds the vault lock.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use credenza::engine::ops::token::{Request, Start, begin};

use super::deliver;
use crate::service::{Fake, Home, hold_lock};

fn hold(home: &Home) -> File {
    hold_lock(&home.workspace.paths.lock())
}

#[test]
fn cr_09_a_lock_that_stays_taken_is_waited_for_with_a_word_and_ends_in_an_exit_code() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let _held = hold(&home);
    let begun = Instant::now();
    let output = home.token_command(&["--timeout", "2s"]).output().unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(2), "it waited as long as it was told");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(7), b"".as_slice()), "{said}");
    assert!(said.contains("waiting for another process") && said.contains("has held the vault lock"), "{said}");
    assert!(fake.requests().is_empty());
}

#[test]
fn cr_09_a_lock_taken_for_a_refresh_is_temporary() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.clock.set(credenza::clock::Clock::system().now());
    let started = begin(&home.session(), home.id, Request::default(), &mut || ()).unwrap();
    assert!(matches!(&started, Start::Refresh(_)), "the lease is held while the provider is asked");
    let output = home.token_command(&["--timeout", "1s"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains("\"Zoho EU\" is in use") && said.contains("PID") && said.contains("Try again"), "{said}");
    drop(started);
    assert_eq!(home.token_command(&["--timeout", "1s"]).output().unwrap().stdout, b"a1\n");
}

#[test]
fn cr_09_a_lock_that_is_given_back_is_taken() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let held = hold(&home);
    let child = home.token_command(&[]).spawn().unwrap();
    drop(held);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"a1\n", "{output:?}");
}

#[test]
fn cr_20_who_waits_for_the_lock_can_be_interrupted() {
    use std::io::{BufRead as _, BufReader};
    let fake = Fake::start();
    let home = Home::with(&fake);
    let _held = hold(&home);
    let mut child = home.token_command(&[]).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(said.next().unwrap().unwrap().contains("waiting for another process"));
    deliver("INT", child.id());
    assert_eq!(child.wait().unwrap().signal(), Some(2), "nothing is being spent, so it ends at once");
    assert!(fake.requests().is_empty());
}

/// The program is called from its own passphrase command: no lock is held while a child process runs.
#[test]
fn cr_20_a_nested_call_does_not_wait_for_itself() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let pass = home.folder.path().join("pass");
    let nested = format!(
        "CREDENZA_PASSPHRASE_FILE={0} {1} token 'Zoho EU' --timeout 1s >/dev/null && cat {0}",
        pass.display(),
        env!("CARGO_BIN_EXE_credenza"),
    );
    let mut command = home.token_command(&["--force", "--timeout", "1s", "--passphrase-command", &nested]);
    command.env("PATH", std::env::var_os("PATH").unwrap()).env_remove("CREDENZA_PASSPHRASE_FILE");
    let output = command.output().unwrap();
    assert_eq!(output.stdout, b"a2\n", "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fake.requests().len(), 2);
}
