//! The keys that work on every screen.

use crossterm::event::KeyCode;

use crate::tui::keymap::{Action, Key, Press};

/// The global keys. A screen's own keys take precedence, and letters are not commands while text is typed.
pub(crate) const GLOBAL_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::F(1)), Press::char('?')], Action::Help, "help", "Help for this screen"),
    Key::new(
        &[Press::char(':'), Press::ctrl('p')],
        Action::Palette,
        "go to",
        "Find a screen, a credential, an integration, a setting or a command",
    ),
    Key::new(NUMBERS, Action::MainScreen, "", "Go to a main screen; the menu shows the numbers"),
    Key::new(&[Press::plain(KeyCode::F(3))], Action::Messages, "", "Messages of this session"),
    Key::new(&[Press::plain(KeyCode::F(4))], Action::Tour, "", "Start or end the tour (in the demo)"),
    Key::new(&[Press::char('e')], Action::ProblemDetails, "", "Show error details"),
    Key::new(&[Press::plain(KeyCode::F(6))], Action::SwitchVault, "", "Switch to another vault of this machine"),
    Key::new(&[Press::ctrl('l')], Action::Lock, "", "Lock the vault now"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the previous screen"),
    Key::new(&[Press::char('q')], Action::Quit, "quit", "Quit; ctrl-c works everywhere"),
];

/// The keys of vi, which work in every list that does not use them otherwise.
pub(crate) const IN_LISTS: &[Key] = &[
    Key::new(&[Press::char('h'), Press::plain(KeyCode::Left)], Action::Back, "", "Back (in a list)"),
    Key::new(
        &[Press::char('l'), Press::plain(KeyCode::Right)],
        Action::Accept,
        "",
        "Open the selected row (in a list)",
    ),
];

/// Whether a screen with these keys is a list.
#[must_use]
pub(crate) fn is_list(keys: &[Key]) -> bool {
    keys.iter().any(|key| key.action == Action::Up && key.presses.contains(&Press::char('k')))
}

const NUMBERS: &[Press] = &[
    Press::char('1'),
    Press::char('2'),
    Press::char('3'),
    Press::char('4'),
    Press::char('5'),
    Press::char('6'),
    Press::char('7'),
    Press::char('8'),
    Press::char('9'),
    Press::char('0'),
];
