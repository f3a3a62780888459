//! Commands that save: a single edit, and an import.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use crate::bench::Bench;
use crate::measure::{Unit, differences, run, timed};
use crate::peers::named;
use crate::report::{Goal, Line};
use crate::vault::{Vault, name};

pub(crate) fn edit(bench: &Bench) -> Vec<Line> {
    let mut lines = Vec::new();
    for count in bench.sizes(&[1_000, 10_000]) {
        let what = format!("`credenza rename`, {count} credentials");
        if bench.peers.age.is_empty() {
            lines.push(Line::missing(what.clone(), "neither rage nor age is installed"));
        }
        for peer in &bench.peers.age {
            let vault = bench.own_vault(count, "edited");
            let plain = bench.place("plain");
            vault.write_payload(&plain);
            let (mut saved, mut opened, mut sealed) = (Vec::new(), Vec::new(), Vec::new());
            let names = [name(count / 2), "Renamed".to_owned()];
            for round in 0..bench.rounds(40) {
                let (from, to) = (&names[round % 2], &names[(round + 1) % 2]);
                saved.push(run(&mut vault.command(&["rename", from, to])));
                opened.push(run(&mut vault.command(&["token", &name(count / 2 + 1)])));
                sealed.push(seal(peer, &vault, &plain));
            }
            let beside = format!("{} -e of as much, fsync, rename, fsync", named(peer));
            let without_opening = (differences(&saved, &opened), sealed.clone());
            let whole = Line::pair(what.clone(), &beside, Unit::Milliseconds, Goal::Ratio(1.0), (saved, sealed));
            lines.push(whole);
            let what = format!("{what}, less a `credenza token` of the same round");
            lines.push(Line::pair(what, &beside, Unit::Milliseconds, Goal::None, without_opening));
        }
    }
    lines
}

/// What a script that keeps its secrets in an age file does: it encrypts to a new file, and then replaces the old one.
fn seal(peer: &Path, vault: &Vault, plain: &Path) -> f64 {
    let (new, old) = (vault.path("sealed.new"), vault.path("sealed"));
    timed(|| {
        let mut encrypt = Command::new(peer);
        run(encrypt.args(["-e", "-r", &vault.recipient().to_string(), "-o"]).arg(&new).arg(plain));
        File::open(&new).unwrap().sync_all().unwrap();
        std::fs::rename(&new, &old).unwrap();
        File::open(vault.folder()).unwrap().sync_all().unwrap();
    })
}

pub(crate) fn import(bench: &Bench) -> Vec<Line> {
    let mut lines = Vec::new();
    for count in bench.sizes(&[1_000, 10_000, 100_000]) {
        let what = format!("`credenza import` of an encrypted export, {count} credentials");
        let export = bench.place(&format!("import-{count}.age"));
        bench.bare().write_export(count, &export);
        let Some(peer) = bench.peers.age.first() else {
            lines.push(Line::missing(what, "neither rage nor age is installed"));
            continue;
        };
        let (plain, rounds) = (bench.place("plain"), bench.rounds(if count > 10_000 { 3 } else { 10 }));
        bench.vault(count).write_payload(&plain);
        let pairs = (0..rounds).map(|round| {
            let vault = bench.bare().copy(&bench.place(&format!("imported-{count}-{round}")));
            let pair = (run(&mut vault.import(&export)), seal(peer, &vault, &plain));
            std::fs::remove_dir_all(vault.folder()).unwrap();
            pair
        });
        let beside = format!("{} -e of as much, fsync, rename, fsync", named(peer));
        lines.push(Line::pair(what, &beside, Unit::Milliseconds, Goal::None, pairs.unzip()));
    }
    lines
}
