//! A team's store that fails in the middle of a command.

use std::process::Command;

use super::{Cli, Ran};
use crate::backends::Small;
use crate::service::{Fake, Home};

/// Runs a command with access to the bucket.
fn signed_in(mut command: Command) -> Ran {
    command.env("CREDENZA_TEST_WORK_FACTOR", super::CHEAP);
    command.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "id");
    Ran::of(command.output().unwrap())
}

/// Runs the program on the team vault of this machine.
fn team(home: &Home, arguments: &[&str]) -> Ran {
    signed_in(home.command(&[&["--vault", "team"], arguments].concat()))
}

fn create(home: &Home, bucket: &Small) -> Ran {
    team(home, &["team", "create", &bucket.address(), "--as", "Ana", "--allow-weak", "--from-local"])
}

#[test]
fn a_refresh_token_that_was_read_without_the_store_is_not_sent() {
    let (fake, bucket) = (Fake::start(), Small::fit());
    let home = Home::with(&fake);
    create(&home, &bucket).ends(0);
    // The store fails after the lease was taken. Depending on for how long, the credential is read from this machine's
    // copy, and the store answers again before the refresh token would be sent.
    let mut is_refused = false;
    // Which of them ends in between depends on how requests at the same time are answered.
    for requests in [3, 4, 5, 2, 6, 1].into_iter().cycle().take(60) {
        bucket.fail_after("/lease/", requests);
        let sent = fake.requests().len();
        let ran = team(&home, &["token", "Zoho EU", "--force"]);
        let is_sent = fake.requests().len() > sent;
        assert_eq!((ran.code, is_sent), if is_sent { (0, true) } else { (6, false) }, "{requests}: {ran:?}");
        if ran.err.contains("The refresh token was not sent.") {
            is_refused = true;
            assert!(ran.err.contains("Try again."), "{}", ran.err);
            break;
        }
    }
    assert!(is_refused);
    team(&home, &["token", "Zoho EU", "--force"]).ends(0);
}

#[test]
fn credentials_that_could_not_be_moved_stay_in_the_local_vault() {
    let (fake, bucket) = (Fake::start(), Small::fit());
    let home = Home::with(&fake);
    bucket.fail_after("/head", usize::MAX);
    let refused = create(&home, &bucket).ends(6);
    let words = ["The team vault team was created, but the credentials were not moved.", "still in the local vault"];
    for word in words {
        assert!(refused.err.contains(word), "{}", refused.err);
    }
    assert_eq!(home.stored().name.as_str(), "Zoho EU");
}

#[test]
fn a_host_s_key_used_beside_another_vault_leaves_that_vault_s_log_as_it_is() {
    let (fake, bucket) = (Fake::start(), Small::fit());
    let home = Home::with(&fake);
    create(&home, &bucket).ends(0);
    let key = home.folder.path().join("ci.key");
    let key = key.to_str().unwrap();
    team(&home, &["team", "add-host", "ci", "--credential", "Zoho EU", "--key-file", key]).ends(0);
    let local = |arguments: &[&str]| signed_in(home.command(arguments));
    local(&["list"]).ends(0);
    for vault in [&["--identity-file", key][..], &["--identity-file", key, "--vault", "team"]] {
        assert_eq!(local(&[vault, &["token", "Zoho EU"]].concat()).ends(0).out, "a1\n");
        local(&[vault, &["log", "--verify"]].concat()).ends(0);
    }
    local(&["log", "--verify"]).ends(0);
    team(&home, &["log", "--verify"]).ends(0);

    // On a machine that is nothing but a host, the log that an earlier version kept in the state folder is moved.
    let machine = Cli::empty();
    let as_host =
        |arguments: &[&str]| signed_in(machine.command(&[&["--no-input", "--identity-file", key], arguments].concat()));
    as_host(&["token", "Zoho EU"]).ends(0);
    let state = machine.folder().join("state");
    let host = std::fs::read_dir(state.join("hosts")).unwrap().next().unwrap().unwrap().path();
    std::fs::rename(host.join("audit.jsonl"), state.join("audit.jsonl")).unwrap();
    let before = std::fs::read_to_string(state.join("audit.jsonl")).unwrap();
    as_host(&["log", "--verify"]).ends(0);
    assert!(!state.join("audit.jsonl").exists());
    assert!(std::fs::read_to_string(host.join("audit.jsonl")).unwrap().starts_with(&before));
}
