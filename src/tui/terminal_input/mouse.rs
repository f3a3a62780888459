//! Mouse reports: SGR (1006), rxvt (1015) and the original format of three bytes.

use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::parsed::Parsed;

/// What follows `ESC [ M`: button, column and row, each plus 32.
pub(super) fn x10(bytes: &[u8]) -> Parsed {
    let [button, column, row, ..] = *bytes else { return Parsed::Incomplete };
    let place = |byte: u8| u16::from(byte).checked_sub(33);
    let event = || at(button.checked_sub(32)?, place(column)?, place(row)?);
    Parsed::complete(event())
}

/// `button ; column ; row`, the button plus 32.
pub(super) fn rxvt(text: &str) -> Option<Event> {
    let (button, column, row) = numbers(text)?;
    at(button.checked_sub(32)?, column, row)
}

/// Like rxvt, but without the offset of the button. `released` is true for a sequence that ends with `m`.
pub(super) fn sgr(text: &str, released: bool) -> Option<Event> {
    let (button, column, row) = numbers(text)?;
    let event = at(button, column, row)?;
    Some(match event {
        Event::Mouse(MouseEvent { kind: MouseEventKind::Down(button), column, row, modifiers }) if released => {
            Event::Mouse(MouseEvent { kind: MouseEventKind::Up(button), column, row, modifiers })
        }
        other => other,
    })
}

/// Parses the three numbers. The terminal counts columns and rows from 1, crossterm from 0.
fn numbers(text: &str) -> Option<(u8, u16, u16)> {
    let mut fields = text.split(';');
    let button = fields.next()?.parse().ok()?;
    let mut place = || fields.next()?.parse::<u16>().ok()?.checked_sub(1);
    Some((button, place()?, place()?))
}

/// xterm's control sequences, "Mouse Tracking": bits 0, 1, 6 and 7 are the button, bit 5 is motion, bits 2 to 4 are
/// modifier keys.
fn at(button: u8, column: u16, row: u16) -> Option<Event> {
    let number = (button & 0b0000_0011) | ((button & 0b1100_0000) >> 4);
    let drags = button & 0b0010_0000 != 0;
    let kind = match (number, drags) {
        (0, false) => MouseEventKind::Down(MouseButton::Left),
        (1, false) => MouseEventKind::Down(MouseButton::Middle),
        (2, false) => MouseEventKind::Down(MouseButton::Right),
        (0, true) => MouseEventKind::Drag(MouseButton::Left),
        (1, true) => MouseEventKind::Drag(MouseButton::Middle),
        (2, true) => MouseEventKind::Drag(MouseButton::Right),
        (3, false) => MouseEventKind::Up(MouseButton::Left),
        (3..=5, true) => MouseEventKind::Moved,
        (4, false) => MouseEventKind::ScrollUp,
        (5, false) => MouseEventKind::ScrollDown,
        (6, false) => MouseEventKind::ScrollLeft,
        (7, false) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, button & 0b0000_0100 != 0);
    modifiers.set(KeyModifiers::ALT, button & 0b0000_1000 != 0);
    modifiers.set(KeyModifiers::CONTROL, button & 0b0001_0000 != 0);
    Some(Event::Mouse(MouseEvent { kind, column, row, modifiers }))
}
