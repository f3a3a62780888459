//! The Team page of a vault that is not shared: explains team vaults and how to get one.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::LOCAL;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::{Route, TeamEntry};
use crate::tui::view::View;
use crate::tui::widgets::list::{marker, moved};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{centered, cut, indent, inner, pane, paragraph, split_top};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "choose", "Choose this"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back; nothing is created"),
];

const ABOUT: &str = "Several people and machines can share one vault on a PostgreSQL database or a bucket that you \
                     already run. The store sees only encrypted data.";

/// Width of the page.
const WIDTH: u16 = 84;

/// Rows above the choices: a blank one, the introduction, a blank one.
const ABOVE: u16 = 4;

/// Rows of each choice: its name, its description, a blank one.
const STEP: u16 = 3;

const CHOICES: [TeamEntry; 3] = [TeamEntry::CreateFromLocal, TeamEntry::Create, TeamEntry::Join];

#[derive(Debug, Default)]
pub(crate) struct NoTeam {
    selected: usize,
}

impl NoTeam {
    /// Selects the first choice that is possible.
    #[must_use]
    pub(crate) fn new(cx: &Context<'_>) -> Self {
        Self { selected: usize::from(!may_move(cx)) }
    }

    fn choose(&self) -> Vec<Effect> {
        CHOICES.get(self.selected).map(|way| Effect::Open(Route::CreateOrJoinTeam(*way))).into_iter().collect()
    }
}

/// Whether the open vault is the local one, whose records can be moved.
fn may_move(cx: &Context<'_>) -> bool {
    cx.is_open && cx.vault_name == LOCAL
}

fn name(way: TeamEntry) -> &'static str {
    match way {
        TeamEntry::CreateFromLocal => "Create a team vault and move these credentials into it",
        TeamEntry::Create => "Create an empty team vault",
        TeamEntry::Join => "Join a team vault",
    }
}

fn about(cx: &Context<'_>, way: TeamEntry) -> String {
    match way {
        TeamEntry::CreateFromLocal if may_move(cx) => {
            format!("Moves {} from this vault. You can undo that here.", counted(cx))
        }
        TeamEntry::CreateFromLocal => "Open the local vault first.".to_owned(),
        TeamEntry::Create => "You are its first admin. This machine keeps its other vaults.".to_owned(),
        TeamEntry::Join => "You get a join code. An admin of the team lets this machine in with it.".to_owned(),
    }
}

fn counted(cx: &Context<'_>) -> String {
    let (credentials, integrations) = (cx.snapshot.credentials.list.len(), cx.snapshot.integrations.list.len());
    super::labels::records(credentials, integrations)
}

fn frame_of(area: Rect) -> Rect {
    centered(area, WIDTH, ABOVE + STEP * 3 + 2)
}

impl View for NoTeam {
    fn title(&self, cx: &Context<'_>) -> String {
        if cx.is_open { "Security > Team".to_owned() } else { "Team vaults".to_owned() }
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::Accept && self.selected == 0 && !may_move(cx))
            .then_some("Only the credentials of the local vault can be moved. Open it first.")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.choose(),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(action) => {
                self.selected = moved(self.selected, CHOICES.len(), 1, action).unwrap_or(self.selected);
            }
            Input::Click { y, double, .. } => {
                let body = Rect { x: 0, y: 0, width: cx.size.0, height: cx.size.1.saturating_sub(3) };
                let row = y.checked_sub(inner(frame_of(body)).y + ABOVE).map(|row| usize::from(row / STEP));
                if let Some(at) = row.filter(|at| *at < CHOICES.len()) {
                    self.selected = at;
                    if double && self.refusal(cx, Action::Accept).is_none() {
                        return self.choose();
                    }
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, frame_of(area), "Share a vault with a team", Line::default());
        let (above, mut rest) = split_top(inside, ABOVE);
        paragraph(frame, split_top(above, 1).1, ABOUT, cx.theme.text);
        for (at, way) in CHOICES.into_iter().enumerate() {
            let (own, below) = split_top(rest, STEP);
            let (line, under) = split_top(own, 1);
            let style = if at == self.selected { cx.theme.selected } else { cx.theme.heading };
            let text = format!("{}{} ", marker(at == self.selected), name(way));
            frame.render_widget(Line::styled(cut(&text, line.width.into()), style), line);
            frame.render_widget(Line::styled(about(cx, way), cx.theme.muted), indent(split_top(under, 1).0, 2));
            rest = below;
        }
    }
}
