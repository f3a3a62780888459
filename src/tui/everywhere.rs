//! The keys that work on every screen.

use crossterm::event::KeyCode;

use crate::tui::keymap::{Action, Key, Press};

/// A screen's own keys go first; a letter is none of these where text is typed.
pub const EVERYWHERE: &[Key] = &[
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
    Key::new(&[Press::ctrl('l')], Action::Lock, "", "Lock the vault now"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the previous screen"),
    Key::new(&[Press::char('q')], Action::Quit, "quit", "Quit; ctrl-c works everywhere"),
];

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
];
