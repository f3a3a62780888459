//! The size of the packaged program, and the shared libraries it needs.

use std::path::Path;
use std::process::Command;

use crate::bench::Bench;
use crate::measure::{Unit, output};
use crate::peers::which;
use crate::report::{Goal, Line};
use crate::vault::program;

const BYTES_OF_MIB: f64 = 1_048_576.0;

pub(crate) fn binary(bench: &Bench) -> Vec<Line> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/dist/credenza");
    let mut lines = Vec::new();
    if dist.is_file() {
        lines.push(size("dist binary", &dist, Goal::AtMost(12.0)));
        lines.extend(libraries(&dist));
    } else {
        lines.push(Line::missing("dist binary", "cargo build --profile dist was not run"));
    }
    lines.push(size("the program that was measured here", &program(), Goal::None));
    for peer in bench.peers.age.iter().chain(&bench.peers.fzf) {
        lines.push(size(&crate::peers::named(peer), peer, Goal::None));
    }
    lines
}

fn size(what: &str, file: &Path, goal: Goal) -> Line {
    let bytes = std::fs::metadata(file).unwrap().len();
    Line::alone(what, Unit::MiB, goal, vec![bytes as f64 / BYTES_OF_MIB])
}

/// Reports the shared libraries, without the dynamic loader and what the kernel provides.
fn libraries(file: &Path) -> Option<Line> {
    let listed = output(Command::new(which("ldd")?).arg(file));
    let listed = String::from_utf8_lossy(&listed);
    let names: Vec<&str> =
        listed.lines().filter_map(|line| line.trim().split_once(" => ")).map(|(name, _)| name).collect();
    let what = format!("shared libraries ({})", names.join(", "));
    Some(Line::alone(what, Unit::Files, Goal::AtMost(3.0), vec![names.len() as f64]))
}
