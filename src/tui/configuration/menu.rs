//! Configuration: the menu of the main screens, grouped as in [`MAIN_SCREENS`].

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::main_screens::{MAIN_SCREENS, MainScreen};
use crate::tui::view::View;
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cell, cut, pane};

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::plain(KeyCode::Right)],
        Action::Accept,
        "open",
        "Open the selected entry",
    ),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
];

/// Width of a name, including its number.
const NAME: usize = 24;

/// Rows of the screen around the menu: breadcrumb, frame, notice and keys.
const AROUND: u16 = 5;

/// The text at the right of the frame's title.
const NUMBERS: &str = " the numbers work on every screen ";

/// One line of the menu.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Blank,
    Heading(&'static str),
    /// A main screen and its index in [`MAIN_SCREENS`].
    Place(usize, &'static MainScreen),
}

/// The lines of the menu: a heading over each group.
fn lines() -> Vec<Entry> {
    let mut lines = Vec::new();
    let mut group = "";
    for (at, place) in MAIN_SCREENS.iter().enumerate() {
        if place.group != group {
            lines.extend([Entry::Blank, Entry::Heading(place.group)]);
            group = place.group;
        }
        lines.push(Entry::Place(at, place));
    }
    lines
}

/// The lines that fit into this height around the selected one; blank lines at the top are dropped first.
fn shown(selected: usize, height: u16) -> Vec<Entry> {
    let mut lines = lines();
    while lines.len() > usize::from(height)
        && let Some(blank) = lines.iter().position(|line| matches!(line, Entry::Blank))
    {
        lines.remove(blank);
    }
    let place = lines.iter().position(|line| matches!(line, Entry::Place(at, _) if *at == selected));
    let rows = window(place.unwrap_or_default(), lines.len(), height);
    lines.get(rows).unwrap_or_default().to_vec()
}

#[derive(Debug, Default)]
pub(crate) struct Menu {
    selected: usize,
}

impl Menu {
    fn open(&self) -> Vec<Effect> {
        MAIN_SCREENS.get(self.selected).map(|place| Effect::Open(place.route.clone())).into_iter().collect()
    }
}

impl View for Menu {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Configuration".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.open(),
            Input::Do(action) => {
                self.selected = moved(self.selected, MAIN_SCREENS.len(), 4, action).unwrap_or(self.selected);
            }
            Input::Scroll(rows) => {
                let action = if rows > 0 { Action::Down } else { Action::Up };
                self.selected = moved(self.selected, MAIN_SCREENS.len(), 4, action).unwrap_or(self.selected);
            }
            Input::Click { y, .. } => {
                let lines = shown(self.selected, cx.size.1.saturating_sub(AROUND));
                let clicked = y.checked_sub(1).and_then(|row| lines.get(usize::from(row)));
                if let Some(Entry::Place(at, _)) = clicked {
                    self.selected = *at;
                    return self.open();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Configuration", Line::from(NUMBERS));
        for (line, entry) in inside.rows().zip(shown(self.selected, inside.height)) {
            let drawn = match entry {
                Entry::Blank => Line::default(),
                Entry::Heading(group) => Line::styled(cut(group, line.width.into()), cx.theme.heading),
                Entry::Place(at, place) => row(cx, place, at == self.selected, line.width.into()),
            };
            frame.render_widget(drawn, line);
        }
    }
}

fn row(cx: &Context<'_>, place: &MainScreen, chosen: bool, width: usize) -> Line<'static> {
    let number = place.number.map_or_else(|| " ".to_owned(), String::from);
    let name = cell(&format!("{}{number} {}", marker(chosen), place.name), NAME.min(width));
    let about = cut(place.about, width.saturating_sub(NAME));
    let style = |own| if chosen { cx.theme.selected } else { own };
    Line::from(vec![Span::styled(name, style(cx.theme.text)), Span::styled(about, style(cx.theme.muted))])
}
