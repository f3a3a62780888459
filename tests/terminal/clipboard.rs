//! Copied secrets: rows CL-01 to CL-07, with a clipboard tool that stores its contents in a file.

use std::fs::{self, read_to_string};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::local_vault::Vault;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{ClientId, Credential, Name, Setup, Tokens};
use credenza::paths::Paths;
use credenza::secret::{AccessToken, Passphrase};
use jiff::SignedDuration;

use super::pty::{Pty, credenza};
use crate::cli::Cli;
use crate::service::until;

const TOKEN: &str = "CNRY-access-token";

/// A vault with one authenticated credential, and a folder with the programs of a desktop.
struct Desk {
    cli: Cli,
    programs: PathBuf,
}

impl Desk {
    /// With these contents of `settings.toml`, and this shell script as `xclip`.
    fn new(settings: &str, xclip: &str) -> Self {
        let cli = Cli::new();
        let paths = Paths::discover(Some(cli.folder())).unwrap();
        let vault = Vault::unlock(&paths, &Passphrase::new("test".to_owned()), &Clock::system()).unwrap();
        vault.commit(Change::Insert(Box::new(authenticated()))).unwrap();
        fs::create_dir_all(paths.settings().parent().unwrap()).unwrap();
        fs::write(paths.settings(), settings).unwrap();
        let programs = cli.folder().join("programs");
        fs::create_dir(&programs).unwrap();
        let desk = Self { cli, programs };
        let held = desk.programs.join("held");
        let script = xclip.replace("HELD", held.to_str().unwrap());
        fs::write(desk.programs.join("xclip"), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(desk.programs.join("xclip"), fs::Permissions::from_mode(0o755)).unwrap();
        desk
    }

    /// Opens the interface and unlocks the vault, with this value of `DISPLAY`.
    fn open(&self, display: &str) -> Pty {
        self.open_on(&[("DISPLAY", display)])
    }

    fn open_on(&self, displays: &[(&str, &str)]) -> Pty {
        let mut command = credenza(&[], self.cli.folder());
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.programs.display()));
        for (name, value) in displays {
            command.env(name, value);
        }
        command.env("CREDENZA_IDENTITY_FILE", "/CNRY/identity");
        let mut terminal = Pty::start(command);
        terminal.shows("Passphrase");
        terminal.write("test\r").shows("locks in");
        terminal
    }

    fn held(&self) -> String {
        read_to_string(self.programs.join("held")).unwrap_or_default()
    }

    fn calls(&self) -> String {
        read_to_string(self.programs.join("held.calls")).unwrap_or_default()
    }
}

/// Records its arguments, and copies and pastes as the real one does.
const XCLIP: &str = r#"echo "$@" >>HELD.calls; env >>HELD.env
case "$*" in *-o) cat HELD;; *) cat >HELD.new && mv HELD.new HELD;; esac"#;

fn authenticated() -> Credential {
    let setup = Setup { redirect_uri: "http://127.0.0.1:53682/callback".to_owned(), ..Setup::default() };
    let now = Clock::system().now();
    let mut credential = Credential::new(Name::parse("Zoho EU").unwrap(), "manageengine", setup, now);
    credential.setup.client.id = ClientId("1000.ABC".to_owned());
    let access = AccessToken::new(TOKEN.to_owned());
    let expires_at = Some(now + SignedDuration::from_hours(1));
    let captured = std::collections::BTreeMap::new();
    credential.tokens = Some(Tokens {
        access,
        refresh: None,
        received_at: now,
        expires_at,
        refresh_expires_at: None,
        scopes: None,
        captured,
    });
    credential
}

#[test]
fn cl_01_and_04_a_copied_token_is_cleared_again_and_never_an_argument() {
    let desk = Desk::new("clear_clipboard_after = \"1s\"", XCLIP);
    let mut terminal = desk.open(":7");
    terminal.write("y").shows("Copied the access token, for 1s or until you quit");
    until(|| desk.held() == TOKEN || desk.calls().contains("-o"));
    until(|| desk.calls().contains("-o") && desk.held().is_empty());
    assert!(!desk.calls().contains("CNRY"), "{}", desk.calls());
    let environment = read_to_string(desk.programs.join("held.env")).unwrap();
    assert!(environment.contains("DISPLAY=:7") && !environment.contains("CREDENZA_"), "{environment}");
    terminal.write("q").ends_clean(0);
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("]52;"), "the terminal's clipboard is left alone");
}

/// Reads a file in `/proc` about a process.
fn proc(pid: u32, file: &str) -> String {
    String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default()).replace('\0', " ")
}

/// The helper process that outlives the interface, found by its command name among the children.
fn guard_of(terminal: &Pty) -> Option<u32> {
    let tasks = fs::read_dir(format!("/proc/{}/task", terminal.pid().as_raw_nonzero())).ok()?;
    let children = tasks.filter_map(|task| read_to_string(task.ok()?.path().join("children")).ok());
    let children: Vec<u32> =
        children.flat_map(|list| list.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>()).collect();
    children.into_iter().find(|pid| proc(*pid, "cmdline").contains("clear-clipboard-later"))
}

