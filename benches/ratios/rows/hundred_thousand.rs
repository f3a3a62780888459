//! A vault with 100,000 credentials, far more than most have: everything still works, and this is what it costs.

use crate::bench::Bench;
use crate::measure::{Unit, memory, ms, run_with_peak};
use crate::report::{Goal, Line};
use crate::rows::screens::{locked, unlock_in};
use crate::vault::name;

const COUNT: usize = 100_000;

pub(crate) fn all(bench: &Bench) -> Vec<Line> {
    if bench.sizes(&[COUNT]).next().is_none() {
        return vec![Line::missing("100,000 credentials", "left out by --quick or --most")];
    }
    let vault = bench.own_vault(COUNT, "large");
    let mut lines = Vec::new();
    let export = bench.place("large.age");
    vault.write_export(COUNT, &export);
    let empty = bench.bare().copy(&bench.place("large-import"));
    let asked = name(COUNT / 2);
    let commands = [
        ("import", empty.import(&export)),
        ("list", vault.command(&["list"])),
        ("token", vault.command(&["token", &asked])),
        ("rename", vault.command(&["rename", &asked, "Renamed"])),
    ];
    for (what, mut command) in commands {
        let (time, peak) = run_with_peak(&mut command);
        lines.push(Line::alone(format!("`credenza {what}`"), Unit::Milliseconds, Goal::None, vec![time]));
        lines.push(Line::alone(format!("`credenza {what}`, most memory"), Unit::MiB, Goal::None, vec![peak]));
    }
    let mut terminal = locked(&vault);
    let took = unlock_in(&mut terminal);
    lines.push(Line::alone("unlock to list, scrypt included", Unit::Milliseconds, Goal::None, vec![ms(took)]));
    terminal.rests();
    let rested = memory(terminal.pid(), "VmRSS").unwrap();
    let keys: Vec<f64> = (0..bench.rounds(40)).map(|_| ms(terminal.answer("\u{1b}[B").settled)).collect();
    lines.push(Line::alone("arrow key", Unit::Milliseconds, Goal::AtMost(33.0), keys));
    terminal.answer("/");
    let typed: Vec<f64> = "mdm 0421".chars().map(|key| ms(terminal.answer(&key.to_string()).settled)).collect();
    lines.push(Line::alone("filter key", Unit::Milliseconds, Goal::AtMost(33.0), typed));
    lines.push(Line::alone("memory after unlock", Unit::MiB, Goal::None, vec![rested]));
    lines
}
