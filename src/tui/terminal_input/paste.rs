//! The text between the marks of a bracketed paste.

use std::mem;

use zeroize::Zeroizing;

use crate::secret::Secret;

const END: &[u8] = b"\x1b[201~";

/// Longest text, in bytes; the rest is dropped.
const LONGEST: usize = 64 << 10;

/// A paste that is being received.
#[derive(Debug)]
pub(super) struct Paste {
    bytes: Zeroizing<Vec<u8>>,
    /// Number of bytes received, including dropped ones.
    count: usize,
    /// How many bytes of the end mark the last bytes match.
    ending: usize,
}

impl Default for Paste {
    fn default() -> Self {
        // Allocated once: growing would leave copies behind.
        Self { bytes: Zeroizing::new(Vec::with_capacity(LONGEST)), count: 0, ending: 0 }
    }
}

impl Paste {
    /// Takes the next byte; true when the paste is complete.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        if self.bytes.len() < LONGEST {
            self.bytes.push(byte);
        }
        self.count = self.count.saturating_add(1);
        // Only the first byte of the mark is an escape, so only an escape can restart it.
        self.ending = if END.get(self.ending) == Some(&byte) { self.ending + 1 } else { usize::from(byte == END[0]) };
        self.ending == END.len()
    }

    /// The text without the end mark. Invalid UTF-8 is replaced; a character that was cut at the end is dropped.
    pub(super) fn into_text(mut self) -> Secret {
        let length = self.count.saturating_sub(self.ending);
        self.bytes.truncate(length);
        if length > LONGEST
            && let Err(error) = std::str::from_utf8(&self.bytes)
            && error.error_len().is_none()
        {
            self.bytes.truncate(error.valid_up_to());
        }
        let text = String::from_utf8(mem::take(&mut *self.bytes)).unwrap_or_else(|error| {
            let bytes = Zeroizing::new(error.into_bytes());
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Secret::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(text: &[u8]) -> Secret {
        let mut paste = Paste::default();
        let mut bytes = text.iter().chain(END);
        assert!(bytes.any(|byte| paste.push(*byte)) && bytes.next().is_none());
        paste.into_text()
    }

    #[test]
    fn a_paste_is_its_bytes_up_to_the_end_mark() {
        for text in ["", "x", "two\rlines", "\u{1b}[201\u{1b}[20", "\u{1b}\u{1b}", "Z\u{fc}rich \u{1f511}"] {
            assert_eq!(pasted(text.as_bytes()).expose(), text);
        }
        assert_eq!(pasted(b"a\xffb\xc3").expose(), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn a_long_paste_is_cut_between_two_characters() {
        for short in 0..4 {
            let text = "x".repeat(LONGEST - short) + &"\u{20ac}".repeat(5);
            let cut = pasted(text.as_bytes());
            assert_eq!(cut.chars(), LONGEST - short + short / 3);
        }
        assert_eq!(pasted("y".repeat(LONGEST).as_bytes()).chars(), LONGEST);
        assert_eq!(pasted("y".repeat(LONGEST + 3).as_bytes()).chars(), LONGEST);
    }
}
