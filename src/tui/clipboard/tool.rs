//! The desktop's clipboard by its tools: text in and out by pipes, never by arguments, and none is waited for for long.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::process::foreign;
use crate::secret::Secret;

/// A tool that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(2);

/// A pipe takes this much although nobody reads; longer texts go another way.
const MAX: usize = 60 << 10;

struct Tool {
    /// Set where there is a desktop it belongs to.
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

/// Copies; the place of the tool that took it.
pub(super) fn copy(text: &Secret) -> Option<usize> {
    TOOLS.iter().position(|tool| {
        let there = std::env::var_os(tool.display).is_some_and(|value| !value.is_empty());
        there && feed(tool.copy.0, tool.copy.1, text.expose())
    })
}

/// Empties the clipboard of the tool at `place` if it holds what is meant.
pub(super) fn take_out(place: usize, is_meant: &dyn Fn(&Secret) -> bool) {
    if let Some(tool) = TOOLS.get(place)
        && holds(place, is_meant)
    {
        feed(tool.copy.0, tool.copy.1, "");
    }
}

/// Whether the clipboard of the tool at `place` holds what is meant.
pub(super) fn holds(place: usize, is_meant: &dyn Fn(&Secret) -> bool) -> bool {
    TOOLS.get(place).is_some_and(|tool| read(tool.paste.0, tool.paste.1).is_some_and(|held| is_meant(&held)))
}

/// Whether a look at it disturbs nobody: some Wayland desktops give a window to who reads the clipboard, which takes the
/// focus for an instant.
pub(super) fn is_quiet(place: usize) -> bool {
    TOOLS.get(place).is_some_and(|tool| tool.display != "WAYLAND_DISPLAY")
}

/// Runs a program with `text` on its standard input; whether it took it.
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

/// What a program prints.
pub(super) fn read(program: &str, arguments: &[&str]) -> Option<Secret> {
    let child =
        foreign(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.ok()?;
    let output = child.stdout.take()?;
    // A thread of its own: a tool that hangs keeps the pipe open, and so might what it started.
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

/// Waits for its end, which is brought about when it takes too long.
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
