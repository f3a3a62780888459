//! The first screen if there is no vault. Leads to the first passphrase, an import, the demo, a recovery kit, or a team
//! vault.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::vaults;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::{marker, moved};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{centered, cut, indent, inner, pane, split_top};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Right)], Action::Accept, "choose", "Choose this"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    vaults::OTHER_VAULT,
    Key::new(&[Press::plain(KeyCode::Esc), Press::char('q')], Action::Quit, "quit", "Quit; nothing is created"),
];

/// The choices, each with one line about it.
const CHOICES: [(&str, &str); 5] = [
    ("Create a vault", "Choose a passphrase; it takes a minute."),
    ("Import from other programs", "Find other programs' files here, then choose what to import."),
    ("Try the demo", "Sample data and a simulated provider; nothing is saved."),
    ("Restore from a recovery kit", "You have a copy of vault.age and that vault's recovery kit."),
    ("Join or create a team vault", "Share one vault with others on a store that your organization runs."),
];

/// Rows above the choices: an introduction and a blank row.
const ABOVE: u16 = 4;

/// Rows per choice: its name, its description, a blank row.
const STEP: u16 = 3;

#[derive(Debug, Default)]
pub(crate) struct Welcome {
    selected: usize,
}

impl Welcome {
    fn choose(&self) -> Vec<Effect> {
        vec![match self.selected {
            0 => Effect::Open(Route::CreateVault),
            1 => Effect::Open(Route::FoundFiles),
            2 => Effect::Demo,
            3 => Effect::Open(Route::RecoverVault),
            _ => Effect::Open(Route::NoTeam),
        }]
    }
}

fn frame_of(area: Rect) -> Rect {
    centered(area, 76, ABOVE + STEP * 5 + 1)
}

impl View for Welcome {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Welcome to Credenza".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::SwitchVault && !vaults::others(cx)).then_some("")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.choose(),
            Input::Do(Action::SwitchVault) => return vec![Effect::Open(Route::Vaults)],
            Input::Do(Action::Quit) => return vec![Effect::Quit],
            Input::Do(action) => {
                self.selected = moved(self.selected, CHOICES.len(), 1, action).unwrap_or(self.selected);
            }
            Input::Click { y, .. } => {
                let body = Rect { x: 0, y: 0, width: cx.size.0, height: cx.size.1.saturating_sub(3) };
                let row = y.checked_sub(inner(frame_of(body)).y + ABOVE).map(|row| usize::from(row / STEP));
                if let Some(at) = row.filter(|at| *at < CHOICES.len()) {
                    self.selected = at;
                    return self.choose();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, frame_of(area), "Welcome to Credenza", Line::default());
        let intro = [
            Row::blank(),
            Row::new("", "Credenza keeps your SaaS credentials in one encrypted file:"),
            Row::new("", cut(&cx.workspace.vault_place(), inside.width.into())).style(cx.theme.accent),
        ];
        let (above, mut rest) = split_top(inside, ABOVE);
        rows(cx.theme, frame, above, 0, &intro);
        for (at, (name, about)) in CHOICES.iter().enumerate() {
            let (own, below) = split_top(rest, STEP);
            let (line, under) = split_top(own, 1);
            let style = if at == self.selected { cx.theme.selected } else { cx.theme.heading };
            let text = format!("{}{name} ", marker(at == self.selected));
            frame.render_widget(Line::styled(cut(&text, line.width.into()), style), line);
            frame.render_widget(Line::styled(*about, cx.theme.muted), indent(split_top(under, 1).0, 2));
            rest = below;
        }
    }
}
