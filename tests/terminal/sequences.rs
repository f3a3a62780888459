//! Byte sequences and the events they stand for: by a table, and compared with crossterm's own parser.

use std::io::Write as _;

use credenza::tui::terminal_input::{InputParser, TerminalEvent};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::pty::{Pty, myself};
use crate::cli::Cli;

/// Marks the end of a sequence for the reader in the child process; no sequence below contains this key.
const MARK: &str = "\u{1b}[34~";

/// Bytes, and the events as text. The meanings are those of xterm's "ctlseqs", of the kitty keyboard protocol and of
/// crossterm.
const TABLE: &[(&str, &[&str])] = &[
    // Characters.
    ("a", &["Char('a')"]),
    ("A", &["Char('A') SHIFT"]),
    ("\u{e9}\u{20ac}\u{1f511}", &["Char('é')", "Char('€')", "Char('🔑')"]),
    ("\u{c4}", &["Char('Ä') SHIFT"]),
    (" ", &["Char(' ')"]),
    ("\r", &["Enter"]),
    ("\n", &["Char('j') CONTROL"]),
    ("\t", &["Tab"]),
    ("\u{7f}", &["Backspace"]),
    ("\u{8}", &["Char('h') CONTROL"]),
    ("\u{0}", &["Char(' ') CONTROL"]),
    ("\u{1}\u{c}\u{1a}", &["Char('a') CONTROL", "Char('l') CONTROL", "Char('z') CONTROL"]),
    ("\u{1c}\u{1f}", &["Char('4') CONTROL", "Char('7') CONTROL"]),
    // Escape, and alt.
    ("\u{1b}", &["Esc"]),
    ("\u{1b}\u{1b}", &["Esc"]),
    ("\u{1b}a", &["Char('a') ALT"]),
    ("\u{1b}H", &["Char('H') SHIFT | ALT"]),
    ("\u{1b}\r", &["Enter ALT"]),
    ("\u{1b}\u{7f}", &["Backspace ALT"]),
    ("\u{1b}\u{14}", &["Char('t') CONTROL | ALT"]),
    ("\u{1b}\u{e9}", &["Char('é') ALT"]),
    // Arrows and their neighbors.
    ("\u{1b}[A\u{1b}[B\u{1b}[C\u{1b}[D", &["Up", "Down", "Right", "Left"]),
    ("\u{1b}OA\u{1b}OB\u{1b}OC\u{1b}OD", &["Up", "Down", "Right", "Left"]),
    ("\u{1b}[H\u{1b}[F\u{1b}OH\u{1b}OF", &["Home", "End", "Home", "End"]),
    ("\u{1b}[1~\u{1b}[4~\u{1b}[7~\u{1b}[8~", &["Home", "End", "Home", "End"]),
    ("\u{1b}[2~\u{1b}[3~\u{1b}[5~\u{1b}[6~", &["Insert", "Delete", "PageUp", "PageDown"]),
    ("\u{1b}[Z", &["BackTab SHIFT"]),
    ("\u{1b}[1;5A\u{1b}[1;3D", &["Up CONTROL", "Left ALT"]),
    ("\u{1b}[1;2C\u{1b}[1;8H", &["Right SHIFT", "Home SHIFT | CONTROL | ALT"]),
    ("\u{1b}[3;5~\u{1b}[5;2~", &["Delete CONTROL", "PageUp SHIFT"]),
    ("\u{1b}[5D", &["Left CONTROL"]),
    ("\u{1b}[1;5:3A\u{1b}[3;1:2~", &["Up CONTROL Release", "Delete Repeat"]),
    ("\u{1b}[1;9A", &["Up SUPER"]),
    ("\u{1b}[3;65~", &["Delete CAPS_LOCK"]),
    // Function keys: xterm, rxvt, the Linux console, kitty.
    ("\u{1b}OP\u{1b}OQ\u{1b}OR\u{1b}OS", &["F(1)", "F(2)", "F(3)", "F(4)"]),
    ("\u{1b}[P\u{1b}[Q\u{1b}[S", &["F(1)", "F(2)", "F(4)"]),
    ("\u{1b}[[A\u{1b}[[E", &["F(1)", "F(5)"]),
    (
        "\u{1b}[11~\u{1b}[15~\u{1b}[17~\u{1b}[21~\u{1b}[23~\u{1b}[24~",
        &["F(1)", "F(5)", "F(6)", "F(10)", "F(11)", "F(12)"],
    ),
    (
        "\u{1b}[25~\u{1b}[26~\u{1b}[28~\u{1b}[29~\u{1b}[31~\u{1b}[33~",
        &["F(13)", "F(14)", "F(13)", "F(14)", "F(14)", "F(16)"],
    ),
    ("\u{1b}[1;2P\u{1b}[1;5S\u{1b}[15;3~", &["F(1) SHIFT", "F(4) CONTROL", "F(5) ALT"]),
    // Keys by number.
    ("\u{1b}[97u", &["Char('a')"]),
    ("\u{1b}[97;5u", &["Char('a') CONTROL"]),
    ("\u{1b}[97;2u", &["Char('a') SHIFT"]),
    ("\u{1b}[97:65;2u", &["Char('A')"]),
    ("\u{1b}[97;1:3u\u{1b}[97;1:2u", &["Char('a') Release", "Char('a') Repeat"]),
    ("\u{1b}[27u\u{1b}[13u\u{1b}[9u\u{1b}[9;2u\u{1b}[127u", &["Esc", "Enter", "Tab", "BackTab SHIFT", "Backspace"]),
    ("\u{1b}[10u", &["Char('\\n')"]),
    ("\u{1b}[97;193u", &["Char('a') CAPS_LOCK | NUM_LOCK"]),
    ("\u{1b}[97;63u", &["Char('a') CONTROL | ALT | SUPER | HYPER | META"]),
    (
        "\u{1b}[57399u\u{1b}[57408u\u{1b}[57409u\u{1b}[57413u",
        &["Char('0') KEYPAD", "Char('9') KEYPAD", "Char('.') KEYPAD", "Char('+') KEYPAD"],
    ),
    ("\u{1b}[57414u\u{1b}[57417;5u\u{1b}[57427u", &["Enter KEYPAD", "Left CONTROL KEYPAD", "KeypadBegin KEYPAD"]),
    ("\u{1b}[57358u\u{1b}[57363u", &["CapsLock", "Menu"]),
    ("\u{1b}[57376u\u{1b}[57398u", &["F(13)", "F(35)"]),
    ("\u{1b}[57428u\u{1b}[57440u", &["Media(Play)", "Media(MuteVolume)"]),
    ("\u{1b}[57441u\u{1b}[57448u", &["Modifier(LeftShift) SHIFT", "Modifier(RightControl) CONTROL"]),
    ("\u{1b}[57454u", &["Modifier(IsoLevel5Shift)"]),
    ("\u{1b}[1114112u", &[]),
    // Focus and paste.
    ("\u{1b}[I\u{1b}[O", &["FocusGained", "FocusLost"]),
    ("\u{1b}[200~two\rlines \u{e9}\u{1b}[201~", &["Paste(\"two\\rlines é\")"]),
    ("\u{1b}[200~\u{1b}[201~", &["Paste(\"\")"]),
    ("\u{1b}[200~\u{1b}[A\u{1b}[201\u{1b}[201~x", &["Paste(\"\\u{1b}[A\\u{1b}[201\")", "Char('x')"]),
    // The mouse: SGR, rxvt, the oldest.
    ("\u{1b}[<0;20;10M\u{1b}[<0;20;10m", &["Down(Left) 19,9", "Up(Left) 19,9"]),
    ("\u{1b}[<1;1;1M\u{1b}[<2;300;200M", &["Down(Middle) 0,0", "Down(Right) 299,199"]),
    (
        "\u{1b}[<64;3;4M\u{1b}[<65;3;4M\u{1b}[<66;3;4M\u{1b}[<67;3;4M",
        &["ScrollUp 2,3", "ScrollDown 2,3", "ScrollLeft 2,3", "ScrollRight 2,3"],
    ),
    ("\u{1b}[<32;3;4M\u{1b}[<35;3;4M", &["Drag(Left) 2,3", "Moved 2,3"]),
    ("\u{1b}[<28;3;4M", &["Down(Left) 2,3 SHIFT | CONTROL | ALT"]),
    ("\u{1b}[32;30;40M\u{1b}[35;30;40M", &["Down(Left) 29,39", "Up(Left) 29,39"]),
    ("\u{1b}[M 0`\u{1b}[M#!!", &["Down(Left) 15,63", "Up(Left) 0,0"]),
    ("\u{1b}[<128;3;4M", &[]),
    // Unsolicited responses, and invalid sequences.
    ("\u{1b}[24;80R", &[]),
    ("\u{1b}[?1;2c", &[]),
    ("\u{1b}[?7u", &[]),
    ("\u{1b}[99~", &[]),
    ("\u{1b}[1;5E", &[]),
    ("\u{1b}[999999999999;1H\u{1b}[999;9999~", &["Home"]),
    ("\u{1b}Ox", &[]),
    ("\u{1b}[[x", &[]),
];

