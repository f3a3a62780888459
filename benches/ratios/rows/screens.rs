//! The screens as a whole: first frame, unlocking, memory, idling, and quitting.

use std::ffi::OsStr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::bench::Bench;
use crate::measure::{Unit, memory as memory_of, ms, switches, timed};
use crate::report::{Goal, Line};
use crate::terminal::{Terminal, program};
use crate::vault::{PASSPHRASE, Vault};

/// Text that is on the screen only while the vault is open.
const OPEN: &str = "locks in";

/// Starts the screens with the vault locked.
pub(crate) fn locked(vault: &Vault) -> Terminal {
    let mut terminal = Terminal::start(program(&crate::vault::program(), &[], vault.folder()));
    terminal.shows("Passphrase");
    terminal
}

/// Unlocks the vault; returns the time from Enter to the list.
pub(crate) fn unlock_in(terminal: &mut Terminal) -> Duration {
    terminal.press(PASSPHRASE);
    terminal.rests();
    let pressed = terminal.press("\r");
    terminal.shows(OPEN) - pressed
}

/// Starts the screens, unlocks the vault, and waits until nothing changes any more.
pub(crate) fn open(vault: &Vault) -> Terminal {
    let mut terminal = locked(vault);
    unlock_in(&mut terminal);
    terminal.rests();
    terminal
}

/// Starts fzf with the lines of a file.
pub(crate) fn fzf(bench: &Bench, lines: &std::path::Path) -> Option<Terminal> {
    let fzf = bench.peers.fzf.as_ref()?;
    let script = format!("exec '{}' --layout=reverse < '{}'", fzf.display(), lines.display());
    let words = [OsStr::new("-c"), OsStr::new(&script)];
    Some(Terminal::start(program(std::path::Path::new("/bin/sh"), &words, bench.folder())))
}

/// Starts the minimal program with the lines of a file.
pub(crate) fn mini(bench: &Bench, lines: &std::path::Path) -> Terminal {
    Terminal::start(program(&bench.peers.mini, &[lines.as_os_str()], bench.folder()))
}

/// Writes a file of `count` lines, each as wide as a row of the credentials table.
pub(crate) fn lines(bench: &Bench, count: usize) -> std::path::PathBuf {
    let file = bench.place(&format!("lines-{count}"));
    let line =
        |number| format!("{}  ManageEngine  Authenticated  IT desk {}\n", crate::vault::name(number), number % 12);
    std::fs::write(&file, (0..count).map(line).collect::<String>()).unwrap();
    file
}

pub(crate) fn unlock(bench: &Bench) -> Vec<Line> {
    let mut rows = Vec::new();
    for count in bench.sizes(&[1_000, 10_000]) {
        let beyond = if count == 1_000 { 25.0 } else { 80.0 };
        let vault = bench.vault(count);
        let identity = std::fs::read(vault.path("data/identity.age")).unwrap();
        let passphrase = || age::scrypt::Identity::new(PASSPHRASE.to_owned().into());
        let scrypt = || timed(|| drop(age::decrypt(&passphrase(), &identity).unwrap()));
        let round = |_| {
            let mut terminal = locked(&vault);
            (ms(unlock_in(&mut terminal)), scrypt())
        };
        let pairs = (0..bench.rounds(15)).map(round).unzip();
        let what = format!("Enter to the list, {count} credentials");
        rows.push(Line::pair(what, "scrypt of the same identity", Unit::Milliseconds, Goal::Beyond(beyond), pairs));
    }
    rows
}

