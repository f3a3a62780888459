//! Commands that only read: `token` with an identity file, and `list`.

use std::path::Path;
use std::process::Command;

use crate::bench::Bench;
use crate::measure::{Unit, run};
use crate::peers::named;
use crate::report::{Goal, Line};
use crate::vault::{Vault, name};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

pub(crate) fn token(bench: &Bench) -> Vec<Line> {
    let goal = |count| match count {
        1_000 => Goal::Ratio(1.0),
        10_000 => Goal::Ratio(0.35),
        _ => Goal::Ratio(0.15),
    };
    beside_age(bench, "`credenza token` by identity file", goal, |vault, count| {
        vault.command(&["token", &name(count / 2)])
    })
}

pub(crate) fn list(bench: &Bench) -> Vec<Line> {
    let mut lines = beside_age(bench, "`credenza list`", |_| Goal::None, |vault, _| vault.command(&["list"]));
    lines.extend(beside_age(
        bench,
        "`credenza list --json`",
        |_| Goal::None,
        |vault, _| vault.command(&["list", "--json"]),
    ));
    lines
}

/// Compares a command with the decryption of the whole vault file by an age implementation.
fn beside_age(
    bench: &Bench,
    what: &str,
    goal: impl Fn(usize) -> Goal,
    ours: impl Fn(&Vault, usize) -> Command,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for count in bench.sizes(&SIZES) {
        let what = format!("{what}, {count} credentials");
        if bench.peers.age.is_empty() {
            lines.push(Line::missing(what.clone(), "neither rage nor age is installed"));
        }
        for peer in &bench.peers.age {
            let vault = bench.vault(count);
            let rounds = bench.rounds(if count > 10_000 { 10 } else { 40 });
            run(&mut ours(&vault, count));
            let round = |_| (run(&mut ours(&vault, count)), run(&mut decrypt(peer, &vault)));
            let beside = format!("{} -d of the same file", named(peer));
            lines.push(Line::pair(
                what.clone(),
                &beside,
                Unit::Milliseconds,
                goal(count),
                (0..rounds).map(round).unzip(),
            ));
        }
    }
    lines
}

fn decrypt(peer: &Path, vault: &Vault) -> Command {
    let mut command = Command::new(peer);
    command.arg("-d").arg("-i").arg(vault.key()).args(["-o", "/dev/null"]).arg(vault.file());
    command
}
