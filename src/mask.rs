//! Finds secrets in text of foreign origin, in every encoding in which programs write them.
//!
//! Used for two purposes: text from servers is shown with `[concealed]` in place of each secret, and
//! `credenza run --mask` passes on the output of its command with dots in place of each secret.

use std::fmt::Write as _;
use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::printable::printable;
use crate::secret::Secret;

/// Replaces a secret in text from a server.
pub(crate) const CONCEALED: &str = "[concealed]";

/// In bytes. A shorter secret also occurs in ordinary words, which would be concealed.
const SHORTEST: usize = 6;

/// Bytes of a secret that must match before a line break may follow. Otherwise the end of many lines would have to be
/// held back until the next line arrives.
const BEFORE_LINE_BREAK: usize = 16;

/// All encodings of some secrets, the longest first, because one may contain another.
#[derive(Clone, Default)]
pub(crate) struct Masks(Vec<Zeroizing<Vec<u8>>>);

impl Masks {
    /// Masks for all encodings of these secrets.
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut masks = Self::default();
        for secret in secrets {
            masks.add_forms(secret.expose());
        }
        masks.0.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
        masks
    }

    /// The beginning of `text` with [`CONCEALED`] in place of each secret: at least `most` characters, if the text is
    /// that long. Secrets are found before the text is cut, so the end cannot be a part of a secret.
    pub(crate) fn conceal(&self, text: &str, most: usize) -> Zeroizing<String> {
        let mut out =
            Zeroizing::new(String::with_capacity(text.len().min(most.saturating_mul(4)) + CONCEALED.len() + 4));
        let (mut count, mut covered) = (0, 0);
        for (at, c) in text.char_indices() {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            let is_covered = at < covered;
            // Also checked inside a secret that was found: another one may begin there and extend beyond it.
            if let Some(length) = self.longest(rest) {
                covered = covered.max(at + length);
            }
            if at >= covered {
                out.push(c);
                count += 1;
            } else if !is_covered {
                out.push_str(CONCEALED);
                count += CONCEALED.len();
            }
            if count >= most && at >= covered {
                break;
            }
        }
        out
    }

    /// Text of foreign origin, ready to be shown: concealed, escaped, and cut to `max` characters.
    pub(crate) fn quote(&self, words: &str, max: usize) -> String {
        printable(&self.conceal(words.trim(), max + 1), max)
    }

    /// Writes the bytes with `dots` in place of each secret, up to the first byte that could begin a secret whose rest
    /// is still missing. Returns the position of that byte. With `last`, no more bytes follow, so everything is
    /// written.
    ///
    /// # Errors
    /// Those of `to`.
    pub(crate) fn write(&self, bytes: &[u8], to: &mut impl Write, dots: &[u8], last: bool) -> io::Result<usize> {
        let (mut at, mut plain) = (0, 0);
        while at < bytes.len() {
            let rest = &bytes[at..];
            let mut whole = None;
            let mut is_cut = false;
            for mask in &self.0 {
                match compare(rest, mask) {
                    Compared::Same(length) => whole = whole.or(Some(length)),
                    Compared::Cut => is_cut = true,
                    Compared::Other => {}
                }
            }
            // A longer secret may be incomplete here, even if a shorter one already matches.
            if !last && is_cut {
                break;
            }
            if let Some(length) = whole {
                to.write_all(&bytes[plain..at])?;
                to.write_all(dots)?;
                at += length;
                plain = at;
            } else {
                at += 1;
            }
        }
        to.write_all(&bytes[plain..at])?;
        Ok(at)
    }

    fn longest(&self, rest: &[u8]) -> Option<usize> {
        let lengths = self.0.iter().filter_map(|mask| match compare(rest, mask) {
            Compared::Same(length) => Some(length),
            Compared::Cut | Compared::Other => None,
        });
        lengths.max()
    }

    fn add(&mut self, form: &[u8]) {
        if form.len() >= SHORTEST && self.0.iter().all(|mask| mask.as_slice() != form) {
            self.0.push(Zeroizing::new(form.to_vec()));
        }
    }

    fn add_forms(&mut self, text: &str) {
        self.add(text.as_bytes());
        let hex = |digits: &[u8; 16]| -> Zeroizing<Vec<u8>> {
            let digit = |nibble: u8| digits[usize::from(nibble)];
            Zeroizing::new(text.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
        };
        self.add(&hex(b"0123456789abcdef"));
        self.add(&hex(b"0123456789ABCDEF"));
        self.add_base64(text);
        // The form encoding that HTTP Basic requires (RFC 6749 section 2.3.1), and what remains of a URL that was
        // encoded twice.
        let form = Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
        if form.as_str() != text {
            self.add(form.as_bytes());
            self.add_base64(&form);
            let percent = Zeroizing::new(form.replace('+', "%20"));
            if *percent != *form {
                self.add(percent.as_bytes());
                self.add_base64(&percent);
            }
        }
        if !text.is_ascii() {
            for upper in [false, true] {
                self.add(json_in_ascii(text, upper).as_bytes());
            }
        }
    }

    fn add_base64(&mut self, text: &str) {
        for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
            for before in 0..3 {
                // Text that is encoded together with the secret, such as "user:", shifts it by 0, 8 or 16 bits.
                let mut bytes = Zeroizing::new(Vec::with_capacity(before + text.len()));
                bytes.resize(before, 0);
                bytes.extend_from_slice(text.as_bytes());
                let padded = Zeroizing::new(engine.encode(bytes.as_slice()));
                // From the first base64 character that encodes only bits of the secret, to the last one that does not
                // depend on what follows.
                let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
                let open = padded.trim_end_matches('=').len();
                for end in [end, open, padded.len()] {
                    self.add(padded.as_bytes().get(start..end).unwrap_or_default());
                }
            }
        }
    }
}

