//! Where the interface starts, where it reports that it cannot, and what it draws on limited terminals.

use std::process::{Command, Stdio};

use super::pty::{Pty, credenza};
use super::vault;
use crate::cli::Cli;

#[test]
fn tt_03_without_a_terminal_the_interface_refuses_in_words_and_commands_work() {
    let cli = vault();
    let refused = cli.run(&[]).ends(2);
    assert!(refused.err.contains("needs a terminal") && refused.out.is_empty(), "{refused:?}");
    assert!(!refused.err.contains('\u{1b}'), "{refused:?}");
    assert!(cli.run(&["list"]).ends(0).out.contains("Zoho EU"));
    let asked = cli.command(&["list"]).output().unwrap();
    assert_eq!(asked.status.code(), Some(4), "no passphrase, and nobody to ask: {asked:?}");
}

#[test]
fn tt_03_closed_input_and_output_do_no_harm() {
    let cli = vault();
    let run = |redirections: &str| {
        let script = format!("\"$0\" {redirections} 2>\"$1\"");
        let error = cli.folder().join("error");
        let mut shell = Command::new("setsid");
        shell.args(["--wait", "sh", "-c", &script, env!("CARGO_BIN_EXE_credenza")]).arg(&error).env_clear();
        shell.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("CREDENZA_DIR", cli.folder());
        shell.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
        let status = shell.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
        (status.code(), std::fs::read_to_string(error).unwrap())
    };
    for redirections in ["<&- >&-", "<&-", ">&-", "</dev/null >/dev/null"] {
        let (code, error) = run(redirections);
        assert_eq!(code, Some(2), "{redirections}: {error}");
        assert!(error.contains("needs a terminal"), "{redirections}: {error}");
    }
    assert_eq!(run("list >/dev/null <&-").0, Some(0));
    // No output went into the vault through a reused file descriptor.
    cli.run(&["list"]).ends(0);
}

#[test]
fn tt_03_output_to_a_file_is_no_terminal_although_input_is_one() {
    let cli = vault();
    let script = format!("{} > out; echo \"ended $?\"", env!("CARGO_BIN_EXE_credenza"));
    let mut command = super::pty::command("sh", &["-c", &script], cli.folder());
    command.cwd(cli.folder());
    let mut terminal = Pty::start(command);
    terminal.shows("ended 2");
    terminal.ends_clean(0);
}

#[test]
fn the_first_frame_is_there_before_the_vault_is_open() {
    let cli = Cli::empty();
    let mut terminal = Pty::start(credenza(&[], cli.folder()));
    terminal.shows("Create a vault").shows("Try the demo").shows("Restore from a recovery kit");
    terminal.write("\r").shows("Create your vault").shows("Strength");
    terminal.escape().shows("Try the demo");
    terminal.write("\u{1b}").ends_clean(0);
    assert!(!cli.folder().join("data").exists(), "looking makes nothing");
    let cli = vault();
    let mut terminal = Pty::locked(cli.folder());
    assert!(!terminal.screen().contains("Zoho EU"));
    terminal.write("wrong\r").shows("What to do");
    terminal.write("test\r").shows("Zoho EU");
    terminal.write("q").ends_clean(0);
}

#[test]
fn tt_04_a_dumb_terminal_is_told_so() {
    let cli = vault();
    let mut command = credenza(&[], cli.folder());
    command.env("TERM", "dumb");
    let mut terminal = Pty::start(command);
    terminal.shows("needs a terminal").shows("TERM is \"dumb\"");
    terminal.ends_clean(2);
    assert!(!terminal.bytes().contains(&0x1b), "no escape sequence at all");
}

#[test]
fn tt_04_unset_and_strange_terms_are_usable() {
    let cli = vault();
    for term in ["", "linux", "screen", "vt100", "../../x"] {
        let mut command = credenza(&[], cli.folder());
        if term.is_empty() {
            command.env_remove("TERM");
        } else {
            command.env("TERM", term);
        }
        let mut terminal = Pty::start(command);
        terminal.shows("Passphrase");
        terminal.write("test\r").shows("Zoho EU");
        terminal.write("q").ends_clean(0);
        let is_basic = matches!(term, "" | "linux" | "vt100");
        let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert_eq!(text.is_ascii(), is_basic, "TERM={term}");
        assert_eq!(text.contains("?1003h"), !is_basic, "TERM={term}");
    }
}

#[test]
fn tt_04_the_c_locale_gets_ascii_only() {
    let cli = vault();
    for (name, value) in [("LANG", "C"), ("LC_ALL", "POSIX"), ("LC_CTYPE", "de_DE.ISO-8859-1")] {
        let mut command = credenza(&[], cli.folder());
        command.env_remove("LANG");
        command.env(name, value);
        let mut terminal = Pty::start(command);
        terminal.shows("Passphrase");
        terminal.write("test\r").shows("Zoho EU");
        terminal.write("?").shows("Help");
        terminal.write("q").write("q").ends_clean(0);
        let foreign: Vec<u8> = terminal.bytes().into_iter().filter(|byte| !byte.is_ascii()).collect();
        assert_eq!(String::from_utf8_lossy(&foreign), "", "{name}={value}");
    }
}

#[test]
fn tt_04_no_color_writes_no_color() {
    let cli = vault();
    let colors = |no_color: &str| {
        let mut command = credenza(&[], cli.folder());
        command.env("NO_COLOR", no_color);
        let mut terminal = Pty::start(command);
        terminal.shows("Passphrase");
        terminal.write("test\r").shows("Zoho EU");
        terminal.write("q").ends_clean(0);
        let text = String::from_utf8(terminal.bytes()).unwrap();
        let styles = text.split("\u{1b}[").skip(1).filter_map(|rest| {
            let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
            (rest.get(end..=end)? == "m").then(|| rest[..end].to_owned())
        });
        // 39, 49 and 59 select the terminal's default colors.
        let own = |code: &str| matches!(code, "39" | "49" | "59");
        let number = |code: &&str| code.parse::<u8>().is_ok_and(|n| (30..=59).contains(&n) || (90..=107).contains(&n));
        styles
            .flat_map(|style| style.split(';').map(str::to_owned).collect::<Vec<_>>())
            .filter(|code| number(&code.as_str()) && !own(code))
            .count()
    };
    assert_eq!(colors("1"), 0);
    assert_ne!(colors(""), 0, "an empty NO_COLOR counts as unset");
}

#[test]
fn the_doctor_looks_at_this_machine() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.escape().shows("Recovery kit");
    terminal.write("7").shows("vault.age,").shows("Doctor");
    terminal.write("q").ends_clean(0);
}