#[test]
fn a_killed_interface_leaves_no_secret_and_the_process_that_clears_it_knows_none() {
    for settings in ["clear_clipboard_after = \"1h\"", "clear_clipboard_after = \"never\""] {
        let desk = Desk::new(settings, XCLIP);
        let mut terminal = desk.open(":7");
        terminal.write("y").shows("Copied the access token");
        terminal.until("a process that stays", || guard_of(&terminal).is_some());
        let guard = guard_of(&terminal).unwrap();
        // It must lead its own process group from the start, because the kernel ends the foreground group together with
        // the interface.
        assert_eq!(proc(guard, "stat").split_whitespace().nth(4), Some(guard.to_string().as_str()), "its own group");
        let known = proc(guard, "cmdline") + &proc(guard, "environ");
        assert!(!known.contains("CNRY") && !known.contains("CREDENZA_"), "{known}");
        assert_eq!(desk.held(), TOKEN);
        terminal.signal(rustix::process::Signal::KILL);
        until(|| desk.held().is_empty());
        until(|| !proc(guard, "cmdline").contains("clear-clipboard-later"));
        assert!(!desk.calls().contains("CNRY"), "{}", desk.calls());
    }
}

#[test]
fn the_same_secret_copied_twice_stays_for_its_whole_time() {
    let desk = Desk::new("clear_clipboard_after = \"1h\"", XCLIP);
    let mut terminal = desk.open(":7");
    terminal.write("y").shows("Copied the access token");
    until(|| guard_of(&terminal).is_some());
    let first = guard_of(&terminal).unwrap();
    terminal.write("y");
    until(|| !proc(first, "cmdline").contains("clear-clipboard-later"));
    // The second copy may still be in progress. If the first helper had cleared the clipboard, it would stay empty.
    until(|| desk.held() == TOKEN);
    terminal.signal(rustix::process::Signal::KILL);
    until(|| desk.held().is_empty());
}

#[test]
fn a_process_that_is_dismissed_before_it_read_its_order_ends() {
    let desk = Desk::new("", XCLIP);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.arg("clear-clipboard-later").env("PATH", &desk.programs).stdin(std::process::Stdio::piped());
    let mut guard = command.spawn().unwrap();
    let mut pipe = guard.stdin.take().unwrap();
    // In a single write, because both lines are in the pipe if a second copy follows immediately.
    pipe.write_all(format!("2 3600000 {} {}\n-\n", "00".repeat(16), "00".repeat(32)).as_bytes()).unwrap();
    until(|| guard.try_wait().unwrap().is_some());
    assert_eq!(desk.calls(), "", "it does not even look");
    drop(pipe);
}

#[test]
fn the_process_that_stays_ends_with_the_time_and_leaves_what_was_copied_meanwhile() {
    let desk = Desk::new("clear_clipboard_after = \"1s\"", XCLIP);
    let mut terminal = desk.open(":7");
    terminal.write("y").shows("Copied the access token");
    until(|| guard_of(&terminal).is_some());
    let guard = guard_of(&terminal).unwrap();
    // The interface is stopped, so that only the helper can clear the clipboard.
    terminal.signal(rustix::process::Signal::STOP);
    until(|| desk.held().is_empty());
    until(|| !proc(guard, "cmdline").contains("clear-clipboard-later"));
    terminal.signal(rustix::process::Signal::CONT);
    terminal.write("q").ends_clean(0);
    let desk = Desk::new("clear_clipboard_after = \"1h\"", XCLIP);
    let mut terminal = desk.open(":7");
    terminal.write("y").shows("Copied the access token");
    until(|| guard_of(&terminal).is_some());
    let guard = guard_of(&terminal).unwrap();
    fs::write(desk.programs.join("held"), "hello").unwrap();
    terminal.signal(rustix::process::Signal::KILL);
    until(|| !proc(guard, "cmdline").contains("clear-clipboard-later"));
    assert_eq!(desk.held(), "hello");
}

#[test]
fn cl_02_what_the_person_copied_meanwhile_stays() {
    let desk = Desk::new("clear_clipboard_after = \"1s\"", XCLIP);
    let mut terminal = desk.open(":7");
    terminal.write("y").shows("Copied the access token");
    fs::write(desk.programs.join("held"), "hello").unwrap();
    until(|| desk.calls().contains("-o"));
    terminal.write("q").ends_clean(0);
    assert_eq!(desk.held(), "hello");
}

#[test]
fn cl_01_whoever_quits_earlier_leaves_no_secret_on_the_clipboard() {
    for key in ["q", "\u{3}"] {
        let desk = Desk::new("clear_clipboard_after = \"never\"", XCLIP);
        let mut terminal = desk.open(":7");
        terminal.write("y").shows("Copied the access token, until you quit");
        assert_eq!(desk.held(), TOKEN);
        terminal.write(key).ends_clean(0);
        assert_eq!(desk.held(), "");
    }
}

