//! Control sequences (CSI): keys of xterm, rxvt and the Linux console, and focus; dispatches the others.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers};

use super::modifiers::Modifiers;
use super::parsed::Parsed;
use super::{csi_u, mouse};

/// Whether the byte is the final byte of a sequence, ECMA-48 section 5.4.
fn is_final(byte: u8) -> bool {
    (0x40..=0x7e).contains(&byte)
}

/// Parses what follows `ESC [`.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let plain = |code| Parsed::key(code, KeyModifiers::NONE);
    match bytes {
        [] | [b'['] => Parsed::Incomplete,
        // The Linux console's F1 to F5.
        [b'[', key @ b'A'..=b'E', ..] => plain(KeyCode::F(1 + key - b'A')),
        [b'M', rest @ ..] => mouse::x10(rest),
        [b'I'] => Parsed::Event(Event::FocusGained),
        [b'O'] => Parsed::Event(Event::FocusLost),
        [b'Z'] => Parsed::key(KeyCode::BackTab, KeyModifiers::SHIFT),
        [b'[', ..] => Parsed::Nothing,
        [key] if is_final(*key) => letter(*key).map_or(Parsed::Nothing, plain),
        [parameters @ .., last] if is_final(*last) => Parsed::complete(with_parameters(parameters, *last)),
        _ => Parsed::Incomplete,
    }
}

fn with_parameters(parameters: &[u8], last: u8) -> Option<Event> {
    // All parameters with a meaning are ASCII.
    let text = std::str::from_utf8(parameters).ok()?;
    match (parameters, last) {
        ([b'<', ..], b'M' | b'm') => mouse::sgr(text.get(1..)?, last == b'm'),
        ([b'0'..=b'9' | b';', ..], _) => match last {
            b'M' => mouse::rxvt(text),
            b'u' => csi_u::parse(text),
            b'~' => numbered(text),
            // A report of the cursor's position; no key in use has this letter.
            b'R' => None,
            _ => lettered(text, last),
        },
        // Answers about the terminal: `?`, `>`, `=`.
        _ => None,
    }
}

/// `1 ; modifiers letter`.
fn lettered(text: &str, last: u8) -> Option<Event> {
    let code = letter(last)?;
    // Some terminals leave the 1 out.
    let Modifiers { keys, kind, .. } =
        Modifiers::parse(text.split(';').nth(1)).or_else(|| Modifiers::last_digit(text))?;
    Some(Event::Key(KeyEvent::new_with_kind(code, keys, kind)))
}

fn letter(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// `number ; modifiers ~`.
fn numbered(text: &str) -> Option<Event> {
    let mut fields = text.split(';');
    let number: u8 = fields.next()?.parse().ok()?;
    let code = match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=26 => KeyCode::F(number - 12),
        28..=29 => KeyCode::F(number - 15),
        31..=34 => KeyCode::F(number - 17),
        _ => return None,
    };
    let none = Modifiers { keys: KeyModifiers::NONE, kind: KeyEventKind::Press, state: KeyEventState::NONE };
    let Modifiers { keys, kind, state } = Modifiers::parse(fields.next()).unwrap_or(none);
    Some(Event::Key(KeyEvent::new_with_kind_and_state(code, keys, kind, state)))
}