/// The text as most JSON writers escape it if their output is limited to ASCII (RFC 8259 section 7).
fn json_in_ascii(text: &str, upper: bool) -> Zeroizing<String> {
    // Allocated once: growing would leave copies in memory.
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 6));
    let mut units = [0; 2];
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut units) {
            // Writing to a String cannot fail.
            let _ = if upper { write!(out, "\\u{unit:04X}") } else { write!(out, "\\u{unit:04x}") };
        }
    }
    out
}

enum Compared {
    Same(usize),
    /// Matches as far as there are bytes to compare.
    Cut,
    Other,
}

/// Compares the beginning of `rest` with a mask. Its characters may be escaped as in URLs, forms and JSON, and broken
/// into lines as `base64` and `xxd` do.
fn compare(rest: &[u8], mask: &[u8]) -> Compared {
    // Positions in `rest` up to which the mask matches. There can be several, because `%25` may stand for the character
    // it encodes, or for three characters of the mask.
    let may_begin =
        |first: &u8| rest.first().is_some_and(|byte| byte == first || matches!(byte, b'\\' | b'%' | b'+' | b' '));
    if !rest.is_empty() && !mask.first().is_some_and(may_begin) {
        return Compared::Other;
    }
    let (mut ends, mut is_cut) = (vec![0], false);
    for (place, wanted) in mask.iter().enumerate() {
        let mut next = Vec::new();
        for mut at in ends {
            while place >= BEFORE_LINE_BREAK && matches!(rest.get(at), Some(b'\n' | b'\r')) {
                at += 1;
            }
            let Some(byte) = rest.get(at) else {
                is_cut = true;
                continue;
            };
            // A form encodes a space as a plus, and a server may decode a plus as a space where a plus was meant.
            let is_same = byte == wanted || matches!((*byte, *wanted), (b'+', b' ') | (b' ', b'+'));
            if is_same && !next.contains(&(at + 1)) {
                next.push(at + 1);
            }
            if matches!(*byte, b'\\' | b'%') {
                match unescaped(&rest[at..]) {
                    None => is_cut = true,
                    Some((sign, length)) if sign == *wanted && !next.contains(&(at + length)) => next.push(at + length),
                    Some(_) => {}
                }
            }
        }
        if next.is_empty() {
            return if is_cut { Compared::Cut } else { Compared::Other };
        }
        ends = next;
    }
    ends.into_iter().max().map_or(Compared::Other, Compared::Same)
}

