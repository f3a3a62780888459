//! The dialogs for long re-encryptions: removing a member or host, and finishing an interrupted re-encryption.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::encrypting::Encrypting;
use super::member::of;
use crate::engine::event::{JobEvent, Outcome, TeamOutcome};
use crate::engine::operation::TeamOperation;
use crate::engine::ops::team::{Member, Role};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::confirm::yes;
use crate::tui::widgets::fields::{Row, height, rows};
use crate::tui::widgets::pane::{centered, clear, pane, split_top};

const ASKS: &[Key] = &yes("remove", "Yes: remove the member");

const RUNS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "stop", "Stop; Team > f finishes the rest later")];

/// Width of the dialog.
const WIDTH: u16 = 72;

#[derive(Debug)]
pub(crate) struct RemoveMember {
    /// The member to remove; `None` if the dialog only finishes an interrupted re-encryption.
    member: Option<Member>,
    encrypting: Encrypting,
}

impl RemoveMember {
    /// Asks for confirmation to remove this member.
    ///
    /// # Errors
    /// `Kind::NotFound` if the member no longer exists.
    pub(crate) fn new(cx: &Context<'_>, id: &str) -> Result<Self, Problem> {
        Ok(Self { member: Some(of(cx, id)?.clone()), encrypting: Encrypting::default() })
    }

    /// Starts to finish an interrupted re-encryption at once, without a question.
    #[must_use]
    pub(crate) fn finish(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut dialog = Self { member: None, encrypting: Encrypting::default() };
        let effects = dialog.encrypting.begin(cx, TeamOperation::FinishEncrypting);
        (dialog, effects)
    }

    fn text(&self, cx: &Context<'_>) -> Vec<Row> {
        if self.encrypting.is_running() {
            return self.encrypting.rows(cx, "Saving the list of members.");
        }
        let Some(member) = &self.member else { return Vec::new() };
        let (what, kind) = match member.role {
            Role::Host => ("what it was given", "host"),
            role => ("every credential", role.word()),
        };
        vec![
            Row::new("", format!("Remove \"{}\" ({kind}, reads {what})?", member.name)).style(cx.theme.danger),
            Row::blank(),
            Row::new(
                "",
                "The member list is updated first. Then every record this member could read is encrypted again for the \
                 remaining members. This can take a while, and can be finished later.",
            ),
            Row::blank(),
            Row::new(
                "",
                "This member may have kept everything they could read. You will get a list of the secrets to change at \
                 the providers. Also revoke their access to the store.",
            ),
        ]
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        let is_incomplete = self.encrypting.is_incomplete();
        self.encrypting.ended();
        let rest = " The re-encryption was stopped: press f in Team to finish it.";
        match (result, &self.member) {
            (Ok(Outcome::Team(TeamOutcome::Removed(list))), Some(member)) => {
                let done = format!("Removed \"{}\".", member.name);
                let notice = if is_incomplete { Notice::Refused(format!("{done}{rest}")) } else { Notice::Done(done) };
                let next = if list.is_empty() { Effect::Back } else { Effect::Replace(Route::Rotation) };
                vec![next, Effect::Notice(notice)]
            }
            (Ok(Outcome::Team(TeamOutcome::Encrypted(count))), _) => {
                let done = format!("Re-encrypted {count} objects.");
                let notice = if is_incomplete { Notice::Refused(format!("{done}{rest}")) } else { Notice::Done(done) };
                vec![Effect::Back, Effect::Notice(notice)]
            }
            (Ok(_), _) => vec![Effect::Back],
            (Err(problem), _) => vec![Effect::Back, Effect::Notice(Notice::Failed(problem))],
        }
    }
}

impl View for RemoveMember {
    fn title(&self, _cx: &Context<'_>) -> String {
        if self.member.is_some() { "Remove member" } else { "Re-encrypt" }.to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.encrypting.is_running() { RUNS } else { ASKS }
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn redraw_rate(&self) -> RedrawRate {
        self.encrypting.redraw_rate()
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.encrypting.waits_for()
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        self.encrypting.is_running().then(|| "Records are being re-encrypted. Press esc to stop.".to_owned())
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Back) if self.encrypting.is_running() => return self.encrypting.stop(),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Confirm) => {
                if let Some(member) = &self.member {
                    return self.encrypting.begin(cx, TeamOperation::Remove(member.id.clone()));
                }
            }
            Input::Job(_, JobEvent::Encrypting(done, total)) => self.encrypting.counted(cx.now, done, total),
            Input::Job(_, JobEvent::Finished(result)) => return self.finished(result),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let text = self.text(cx);
        let room = Rect { width: area.width.min(WIDTH).saturating_sub(4), ..area };
        let area = centered(area, WIDTH, height(room, 0, &text).saturating_add(4));
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, &self.title(cx), Line::default());
        rows(cx.theme, frame, split_top(inside, 1).1, 0, &text);
    }
}