#[test]
fn cl_05_without_a_desktop_the_terminal_is_told_so_and_never_asked() {
    let desk = Desk::new("", XCLIP);
    let mut terminal = desk.open("");
    terminal.write("y").shows("Sent the access token to the terminal (it does not confirm).");
    terminal.write("q").ends_clean(0);
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    let sent: Vec<&str> = bytes.split("\u{1b}]52;c;").skip(1).filter_map(|rest| rest.split('\u{7}').next()).collect();
    assert_eq!(sent, [BASE64_STANDARD.encode(TOKEN).as_str(), ""], "sent, and emptied at the end; never asked for");
    assert_eq!(desk.calls(), "", "no tool without its display");
}

/// Stores its buffers in files; what a real tmux does for `-w` cannot be observed.
const TMUX: &str = r#"#!/bin/sh
echo "$@" >>HELD.calls
case "$1 $2" in
  "load-buffer -w") cat >HELD ;;
  "list-buffers -F") [ -e HELD ] && echo buffer0; exit 0 ;;
  "show-buffer -b") cat HELD ;;
  "delete-buffer -b") rm HELD ;;
esac
"#;

#[test]
fn in_tmux_the_text_goes_to_its_buffers_and_out_again() {
    for (key, settings) in [("q", "clear_clipboard_after = \"never\""), ("", "clear_clipboard_after = \"1s\"")] {
        let desk = Desk::new(settings, XCLIP);
        let held = desk.programs.join("held");
        fs::write(desk.programs.join("tmux"), TMUX.replace("HELD", held.to_str().unwrap())).unwrap();
        fs::set_permissions(desk.programs.join("tmux"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut terminal = desk.open_on(&[("DISPLAY", ""), ("TMUX", "/tmp/tmux-0/default,1,0")]);
        terminal.write("y").shows("Copied the access token to tmux");
        if key.is_empty() {
            until(|| !held.exists());
            terminal.write("q");
        } else {
            assert_eq!(desk.held(), TOKEN);
            terminal.write(key);
        }
        terminal.ends_clean(0);
        assert!(!held.exists(), "the buffer is deleted");
        assert!(!desk.calls().contains("CNRY"), "never an argument: {}", desk.calls());
        assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("]52;"), "the terminal is left to tmux");
    }
}

#[test]
fn without_a_usable_tmux_the_sequence_is_passed_through_and_nothing_is_claimed() {
    for (variable, start) in [("TMUX", "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;"), ("STY", "\u{1b}P\u{1b}]52;c;")] {
        let desk = Desk::new("", XCLIP);
        fs::write(desk.programs.join("tmux"), "#!/bin/sh\ncat >/dev/null\nexit 1\n").unwrap();
        fs::set_permissions(desk.programs.join("tmux"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut terminal = desk.open_on(&[("DISPLAY", ""), (variable, "1")]);
        terminal.write("y").shows("does not confirm");
        terminal.write("q").ends_clean(0);
        let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(bytes.contains(&format!("{start}{}", BASE64_STANDARD.encode(TOKEN))), "{variable}: {bytes:?}");
    }
}

#[test]
fn cl_06_a_tool_that_can_is_told_to_keep_the_secret_out_of_histories() {
    // An older wl-copy does not know the option, and must still be used.
    for (refuses, said) in [("", "--sensitive\n"), ("case \"$*\" in --sensitive) exit 1;; esac", "--sensitive\n\n")] {
        let desk = Desk::new("clear_clipboard_after = \"never\"", XCLIP);
        let script = format!("#!/bin/sh\necho \"$@\" >>HELD.calls\n{refuses}\ncat >HELD\n");
        let script = script.replace("HELD", desk.programs.join("held").to_str().unwrap());
        fs::write(desk.programs.join("wl-copy"), script).unwrap();
        fs::set_permissions(desk.programs.join("wl-copy"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut terminal = desk.open_on(&[("DISPLAY", ""), ("WAYLAND_DISPLAY", "wayland-7")]);
        terminal.write("y").shows("Copied the access token");
        assert_eq!((desk.held().as_str(), desk.calls().as_str()), (TOKEN, said));
    }
}

#[test]
fn cl_07_a_tool_that_is_missing_fails_or_hangs_keeps_nobody_waiting() {
    for xclip in ["exec sleep 1000", "exit 3", "exec 0<&- ; exit 1", "cat >/dev/null; exec kill -9 $$"] {
        let desk = Desk::new("", xclip);
        let mut terminal = desk.open(":7");
        // The screen stays responsive meanwhile.
        terminal.write("y").write("?").shows("Keys");
        terminal.escape().shows("Sent the access token to the terminal");
        terminal.write("q").ends_clean(0);
    }
    // This tool copies, but hangs when it is asked for its contents.
    let desk = Desk::new("", "case \"$*\" in *-o) exec sleep 1000;; *) cat >HELD;; esac");
    let mut terminal = desk.open(":7");
    terminal.write("y").shows("Copied the access token");
    terminal.write("q").ends_clean(0);
    assert_eq!(desk.held(), TOKEN, "who knows what it holds by now: it is left alone");
}