/// Where crossterm reads the rest as keys, waits forever, or panics in a debug build; and invalid UTF-8.
const DIFFERS: &[(&[u8], &[&str])] = &[
    (b"\x1b[>1;2c", &[]),
    (b"\x1b[?25;1$yx", &["Char('x')"]),
    (b"\x1b[<1;2Ax", &["Char('x')"]),
    (b"\x1b[;5A", &["Up CONTROL"]),
    (b"\x1b[1\x1b[A", &["Up"]),
    (b"\x1b[\x03", &["Char('c') CONTROL"]),
    (b"\x1b[<0;0;0Mx", &["Char('x')"]),
    (b"\x1b[M   x", &["Char('x')"]),
    (b"\xc3(\xffx", &["Char('x')"]),
];

/// Formats an event.
fn words(event: &Event) -> String {
    match event {
        Event::Key(KeyEvent { code, modifiers, kind, state }) => {
            let kind = if *kind == KeyEventKind::Press { String::new() } else { format!(" {kind:?}") };
            let locks: Vec<&str> = state.iter_names().map(|(name, _)| name).collect();
            let locks = if state.is_empty() { String::new() } else { format!(" {}", locks.join(" | ")) };
            format!("{code:?}{}{kind}{locks}", names(*modifiers))
        }
        Event::Mouse(mouse) => format!("{:?} {},{}{}", mouse.kind, mouse.column, mouse.row, names(mouse.modifiers)),
        other => format!("{other:?}"),
    }
}

