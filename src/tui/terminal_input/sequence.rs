//! Recognizes keys: characters, control characters, and sequences that begin with an escape.

use crossterm::event::{Event, KeyCode, KeyModifiers};

use super::csi;
use super::parsed::Parsed;

/// Whether `bytes` begin a control sequence that a control character would end. Not so for an X10 mouse report, whose
/// three bytes may have any value.
pub(super) fn is_begun_csi(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1b[") && !bytes.starts_with(b"\x1b[M")
}

/// Parses `bytes`, the input since the last event; `more` is explained at [`super::InputParser::advance`].
pub(super) fn parse(bytes: &[u8], more: bool) -> Parsed {
    let plain = |code| Parsed::key(code, KeyModifiers::NONE);
    let ctrl = |c: u8| Parsed::key(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    match *bytes {
        [] => Parsed::Incomplete,
        [b'\x1b', ref rest @ ..] => escaped(rest, more),
        [b'\r', ..] => plain(KeyCode::Enter),
        [b'\t', ..] => plain(KeyCode::Tab),
        [b'\x7f', ..] => plain(KeyCode::Backspace),
        [b'\0', ..] => ctrl(b' '),
        [byte @ 0x01..=0x1a, ..] => ctrl(byte - 0x01 + b'a'),
        [byte @ 0x1c..=0x1f, ..] => ctrl(byte - 0x1c + b'4'),
        _ => character(bytes),
    }
}

/// Parses what follows an escape.
fn escaped(rest: &[u8], more: bool) -> Parsed {
    match rest {
        [] if more => Parsed::Incomplete,
        [] | [b'\x1b', ..] => Parsed::key(KeyCode::Esc, KeyModifiers::NONE),
        [b'[', parameters @ ..] => csi::parse(parameters),
        [b'O'] => Parsed::Incomplete,
        [b'O', key, ..] => single_shift(*key),
        // Terminals send alt as an escape before the key.
        _ => match parse(rest, more) {
            Parsed::Event(Event::Key(mut key)) => {
                key.modifiers |= KeyModifiers::ALT;
                Parsed::Event(Event::Key(key))
            }
            other => other,
        },
    }
}

/// SS3 sequences: keys in application mode, and F1 to F4.
fn single_shift(key: u8) -> Parsed {
    let code = match key {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(1 + key - b'P'),
        _ => return Parsed::Nothing,
    };
    Parsed::key(code, KeyModifiers::NONE)
}

/// Parses one character in UTF-8.
fn character(bytes: &[u8]) -> Parsed {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().next().map_or(Parsed::Nothing, |c| {
            let modifiers = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
            Parsed::key(KeyCode::Char(c), modifiers)
        }),
        // Valid so far, but more bytes are needed.
        Err(error) if error.error_len().is_none() => Parsed::Incomplete,
        Err(_) => Parsed::Nothing,
    }
}
