//! The lines that an age plugin reads and writes: `-> TAG ARGUMENT…`, then a body in base64 that ends with a short
//! line. <https://c2sp.org/age-plugin>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

/// Characters in a full line of a body.
const COLUMNS: usize = 64;

/// Maximum number of arguments that are accepted.
const MAX_ARGUMENTS: usize = 16;

/// Longest body that is accepted, in bytes.
const MAX_BODY: usize = 8 << 10;

/// A command or its reply.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) tag: String,
    pub(super) arguments: Vec<String>,
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// The lines are not a message.
#[derive(Debug)]
pub(super) struct Malformed;

/// Serializes a message.
pub(super) fn written<'a>(tag: &str, arguments: impl IntoIterator<Item = &'a str>, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(body));
    let mut text = Zeroizing::new(Vec::with_capacity(encoded.len() + encoded.len() / COLUMNS + 256));
    text.extend_from_slice(b"-> ");
    text.extend_from_slice(tag.as_bytes());
    for argument in arguments {
        text.push(b' ');
        text.extend_from_slice(argument.as_bytes());
    }
    text.push(b'\n');
    let lines = encoded.as_bytes().chunks(COLUMNS);
    let needs_end = encoded.len().is_multiple_of(COLUMNS);
    for line in lines {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    if needs_end {
        text.push(b'\n');
    }
    text
}

/// A message whose lines are being read.
#[derive(Debug)]
pub(super) struct Partial {
    tag: String,
    arguments: Vec<String>,
    encoded: Zeroizing<Vec<u8>>,
}

impl Partial {
    /// Starts with the first line, without its line break.
    pub(super) fn begin(line: &[u8]) -> Result<Self, Malformed> {
        let words = line.strip_prefix(b"-> ").and_then(|words| std::str::from_utf8(words).ok()).ok_or(Malformed)?;
        let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
        let mut words = words.split(' ').map(|word| Some(word).filter(is_word).map(str::to_owned));
        let tag = words.next().flatten().ok_or(Malformed)?;
        let arguments: Option<Vec<String>> = words.collect();
        let arguments = arguments.filter(|all| all.len() <= MAX_ARGUMENTS).ok_or(Malformed)?;
        // Allocated at its final size: growing would leave copies in memory.
        Ok(Self { tag, arguments, encoded: Zeroizing::new(Vec::with_capacity(MAX_BODY / 3 * 4 + COLUMNS)) })
    }

    /// Adds a line of the body; returns whether it was the last one.
    pub(super) fn add(&mut self, line: &[u8]) -> Result<bool, Malformed> {
        if line.len() > COLUMNS || self.encoded.len() + line.len() > MAX_BODY / 3 * 4 {
            return Err(Malformed);
        }
        self.encoded.extend_from_slice(line);
        Ok(line.len() < COLUMNS)
    }

    /// Completes the message, after its last line.
    pub(super) fn end(self) -> Result<Message, Malformed> {
        let body = STANDARD_NO_PAD.decode(&*self.encoded).map_err(|_| Malformed)?;
        Ok(Message { tag: self.tag, arguments: self.arguments, body: Zeroizing::new(body) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Message, Malformed> {
        let mut lines = text.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n');
        let mut partial = Partial::begin(lines.next().unwrap())?;
        while !partial.add(lines.next().ok_or(Malformed)?)? {}
        assert_eq!(lines.next(), None);
        partial.end()
    }

    #[test]
    fn a_message_of_any_length_is_read_as_it_was_written() {
        for size in [0, 1, 47, 48, 49, 96, 1_000] {
            let body = vec![7; size];
            let message = read(&written("tag", ["one", "two"], &body)).unwrap();
            assert_eq!((message.tag.as_str(), message.arguments.join(" ").as_str()), ("tag", "one two"));
            assert_eq!(*message.body, body, "{size}");
        }
        assert_eq!(*written("done", [], b""), b"-> done\n\n");
        assert_eq!(*written("ok", [], &[0; 48]), [b"-> ok\n".as_slice(), &[b'A'; 64], b"\n\n"].concat());
    }

    #[test]
    fn what_is_no_message_or_too_long_is_refused() {
        for first in ["", "done", "->done", "-> ", "->  x", "-> a  b", "-> a\u{7f}"] {
            assert!(Partial::begin(first.as_bytes()).is_err(), "{first:?}");
        }
        assert!(Partial::begin(b"-> a").is_ok());
        assert!(Partial::begin(format!("-> a{}", " b".repeat(17)).as_bytes()).is_err());
        let mut partial = Partial::begin(b"-> a").unwrap();
        assert!(partial.add(&[b'A'; 65]).is_err());
        assert!((0..1_000).any(|_| partial.add(&[b'A'; 64]).is_err()), "a body ends");
        let mut partial = Partial::begin(b"-> a").unwrap();
        partial.add(b"!!!").unwrap();
        assert!(partial.end().is_err());
    }
}
