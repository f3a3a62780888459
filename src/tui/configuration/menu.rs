//! Configuration: the menu. Leaves to Security > Credentials, Integrations, the passphrase, the recovery kit, the
//! audit log, the generations and the doctor.

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
    Key::new(&[Press::plain(KeyCode::Up), Press::char('k')], Action::Up, "", "Previous entry"),
    Key::new(&[Press::plain(KeyCode::Down), Press::char('j')], Action::Down, "", "Next entry"),
];

const ENTRIES: [(&str, &str, Route); 7] = [
    ("Security > Credentials", "Client IDs, secrets and tokens", Route::Credentials),
    ("Integrations", "Data sync from your providers", Route::Integrations),
    ("Security > Passphrase", "Change the passphrase that opens the vault", Route::ChangePassphrase),
    ("Security > Recovery kit", "Print a spare key in case the passphrase is lost", Route::RecoveryKit),
    ("Security > Audit log", "Who used which credential", Route::Audit(None)),
    ("Security > Version history", "Versions of the vault and restore", Route::Generations),
    ("Doctor", "Check this machine for problems", Route::Doctor(None)),
];

/// Rows of the screen that are not the menu's: breadcrumb, frame, first empty row, notice and keys.
const AROUND: u16 = 6;

/// Rows an entry takes: what it is about goes under it, and a space, where there is room for all.
fn step(height: u16) -> u16 {
    let entries = u16::try_from(ENTRIES.len()).unwrap_or(u16::MAX);
    (height / entries).clamp(1, 3)
}

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

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
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
                let row = usize::from(y.saturating_sub(2) / step(cx.size.1.saturating_sub(AROUND)));
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
        let step = step(rest.height);
        for (at, (name, about, _)) in ENTRIES.iter().enumerate() {
            let (line, below) = split_top(rest, 1);
            let chosen = at == self.selected;
            let style = if chosen { cx.theme.selected } else { cx.theme.text };
            let room = usize::from(line.width);
            frame.render_widget(Line::styled(cut(&format!("{}{name} ", marker(chosen)), room), style), line);
            let (line, _) = split_top(below, step.saturating_sub(1).min(1));
            frame.render_widget(Line::styled(cut(about, room.saturating_sub(4)), cx.theme.muted), indent(line, 4));
            rest = split_top(below, step.saturating_sub(1)).1;
        }
    }
}
