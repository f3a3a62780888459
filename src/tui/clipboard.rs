//! The clipboard: a native tool where there is one, else the terminal's own (OSC 52), which works over ssh.
//!
//! A secret goes in on standard input, never as an argument, and is taken out again after 30 seconds if it is still
//! there. OSC 52 cannot be read back: there the clipboard is emptied, and the notice says which way it went.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// How long a secret stays on the clipboard.
pub(super) const CLEAR_AFTER: Duration = Duration::from_secs(30);

/// A clipboard tool that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(2);

/// Terminals drop longer OSC 52 texts.
const MAX_OSC_52: usize = 74_994;

/// Program, arguments to copy, arguments to read, and the variable that says its display is there.
type Tool = (&'static str, &'static [&'static str], &'static str, &'static [&'static str], &'static str);

/// Tried in this order.
#[rustfmt::skip]
const TOOLS: &[Tool] = &[
    ("wl-copy", &[], "wl-paste", &["--no-newline"], "WAYLAND_DISPLAY"),
    ("xclip", &["-selection", "clipboard"], "xclip", &["-selection", "clipboard", "-o"], "DISPLAY"),
    ("xsel", &["--clipboard", "--input"], "xsel", &["--clipboard", "--output"], "DISPLAY"),
];

/// The way a text went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    /// A tool, by its place in the table.
    Tool(usize),
    /// The terminal.
    Terminal,
}

/// Copies. `None` when no way took it.
pub(super) fn copy(text: &Secret) -> Option<Way> {
    for (at, (program, arguments, _, _, display)) in TOOLS.iter().enumerate() {
        let there = std::env::var_os(display).is_some_and(|value| !value.is_empty());
        if there && feed(program, arguments, text.expose()) {
            return Some(Way::Tool(at));
        }
    }
    if text.expose().len() > MAX_OSC_52 {
        return None;
    }
    osc_52(text.expose()).then_some(Way::Terminal)
}

/// Takes `text` out again, unless the person has copied something else meanwhile.
pub(super) fn clear(text: &Secret, way: Way) {
    match way {
        Way::Terminal => {
            osc_52("");
        }
        Way::Tool(at) => {
            if let Some((program, arguments, reader, read, _)) = TOOLS.get(at)
                && holds(reader, read, text)
            {
                feed(program, arguments, "");
            }
        }
    }
}

fn osc_52(text: &str) -> bool {
    let sequence = Zeroizing::new(format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text)));
    let mut out = io::stdout().lock();
    out.write_all(sequence.as_bytes()).and_then(|()| out.flush()).is_ok()
}

fn feed(program: &str, arguments: &[&str], text: &str) -> bool {
    let child =
        Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    if let Some(mut input) = child.stdin.take()
        && input.write_all(text.as_bytes()).is_err()
    {
        let _ = child.kill();
    }
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

fn holds(program: &str, arguments: &[&str], text: &Secret) -> bool {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let Ok(output) = output else { return false };
    let held = Zeroizing::new(output.stdout);
    String::from_utf8(held.to_vec()).is_ok_and(|held| text.matches(&Secret::new(held)))
}
