//! Costs that every call pays: a token from the agent, and `--version`.

use std::process::Command;

use crate::bench::Bench;
use crate::measure::{Unit, run};
use crate::report::{Goal, Line};
use crate::vault::{name, program};

pub(crate) fn token_and_version(bench: &Bench) -> Vec<Line> {
    let mut lines = Vec::new();
    for count in bench.sizes(&[100, 1_000, 10_000]) {
        let vault = bench.vault(count);
        run(&mut vault.command(&["agent", "start"]));
        let asked = name(count / 2);
        // The agent reads a credential when it is first requested, so the first call is not measured.
        run(&mut vault.bare_command(&["token", &asked, "--no-input"]));
        let pairs = beside_hello(bench, || vault.bare_command(&["token", &asked, "--no-input"]));
        run(&mut vault.bare_command(&["agent", "stop"]));
        let what = format!("`credenza token` from the agent, {count} credentials");
        lines.push(Line::pair(what, "hello world", Unit::Milliseconds, Goal::Ratio(1.7), pairs));
    }
    let version = || {
        let mut command = Command::new(program());
        command.arg("--version");
        command
    };
    let pairs = beside_hello(bench, version);
    lines.push(Line::pair("`credenza --version`", "hello world", Unit::Milliseconds, Goal::Ratio(1.7), pairs));
    lines.push(Line::missing(
        "`credenza token` from the agent beside `oidc-token` and pizauth",
        "they answer only for an account that a person has signed in",
    ));
    lines
}

fn beside_hello(bench: &Bench, ours: impl Fn() -> Command) -> (Vec<f64>, Vec<f64>) {
    let round = |_| (run(&mut ours()), run(&mut Command::new(&bench.peers.hello)));
    (0..bench.rounds(100)).map(round).unzip()
}
