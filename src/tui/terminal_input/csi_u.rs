//! Keys by their Unicode code point: the kitty keyboard protocol, and its predecessor fixterms.
//!
//! `number:shifted ; modifiers:kind ; text u`, <https://sw.kovidgoyal.net/kitty/keyboard-protocol/>.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, MediaKeyCode, ModifierKeyCode,
};

use super::modifiers::Modifiers;

/// Parses what is between `ESC [` and `u`.
pub(super) fn parse(text: &str) -> Option<Event> {
    let mut fields = text.split(';');
    let mut numbers = fields.next()?.split(':');
    let number: u32 = numbers.next()?.parse().ok()?;
    let none = Modifiers { keys: KeyModifiers::NONE, kind: KeyEventKind::Press, state: KeyEventState::NONE };
    let Modifiers { mut keys, kind, mut state } = Modifiers::parse(fields.next()).unwrap_or(none);
    let mut code = if let Some(code) = keypad(number) {
        state |= KeyEventState::KEYPAD;
        code
    } else {
        function(number).or_else(|| char::from_u32(number).map(|c| character(c, keys)))?
    };
    if let KeyCode::Modifier(modifier) = code {
        keys |= modifier_flag(modifier);
    }
    // What the key types with shift on this keyboard.
    let shifted = numbers.next().and_then(|number| number.parse().ok()).and_then(char::from_u32);
    if let Some(c) = shifted.filter(|_| keys.contains(KeyModifiers::SHIFT)) {
        code = KeyCode::Char(c);
        keys.remove(KeyModifiers::SHIFT);
    }
    Some(Event::Key(KeyEvent::new_with_kind_and_state(code, keys, kind, state)))
}

fn character(c: char, keys: KeyModifiers) -> KeyCode {
    match c {
        '\u{1b}' => KeyCode::Esc,
        '\r' => KeyCode::Enter,
        '\t' if keys.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        '\t' => KeyCode::Tab,
        '\u{7f}' => KeyCode::Backspace,
        c => KeyCode::Char(c),
    }
}

fn keypad(number: u32) -> Option<KeyCode> {
    const CHARACTERS: &[u8] = b"0123456789./*-+";
    let at = usize::try_from(number.checked_sub(57_399)?).ok()?;
    if let Some(c) = CHARACTERS.get(at) {
        return Some(KeyCode::Char(char::from(*c)));
    }
    Some(match number {
        57_414 => KeyCode::Enter,
        57_415 => KeyCode::Char('='),
        57_416 => KeyCode::Char(','),
        57_417 => KeyCode::Left,
        57_418 => KeyCode::Right,
        57_419 => KeyCode::Up,
        57_420 => KeyCode::Down,
        57_421 => KeyCode::PageUp,
        57_422 => KeyCode::PageDown,
        57_423 => KeyCode::Home,
        57_424 => KeyCode::End,
        57_425 => KeyCode::Insert,
        57_426 => KeyCode::Delete,
        57_427 => KeyCode::KeypadBegin,
        _ => return None,
    })
}

/// Keys without a character, which have code points from Unicode's private use area.
fn function(number: u32) -> Option<KeyCode> {
    const LOCKS: [KeyCode; 6] =
        [KeyCode::CapsLock, KeyCode::ScrollLock, KeyCode::NumLock, KeyCode::PrintScreen, KeyCode::Pause, KeyCode::Menu];
    let from = |first: u32| usize::try_from(number - first).unwrap_or(usize::MAX);
    match number {
        57_358..=57_363 => LOCKS.get(from(57_358)).copied(),
        57_376..=57_398 => u8::try_from(number - 57_376 + 13).ok().map(KeyCode::F),
        57_428..=57_440 => MEDIA.get(from(57_428)).copied().map(KeyCode::Media),
        57_441..=57_454 => MODIFIERS.get(from(57_441)).copied().map(KeyCode::Modifier),
        _ => None,
    }
}

/// The keys from 57428 on.
const MEDIA: [MediaKeyCode; 13] = [
    MediaKeyCode::Play,
    MediaKeyCode::Pause,
    MediaKeyCode::PlayPause,
    MediaKeyCode::Reverse,
    MediaKeyCode::Stop,
    MediaKeyCode::FastForward,
    MediaKeyCode::Rewind,
    MediaKeyCode::TrackNext,
    MediaKeyCode::TrackPrevious,
    MediaKeyCode::Record,
    MediaKeyCode::LowerVolume,
    MediaKeyCode::RaiseVolume,
    MediaKeyCode::MuteVolume,
];

/// The keys from 57441 on.
const MODIFIERS: [ModifierKeyCode; 14] = [
    ModifierKeyCode::LeftShift,
    ModifierKeyCode::LeftControl,
    ModifierKeyCode::LeftAlt,
    ModifierKeyCode::LeftSuper,
    ModifierKeyCode::LeftHyper,
    ModifierKeyCode::LeftMeta,
    ModifierKeyCode::RightShift,
    ModifierKeyCode::RightControl,
    ModifierKeyCode::RightAlt,
    ModifierKeyCode::RightSuper,
    ModifierKeyCode::RightHyper,
    ModifierKeyCode::RightMeta,
    ModifierKeyCode::IsoLevel3Shift,
    ModifierKeyCode::IsoLevel5Shift,
];

/// The flag of a modifier key, which also counts as held in its own event.
fn modifier_flag(modifier: ModifierKeyCode) -> KeyModifiers {
    match modifier {
        ModifierKeyCode::LeftShift | ModifierKeyCode::RightShift => KeyModifiers::SHIFT,
        ModifierKeyCode::LeftControl | ModifierKeyCode::RightControl => KeyModifiers::CONTROL,
        ModifierKeyCode::LeftAlt | ModifierKeyCode::RightAlt => KeyModifiers::ALT,
        ModifierKeyCode::LeftSuper | ModifierKeyCode::RightSuper => KeyModifiers::SUPER,
        ModifierKeyCode::LeftHyper | ModifierKeyCode::RightHyper => KeyModifiers::HYPER,
        ModifierKeyCode::LeftMeta | ModifierKeyCode::RightMeta => KeyModifiers::META,
        _ => KeyModifiers::NONE,
    }
}
