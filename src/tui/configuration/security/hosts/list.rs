//! The hosts with their keys, and whether there is a recovery kit.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::ops::hosts::Host;
use crate::printable::printable;
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cut, pane, split_top, text_in};
use crate::tui::widgets::relative_time;

const KEYS: &[Key] = &[
    Key::new(&[Press::char('+')], Action::Add, "add host", "Add a host that opens the vault without the passphrase"),
    Key::new(&[Press::char('d')], Action::Delete, "remove", "Remove the selected host; asks first"),
    Key::new(&[Press::char('y')], Action::CopyPublicKey, "copy key", "Copy the public key of the selected host"),
    Key::new(&[Press::char('K')], Action::RecoveryKit, "recovery kit", "Make a recovery kit"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

/// Widths of the fixed columns.
const NAME: usize = 26;
const SINCE: usize = 20;

/// Rows at the foot: a blank one, the public key over two, a blank one, two for other keys.
const FOOT: u16 = 7;

/// Rows above the first host: the frame and the headings.
const ABOVE: u16 = 2;

#[derive(Debug, Default)]
pub(crate) struct Hosts {
    selected: usize,
}

impl Hosts {
    fn at(&self, cx: &Context<'_>) -> usize {
        self.selected.min(cx.snapshot.hosts.len().saturating_sub(1))
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Host> {
        cx.snapshot.hosts.get(self.at(cx))
    }
}

impl View for Hosts {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Hosts".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        if cx.snapshot.team.is_some() && matches!(action, Action::Add | Action::Delete) {
            return Some("In a team vault, hosts are added and removed in Team (press 0).");
        }
        let needs_one = matches!(action, Action::Delete | Action::CopyPublicKey);
        (needs_one && self.current(cx).is_none()).then_some("No hosts yet. Press + to add one.")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let total = cx.snapshot.hosts.len();
        match input {
            Input::Do(Action::Add) => return vec![Effect::Open(Route::AddHost)],
            Input::Do(Action::RecoveryKit) => return vec![Effect::Open(Route::RecoveryKit)],
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Delete) => {
                let open = |host: &Host| Effect::Open(Route::RemoveHost { name: host.name.clone() });
                return self.current(cx).map(open).into_iter().collect();
            }
            Input::Do(Action::CopyPublicKey) => {
                let copy = |host: &Host| {
                    Effect::Copy(Copyable::Plain { what: "the public key", text: host.recipient.clone() })
                };
                return self.current(cx).map(copy).into_iter().collect();
            }
            Input::Do(action) => {
                let page = cx.size.1.saturating_sub(FOOT + 6);
                self.selected = moved(self.at(cx), total, page, action).unwrap_or(self.at(cx));
            }
            Input::Scroll(rows) => {
                self.selected = self.at(cx).saturating_add_signed(rows.into()).min(total.saturating_sub(1));
            }
            Input::Click { y, .. } => {
                let row = usize::from(y.saturating_sub(ABOVE));
                if y >= ABOVE && row < total {
                    self.selected = row;
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let hosts = &cx.snapshot.hosts;
        let inside = pane(cx.theme, frame, area, "Hosts", Line::from(format!(" {} ", hosts.len())));
        if hosts.is_empty() {
            let mut text = vec![
                Row::blank(),
                Row::new("", "No other host opens this vault."),
                Row::blank(),
                Row::new(
                    "",
                    "A host, such as a server, a container or a CI runner, opens the vault with its own key instead of \
                     the passphrase. Press + to add one.",
                ),
                Row::blank(),
            ];
            text.extend(other_keys(cx));
            rows(cx.theme, frame, inside, 16, &text);
            return;
        }
        let (head, rest) = split_top(inside, 1);
        let room = usize::from(inside.width).saturating_sub(2 + NAME + SINCE);
        let heading = format!("  {}{}PUBLIC KEY", text_in("HOST", NAME), text_in("SINCE", SINCE));
        frame.render_widget(Line::styled(cut(&heading, inside.width.into()), cx.theme.muted), head);
        let (list, foot) = split_top(rest, rest.height.saturating_sub(FOOT).max(1));
        let selected = self.at(cx);
        for (line, at) in list.rows().zip(window(selected, hosts.len(), list.height)) {
            let Some(host) = hosts.get(at) else { continue };
            let text = format!(
                "{}{}{}{}",
                marker(at == selected),
                text_in(&printable(&host.name, 100), NAME),
                text_in(&since(cx, host), SINCE),
                cut(&host.recipient, room)
            );
            let style = if at == selected { cx.theme.selected } else { cx.theme.text };
            frame.render_widget(Line::styled(text, style), line);
        }
        let mut text = vec![Row::blank()];
        text.extend(hosts.get(selected).map(|host| Row::new("Public key", host.recipient.clone())));
        text.push(Row::blank());
        text.extend(other_keys(cx));
        rows(cx.theme, frame, foot, 16, &text);
    }
}

fn since(cx: &Context<'_>, host: &Host) -> String {
    host.since.map_or_else(|| "unknown".to_owned(), |at| relative_time::instant(cx, at))
}

/// Other keys that open the vault.
fn other_keys(cx: &Context<'_>) -> [Row; 2] {
    let kit = if cx.snapshot.recovery_kit { "active" } else { "none; press K to make one" };
    [Row::new("Passphrase", "opens the vault, through identity.age"), Row::new("Recovery kit", kit)]
}
