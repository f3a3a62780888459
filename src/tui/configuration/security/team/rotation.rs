//! The rotation list: what to change at the providers after a member was removed, until each item is done.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::labels;
use crate::engine::operation::{Operation, TeamOperation};
use crate::engine::ops::team::RotationItem;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::confirm::{ConfirmDialog, Question, yes};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cut, pane, split_top, text_in};
use crate::tui::widgets::relative_time;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "open", "Open the selected credential"),
    Key::new(&[Press::char('d')], Action::Confirm, "done", "Mark the selected credential as changed (asks first)"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

const DONE_KEYS: &[Key] = &yes("done", "Yes: take it off the list");

/// Widths of the fixed columns.
const WHAT: usize = 22;
const KNOWN_TO: usize = 16;
const SINCE: usize = 12;

/// Smallest and largest width of the name column.
const NAMES: (usize, usize) = (16, 48);

/// Rows below the list with the instructions for the selected item.
const FOOT: u16 = 4;

/// Rows above the first item: the frame and the header.
const ABOVE: u16 = 2;

#[derive(Debug, Default)]
pub(crate) struct Rotation {
    selected: usize,
}

/// Asks for confirmation to remove a credential from the list.
///
/// # Errors
/// `Kind::NotFound` if it is not on the list.
pub(crate) fn question(cx: &Context<'_>, id: CredentialId) -> Result<ConfirmDialog, Problem> {
    let gone = || Problem::new(Kind::NotFound, "This credential is not on the rotation list.");
    let item = list(cx).iter().find(|item| item.credential == id).ok_or_else(gone)?;
    let lines = vec![
        format!("Take \"{}\" off the rotation list?", item.name),
        String::new(),
        format!("Mark it as done only after this is changed at the provider: {}.", item.what.join(", ")),
    ];
    Ok(ConfirmDialog::new(Question {
        title: "Mark as done",
        lines,
        keys: DONE_KEYS,
        work: Operation::Team(TeamOperation::Rotated(id)),
        done: Some(format!("\"{}\" is off the rotation list.", item.name)),
        closes_page: false,
    }))
}

fn list<'a>(cx: &Context<'a>) -> &'a [RotationItem] {
    cx.snapshot.team.as_ref().map_or(&[], |team| &team.rotation)
}

impl Rotation {
    fn at(&self, cx: &Context<'_>) -> usize {
        self.selected.min(list(cx).len().saturating_sub(1))
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a RotationItem> {
        list(cx).get(self.at(cx))
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let open = |route: fn(CredentialId) -> Route| {
            self.current(cx).map(|item| Effect::Open(route(item.credential))).into_iter().collect()
        };
        match action {
            Action::Back => vec![Effect::Back],
            Action::Accept => open(Route::Details),
            Action::Confirm => open(Route::RotationDone),
            _ => {
                let page = cx.size.1.saturating_sub(FOOT + 6);
                self.selected = moved(self.at(cx), list(cx).len(), page, action).unwrap_or(self.at(cx));
                Vec::new()
            }
        }
    }
}

impl View for Rotation {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Team > Rotation list".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let item = self.current(cx);
        match action {
            _ if item.is_none() && labels::needs_row(action) => Some("Nothing is left to rotate."),
            Action::Confirm => labels::edit_refusal(cx),
            Action::Accept => {
                let is_there = item.is_some_and(|item| cx.snapshot.credentials.by_id(item.credential).is_some());
                (!is_there).then_some("This credential was deleted.")
            }
            _ => None,
        }
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let total = list(cx).len();
        match input {
            Input::Do(action) => return self.act(cx, action),
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
        let items = list(cx);
        let inside = pane(cx.theme, frame, area, "Rotation list", Line::from(format!(" {} ", items.len())));
        if items.is_empty() {
            let text = if cx.snapshot.team.is_none() { labels::NO_TEAM } else { "Nothing is left to rotate." };
            let about = "After a member or host is removed, the secrets it could read are listed here until they are changed at the providers.";
            rows(cx.theme, frame, inside, 0, &[Row::blank(), Row::new("", text), Row::blank(), Row::new("", about)]);
            return;
        }
        let width = usize::from(inside.width);
        let name = width.saturating_sub(2 + WHAT + KNOWN_TO + SINCE).clamp(NAMES.0, NAMES.1);
        let line = |is_selected: bool, cells: [&str; 4]| {
            let rooms = [name, WHAT, KNOWN_TO, SINCE];
            let cells: Vec<String> = cells.iter().zip(rooms).map(|(text, room)| text_in(text, room)).collect();
            cut(&format!("{}{}", marker(is_selected), cells.concat()), width)
        };
        let (head, rest) = split_top(inside, 1);
        let heading = line(false, ["CREDENTIAL", "CHANGE", "KNOWN TO", "SINCE"]);
        frame.render_widget(Line::styled(heading, cx.theme.heading), head);
        let foot = if rest.height > FOOT + 3 { FOOT } else { 0 };
        let (rows_area, foot) = split_top(rest, rest.height - foot);
        let selected = self.at(cx);
        for (row, at) in rows_area.rows().zip(window(selected, items.len(), rows_area.height)) {
            let Some(item) = items.get(at) else { continue };
            let (what, since) = (item.what.join(", "), relative_time::day(cx, item.since));
            let style = if at == selected { cx.theme.selected } else { cx.theme.text };
            let text = line(at == selected, [&item.name, &what, &item.because_of, &since]);
            frame.render_widget(Line::styled(text, style), row);
        }
        if let Some(item) = self.current(cx) {
            let what = item.what.join(", ");
            let text = format!(
                "{} may have kept this of \"{}\": {what}. Change it at the provider, enter the new one here, then press d.",
                item.because_of, item.name
            );
            rows(cx.theme, frame, foot, 0, &[Row::blank(), Row::new("", text)]);
        }
    }
}
