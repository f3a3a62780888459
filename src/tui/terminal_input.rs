//! Parses the bytes of a terminal into events, without keeping any of them.
//!
//! crossterm's own reader has buffers that live as long as the process and are emptied, but not wiped: what was typed
//! or pasted into a masked field stays in them, readable in the process's memory after the vault was locked. So the
//! bytes are read and parsed here. The events have crossterm's types and mean what crossterm takes them for
//! (`tests/terminal/sequences.rs` compares the two); a paste is a [`Secret`] from its first byte on.
//!
//! Three differences are intended. An unknown control sequence is skipped up to its final byte (ECMA-48 section 5.4);
//! crossterm reads the rest of it as keys, or waits for a byte that never comes. A control character ends an incomplete
//! sequence, and is itself handled. The length of pastes and sequences is limited. In addition, an operating system
//! command (OSC) whose bytes arrive together is always an answer of the terminal, never typed keys, whatever it
//! contains and however late it arrives.

mod answer;
mod csi;
mod csi_u;
mod modifiers;
mod mouse;
mod parsed;
mod paste;
mod sequence;

use crossterm::event::{Event, KeyEvent, MouseEvent};
use zeroize::{Zeroize as _, Zeroizing};

use crate::secret::Secret;
use answer::{Answer, AnswerProgress};
use parsed::Parsed;
use paste::Paste;

/// The sequence that begins a bracketed paste.
const PASTE_BEGINS: &[u8] = b"\x1b[200~";

/// The sequence that begins an answer of the terminal (OSC).
const ANSWER_BEGINS: &[u8] = b"\x1b]";

/// Longest sequence, in bytes. The longest in use (a key of the kitty protocol with its text) have about forty.
const LONGEST: usize = 128;

#[derive(Debug)]
pub enum TerminalEvent {
    /// A key was pressed, held or released.
    Key(KeyEvent),
    /// The mouse was moved, or one of its buttons or the wheel was used.
    Mouse(MouseEvent),
    /// Text between the marks of a bracketed paste, at most 64 KiB.
    Paste(Secret),
    /// Columns and rows after the size changed.
    Resize(u16, u16),
    /// The terminal has the keyboard's focus.
    FocusGained,
    /// The terminal has lost the keyboard's focus.
    FocusLost,
    /// The terminal reported this background color.
    Background([u8; 3]),
}

/// Parses the terminal's input byte by byte.
#[derive(Debug)]
pub struct InputParser {
    /// The bytes of an incomplete sequence, key or character; wiped when it ends.
    sequence: Zeroizing<Vec<u8>>,
    /// Whether the sequence is longer than [`LONGEST`], so that the rest of it is skipped.
    overlong: bool,
    /// The paste that is being received.
    paste: Option<Paste>,
    /// The answer of the terminal that is being received.
    answer: Option<Answer>,
}

impl Default for InputParser {
    fn default() -> Self {
        // Allocated once: growing would leave copies behind.
        Self { sequence: Zeroizing::new(Vec::with_capacity(LONGEST)), overlong: false, paste: None, answer: None }
    }
}

impl InputParser {
    /// Takes the next byte. `more` is true if another byte is already available: an escape that is not followed by one
    /// is the key, not the beginning of a sequence.
    pub fn advance(&mut self, byte: u8, more: bool) -> Option<TerminalEvent> {
        if let Some(paste) = &mut self.paste {
            if paste.push(byte) {
                return self.paste.take().map(|paste| TerminalEvent::Paste(paste.into_text()));
            }
            return None;
        }
        if let Some(answer) = &mut self.answer {
            match answer.push(byte) {
                AnswerProgress::Part => return None,
                AnswerProgress::End => {
                    let color = self.answer.take().and_then(|answer| answer.background());
                    return color.map(TerminalEvent::Background);
                }
                // The byte is parsed as new input, after an escape that turned out not to end the answer.
                AnswerProgress::Broken { escaped } => {
                    self.answer = None;
                    self.sequence.extend(escaped.then_some(b'\x1b'));
                }
            }
        }
        if byte < 0x20 && sequence::is_begun_csi(&self.sequence) {
            self.forget();
        }
        if self.sequence.len() == LONGEST {
            self.overlong = true;
            self.sequence.pop();
        }
        self.sequence.push(byte);
        if *self.sequence == PASTE_BEGINS {
            self.forget();
            self.paste = Some(Paste::default());
            return None;
        }
        // If nothing follows, the user pressed alt with a bracket.
        if *self.sequence == ANSWER_BEGINS && more {
            self.forget();
            self.answer = Some(Answer::default());
            return None;
        }
        let parsed = sequence::parse(&self.sequence, more);
        if parsed == Parsed::Incomplete {
            return None;
        }
        let overlong = self.overlong;
        self.forget();
        match parsed {
            Parsed::Event(event) if !overlong => event_of(&event),
            _ => None,
        }
    }

