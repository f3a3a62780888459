//! Single keys and bursts, resizing, hostile pastes, and floods of random input.

use std::fmt::Write as _;

use super::pty::Pty;
use super::vault;

/// A bracketed paste, as a terminal sends it.
fn paste(text: &str) -> String {
    format!("\u{1b}[200~{text}\u{1b}[201~")
}

#[test]
fn keys_arrive_one_by_one_and_in_bursts() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("\u{1b}[B").write("\u{1b}[A").write("/").shows("Filter");
    for key in "zoho eu".chars() {
        terminal.write(&key.to_string());
    }
    terminal.shows("1 of 1").shows("/ zoho eu");
    // Without pauses, across screens: clear the filter, rename, type, save.
    terminal.escape().shows("Credentials");
    terminal.write("r").shows("Current name");
    terminal.write("\u{15}Zoho Two\r").shows("Renamed \"Zoho EU\"");
    terminal.write("u").shows("Undid").shows("Zoho EU");
    terminal.write("q").ends_clean(0);
}

#[test]
fn tt_01_sizes_down_to_nothing_and_back_keep_what_was_typed() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("/").shows("Filter");
    terminal.write("zo").shows("/ zo");
    for (columns, rows) in [(1, 1), (0, 0), (2, 2), (500, 200), (33, 24), (0, 24), (65_535, 1), (6_000, 40)] {
        terminal.resize(columns, rows);
    }
    for step in 0..200 {
        terminal.resize(1 + step * 7 % 131, 1 + step * 5 % 43);
    }
    terminal.resize(80, 24);
    terminal.write("ho").shows("/ zoho").shows("Zoho EU");
    terminal.escape().shows("Credentials");
    terminal.write("q").ends_clean(0);
}

#[test]
fn tt_09_a_paste_is_never_keys() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    // The table has no text field: the paste must do nothing, and its q must not quit.
    terminal.write(&paste("q\rdq")).write("r").shows("Rename");
    terminal.write("\u{15}").write(&paste("one\rtwo\nq")).shows("one two q");
    terminal.escape().shows("1 of 1");
    terminal.write("q").ends_clean(0);
    cli.run(&["list"]).ends(0);
}

/// An end marker inside a paste cannot be distinguished from the real one; the text after it is read as keys, as in
/// every program. The test checks that these keys do nothing that cannot be undone.
#[test]
fn tt_09_a_paste_with_its_own_end_mark_changes_nothing_for_good() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("/").shows("Filter");
    terminal.write(&paste("zo\u{1b}[201~q\n")).shows("/ zoq").shows("No credential matches");
    terminal.write("\u{3}").ends_clean(0);
    assert!(cli.run(&["list"]).ends(0).out.contains("Zoho EU"));
}

#[test]
fn tt_09_a_megabyte_is_cut_and_the_program_goes_on() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("r").shows("Rename");
    terminal.write("\u{15}").write(&paste(&"x\r".repeat(500_000)));
    terminal.write("\u{15}Zoho After\r").shows("Renamed");
    assert!(cli.run(&["list"]).ends(0).out.contains("Zoho After"));
    // Without the markers, these are keys: many, but only letters of a name.
    terminal.write("r").shows("Rename");
    terminal.write("\u{15}").write(&"y".repeat(100_000));
    terminal.write("\u{15}Zoho Last\r").shows("Renamed \"Zoho After\"");
    terminal.write("q").ends_clean(0);
}

#[test]
fn tt_15_floods_of_keys_clicks_and_nonsense_are_survived() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write(&"jk".repeat(100_000));
    let mut clicks = String::new();
    for at in 0..20_000 {
        write!(clicks, "\u{1b}[<0;{};{}M\u{1b}[<64;3;{}M", 1 + at % 300, 1 + at % 90, 1 + at % 24).unwrap();
    }
    terminal.write(&clicks);
    // Invalid UTF-8, unterminated sequences, unsolicited responses, numbers that are too large.
    let nonsense: [&[u8]; 8] = [
        b"\xff\xfe\xc3\x28\xf0\x9f",
        b"\x1b[999999999999999999999;1H",
        b"\x1b[<99999;99999;99999M\x1b[<-1;-1;-1M",
        b"\x1b[?1;2c\x1b[24;80R",
        b"\x1b]11;rgb:0000/0000/0000\x1b\\",
        b"\x1bP1$r0m\x1b\\",
        b"\x1b[1;1;1;1;1;1;1;1~\x1b[I\x1b[O",
        b"\x00\x1c\x1d\x1e\x1f\x7f",
    ];
    for _ in 0..200 {
        for part in nonsense {
            terminal.write_bytes(part);
        }
    }
    // Whatever screen is open now, the program responds and exits cleanly.
    terminal.write("\u{3}").write("\u{3}").ends_clean(0);
    assert!(cli.run(&["list"]).ends(0).out.contains("Zoho EU"), "noise deletes nothing for good");
}
