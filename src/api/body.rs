//! Reads the JSON of a response as servers send it: after a byte order mark or a guard, with bytes that are not UTF-8,
//! with numbers that JSON does not have. Each substitution is noted with its position.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use crate::oauth::http::Response;

/// Spellings of NaN and infinity in other languages, read as null.
const NO_NUMBERS: [&str; 11] =
    ["-Infinity", "+Infinity", "Infinity", "-inf", "inf", "-Inf", "Inf", "-NaN", "NaN", "nan", "undefined"];

/// Prefixes that keep a browser from running JSON as a script.
const GUARDS: [&str; 4] = [")]}',", ")]}'", "while(1);", "for(;;);"];

/// The text of a response.
pub(super) struct Body<'a> {
    text: Cow<'a, str>,
    notes: Vec<String>,
}

impl<'a> Body<'a> {
    pub(super) fn of(response: &'a Response) -> Self {
        let mut notes = Vec::new();
        let text = match std::str::from_utf8(&response.body) {
            Ok(text) => Cow::Borrowed(bare(text)),
            Err(_) if is_latin_1(&response.content_type) => {
                Cow::Owned(response.body.iter().map(|b| char::from(*b)).collect())
            }
            Err(_) => {
                notes.extend(odd_bytes(&response.body));
                Cow::Owned(bare(&response.text()).to_owned())
            }
        };
        let mut body = Self { text, notes };
        if body.json().is_none() {
            body.repair();
        }
        body
    }

    /// The whole text, if it is JSON.
    pub(super) fn json(&self) -> Option<&RawValue> {
        serde_json::from_str(&self.text).ok()
    }

    /// The substitutions made while reading, each with its position.
    pub(super) fn into_notes(self) -> Vec<String> {
        self.notes
    }

    fn repair(&mut self) {
        let repaired = repaired(&self.text);
        if serde_json::from_str::<&RawValue>(&repaired.text).is_ok() {
            self.text = Cow::Owned(repaired.text);
            self.notes.extend(repaired.notes);
        }
    }
}

/// Removes what surrounds the JSON.
fn bare(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let text = GUARDS.iter().find_map(|guard| text.strip_prefix(guard)).unwrap_or(text);
    text.trim_end_matches(['\0', '\u{1a}'])
}

/// Whether the server declares Latin-1. Valid UTF-8 is read as UTF-8 anyway, because servers declare encodings that
/// they do not send.
fn is_latin_1(content_type: &str) -> bool {
    let declared = content_type.to_ascii_lowercase();
    ["iso-8859-1", "iso8859-1", "latin1", "latin-1"].iter().any(|name| declared.contains(name))
}

/// The position of the first byte that is not UTF-8; `None` for UTF-16, which is decoded.
fn odd_bytes(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return None;
    }
    let (mut at, mut first, mut count) = (0, None, 0_usize);
    for chunk in bytes.utf8_chunks() {
        at += chunk.valid().len();
        if let Some(byte) = chunk.invalid().first() {
            first.get_or_insert((at + 1, *byte));
            count += 1;
        }
        at += chunk.invalid().len();
    }
    let (at, byte) = first?;
    Some(format!("Byte {at} (0x{byte:02x}) is not UTF-8{}; it was replaced by U+FFFD.", more(count)))
}

/// " (and 3 more)".
fn more(count: usize) -> String {
    if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() }
}

struct Repaired {
    text: String,
    notes: Vec<String>,
}

/// Replaces every number that is not JSON by null, and escapes control characters in strings.
fn repaired(text: &str) -> Repaired {
    let mut out = String::with_capacity(text.len() + 64);
    let (mut in_text, mut escaped) = (false, false);
    let (mut numbers, mut controls) = (Vec::new(), Vec::new());
    let (mut at, mut after_word) = (0, false);
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let word = if in_text || after_word { None } else { no_number(&text[at..]) };
        if let Some(word) = word {
            numbers.push((at + 1, word));
            out.push_str("null");
            at += word.len();
            continue;
        }
        if in_text && u32::from(c) < 0x20 {
            controls.push(at + 1);
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
        let is_quote = c == '"' && !escaped;
        escaped = in_text && c == '\\' && !escaped;
        in_text ^= is_quote;
        after_word = c.is_alphanumeric() || c == '.';
        at += c.len_utf8();
    }
    let number = numbers.first().map(|(place, word)| {
        format!("{word} at byte {place} is not JSON{}; it was replaced by null.", more(numbers.len()))
    });
    let control = controls.first().map(|place| {
        format!("Byte {place} is a control character within a text{}; it was escaped.", more(controls.len()))
    });
    Repaired { text: out, notes: number.into_iter().chain(control).collect() }
}

