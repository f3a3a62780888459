//! Accesses the desktop's clipboard through command-line tools. Text goes through pipes, never through arguments, and
//! each tool has a deadline.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::process::foreign;
use crate::secret::Secret;

/// A tool that takes longer is considered hung.
const DEADLINE: Duration = Duration::from_secs(2);

/// Longest text for a tool, in bytes: a pipe accepts this much even if the tool does not read it.
const MAX: usize = 60 << 10;

struct Tool {
    /// The environment variable that is set on the desktops where this tool works.
    display: &'static str,
    copy: (&'static str, &'static [&'static str]),
    paste: (&'static str, &'static [&'static str]),
}

const WL_PASTE: (&str, &[&str]) = ("wl-paste", &["--no-newline"]);

/// Tried in this order. `--sensitive` keeps the text out of clipboard histories; older versions refuse the option.
const TOOLS: &[Tool] = &[
    Tool { display: "WAYLAND_DISPLAY", copy: ("wl-copy", &["--sensitive"]), paste: WL_PASTE },
    Tool { display: "WAYLAND_DISPLAY", copy: ("wl-copy", &[]), paste: WL_PASTE },
    Tool {
        display: "DISPLAY",
        copy: ("xclip", &["-selection", "clipboard"]),
        paste: ("xclip", &["-selection", "clipboard", "-o"]),
    },
    Tool {
        display: "DISPLAY",
        copy: ("xsel", &["--clipboard", "--input"]),
        paste: ("xsel", &["--clipboard", "--output"]),
    },
];

/// Copies text; returns the index of the tool that accepted it.
pub(super) fn copy(text: &Secret) -> Option<usize> {
    TOOLS.iter().position(|tool| {
        let there = std::env::var_os(tool.display).is_some_and(|value| !value.is_empty());
        there && feed(tool.copy.0, tool.copy.1, text.expose())
    })
}

/// Empties the clipboard through the tool at this index if its text matches.
pub(super) fn remove(place: usize, is_meant: &dyn Fn(&Secret) -> bool) {
    if let Some(tool) = TOOLS.get(place)
        && holds(place, is_meant)
    {
        feed(tool.copy.0, tool.copy.1, "");
    }
}

/// Whether the clipboard's text matches, read through the tool at this index.
pub(super) fn holds(place: usize, is_meant: &dyn Fn(&Secret) -> bool) -> bool {
    TOOLS.get(place).is_some_and(|tool| read(tool.paste.0, tool.paste.1).is_some_and(|held| is_meant(&held)))
}

/// Whether reading the clipboard has no side effect. On some Wayland desktops the reader opens a window, which takes
/// the focus for an instant.
pub(super) fn is_quiet(place: usize) -> bool {
    TOOLS.get(place).is_some_and(|tool| tool.display != "WAYLAND_DISPLAY")
}

/// Runs a program with `text` on its standard input; false if it fails.
pub(super) fn feed(program: &str, arguments: &[&str], text: &str) -> bool {
    if text.len() > MAX {
        return false;
    }
    let child =
        foreign(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    let taken = child.stdin.take().is_some_and(|mut input| input.write_all(text.as_bytes()).is_ok());
    succeeds(&mut child) && taken
}

/// Runs a program and returns its output.
pub(super) fn read(program: &str, arguments: &[&str]) -> Option<Secret> {
    let child =
        foreign(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.ok()?;
    let output = child.stdout.take()?;
    // In a separate thread, because a tool that hangs, or a process that it started, keeps the pipe open.
    let (sender, held) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut text = Zeroizing::new(Vec::new());
        let whole = output.take(MAX as u64 + 1).read_to_end(&mut text);
        let _ = sender.send(whole.map(|_| text));
    });
    let text = held.recv_timeout(DEADLINE).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let succeeded = succeeds(&mut child);
    let text = String::from_utf8(text.ok()?.to_vec()).ok()?;
    succeeded.then(|| Secret::new(text))
}

/// Waits for the end of the program, and kills it if it takes too long; true if it succeeded.
fn succeeds(child: &mut Child) -> bool {
    let give_up = Instant::now() + DEADLINE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < give_up => thread::sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}
