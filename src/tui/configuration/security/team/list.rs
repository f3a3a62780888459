//! The list of a team's members and hosts.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::labels::{self, LABEL};
use crate::engine::event::{JobEvent, Outcome, TeamOutcome};
use crate::engine::operation::{Operation, TeamOperation};
use crate::engine::ops::team::{Member, Role, TeamSnapshot, TeamState};
use crate::printable::printable;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, height, rows};
use crate::tui::widgets::list::{Marker, marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cut, pane, split_top, text_in};
use crate::tui::widgets::relative_time;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "details", "Show the selected member and its four words"),
    Key::new(&[Press::char('+')], Action::Add, "add", "Add a person by a join code"),
    Key::new(&[Press::char('H')], Action::AddHost, "add host", "Add a host that reads some credentials"),
    Key::new(&[Press::char('d')], Action::Delete, "remove", "Remove the selected member or host (asks first)"),
    Key::new(&[Press::char('o')], Action::Rotation, "rotation list", "Show what to change at the providers"),
    Key::new(&[Press::char('f')], Action::FinishEncrypting, "finish", "Finish an interrupted re-encryption"),
    Key::new(&[Press::char('r')], Action::Examine, "refresh", "Ask the store again"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

/// Widths of the fixed columns.
const ROLE: usize = 8;
const READS: usize = 16;
const SINCE: usize = 14;
const LAST_SEEN: usize = 18;

/// Width from which the column "last seen" is shown.
const WITH_LAST_SEEN: usize = 100;

/// Smallest and largest width of the name column.
const NAMES: (usize, usize) = (16, 36);

/// Rows below the list for the selected member.
const FOOT: u16 = 7;

/// Rows above the first member: the frame and the header.
const ABOVE: u16 = 2;

#[derive(Debug, Default)]
pub(crate) struct Team {
    selected: usize,
    state: Option<TeamState>,
    failed: Option<Problem>,
    work: Option<OperationId>,
}

impl Team {
    /// Opens the screen and requests the state of the store.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut screen = Self::default();
        let effects = screen.read(cx);
        (screen, effects)
    }

    fn read(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.work = Some(cx.operation);
        vec![Effect::Work(cx.operation, Operation::Team(TeamOperation::ReadState))]
    }

    fn at(&self, cx: &Context<'_>) -> usize {
        self.selected.min(members(cx).len().saturating_sub(1))
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Member> {
        members(cx).get(self.at(cx))
    }

    fn to_encrypt(&self) -> usize {
        self.state.as_ref().map_or(0, |state| state.to_encrypt)
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let open = |route: fn(String) -> Route| {
            let id = self.current(cx).map(|member| member.id.clone());
            id.map(|id| Effect::Open(route(id))).into_iter().collect()
        };
        match action {
            Action::Back => vec![Effect::Back],
            Action::Accept => open(Route::TeamMember),
            Action::Delete => open(Route::RemoveMember),
            Action::Add => vec![Effect::Open(Route::AddMember)],
            Action::AddHost => vec![Effect::Open(Route::AddTeamHost)],
            Action::Rotation => vec![Effect::Open(Route::Rotation)],
            Action::FinishEncrypting => vec![Effect::Open(Route::FinishEncrypting)],
            Action::Examine => self.read(cx),
            _ => {
                let page = cx.size.1.saturating_sub(FOOT + 6);
                self.selected = moved(self.at(cx), members(cx).len(), page, action).unwrap_or(self.at(cx));
                Vec::new()
            }
        }
    }

    /// Remarks about the vault, shown below the members.
    fn remarks(&self, cx: &Context<'_>, team: &TeamSnapshot) -> Vec<Row> {
        let glyph = if cx.theme.ascii { "!" } else { "▲" };
        let warning = |text: String| Row::new("", format!("{glyph} {text}")).style(cx.theme.warn);
        let mut remarks = Vec::new();
        if let Some(since) = cx.snapshot.as_of {
            let at = relative_time::instant(cx, since);
            remarks.push(warning(format!("{} cannot be reached; this is as of {at}.", printable(&team.place, 200))));
        }
        match self.to_encrypt() {
            0 => {}
            1 => remarks.push(warning("1 object is not re-encrypted yet. Press f to finish.".to_owned())),
            count => remarks.push(warning(format!("{count} objects are not re-encrypted yet. Press f to finish."))),
        }
        if let Some(sentence) = labels::rotation_sentence(&team.rotation) {
            remarks.push(warning(format!("{sentence}. Press o for the list.")));
        }
        if let Some(first) = self.state.as_ref().and_then(|state| state.foreign.first()) {
            let count = self.state.as_ref().map_or(0, |state| state.foreign.len());
            let first = printable(first, 60);
            remarks.push(warning(format!("Ignored in the store, not Credenza's: {count} objects, such as {first}.")));
        }
        if let Some(problem) = &self.failed {
            remarks.push(Row::new("", in_full(problem)).style(cx.theme.danger));
        }
        remarks
    }

    fn table(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, team: &TeamSnapshot) {
        let remarks = self.remarks(cx, team);
        let below = height(area, 0, &remarks).min(area.height / 2);
        let (area, bottom) = split_top(area, area.height.saturating_sub(below));
        rows(cx.theme, frame, bottom, 0, &remarks);
        let width = usize::from(area.width);
        let longest = team.members.iter().map(|member| labels::name(member).width() + 2).max().unwrap_or_default();
        let name = width.saturating_sub(2 + ROLE + READS + SINCE + NAMES.0).clamp(NAMES.0, NAMES.1);
        let name = name.min(longest.max(NAMES.0));
        let (head, rest) = split_top(area, 1);
        let heading = ["NAME", "ROLE", "READS", "SINCE", "LAST SEEN", "ADDED BY"];
        frame.render_widget(Line::styled(line(false, heading, name, width), cx.theme.heading), head);
        let foot = if rest.height > FOOT + 3 { FOOT } else { 0 };
        let (list, foot) = split_top(rest, rest.height - foot);
        let selected = self.at(cx);
        for (row, at) in list.rows().zip(window(selected, team.members.len(), list.height)) {
            let Some(member) = team.members.get(at) else { continue };
            let (own, reads) = (labels::name(member), labels::reads(member));
            let since = relative_time::day(cx, member.since);
            let seen = labels::last_seen(cx, member);
            let cells = [own.as_str(), member.role.word(), &reads, &since, &seen, &member.added_by];
            let style = if at == selected { cx.theme.selected } else { cx.theme.text };
            frame.render_widget(Line::styled(line(at == selected, cells, name, width), style), row);
        }
        if let Some(member) = team.members.get(selected) {
            let mut facts = vec![Row::blank()];
            facts.extend(labels::facts(cx, member));
            rows(cx.theme, frame, foot, LABEL, &facts);
        }
    }
}

fn line(is_selected: bool, cells: [&str; 6], name: usize, width: usize) -> String {
    let last_seen = if width >= WITH_LAST_SEEN { LAST_SEEN } else { 0 };
    let rest = width.saturating_sub(Marker::WIDTH + name + ROLE + READS + SINCE + last_seen);
    let rooms = [name, ROLE, READS, SINCE, last_seen, rest];
    let cells: Vec<String> = cells.iter().zip(rooms).map(|(text, room)| text_in(text, room)).collect();
    cut(&format!("{}{}", marker(is_selected), cells.concat()), width)
}

fn members<'a>(cx: &Context<'a>) -> &'a [Member] {
    cx.snapshot.team.as_ref().map_or(&[], |team| &team.members)
}

