//! The dialog that asks before something is deleted or undone: it names what would change, and the default answer is
//! no.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::fields::{Row, height, rows};
use super::pane::{centered, clear, pane};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::bulk_notice;
use crate::tui::view::View;

const YES: &[Press] = &[Press::char('y')];

/// All keys that mean no, including esc and enter, which are pressed without thinking.
const NO: Key = Key::new(
    &[Press::char('n'), Press::plain(KeyCode::Esc), Press::plain(KeyCode::Enter)],
    Action::Back,
    "no",
    "No: change nothing",
);

/// Columns of the dialog.
const WIDTH: u16 = 72;

/// The content of a dialog.
#[derive(Debug)]
pub(crate) struct Question {
    /// "Delete credential".
    pub title: &'static str,
    /// The object, then what depends on it; an empty line is an empty row.
    pub lines: Vec<String>,
    /// Built with [`yes`]: the key that confirms, and the keys that cancel.
    pub keys: &'static [Key],
    /// The operation to start if the user confirms.
    pub work: Operation,
    /// The notice afterwards, unless the outcome has its own.
    pub done: Option<String>,
    /// Whether the page below closes too, because its subject was deleted.
    pub closes_page: bool,
}

/// The keys of a dialog, with `y` to confirm.
#[must_use]
pub(crate) const fn yes(hint: &'static str, help: &'static str) -> [Key; 2] {
    [Key::new(YES, Action::Confirm, hint, help), NO]
}

#[derive(Debug)]
pub(crate) struct ConfirmDialog {
    title: &'static str,
    lines: Vec<String>,
    keys: &'static [Key],
    /// The operation, until the user confirms.
    work: Option<Operation>,
    running: Option<OperationId>,
    done: Option<String>,
    closes_page: bool,
}

impl ConfirmDialog {
    #[must_use]
    pub(crate) fn new(question: Question) -> Self {
        let Question { title, lines, keys, work, done, closes_page } = question;
        Self { title, lines, keys, work: Some(work), running: None, done, closes_page }
    }

    fn agreed(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let Some(work) = self.work.take() else { return Vec::new() };
        self.running = Some(cx.operation);
        vec![Effect::Work(cx.operation, work)]
    }
}

impl View for ConfirmDialog {
    fn title(&self, _cx: &Context<'_>) -> String {
        self.title.to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        self.keys
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn refusal(&self, _cx: &Context<'_>, _action: Action) -> Option<&'static str> {
        self.running.is_some().then_some("It is being saved.")
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.running
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Confirm) => self.agreed(cx),
            Input::Do(Action::Back) => vec![Effect::Back],
            Input::Job(_, JobEvent::Finished(Ok(outcome))) => {
                let mut effects = vec![Effect::Back];
                effects.extend(self.closes_page.then_some(Effect::Back));
                if let Outcome::Bulk(report) = outcome {
                    effects.push(Effect::Notice(bulk_notice(&report)));
                }
                effects.extend(self.done.take().map(|done| Effect::Notice(Notice::Done(done))));
                effects
            }
            Input::Job(_, JobEvent::Finished(Err(problem))) => {
                vec![Effect::Back, Effect::Notice(Notice::Failed(problem))]
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let text: Vec<Row> = self.lines.iter().map(|line| Row::new("", line.clone())).collect();
        let room = Rect { width: area.width.min(WIDTH).saturating_sub(4), ..area };
        let area = centered(area, WIDTH, height(room, 0, &text).saturating_add(4));
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, self.title, Line::default());
        let body = Rect { y: inside.y + inside.height.min(1), height: inside.height.saturating_sub(1), ..inside };
        rows(cx.theme, frame, body, 0, &text);
    }
}
