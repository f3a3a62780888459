//! Response time of the screens: from a key press to the last byte of the frame that follows.

use crate::bench::Bench;
use crate::measure::{Unit, ms};
use crate::report::{Goal, Line};
use crate::rows::screens::{fzf, lines, mini, open};
use crate::terminal::Terminal;

const DOWN: &str = "\u{1b}[B";
const SIZES: [usize; 2] = [1_000, 10_000];

/// A search text that matches many rows after the first letters, and only a few when it is complete.
const TYPED: &str = "mdm 042";

pub(crate) fn arrow(bench: &Bench) -> Vec<Line> {
    let mut rows = Vec::new();
    for count in bench.sizes(&SIZES) {
        let (vault, lines) = (bench.vault(count), lines(bench, count));
        let (mut ours, mut small) = (open(&vault), mini(bench, &lines));
        small.shows("Zoho");
        let mut peer = fzf(bench, &lines);
        peer.iter_mut().for_each(wait_for_rows);
        let (mut own, mut of_mini, mut of_fzf, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut bytes_of_mini = Vec::new();
        for _ in 0..bench.rounds(60) {
            let (answer, of_small) = (ours.answer(DOWN), small.answer(DOWN));
            own.push(ms(answer.settled));
            bytes.push(answer.bytes as f64);
            of_mini.push(ms(of_small.settled));
            bytes_of_mini.push(of_small.bytes as f64);
            of_fzf.extend(peer.as_mut().map(|terminal| ms(terminal.answer(DOWN).settled)));
        }
        let what = format!("arrow key in the table, {count} credentials");
        let unit = Unit::Milliseconds;
        if of_fzf.is_empty() {
            rows.push(Line::missing(what.clone(), "fzf is not installed"));
        } else {
            rows.push(Line::pair(what.clone(), "fzf", unit, Goal::Ratio(1.0), (own.clone(), of_fzf)));
        }
        rows.push(Line::pair(what.clone(), "minimal ratatui", unit, Goal::None, (own, of_mini)));
        let what = format!("bytes after an {what}");
        rows.push(Line::alone(what.clone(), Unit::Bytes, Goal::AtMost(600.0), bytes.clone()));
        rows.push(Line::pair(what, "minimal ratatui", Unit::Bytes, Goal::Ratio(1.0), (bytes, bytes_of_mini)));
    }
    rows
}

pub(crate) fn filter(bench: &Bench) -> Vec<Line> {
    let mut rows = Vec::new();
    for count in bench.sizes(&SIZES) {
        let (vault, lines) = (bench.vault(count), lines(bench, count));
        let mut ours = open(&vault);
        let mut peer = fzf(bench, &lines);
        peer.iter_mut().for_each(wait_for_rows);
        let (mut own, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..bench.rounds(15) {
            ours.answer("/");
            for key in TYPED.chars() {
                own.push(typed(&mut ours, key));
                theirs.extend(peer.as_mut().map(|terminal| typed(terminal, key)));
            }
            ours.answer("\u{1b}");
            peer.iter_mut().for_each(clear);
        }
        let what = format!("a key in the filter, {count} credentials");
        rows.push(if theirs.is_empty() {
            Line::missing(what, "fzf is not installed")
        } else {
            Line::pair(what, "fzf", Unit::Milliseconds, Goal::Ratio(1.0), (own, theirs))
        });
    }
    rows
}

fn typed(terminal: &mut Terminal, key: char) -> f64 {
    ms(terminal.answer(&key.to_string()).settled)
}

fn wait_for_rows(terminal: &mut Terminal) {
    terminal.shows("Zoho");
}

/// Clears fzf's query with ctrl-u.
fn clear(terminal: &mut Terminal) {
    terminal.answer("\u{15}");
}