impl View for Team {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Team".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Back => None,
            _ if cx.snapshot.team.is_none() => Some(labels::NO_TEAM),
            Action::Add | Action::AddHost => labels::may_not_administer(cx),
            Action::Delete => labels::may_not_administer(cx).or_else(|| {
                let is_own = self.current(cx).is_some_and(|member| member.is_own);
                is_own.then_some("You cannot remove yourself. Ask another admin.")
            }),
            Action::FinishEncrypting if self.to_encrypt() == 0 => {
                Some("Everything is encrypted to the current members.")
            }
            Action::FinishEncrypting => labels::edit_refusal(cx),
            _ => None,
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.read(cx)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let total = members(cx).len();
        match input {
            Input::Do(action) => return self.act(cx, action),
            Input::Job(_, JobEvent::Finished(result)) => {
                self.work = None;
                match result {
                    Ok(Outcome::Team(TeamOutcome::State(state))) => (self.state, self.failed) = (Some(*state), None),
                    Ok(_) => {}
                    Err(problem) => self.failed = Some(problem),
                }
            }
            Input::Scroll(rows) => {
                self.selected = self.at(cx).saturating_add_signed(rows.into()).min(total.saturating_sub(1));
            }
            Input::Click { y, double, .. } => {
                let row = usize::from(y.saturating_sub(ABOVE));
                if y >= ABOVE && row < total {
                    self.selected = row;
                    if double {
                        return self.act(cx, Action::Accept);
                    }
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let Some(team) = &cx.snapshot.team else { return };
        let hosts = team.members.iter().filter(|member| member.role == Role::Host).count();
        let people = team.members.len() - hosts;
        let counts = format!(
            " {people} {}, {hosts} {} ",
            if people == 1 { "person" } else { "people" },
            if hosts == 1 { "host" } else { "hosts" }
        );
        let inside = pane(cx.theme, frame, area, "Team", Line::from(counts));
        self.table(cx, frame, inside, team);
    }
}