    fn forget(&mut self) {
        self.sequence.as_mut_slice().zeroize();
        self.sequence.clear();
        self.overlong = false;
    }
}

/// Converts an event of crossterm. Pastes and sizes are not parsed from sequences.
fn event_of(event: &Event) -> Option<TerminalEvent> {
    Some(match *event {
        Event::Key(key) => TerminalEvent::Key(key),
        Event::Mouse(mouse) => TerminalEvent::Mouse(mouse),
        Event::FocusGained => TerminalEvent::FocusGained,
        Event::FocusLost => TerminalEvent::FocusLost,
        Event::Paste(_) | Event::Resize(..) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_wiped_key_by_key() {
        let mut parser = InputParser::default();
        for byte in "correct horse \u{e9} \u{1b}[99u\u{1b}[1;".bytes().chain(*b"5A") {
            let _ = parser.advance(byte, true);
        }
        assert!(parser.sequence.is_empty());
        // The whole capacity, not only the part in use.
        parser.sequence.resize(LONGEST, 0);
        let room = parser.sequence.as_slice();
        assert!(room.iter().all(|byte| *byte == 0), "{room:?}");
    }

    #[test]
    fn an_answer_of_the_terminal_is_never_keys() {
        let read = |bytes: &[u8]| -> Vec<String> {
            let mut parser = InputParser::default();
            let events = bytes.iter().enumerate();
            let events = events.filter_map(|(at, byte)| parser.advance(*byte, at + 1 < bytes.len()));
            events
                .map(|event| match event {
                    TerminalEvent::Key(key) => format!("{:?} {:?}", key.code, key.modifiers),
                    other => format!("{other:?}"),
                })
                .collect()
        };
        let x = "Char('x') KeyModifiers(0x0)";
        assert_eq!(read(b"\x1b]11;rgb:fdfd/f6f6/e3e3\x07x"), ["Background([253, 246, 227])", x]);
        assert_eq!(read(b"\x1b]11;rgb:00/2b/36\x1b\\x"), ["Background([0, 43, 54])", x]);
        assert_eq!(read(b"\x1b]11;#ffffff\x07"), ["Background([255, 255, 255])"]);
        for ignored in [&b"\x1b]52;c;Zm9v\x07x"[..], b"\x1b]11;rgb:zz/0/0\x07x", b"\x1b]10;rgb:0/0/0\x1b\\x"] {
            assert_eq!(read(ignored), [x], "{:?}", String::from_utf8_lossy(ignored));
        }
        // An answer without an end is abandoned at a control key, and at an escape.
        assert_eq!(read(b"\x1b]11;rgb:0000/\rx"), ["Enter KeyModifiers(0x0)", x]);
        assert_eq!(read(b"\x1b]11;rgb\x1b[Ax"), ["Up KeyModifiers(0x0)", x]);
        let endless = [b"\x1b]11;", &[b'7'; 9_000][..], b"\x07x"].concat();
        assert_eq!(read(&endless), [x]);
        assert_eq!(read(b"\x1b]"), ["Char(']') KeyModifiers(ALT)"]);
    }

    #[test]
    fn an_overlong_sequence_is_skipped_to_its_end() {
        let mut parser = InputParser::default();
        let mut input = b"\x1b[".to_vec();
        input.extend(std::iter::repeat_n(b'1', 10_000));
        input.extend(b"Ax");
        let events: Vec<_> = input.into_iter().filter_map(|byte| parser.advance(byte, true)).collect();
        let [TerminalEvent::Key(key)] = &events[..] else { panic!("{events:?}") };
        assert_eq!(key.code, crossterm::event::KeyCode::Char('x'));
    }
}
