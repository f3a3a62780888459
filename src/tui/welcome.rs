//! Without a vault: what a person can begin with. Leaves to the first passphrase, the demo, or a recovery kit.

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
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::{marker, moved};
use crate::tui::widgets::moves;
use crate::tui::widgets::pane::{centered, cut, indent, inner, pane, split_top};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Right)], Action::Accept, "choose", "Choose this"),
    moves::UP,
    moves::DOWN,
    moves::FIRST_OR_G,
    moves::LAST,
    Key::new(&[Press::plain(KeyCode::Esc), Press::char('q')], Action::Quit, "quit", "Quit; nothing is made"),
];

/// What can be begun with, and one line about it.
const CHOICES: [(&str, &str); 3] = [
    ("Create a vault", "Choose a passphrase; it takes a minute."),
    ("Try the demo", "Sample data and a simulated provider; nothing is saved."),
    ("Restore from a recovery kit", "You have a copy of vault.age and the kit of that vault."),
];

/// Rows above the choices: what this is about, and a blank.
const ABOVE: u16 = 4;

/// Rows of a choice: its name, what it is, a blank.
const STEP: u16 = 3;

/// The choices.
#[derive(Debug, Default)]
pub struct Welcome {
    selected: usize,
}

impl Welcome {
    fn choose(&self) -> Vec<Effect> {
        vec![match self.selected {
            0 => Effect::Open(Route::CreateVault),
            1 => Effect::Demo,
            _ => Effect::Open(Route::RecoverVault),
        }]
    }
}

fn frame_of(area: Rect) -> Rect {
    centered(area, 76, ABOVE + STEP * 3 + 3)
}

impl View for Welcome {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Welcome to Credenza".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.choose(),
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
