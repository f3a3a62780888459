//! Parses the field of a sequence with the held modifiers and the kind of the event: press, repeat or release.

use crossterm::event::{KeyEventKind, KeyEventState, KeyModifiers};

#[derive(Clone, Copy, Debug)]
pub(super) struct Modifiers {
    pub(super) keys: KeyModifiers,
    pub(super) kind: KeyEventKind,
    pub(super) state: KeyEventState,
}

/// The modifiers in the order of their bits, from the lowest: the kitty keyboard protocol, "Modifiers".
const KEYS: [KeyModifiers; 6] = [
    KeyModifiers::SHIFT,
    KeyModifiers::ALT,
    KeyModifiers::CONTROL,
    KeyModifiers::SUPER,
    KeyModifiers::HYPER,
    KeyModifiers::META,
];

impl Modifiers {
    /// Parses `mask` or `mask:kind`; `None` without a mask.
    pub(super) fn parse(field: Option<&str>) -> Option<Self> {
        let mut parts = field?.split(':');
        let mask: u8 = parts.next()?.parse().ok()?;
        let kind = match parts.next().and_then(|kind| kind.parse::<u8>().ok()) {
            Some(2) => KeyEventKind::Repeat,
            Some(3) => KeyEventKind::Release,
            _ => KeyEventKind::Press,
        };
        Some(Self::of(mask, kind))
    }

    /// Parses the digit before the final letter, in sequences without a separate field.
    pub(super) fn last_digit(text: &str) -> Option<Self> {
        let digit = text.bytes().last().filter(u8::is_ascii_digit)?;
        Some(Self::of(digit - b'0', KeyEventKind::Press))
    }

    /// Decodes a mask, which is one more than the sum of its bits.
    fn of(mask: u8, kind: KeyEventKind) -> Self {
        let bits = mask.saturating_sub(1);
        let mut keys = KeyModifiers::NONE;
        for (at, key) in KEYS.into_iter().enumerate() {
            keys.set(key, bits >> at & 1 == 1);
        }
        let mut state = KeyEventState::NONE;
        state.set(KeyEventState::CAPS_LOCK, bits & 64 != 0);
        state.set(KeyEventState::NUM_LOCK, bits & 128 != 0);
        Self { keys, kind, state }
    }
}
