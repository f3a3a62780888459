//! An answer of the terminal to a question about itself (OSC): from `ESC ]` to BEL or `ESC \\`.

use zeroize::Zeroizing;

/// Longest answer that is read, in bytes; a longer one is skipped. The answer about the background has about 30.
const LONGEST: usize = 64;

/// The result of taking a byte.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum AnswerProgress {
    Part,
    End,
    /// The byte does not belong to the answer, which is abandoned. `escaped` is true if an escape came before the byte.
    Broken {
        escaped: bool,
    },
}

/// An answer that is being received.
#[derive(Debug)]
pub(super) struct Answer {
    bytes: Zeroizing<Vec<u8>>,
    overlong: bool,
    /// Whether the last byte was an escape character.
    escaped: bool,
}

impl Default for Answer {
    fn default() -> Self {
        // Allocated once: growing would leave copies behind.
        Self { bytes: Zeroizing::new(Vec::with_capacity(LONGEST)), overlong: false, escaped: false }
    }
}

impl Answer {
    /// Takes the next byte.
    pub(super) fn push(&mut self, byte: u8) -> AnswerProgress {
        match byte {
            b'\\' if self.escaped => return AnswerProgress::End,
            _ if self.escaped => return AnswerProgress::Broken { escaped: true },
            0x07 => return AnswerProgress::End,
            0x1b => self.escaped = true,
            0..0x20 => return AnswerProgress::Broken { escaped: false },
            _ if self.bytes.len() < LONGEST => self.bytes.push(byte),
            _ => self.overlong = true,
        }
        AnswerProgress::Part
    }

    /// The color, if the answer is about the background: xterm's control sequences, "OSC Ps ; Pt", Ps = 11.
    pub(super) fn background(&self) -> Option<[u8; 3]> {
        let text = std::str::from_utf8(&self.bytes).ok().filter(|_| !self.overlong)?;
        let color = text.strip_prefix("11;")?;
        if let Some(hex) = color.strip_prefix('#').filter(|hex| hex.is_ascii()) {
            let digits = hex.len() / 3;
            return channels((0..3).map(|at| hex.get(at * digits..(at + 1) * digits)));
        }
        let parts = color.strip_prefix("rgb:").or_else(|| color.strip_prefix("rgba:"))?;
        channels(parts.split('/').take(3).map(Some))
    }
}

/// Parses three numbers of one to four hexadecimal digits, as XParseColor does.
fn channels<'a>(parts: impl Iterator<Item = Option<&'a str>>) -> Option<[u8; 3]> {
    let mut color = [0; 3];
    let mut count = 0;
    for (part, channel) in parts.zip(&mut color) {
        let part = part.filter(|part| (1..=4).contains(&part.len()))?;
        let most = (1_u32 << (4 * part.len())) - 1;
        *channel = u8::try_from(u32::from_str_radix(part, 16).ok()? * 255 / most).ok()?;
        count += 1;
    }
    (count == 3).then_some(color)
}
