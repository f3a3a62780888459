//! The details of a member or host, with the four words to compare aloud.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::labels::{self, LABEL};
use crate::engine::event::{JobEvent, Outcome, TeamOutcome};
use crate::engine::operation::{Operation, TeamOperation};
use crate::engine::ops::team::Member;
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, height, rows};
use crate::tui::widgets::pane::{centered, clear, pane, split_top};
use crate::tui::widgets::spinner;

const KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Esc), Press::plain(KeyCode::Enter)], Action::Back, "back", "Back to the team")];

/// Width of the dialog.
const WIDTH: u16 = 76;

#[derive(Debug)]
pub(crate) struct TeamMember {
    member: Member,
    words: Option<Result<String, Problem>>,
    work: Option<OperationId>,
}

impl TeamMember {
    /// Opens the dialog for the member with this id, and requests the four words.
    ///
    /// # Errors
    /// `Kind::NotFound` if the member no longer exists.
    pub(crate) fn start(cx: &Context<'_>, id: &str) -> Result<(Self, Vec<Effect>), Problem> {
        let member = of(cx, id)?.clone();
        let work = Operation::Team(TeamOperation::ReadWords(id.to_owned()));
        Ok((Self { member, words: None, work: Some(cx.operation) }, vec![Effect::Work(cx.operation, work)]))
    }

    fn text(&self, cx: &Context<'_>) -> Vec<Row> {
        let mut text = labels::facts(cx, &self.member);
        text.push(Row::blank());
        text.push(match &self.words {
            None => Row::new("Four words", format!("{} Reading them.", spinner(cx))),
            Some(Ok(words)) => Row::new("Four words", words.clone()).style(cx.theme.heading),
            Some(Err(problem)) => Row::new("Four words", in_full(problem)).style(cx.theme.danger),
        });
        let explanation = "The machine of this member showed the same words when it joined.";
        text.push(Row::new("", format!("{}{explanation}", " ".repeat(usize::from(LABEL)))).style(cx.theme.muted));
        text
    }
}

/// The member with this id.
///
/// # Errors
/// `Kind::NotFound`.
pub(super) fn of<'a>(cx: &Context<'a>, id: &str) -> Result<&'a Member, Problem> {
    let members = cx.snapshot.team.as_ref().map_or(&[][..], |team| &team.members);
    let gone = || Problem::new(Kind::NotFound, "This member is no longer on the list.");
    members.iter().find(|member| member.id == id).ok_or_else(gone)
}

impl View for TeamMember {
    fn title(&self, _cx: &Context<'_>) -> String {
        self.member.name.clone()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.work.is_some() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, _cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Job(_, JobEvent::Finished(result)) => {
                self.work = None;
                self.words = match result {
                    Ok(Outcome::Team(TeamOutcome::Words(words))) => Some(Ok(words)),
                    Ok(_) => Some(Err(Problem::internal("Something else was read."))),
                    Err(problem) => Some(Err(problem)),
                };
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let text = self.text(cx);
        let room = Rect { width: area.width.min(WIDTH).saturating_sub(4), ..area };
        let area = centered(area, WIDTH, height(room, LABEL, &text).saturating_add(4));
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, &labels::name(&self.member), Line::default());
        rows(cx.theme, frame, split_top(inside, 1).1, LABEL, &text);
    }
}
