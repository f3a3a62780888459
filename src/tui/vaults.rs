//! The vault switcher: opens another vault of this machine instead of the current one.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::VaultHere;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{centered, clear, cut, inner, pane, paragraph, split_top, text_in};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "open", "Lock this vault, and unlock the selected one"),
    Key::new(&[Press::char('+')], Action::Add, "team vault", "Create or join a team vault"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Stay with this vault"),
];

/// Columns of the dialog, and of a name in it.
const WIDTH: u16 = 76;
const NAME: usize = 24;

/// Rows of text below the list.
const BELOW: u16 = 3;

#[derive(Debug)]
pub(crate) struct Vaults {
    vaults: Vec<VaultHere>,
    selected: usize,
}

impl Vaults {
    /// Lists the vaults; the open one is selected.
    #[must_use]
    pub(crate) fn new(cx: &Context<'_>) -> Self {
        let vaults = cx.vaults.to_vec();
        let selected = vaults.iter().position(|vault| vault.name == cx.vault_name).unwrap_or_default();
        Self { vaults, selected }
    }

    fn frame(&self, area: Rect) -> Rect {
        let rows = u16::try_from(self.vaults.len()).unwrap_or(u16::MAX);
        centered(area, WIDTH, rows.saturating_add(BELOW + 3))
    }

    fn open(&self, cx: &Context<'_>) -> Vec<Effect> {
        match self.vaults.get(self.selected) {
            Some(vault) if vault.name != cx.vault_name => vec![Effect::SwitchVault(vault.name.clone())],
            _ => vec![Effect::Back],
        }
    }

    fn click(&mut self, cx: &Context<'_>, at: (u16, u16)) -> Vec<Effect> {
        let area = self.frame(Rect { x: 0, y: 0, width: cx.size.0, height: cx.size.1.saturating_sub(3) });
        if !area.contains(at.into()) {
            return vec![Effect::Back];
        }
        let list = split_top(inner(area), 1).1;
        let Some(row) = at.1.checked_sub(list.y).map(usize::from).filter(|row| *row < self.vaults.len()) else {
            return Vec::new();
        };
        self.selected = row;
        self.open(cx)
    }
}

/// Whether there is another vault to open.
pub(super) fn others(cx: &Context<'_>) -> bool {
    cx.vaults.iter().any(|vault| vault.name != cx.vault_name)
}

/// Opens this dialog on a screen without an open vault.
pub(super) const OTHER_VAULT: Key = Key::new(
    &[Press::plain(KeyCode::F(6))],
    Action::SwitchVault,
    "other vault",
    "Switch to another vault of this machine",
);

impl View for Vaults {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Switch vault".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.open(cx),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Add) => return vec![Effect::Replace(Route::NoTeam)],
            Input::Do(action) => {
                self.selected = moved(self.selected, self.vaults.len(), 4, action).unwrap_or(self.selected);
            }
            Input::Scroll(rows) => {
                let last = self.vaults.len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(rows.into()).min(last);
            }
            Input::Click { x, y, .. } => return self.click(cx, (x, y)),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let area = self.frame(area);
        clear(frame, area);
        let inside = split_top(pane(cx.theme, frame, area, "Switch vault", Line::default()), 1).1;
        let (list, foot) = split_top(inside, inside.height.saturating_sub(BELOW));
        let width = usize::from(list.width);
        for (row, at) in list.rows().zip(window(self.selected, self.vaults.len(), list.height)) {
            let Some(vault) = self.vaults.get(at) else { continue };
            let name =
                if vault.name == cx.vault_name { format!("{} (this one)", vault.name) } else { vault.name.clone() };
            let text = format!("{}{}{}", marker(at == self.selected), text_in(&name, NAME), vault.place);
            let style = if at == self.selected { cx.theme.selected } else { cx.theme.text };
            frame.render_widget(Line::styled(cut(&text, width), style), row);
        }
        let text = if others(cx) {
            "This vault is locked first; then the passphrase of the other one is asked for."
        } else {
            "There is no other vault on this machine. Press + to create or join a team vault."
        };
        paragraph(frame, split_top(foot, 1).1, text, cx.theme.muted);
    }
}
