//! Clears a copied secret if this program is killed. A second process does this, which knows only a salted hash of it.
//!
//! The process is this program, started anew, so that its memory contains nothing of the vault. It receives its order
//! through a pipe that stays open as long as the parent lives: end of file means that the parent is gone.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, PipeReader, Write as _};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdin, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rand::RngCore as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use subtle::ConstantTimeEq as _;

use super::copy_target::CopyTarget;
use super::{tmux, tool};
use crate::process;
use crate::secret::Secret;

/// The only argument of the process.
const ARGUMENT: &str = "clear-clipboard-later";

/// The parent clears the clipboard at the deadline; the process does so this much later, in case the parent did not.
const MARGIN: Duration = Duration::from_millis(500);

/// How often the process checks whether something else was copied.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// A running guard process.
#[derive(Debug)]
pub(super) struct Guard(
    /// The write end of the process's pipe, which is closed however this program ends.
    ChildStdin,
);

impl Guard {
    /// Starts a process for the secret that was copied to `target`; the process ends when `after` has passed at the
    /// latest. `None` if the clipboard cannot be read back, or the process could not be started.
    pub(super) fn start(text: &Secret, target: CopyTarget, after: Option<Duration>) -> Option<Self> {
        let order = Order::new(text, target, after)?;
        let mut command = process::foreign(std::env::current_exe().ok()?);
        command.arg(ARGUMENT).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // When a terminal closes, signals are sent to its foreground process group. The process's own group is set here
        // rather than by the process itself, so that these signals cannot kill it in between.
        command.process_group(0);
        let mut child = command.spawn().ok()?;
        let mut pipe = child.stdin.take()?;
        // Reaps the process, so that it does not remain as a zombie.
        let _ = thread::Builder::new().name("clipboard".to_owned()).spawn(move || child.wait());
        writeln!(pipe, "{}", order.line()).ok()?;
        Some(Self(pipe))
    }

    /// Ends the process without clearing anything, because the clipboard was cleared already, or holds a newer copy,
    /// possibly of the same text.
    pub(super) fn dismiss(mut self) {
        // Fails if the process has ended already, which is fine.
        let _ = self.0.write_all(b"-\n");
    }
}

/// The instructions for the process.
#[derive(Debug, Eq, PartialEq)]
struct Order {
    target: CopyTarget,
    salt: [u8; 16],
    hash: [u8; 32],
    after: Option<Duration>,
}

impl Order {
    fn new(text: &Secret, target: CopyTarget, after: Option<Duration>) -> Option<Self> {
        if target == CopyTarget::Terminal {
            return None;
        }
        let mut salt = [0; 16];
        rand::rng().fill_bytes(&mut salt);
        Some(Self { target, salt, hash: text.salted_digest(&salt), after })
    }

    fn line(&self) -> String {
        let target = match self.target {
            CopyTarget::Tool(at) => at.to_string(),
            CopyTarget::Tmux | CopyTarget::Terminal => "tmux".to_owned(),
        };
        let after = self.after.map_or_else(|| "-".to_owned(), |after| after.as_millis().to_string());
        format!("{target} {after} {} {}", hex(&self.salt), hex(&self.hash))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let target = match words.next()? {
            "tmux" => CopyTarget::Tmux,
            at => CopyTarget::Tool(at.parse().ok()?),
        };
        let after = match words.next()? {
            "-" => None,
            millis => Some(Duration::from_millis(millis.parse().ok()?)),
        };
        Some(Self { target, after, salt: unhex(words.next()?)?, hash: unhex(words.next()?)? })
    }

    fn is(&self, text: &Secret) -> bool {
        text.salted_digest(&self.salt).ct_eq(&self.hash).into()
    }

    /// Whether the clipboard holds something else by now. False where reading the clipboard could take the focus from a
    /// window.
    fn is_over(&self) -> bool {
        match self.target {
            CopyTarget::Tool(at) => tool::is_quiet(at) && !tool::holds(at, &|text| self.is(text)),
            CopyTarget::Tmux => !tmux::holds(&|text| self.is(text)),
            CopyTarget::Terminal => true,
        }
    }

    fn remove(&self) {
        match self.target {
            CopyTarget::Tool(at) => tool::remove(at, &|text| self.is(text)),
            CopyTarget::Tmux => tmux::remove(&|text| self.is(text)),
            CopyTarget::Terminal => {}
        }
    }
}

/// Runs the process and returns true if these are its arguments; else does nothing and returns false.
pub(crate) fn run_guard(mut arguments: impl Iterator<Item = OsString>) -> bool {
    let is_asked = arguments.nth(1).is_some_and(|word| word == ARGUMENT) && arguments.next().is_none();
    if is_asked {
        watch();
    }
    is_asked
}

fn watch() {
    let Ok(pipe) = io::stdin().as_fd().try_clone_to_owned() else { return };
    let (mut line, mut input) = (String::new(), BufReader::new(PipeReader::from(pipe)));
    if input.read_line(&mut line).is_err() {
        return;
    }
    let Some(order) = Order::parse(&line) else { return };
    let end = order.after.map(|after| Instant::now() + after + MARGIN);
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return order.remove();
        }
        if wait_for_input(&input, left.map_or(CHECK_INTERVAL, |left| left.min(CHECK_INTERVAL))) {
            // The pipe was closed without a dismissal: the parent was killed, so the clipboard is cleared here.
            let is_dismissed = input.read_line(&mut line).is_ok_and(|read| read > 0);
            if !is_dismissed {
                order.remove();
            }
            return;
        }
        if order.is_over() {
            return;
        }
    }
}

/// Waits at most this long for data or the end of the pipe; true if there is any.
fn wait_for_input(pipe: &BufReader<PipeReader>, most: Duration) -> bool {
    // The dismissal arrived together with the order, and is already in the buffer.
    if !pipe.buffer().is_empty() {
        return true;
    }
    let most = Timespec::try_from(most).ok();
    let mut fds = [PollFd::new(pipe.get_ref(), PollFlags::IN)];
    // Also false if a signal interrupts the call: the caller calls again.
    poll(&mut fds, most.as_ref()).is_ok_and(|ready| ready > 0)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_survives_the_pipe_and_holds_nothing_of_the_secret() {
        let text = Secret::new("CNRY-access-token".to_owned());
        for (target, after) in [(CopyTarget::Tool(3), Some(Duration::from_secs(30))), (CopyTarget::Tmux, None)] {
            let order = Order::new(&text, target, after).unwrap();
            assert_eq!(Order::parse(&order.line()).as_ref(), Some(&order));
            assert!(!order.line().contains("CNRY") && !order.line().contains(&hex(&text.digest())), "salted");
            assert!(order.is(&text) && !order.is(&Secret::new("CNRY-access-tokem".to_owned())));
            let again = Order::new(&text, target, after).unwrap();
            assert_ne!(order.hash, again.hash, "a salt for each copy");
        }
        assert!(Order::new(&text, CopyTarget::Terminal, None).is_none(), "it cannot be read back");
    }

    #[test]
    fn what_is_no_order_is_none() {
        for line in ["", "x", "0 - zz zz", "0 1 00 00", "9999999999999999999999 - a b", "tmux -1 a b"] {
            assert_eq!(Order::parse(line), None, "{line}");
        }
    }
}
