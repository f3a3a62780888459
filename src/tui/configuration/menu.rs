//! Configuration: the menu. Leaves to Security > Credentials, Integrations, the passphrase, the recovery kit and the
//! doctor.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::list::{marker, moved};
use crate::tui::widgets::pane::{cut, indent, pane, split_top};

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Right)],
        Action::Accept,
        "open",
        "Open the selected entry",
    ),
    Key::new(&[Press::plain(KeyCode::Up), Press::char('k')], Action::Up, "", "The entry above"),
    Key::new(&[Press::plain(KeyCode::Down), Press::char('j')], Action::Down, "", "The entry below"),
];

const ENTRIES: [(&str, &str, Route); 5] = [
    ("Security > Credentials", "What integrations sign in with", Route::Credentials),
    ("Integrations", "What uses the credentials (not in this release)", Route::Integrations),
    ("Security > Passphrase", "Change what opens the vault", Route::ChangePassphrase),
    ("Security > Recovery kit", "A second key, for a drawer", Route::RecoveryKit),
    ("Doctor", "What keeps things from working on this machine", Route::Doctor(None)),
];

/// The menu.
#[derive(Debug, Default)]
pub struct Menu {
    selected: usize,
}

impl View for Menu {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Configuration".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn update(&mut self, _cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let open = |at: usize| ENTRIES.get(at).map(|(_, _, route)| Effect::Open(route.clone())).into_iter().collect();
        match input {
            Input::Do(Action::Accept) => return open(self.selected),
            Input::Do(action) => {
                if let Some(row) = moved(self.selected, ENTRIES.len(), 4, action) {
                    self.selected = row;
                }
            }
            Input::Scroll(rows) => {
                let action = if rows > 0 { Action::Down } else { Action::Up };
                self.selected = moved(self.selected, ENTRIES.len(), 4, action).unwrap_or(self.selected);
            }
            Input::Click { y, double, .. } => {
                // Each entry takes three rows below the frame.
                let row = usize::from(y.saturating_sub(2) / 3);
                if row < ENTRIES.len() {
                    self.selected = row;
                    if double {
                        return open(row);
                    }
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let mut rest = split_top(pane(cx.theme, frame, area, "Configuration", Line::default()), 1).1;
        for (at, (name, about, _)) in ENTRIES.iter().enumerate() {
            let (line, below) = split_top(rest, 1);
            let chosen = at == self.selected;
            let style = if chosen { cx.theme.selected } else { cx.theme.text };
            let room = usize::from(line.width);
            frame.render_widget(Line::styled(cut(&format!("{}{name} ", marker(chosen)), room), style), line);
            let (line, below) = split_top(below, 1);
            frame.render_widget(Line::styled(cut(about, room.saturating_sub(4)), cx.theme.muted), indent(line, 4));
            rest = split_top(below, 1).1;
        }
    }
}