pub(crate) fn first_frame(bench: &Bench) -> Vec<Line> {
    let (vault, lines) = (bench.vault(1_000), lines(bench, 1_000));
    let appears = |mut terminal: Terminal, text: &str| ms(terminal.shows(text) - terminal.started);
    let ours = || appears(Terminal::start(program(&crate::vault::program(), &[], vault.folder())), "Passphrase");
    let rounds = bench.rounds(40);
    let pairs = (0..rounds).map(|_| (ours(), appears(mini(bench, &lines), "Zoho"))).unzip();
    let what = "first frame";
    let mut rows = vec![Line::pair(what, "minimal ratatui", Unit::Milliseconds, Goal::Ratio(2.0), pairs)];
    if bench.peers.fzf.is_some() {
        let of_fzf = || fzf(bench, &lines).map_or(f64::NAN, |terminal| appears(terminal, "Zoho"));
        let pairs = (0..rounds).map(|_| (ours(), of_fzf())).unzip();
        rows.push(Line::pair(what, "fzf", Unit::Milliseconds, Goal::Ratio(0.5), pairs));
    } else {
        rows.push(Line::missing(what, "fzf is not installed"));
    }
    rows
}

pub(crate) fn memory(bench: &Bench) -> Vec<Line> {
    let mut rows = Vec::new();
    for count in bench.sizes(&[1_000, 10_000]) {
        let most = if count == 1_000 { 16.0 } else { 60.0 };
        let vault = bench.vault(count);
        let (mut above, mut peaks) = (Vec::new(), Vec::new());
        for _ in 0..bench.rounds(5) {
            let mut terminal = locked(&vault);
            terminal.rests();
            let floor = memory_of(terminal.pid(), "VmRSS").unwrap();
            unlock_in(&mut terminal);
            terminal.rests();
            above.push(memory_of(terminal.pid(), "VmRSS").unwrap() - floor);
            peaks.push(memory_of(terminal.pid(), "VmHWM").unwrap());
        }
        let what = format!("memory after unlock, above that of the prompt, {count} credentials");
        rows.push(Line::alone(what, Unit::MiB, Goal::AtMost(most), above));
        let what = format!("most memory until then, scrypt's 256 MiB included, {count} credentials");
        rows.push(Line::alone(what, Unit::MiB, Goal::None, peaks));
    }
    rows
}

pub(crate) fn idle(bench: &Bench) -> Vec<Line> {
    let (vault, lines) = (bench.vault(1_000), lines(bench, 1_000));
    let seconds = if bench.options.quick { 2.0 } else { 10.0 };
    let rate = |terminal: &Terminal| {
        sleep(Duration::from_millis(500));
        let (before, start) = (switches(terminal.pid()), Instant::now());
        sleep(Duration::from_secs_f64(seconds));
        vec![(switches(terminal.pid()) - before) / start.elapsed().as_secs_f64()]
    };
    let prompt = rate(&locked(&vault));
    let mut details = open(&vault);
    let table = rate(&details);
    details.press("\r");
    details.rests();
    let page = rate(&details);
    let row = |what: &str, most, samples| Line::alone(what, Unit::PerSecond, Goal::AtMost(most), samples);
    let mut rows = vec![
        row("wake-ups at the passphrase prompt", 0.0, prompt),
        row("wake-ups at the table, with its countdown to the lock", 0.2, table),
        row("wake-ups at a details page", 0.0, page),
    ];
    if let Some(mut terminal) = fzf(bench, &lines) {
        terminal.shows("Zoho");
        rows.push(Line::alone("wake-ups of fzf", Unit::PerSecond, Goal::None, rate(&terminal)));
    }
    rows
}

pub(crate) fn quit(bench: &Bench) -> Vec<Line> {
    let mut rows = Vec::new();
    let mut row = |what: String, start: &dyn Fn() -> Terminal, keys: &str, rounds: usize| {
        let times = (0..rounds).map(|_| ms(start().ends(keys))).collect();
        rows.push(Line::alone(what, Unit::Milliseconds, Goal::AtMost(20.0), times));
    };
    let vault = bench.vault(1_000);
    row("ctrl-c at the passphrase prompt".to_owned(), &|| locked(&vault), "\u{3}", bench.rounds(20));
    for count in bench.sizes(&[1_000, 10_000]) {
        let vault = bench.vault(count);
        row(format!("q at the table, {count} credentials"), &|| open(&vault), "q", bench.rounds(10));
    }
    rows
}
