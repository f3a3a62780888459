//! The clipboard: a native tool if there is one, else tmux, else the terminal's own (OSC 52), which works over ssh.
//!
//! A terminal does not confirm that it accepted the text. A secret is passed to a tool on standard input, never as an
//! argument. It is cleared after a while or when the program ends, if it is still on the clipboard; if the program is
//! killed, a guard process that outlives it does this. A clipboard that was set with OSC 52 cannot be read back: it is
//! cleared without a check, and only by this program.

mod copy_target;
mod guard;
mod tmux;
mod tool;

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

pub(super) use self::copy_target::CopyTarget;
use self::guard::Guard;
pub(crate) use self::guard::run_guard;
use super::terminal_output::TerminalOutput;
use crate::secret::Secret;

/// Longest text for OSC 52, in bytes; terminals drop longer ones.
const MAX_OSC_52: usize = 74_994;

/// Longest piece of a sequence, in bytes; GNU screen drops longer ones.
const SCREEN_PIECE: usize = 240;

/// The clipboard, and the secret that Credenza may have put there.
#[derive(Clone, Debug, Default)]
pub(super) struct Clipboard(Arc<Mutex<PendingClear>>);

#[derive(Debug, Default)]
struct PendingClear {
    /// Number of copies so far: the timer of an earlier copy must not clear a later one.
    copies: u64,
    /// A hash of the text; the secret itself is not kept.
    secret: Option<([u8; 32], CopyTarget)>,
    /// The process that clears the clipboard if this one is killed.
    guard: Option<Guard>,
}

impl Clipboard {
    /// Copies text that is not secret; `None` if nothing accepted it. Blocks for seconds if a tool hangs.
    pub(super) fn put(&self, text: &Secret) -> Option<CopyTarget> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let target = copy(text)?;
        held.secret = None;
        held.guard.take().into_iter().for_each(Guard::dismiss);
        Some(target)
    }

    /// Copies a secret, and returns the number of the copy for [`Clipboard::clear`], which the caller has to call when
    /// `after` has passed. Blocks for seconds if a tool hangs.
    pub(super) fn put_secret(&self, text: &Secret, after: Option<Duration>) -> Option<(CopyTarget, u64)> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let target = copy(text)?;
        held.copies += 1;
        let former = std::mem::replace(&mut held.guard, Guard::start(text, target, after));
        former.into_iter().for_each(Guard::dismiss);
        held.secret = Some((text.digest(), target));
        Some((target, held.copies))
    }

    /// Removes the secret of this copy (`None`: of any copy), unless the user has copied something else since. Blocks
    /// like [`Clipboard::put`].
    pub(super) fn clear(&self, copy: Option<u64>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if copy.is_some_and(|copy| copy != held.copies) {
            return;
        }
        match held.secret.take() {
            None => {}
            Some((_, CopyTarget::Terminal)) => {
                osc_52("");
            }
            Some((digest, CopyTarget::Tmux)) => tmux::remove(&|held| held.digest() == digest),
            Some((digest, CopyTarget::Tool(at))) => tool::remove(at, &|held| held.digest() == digest),
        }
        held.guard.take().into_iter().for_each(Guard::dismiss);
    }
}

fn copy(text: &Secret) -> Option<CopyTarget> {
    if let Some(at) = tool::copy(text) {
        return Some(CopyTarget::Tool(at));
    }
    if tmux::copy(text) {
        return Some(CopyTarget::Tmux);
    }
    (text.expose().len() <= MAX_OSC_52 && osc_52(text.expose())).then_some(CopyTarget::Terminal)
}

fn osc_52(text: &str) -> bool {
    let sequence = Zeroizing::new(format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text)));
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let passed = through(&sequence, is_set("TMUX"), is_set("STY"));
    let mut out = TerminalOutput::default();
    out.write_all(passed.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Wraps a sequence in the envelope (DCS) that makes tmux or GNU screen pass it on to the outer terminal.
fn through(sequence: &str, in_tmux: bool, in_screen: bool) -> Zeroizing<String> {
    // Allocated once: a growing buffer would leave copies of the secret behind.
    let mut out = Zeroizing::new(String::with_capacity(sequence.len() * 2 + 16));
    if in_tmux {
        out.push_str("\x1bPtmux;");
        out.push_str(&Zeroizing::new(sequence.replace('\x1b', "\x1b\x1b")));
        out.push_str("\x1b\\");
    } else if in_screen {
        let mut rest = sequence;
        while !rest.is_empty() {
            // No character can be split: the sequence is ASCII.
            let (piece, left) = rest.split_at(rest.len().min(SCREEN_PIECE));
            out.push_str("\x1bP");
            out.push_str(piece);
            out.push_str("\x1b\\");
            rest = left;
        }
    } else {
        out.push_str(sequence);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiplexer_gets_the_sequence_in_its_envelope() {
        let sequence = "\x1b]52;c;QUJD\x07";
        assert_eq!(through(sequence, false, false).as_str(), sequence);
        assert_eq!(through(sequence, true, false).as_str(), "\x1bPtmux;\x1b\x1b]52;c;QUJD\x07\x1b\\");
        assert_eq!(through(sequence, false, true).as_str(), "\x1bP\x1b]52;c;QUJD\x07\x1b\\");
        assert_eq!(*through(sequence, true, true), *through(sequence, true, false), "the inner one is asked");
        let long = format!("\x1b]52;c;{}\x07", "A".repeat(1_000));
        let pieces = through(&long, false, true);
        let joined: String = pieces.split("\x1b\\").filter_map(|piece| piece.strip_prefix("\x1bP")).collect();
        assert_eq!(joined, long);
        assert!(pieces.split("\x1b\\").all(|piece| piece.len() <= SCREEN_PIECE + 2));
    }
}
