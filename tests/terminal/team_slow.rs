//! Case 21: with a store that takes two seconds for each response, the screens respond immediately.

use std::fs;
use std::net::ToSocketAddrs as _;
use std::time::{Duration, Instant};

use super::pty::Pty;
use crate::backends::Proxy;
use crate::cli::Cli;
use crate::cli::team::{schema, team};

const SLOW: Duration = Duration::from_secs(2);

/// Presses keys and waits for a text, which must appear before the store could have responded once.
#[track_caller]
fn at_once(terminal: &mut Pty, keys: &str, text: &str) {
    let begun = Instant::now();
    terminal.write(keys).shows(text);
    let passed = begun.elapsed();
    assert!(passed < SLOW, "{text:?} took {passed:?}: {}", terminal.screen());
}

#[test]
fn case_21_screens_answer_at_once_over_a_slow_store() {
    let Some(address) = schema() else { return };
    let (start, rest) = address.split_once('@').unwrap();
    let (server, rest) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(server.to_socket_addrs().unwrap().next().unwrap());
    let ana = Cli::new();
    for name in ["Zoho EU", "Payroll"] {
        ana.add(name).ends(0);
    }
    let address = format!("{start}@127.0.0.1:{}/{rest}", proxy.port);
    team(&ana, &["team", "create", &address, "--as", "Ana", "--from-local"]).ends(0);
    fs::create_dir_all(ana.folder().join("config")).unwrap();
    fs::write(ana.folder().join("config/settings.toml"), "vault = \"team\"\n").unwrap();
    proxy.slow_down(SLOW);
    let mut one = Pty::locked(ana.folder());
    at_once(&mut one, "test\r", "2 of 2");
    at_once(&mut one, "0", "Ana (you)");
    at_once(&mut one, "2", "reading");
    at_once(&mut one, "1", "2 of 2");
    at_once(&mut one, "\r", "Client");
    one.escape();
    at_once(&mut one, "\u{1b}[17~", "team (this one)");
    one.escape();
    // A save shows a notice while it waits, and the screens remain usable.
    one.write("r").shows("Current name");
    one.write("\u{15}Wages\r").shows("Waiting for");
    at_once(&mut one, "\u{1b}OP", "Help");
    one.escape();
    one.until("the save", || one.screen().contains("Wages") && !one.screen().contains("Current name"));
    proxy.slow_down(Duration::ZERO);
    one.write("q").ends_clean(0);
}