fn names(keys: KeyModifiers) -> String {
    let names: Vec<&str> = keys.iter_names().map(|(name, _)| name).collect();
    if names.is_empty() { String::new() } else { format!(" {}", names.join(" | ")) }
}

/// The events that our parser yields, as text.
fn ours(bytes: &[u8]) -> Vec<String> {
    let mut parser = InputParser::default();
    let last = bytes.len() - 1;
    let events = bytes.iter().enumerate().filter_map(|(at, byte)| parser.advance(*byte, at < last));
    let events = events.map(|event| match event {
        TerminalEvent::Background(color) => panic!("no sequence here is an answer: {color:?}"),
        TerminalEvent::Key(key) => Event::Key(key),
        TerminalEvent::Mouse(mouse) => Event::Mouse(mouse),
        TerminalEvent::Paste(text) => Event::Paste(text.expose().to_owned()),
        TerminalEvent::Resize(columns, rows) => Event::Resize(columns, rows),
        TerminalEvent::FocusGained => Event::FocusGained,
        TerminalEvent::FocusLost => Event::FocusLost,
    });
    events.map(|event| words(&event)).collect()
}

#[test]
fn each_sequence_is_the_event_of_the_table() {
    for (bytes, events) in TABLE {
        assert_eq!(ours(bytes.as_bytes()), *events, "{bytes:?}");
    }
    for (bytes, events) in DIFFERS {
        assert_eq!(ours(bytes), *events, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_sequence_may_come_in_pieces() {
    for (bytes, events) in TABLE.iter().filter(|(bytes, _)| !bytes.ends_with('\u{1b}')) {
        let mut parser = InputParser::default();
        let count = bytes.bytes().filter_map(|byte| parser.advance(byte, true)).count();
        assert_eq!(count, events.len(), "{bytes:?}");
    }
}

const READS: &str = "CREDENZA_TEST_READS_IN";

/// Not a test on its own: the reader that [`crossterm_reads_the_same`] runs.
#[test]
fn a_program_that_reads_with_crossterm() {
    if std::env::var_os(READS).is_none() {
        return;
    }
    crossterm::terminal::enable_raw_mode().unwrap();
    let mut out = std::io::stdout();
    write!(out, "\r\nready\r\n").unwrap();
    loop {
        out.flush().unwrap();
        match crossterm::event::read().unwrap() {
            Event::Resize(..) => {}
            Event::Key(key) if key.code == KeyCode::F(17) => write!(out, "done\r\n").unwrap(),
            Event::Key(key) if key.code == KeyCode::Char('q') && key.modifiers == KeyModifiers::CONTROL => return,
            event => write!(out, "event {}\r\n", words(&event)).unwrap(),
        }
    }
}

/// Common kinds of sequences with pseudorandom numbers, the same in every run.
fn random() -> Vec<String> {
    let mut seed = 1_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut all = Vec::new();
    for _ in 0..300 {
        let number = [1 + next(40), 57_340 + next(130), 32 + next(200)][usize::try_from(next(3)).unwrap()];
        let (mask, kind) = (1 + next(255), next(5));
        let last = char::from(b"ABCDFHPQS~~uuuuG"[usize::try_from(next(16)).unwrap()]);
        all.push(match next(5) {
            0 => format!("\u{1b}[{number}{last}"),
            1 => format!("\u{1b}[{number};{mask}{last}"),
            2 => format!("\u{1b}[{number}:{};{mask}:{kind}{last}", 33 + next(900)),
            3 => format!(
                "\u{1b}[<{};{};{}{}",
                next(256),
                1 + next(300),
                1 + next(90),
                ["M", "m"][usize::from(mask > 128)]
            ),
            _ => format!("\u{1b}[{};{};{}M", 32 + next(200), 1 + next(300), 1 + next(90)),
        });
    }
    // A paste would have no end here, and F17 is the mark.
    all.retain(|text| !text.contains("[34") && !text.contains("[57380") && !text.starts_with("\u{1b}[200~"));
    all
}

#[test]
fn crossterm_reads_the_same() {
    let cli = Cli::empty();
    let test = "terminal::sequences::a_program_that_reads_with_crossterm";
    let mut terminal = Pty::start(myself(test, READS, cli.folder()));
    let said = |terminal: &Pty| String::from_utf8_lossy(&terminal.bytes()).into_owned();
    terminal.until("the reader", || said(&terminal).contains("\nready\r\n"));
    let random = random();
    assert!(random.len() > 200);
    for bytes in TABLE.iter().map(|(bytes, _)| *bytes).chain(random.iter().map(String::as_str)) {
        let mine = ours(bytes.as_bytes());
        let before = said(&terminal).len();
        terminal.write(bytes);
        if !mine.is_empty() {
            // A lone escape must be read before the next byte is sent.
            terminal.until(bytes, || said(&terminal)[before..].matches("event ").count() >= mine.len());
        }
        terminal.write(MARK);
        terminal.until("the mark", || said(&terminal)[before..].contains("done\r\n"));
        let theirs = said(&terminal)[before..].to_owned();
        let theirs: Vec<&str> = theirs.lines().filter_map(|line| line.strip_prefix("event ")).collect();
        assert_eq!(mine, theirs, "{bytes:?}");
    }
    terminal.write("\u{11}").ends();
}
