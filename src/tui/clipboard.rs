//! The clipboard: a native tool where there is one, else the terminal's own (OSC 52), which works over ssh.
//!
//! A secret goes in on standard input, never as an argument, and is taken out again after a while, and when the program
//! ends, if it is still there. OSC 52 cannot be read back: there the clipboard is emptied unseen.

mod tool;

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// Terminals drop longer OSC 52 texts.
const MAX_OSC_52: usize = 74_994;

/// The way a text went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    /// A tool, by its place in the table.
    Tool(usize),
    /// The terminal.
    Terminal,
}

/// The clipboard, and the one secret of ours that may be on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Clipboard(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    /// Counts the copies: a later one is not cleared by the time of an earlier one.
    copies: u64,
    secret: Option<(Secret, Way)>,
}

impl Clipboard {
    /// Copies what is not secret; `None` when no way took it. Blocks for seconds where a tool hangs.
    pub(super) fn put(&self, text: &Secret) -> Option<Way> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let way = copy(text)?;
        held.secret = None;
        Some(way)
    }

    /// Copies a secret and remembers it; the number is for [`Clipboard::clear`]. Blocks for seconds where a tool hangs.
    pub(super) fn put_secret(&self, text: Secret) -> Option<(Way, u64)> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let way = copy(&text)?;
        held.copies += 1;
        held.secret = Some((text, way));
        Some((way, held.copies))
    }

    /// Takes the secret of that copy out again, whichever it is for `None`, unless the person has copied something else
    /// meanwhile. Blocks as [`Clipboard::put`].
    pub(super) fn clear(&self, copy: Option<u64>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if copy.is_some_and(|copy| copy != held.copies) {
            return;
        }
        match held.secret.take() {
            None => {}
            Some((_, Way::Terminal)) => {
                osc_52("");
            }
            Some((text, Way::Tool(at))) => tool::take_out(at, &text),
        }
    }
}

fn copy(text: &Secret) -> Option<Way> {
    if let Some(at) = tool::copy(text) {
        return Some(Way::Tool(at));
    }
    (text.expose().len() <= MAX_OSC_52 && osc_52(text.expose())).then_some(Way::Terminal)
}

fn osc_52(text: &str) -> bool {
    let sequence = Zeroizing::new(format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text)));
    let mut out = io::stdout().lock();
    out.write_all(sequence.as_bytes()).and_then(|()| out.flush()).is_ok()
}
