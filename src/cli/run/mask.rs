//! Dots in the place of a token where a child prints it.

use std::io::{self, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use url::form_urlencoded;
use zeroize::Zeroizing;

use super::child;
use crate::engine::ops::token::Token;
use crate::problem::Problem;

const DOTS: &[u8] = "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}".as_bytes();

/// Shorter ones would be found everywhere.
const SHORTEST: usize = 6;

/// Runs the command, what it writes masked. Order within each stream is kept, nothing waits for a line's end.
pub(super) fn run(mut command: Command, token: &Token) -> Result<ExitCode, Problem> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = child::spawn(&mut command)?;
    let masks = masks(token);
    let (out, err) = (running.child.stdout.take(), running.child.stderr.take());
    let (out_masks, err_masks) = (masks.clone(), masks);
    let copies = [
        thread::spawn(move || out.map(|from| copy(from, io::stdout(), &out_masks))),
        thread::spawn(move || err.map(|from| copy(from, io::stderr(), &err_masks))),
    ];
    let status = running.wait()?;
    for copy in copies {
        // A reader of ours that has gone is the child's to notice, as it would without us.
        let _ = copy.join();
    }
    child::ended(status)
}

/// The token, and the forms in which it is written into URLs and headers. The longest first: one may hold another.
fn masks(token: &Token) -> Vec<Zeroizing<Vec<u8>>> {
    let mut masks: Vec<Zeroizing<Vec<u8>>> = Vec::new();
    let mut add = |text: &str| {
        let encoded: Zeroizing<String> = Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect());
        for form in [text, encoded.as_str()] {
            if form.len() >= SHORTEST && masks.iter().all(|mask| mask.as_slice() != form.as_bytes()) {
                masks.push(Zeroizing::new(form.as_bytes().to_vec()));
            }
        }
    };
    add(token.access.expose());
    for sent in &token.sent {
        // Of "Bearer x" it is the x.
        add(sent.value.expose().rsplit(' ').next().unwrap_or_default());
    }
    masks.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
    masks
}

fn copy(mut from: impl Read, mut to: impl Write, masks: &[Zeroizing<Vec<u8>>]) -> io::Result<()> {
    let mut held = Zeroizing::new(Vec::new());
    let mut chunk = Zeroizing::new([0_u8; 16 << 10]);
    loop {
        let read = match from.read(&mut *chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        held.extend_from_slice(&chunk[..read]);
        let rest = write_masked(&held, &mut to, masks, read == 0)?;
        let left = Zeroizing::new(held[rest..].to_vec());
        held = left;
        to.flush()?;
        if read == 0 {
            return Ok(());
        }
    }
}

/// Writes all that can be no beginning of a token, and gives where what may be one begins.
fn write_masked(bytes: &[u8], to: &mut impl Write, masks: &[Zeroizing<Vec<u8>>], last: bool) -> io::Result<usize> {
    let (mut at, mut plain) = (0, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        // A longer one than is here may be coming, even where a shorter one is complete.
        if !last && masks.iter().any(|mask| mask.len() > rest.len() && mask.starts_with(rest)) {
            break;
        }
        if let Some(mask) = masks.iter().find(|mask| rest.starts_with(mask)) {
            to.write_all(&bytes[plain..at])?;
            to.write_all(DOTS)?;
            at += mask.len();
            plain = at;
        } else {
            at += 1;
        }
    }
    to.write_all(&bytes[plain..at])?;
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in pieces.
    struct Pieces<'a>(Vec<&'a [u8]>);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn masked(pieces: &[&str]) -> String {
        let masks: Vec<_> = ["token-long", "token-"].map(|mask| Zeroizing::new(mask.as_bytes().to_vec())).into();
        let mut out = Vec::new();
        copy(Pieces(pieces.iter().map(|piece| piece.as_bytes()).collect()), &mut out, &masks).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_token_is_masked_wherever_it_is_cut() {
        let dots = std::str::from_utf8(DOTS).unwrap();
        let whole = "a token-long b token-\ntok";
        for at in 0..whole.len() {
            let (head, tail) = whole.split_at(at);
            assert!(!masked(&[head, tail]).contains("token-"), "cut at {at}: {}", masked(&[head, tail]));
        }
        assert_eq!(masked(&[whole]), format!("a {dots} b {dots}\ntok"));
        let bytes: Vec<&str> = whole.split("").filter(|piece| !piece.is_empty()).collect();
        assert_eq!(masked(&bytes), format!("a {dots} b {dots}\ntok"));
    }
}