/// The word at the beginning of `text` that stands for a number but is not JSON.
fn no_number(text: &str) -> Option<&'static str> {
    let ends = |word: &&&str| {
        let after = text.get(word.len()..).and_then(|rest| rest.chars().next());
        !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    NO_NUMBERS.iter().filter(|word| text.starts_with(**word)).find(ends).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8], content_type: &str) -> (Option<String>, Vec<String>) {
        let response = Response::made(200, content_type, body);
        let body = Body::of(&response);
        (body.json().map(|json| json.get().to_owned()), body.notes)
    }

    #[test]
    fn what_surrounds_json_is_left_out_without_a_note() {
        let wide = |text: &str, unit: fn(u16) -> [u8; 2]| {
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect::<Vec<u8>>()
        };
        for body in [
            b"\xef\xbb\xbf{\"a\":1}".to_vec(),
            b"\xef\xbb\xbf\xef\xbb\xbf {\"a\":1}\r\n".to_vec(),
            b")]}',\n{\"a\":1}".to_vec(),
            b"while(1);{\"a\":1}".to_vec(),
            b"{\"a\":1}\0".to_vec(),
            wide("{\"a\":1}", u16::to_le_bytes),
            wide("{\"a\":1}", u16::to_be_bytes),
        ] {
            assert_eq!(read(&body, ""), (Some(r#"{"a":1}"#.to_owned()), Vec::new()), "{body:?}");
        }
    }

    #[test]
    fn a_byte_that_is_not_utf_8_is_noted_with_its_place_unless_it_is_declared() {
        let body = b"{\"a\":\"Jos\xe9\",\"b\":\"\xff\xfe\"}";
        let (json, notes) = read(body, "application/json");
        assert_eq!(json.as_deref(), Some("{\"a\":\"Jos\u{fffd}\",\"b\":\"\u{fffd}\u{fffd}\"}"));
        assert_eq!(notes, ["Byte 10 (0xe9) is not UTF-8 (and 2 more); it was replaced by U+FFFD."]);
        let (json, notes) = read(b"{\"a\":\"Jos\xe9\"}", "application/json; charset=ISO-8859-1");
        assert_eq!((json.as_deref(), notes.len()), (Some("{\"a\":\"José\"}"), 0));
        let (json, _) = read("{\"a\":\"José\"}".as_bytes(), "application/json; charset=ISO-8859-1");
        assert_eq!(json.as_deref(), Some("{\"a\":\"José\"}"), "what was sent counts");
    }

    #[test]
    fn numbers_that_json_does_not_have_are_null_and_texts_keep_them() {
        for (body, wanted, note) in [
            (r#"{"x":NaN}"#, r#"{"x":null}"#, "NaN at byte 6 is not JSON; it was replaced by null."),
            (
                "[Infinity,-Infinity]",
                "[null,null]",
                "Infinity at byte 2 is not JSON (and 1 more); it was replaced by null.",
            ),
            ("[-inf, nan]", "[null, null]", "-inf at byte 2 is not JSON (and 1 more); it was replaced by null."),
            (r#"{"a":"NaN \"NaN","x":undefined}"#, r#"{"a":"NaN \"NaN","x":null}"#, "undefined at byte 22"),
            ("{\"a\":\"x\ty\"}", r#"{"a":"x\u0009y"}"#, "Byte 8 is a control character within a text; it was escaped."),
        ] {
            let (json, notes) = read(body.as_bytes(), "");
            assert_eq!((json.as_deref(), notes.len()), (Some(wanted), 1), "{body}");
            assert!(notes[0].starts_with(note), "{notes:?}");
        }
        for broken in [r#"{"x":NaNa}"#, r#"{"x":1NaN}"#, r#"{"x":"#, "NaN NaN", "<html>", ""] {
            assert_eq!(read(broken.as_bytes(), ""), (None, Vec::new()), "{broken}");
        }
    }
}
