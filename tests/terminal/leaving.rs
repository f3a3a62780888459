//! However the program ends, the terminal is restored.

use std::io::{Read as _, Write as _};
use std::path::Path;

use credenza::engine::ops::unlock;
use credenza::engine::{Opener, Workspace};
use credenza::secret::Passphrase;
use portable_pty::{PtySize, native_pty_system};
use rustix::process::Signal;

use super::pty::{Pty, command, credenza, myself};
use super::vault;
use crate::cli::Cli;

#[test]
fn tt_05_q_and_ctrl_c_leave_the_terminal_as_it_was() {
    let cli = vault();
    for (key, start) in [("q", Pty::open as fn(&Path) -> Pty), ("\u{3}", Pty::open), ("\u{3}", Pty::locked)] {
        let mut terminal = start(cli.folder());
        assert_ne!(terminal.modes(), terminal.before(), "keys come one by one");
        terminal.write(key).ends_clean(0);
    }
    let mut terminal = Pty::locked(cli.folder());
    terminal.write("\u{1b}").ends_clean(0);
}

#[test]
fn tt_05_every_signal_that_ends_us_leaves_the_terminal_as_it_was() {
    let cli = vault();
    for (signal, number) in [(Signal::HUP, 1), (Signal::INT, 2), (Signal::QUIT, 3), (Signal::TERM, 15)] {
        let mut terminal = Pty::locked(cli.folder());
        terminal.signal(signal);
        terminal.ends_clean(128 + number);
        let mut terminal = Pty::open(cli.folder());
        terminal.write("r").shows("Rename");
        terminal.signal(signal);
        terminal.ends_clean(128 + number);
    }
}

/// The window is closed. If SIGHUP is ignored, none is received, and reading from the closed terminal must not go on
/// forever.
#[test]
fn tt_05_a_terminal_that_hangs_up_ends_the_program() {
    let cli = vault();
    let ignoring = format!("trap '' HUP; exec {}", env!("CARGO_BIN_EXE_credenza"));
    for command in [credenza(&[], cli.folder()), command("sh", &["-c", &ignoring], cli.folder())] {
        let pair = native_pty_system().openpty(PtySize { rows: 24, cols: 80, ..PtySize::default() }).unwrap();
        let mut child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (mut seen, mut chunk) = (Vec::new(), [0; 4_096]);
        while !String::from_utf8_lossy(&seen).contains("Passphrase") {
            let read = reader.read(&mut chunk).unwrap();
            seen.extend_from_slice(&chunk[..read]);
        }
        drop((pair, reader));
        let mut code = None;
        crate::service::until(|| {
            code = child.try_wait().unwrap();
            code.is_some()
        });
        let code = code.unwrap();
        assert_eq!((code.exit_code(), code.signal()), (129, None));
    }
}

/// Ctrl-z stops a program only if its parent is a shell with job control.
#[test]
fn tt_06_ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again() {
    let cli = vault();
    let script = format!("{} ; echo HELD; read answer; fg; echo \"ended $?\"", env!("CARGO_BIN_EXE_credenza"));
    let mut terminal = Pty::start(command("sh", &["-m", "-c", &script], cli.folder()));
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("locks in");
    terminal.write("\u{1a}").shows("HELD");
    assert!(!terminal.screen().contains("Zoho EU"), "what was open is not on the shell's screen");
    terminal.is_given_back();
    terminal.resize(100, 30);
    terminal.write("go on\r").shows("Zoho EU");
    terminal.write("r").shows("Rename");
    terminal.escape().write("q").shows("ended 0");
    terminal.ends_clean(0);
}

#[test]
fn tt_06_after_a_stop_from_outside_everything_is_drawn_anew() {
    let cli = vault();
    let terminal = Pty::open(cli.folder());
    let drawn = terminal.bytes().len();
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.until("a frame", || String::from_utf8_lossy(&terminal.bytes()[drawn..]).contains("Zoho EU"));
}

#[test]
fn tt_15_half_a_sequence_does_not_keep_a_signal_from_ending_the_program() {
    let cli = vault();
    for half in ["\u{1b}[200~the paste goes on", "\u{1b}[", "\u{1b}[<0;1", "\u{1b}]52;c;"] {
        let mut terminal = Pty::open(cli.folder());
        terminal.write(half);
        terminal.signal(Signal::TERM);
        terminal.ends_clean(143);
    }
}

const PANICS: &str = "CREDENZA_TEST_PANICS_IN";

/// Not a test on its own: the program run by [`tt_07_a_panic_in_a_task_gives_the_terminal_back_before_it_speaks`].
#[test]
fn an_interface_whose_browser_panics() {
    let Some(folder) = std::env::var_os(PANICS) else { return };
    let (workspace, _) = Workspace::open(Some(Path::new(&folder)), None).unwrap();
    let workspace = Workspace { opener: Opener::stand_in(|_| panic!("CNRY must not be said")), ..workspace };
    let session = unlock::unlock(&workspace, &Passphrase::new("test".to_owned())).unwrap();
    let code = credenza::tui::run_demo(session, "ready".to_owned()).unwrap();
    writeln!(std::io::stdout(), "ended with {code:?}").unwrap();
}

#[test]
fn tt_07_a_panic_in_a_task_gives_the_terminal_back_before_it_speaks() {
    let cli = vault();
    let test = "terminal::leaving::an_interface_whose_browser_panics";
    let mut terminal = Pty::start(myself(test, PANICS, cli.folder()));
    terminal.shows("ready");
    terminal.write("a");
    terminal.ends();
    terminal.is_given_back();
    let said = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!said.contains("CNRY"), "a panic's message may hold anything: it is not said");
    let (left, message) = (said.rfind("\u{1b}[?1049l").unwrap(), said.find("a bug crashed the program").unwrap());
    assert!(left < message, "first the terminal, then the message");
    assert!(said.contains("unix_exit_status(101)"), "{said}");
    assert_eq!(said.matches("\u{1b}[?1049l").count(), 1, "a second time would overwrite what was there before");
}

#[test]
fn tt_14_nothing_of_a_session_is_left_on_the_screen() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let mut terminal = Pty::open(cli.folder());
    terminal.write("\r").shows("Client Secret");
    terminal.write("v").shows("CNRY-client-secret");
    terminal.write("q").ends_clean(0);
    assert!(!terminal.screen().contains("Zoho") && !terminal.screen().contains("CNRY"), "{}", terminal.screen());
}
