//! Clears a copied secret although the program is killed: a process of its own, which knows a salted hash and no more.
//!
//! It is this program, restarted, so that it has no memory of the vault. What it is to do comes by a pipe, which stays
//! open as long as we live: its end is the sign that we are gone.

use std::ffi::OsString;
use std::io::{self, BufRead as _, Write as _};
use std::os::fd::AsFd;
use std::process::{ChildStdin, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rand::RngCore as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use subtle::ConstantTimeEq as _;

use super::way::Way;
use super::{tmux, tool};
use crate::process;
use crate::secret::Secret;

/// The one argument of the process.
const WORD: &str = "clear-clipboard-later";

/// We clear the clipboard ourselves when the time is over; it looks right behind us.
const GRACE: Duration = Duration::from_millis(500);

/// How often it looks whether something else was copied.
const LOOK: Duration = Duration::from_secs(5);

/// The process, as long as it is ours.
#[derive(Debug)]
pub(super) struct Guard(
    /// It closes with us, however we end.
    ChildStdin,
);

impl Guard {
    /// Starts one for what was copied by `way`; at the latest `after` this time it ends. `None` where there is no way to
    /// read a clipboard back, or no process could be started.
    pub(super) fn start(text: &Secret, way: Way, after: Option<Duration>) -> Option<Self> {
        let order = Order::new(text, way, after)?;
        let mut command = process::foreign(std::env::current_exe().ok()?);
        command.arg(WORD).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let mut pipe = child.stdin.take()?;
        // Reaped when it ends, so that no zombie stays.
        let _ = thread::Builder::new().name("clipboard".to_owned()).spawn(move || child.wait());
        writeln!(pipe, "{}", order.line()).ok()?;
        Some(Self(pipe))
    }

    /// Lets it end without a look: the clipboard is cleared, or holds another copy, which may be of the same text.
    pub(super) fn dismiss(mut self) {
        // One that is gone has nothing to do any more.
        let _ = self.0.write_all(b"-\n");
    }
}

/// What the process is told.
#[derive(Debug, Eq, PartialEq)]
struct Order {
    way: Way,
    salt: [u8; 16],
    hash: [u8; 32],
    after: Option<Duration>,
}

impl Order {
    fn new(text: &Secret, way: Way, after: Option<Duration>) -> Option<Self> {
        if way == Way::Terminal {
            return None;
        }
        let mut salt = [0; 16];
        rand::rng().fill_bytes(&mut salt);
        Some(Self { way, salt, hash: text.salted_digest(&salt), after })
    }

    fn line(&self) -> String {
        let way = match self.way {
            Way::Tool(at) => at.to_string(),
            Way::Tmux | Way::Terminal => "tmux".to_owned(),
        };
        let after = self.after.map_or_else(|| "-".to_owned(), |after| after.as_millis().to_string());
        format!("{way} {after} {} {}", hex(&self.salt), hex(&self.hash))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let way = match words.next()? {
            "tmux" => Way::Tmux,
            at => Way::Tool(at.parse().ok()?),
        };
        let after = match words.next()? {
            "-" => None,
            millis => Some(Duration::from_millis(millis.parse().ok()?)),
        };
        Some(Self { way, after, salt: unhex(words.next()?)?, hash: unhex(words.next()?)? })
    }

    fn is(&self, text: &Secret) -> bool {
        text.salted_digest(&self.salt).ct_eq(&self.hash).into()
    }

    /// Whether something else is there by now; not known where a look would take the focus from a window.
    fn is_over(&self) -> bool {
        match self.way {
            Way::Tool(at) => tool::is_quiet(at) && !tool::holds(at, &|text| self.is(text)),
            Way::Tmux => !tmux::holds(&|text| self.is(text)),
            Way::Terminal => true,
        }
    }

    fn take_out(&self) {
        match self.way {
            Way::Tool(at) => tool::take_out(at, &|text| self.is(text)),
            Way::Tmux => tmux::take_out(&|text| self.is(text)),
            Way::Terminal => {}
        }
    }
}

/// Whether these arguments are those of the process; then all of its work is done.
pub(crate) fn ran(mut arguments: impl Iterator<Item = OsString>) -> bool {
    let is_asked = arguments.nth(1).is_some_and(|word| word == WORD) && arguments.next().is_none();
    if is_asked {
        watch();
    }
    is_asked
}

fn watch() {
    // A session of its own: no signal of our terminal reaches it, and none of its end.
    let _ = rustix::process::setsid();
    let (mut line, mut input) = (String::new(), io::stdin().lock());
    if input.read_line(&mut line).is_err() {
        return;
    }
    let Some(order) = Order::parse(&line) else { return };
    let end = order.after.map(|after| Instant::now() + after + GRACE);
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return order.take_out();
        }
        if has_news(&input, left.map_or(LOOK, |left| left.min(LOOK))) {
            // The end of the pipe, and not a word: nobody else is left to clear it.
            let is_dismissed = input.read_line(&mut line).is_ok_and(|read| read > 0);
            if !is_dismissed {
                order.take_out();
            }
            return;
        }
        if order.is_over() {
            return;
        }
    }
}

/// Waits for a word or the end of the pipe, at most so long.
fn has_news(pipe: &impl AsFd, most: Duration) -> bool {
    let most = Timespec::try_from(most).ok();
    let mut fds = [PollFd::new(pipe, PollFlags::IN)];
    // Interrupted by a signal: it is asked again.
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
        for (way, after) in [(Way::Tool(3), Some(Duration::from_secs(30))), (Way::Tmux, None)] {
            let order = Order::new(&text, way, after).unwrap();
            assert_eq!(Order::parse(&order.line()).as_ref(), Some(&order));
            assert!(!order.line().contains("CNRY") && !order.line().contains(&hex(&text.digest())), "salted");
            assert!(order.is(&text) && !order.is(&Secret::new("CNRY-access-tokem".to_owned())));
            let again = Order::new(&text, way, after).unwrap();
            assert_ne!(order.hash, again.hash, "a salt for each copy");
        }
        assert!(Order::new(&text, Way::Terminal, None).is_none(), "it cannot be read back");
    }

    #[test]
    fn what_is_no_order_is_none() {
        for line in ["", "x", "0 - zz zz", "0 1 00 00", "9999999999999999999999 - a b", "tmux -1 a b"] {
            assert_eq!(Order::parse(line), None, "{line}");
        }
    }
}