/// The character that `%2F`, `\/` or `\u002f` stands for, and the length of the escape sequence. If it is not an escape
/// sequence, the character itself; `None` if more bytes are needed to decide.
fn unescaped(rest: &[u8]) -> Option<(u8, usize)> {
    let (start, digits) = match rest {
        [b'%', ..] => (1, 2),
        [b'\\', b'u', ..] => (2, 4),
        [b'\\', byte, ..] => return Some((*byte, 2)),
        _ => return None,
    };
    let hex = &rest[start..rest.len().min(start + digits)];
    if hex.iter().any(|byte| !byte.is_ascii_hexdigit()) {
        return Some((rest[0], 1));
    }
    if hex.len() < digits {
        return None;
    }
    let value = std::str::from_utf8(hex).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
    Some(value.and_then(|value| u8::try_from(value).ok()).map_or((rest[0], 1), |byte| (byte, start + digits)))
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn concealed(secret: &str, text: &str) -> String {
        Masks::of([&Secret::new(secret.to_owned())]).conceal(text, 4_096).to_string()
    }

    fn form(text: &str) -> String {
        form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    /// The encodings in which a secret may come back, by name.
    fn forms(secret: &str) -> Vec<(&'static str, String)> {
        let every = |write: fn(u8) -> String| secret.bytes().map(write).collect::<String>();
        let json = serde_json::to_string(secret).unwrap();
        let json = &json[1..json.len() - 1];
        vec![
            ("plain", secret.to_owned()),
            ("form", form(secret)),
            ("percent", form(secret).replace('+', "%20")),
            ("percent, every byte", every(|byte| format!("%{byte:02x}"))),
            ("percent twice", form(&form(secret))),
            ("base64", BASE64_STANDARD.encode(secret)),
            ("base64 unpadded", BASE64_STANDARD_NO_PAD.encode(secret)),
            ("base64url", BASE64_URL_SAFE.encode(secret)),
            ("base64url unpadded", BASE64_URL_SAFE_NO_PAD.encode(secret)),
            ("base64 of the form", BASE64_STANDARD.encode(form(secret))),
            ("base64 in a form", form(&BASE64_STANDARD.encode(secret))),
            ("hex", every(|byte| format!("{byte:02x}"))),
            ("JSON", json.to_owned()),
            ("JSON with slashes", json.replace('/', "\\/")),
            ("JSON in ASCII", json_in_ascii(secret, false).to_string()),
            ("JSON in ASCII, upper", json_in_ascii(secret, true).to_string()),
        ]
    }

    #[test]
    fn every_form_of_a_secret_is_concealed_and_nothing_of_it_left() {
        for secret in ["s3cret basic/+%%", "CNRY-tok+en/value==xyz~", "p\"a\\ss w\u{f6}rd \u{1f511}", "secret"] {
            for (name, text) in forms(secret) {
                assert_eq!(concealed(secret, &format!("<{text}>")), "<[concealed]>", "{secret} as {name}");
            }
        }
    }

    #[test]
    fn user_and_secret_in_base64_are_concealed_in_all_three_alignments() {
        let secret = "s3cret basic/+%%";
        for user in ["", "u", "us", "use", "client-id"] {
            let pairs = [format!("{user}:{secret}"), format!("{user}:{}", form(secret))];
            for pair in &pairs {
                for text in [BASE64_STANDARD.encode(pair), BASE64_URL_SAFE_NO_PAD.encode(pair)] {
                    let shown = concealed(secret, &format!("Basic {text}"));
                    assert!(shown.contains(CONCEALED), "{pair}: {shown}");
                    let most = (user.len() + 1).div_ceil(3) * 4 + "Basic ".len() + CONCEALED.len();
                    assert!(shown.len() <= most, "{pair}: {shown}");
                }
            }
        }
    }

    #[test]
    fn overlapping_secrets_leave_nothing_between_them_and_short_ones_spare_ordinary_words() {
        let masks = Masks::of([&Secret::new("abcdefgh".into()), &Secret::new("efghijklm".into())]);
        assert_eq!(masks.conceal("<abcdefghijklm>", 80).as_str(), "<[concealed]>");
        assert_eq!(masks.conceal("abcdefgh and efghijklm", 80).as_str(), "[concealed] and [concealed]");
        assert_eq!(concealed("test", "the test failed"), "the test failed");
        assert_eq!(concealed("secret-1", "caf\u{e9} \u{65e5}: secret-1!"), "caf\u{e9} \u{65e5}: [concealed]!");
    }

    #[test]
    fn nothing_is_read_far_beyond_what_is_shown_and_no_secret_is_cut() {
        let masks = Masks::of([&Secret::new("secret-1".into())]);
        assert_eq!(masks.conceal(&"x".repeat(1 << 20), 5).as_str(), "xxxxx");
        assert_eq!(masks.conceal("xxxxsecret-1yy", 5).as_str(), "xxxx[concealed]y");
    }

    proptest! {
        #[test]
        fn no_secret_survives(secret in "[ -~]{8,24}", before in "[ -~]{0,9}", after in "[ -~]{0,9}") {
            for (name, text) in forms(&secret) {
                let shown = concealed(&secret, &format!("{before}{text}{after}"));
                prop_assert!(!shown.contains(text.as_str()), "{} in {}", name, shown);
            }
        }
    }
}
