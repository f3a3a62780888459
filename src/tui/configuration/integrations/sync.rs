//! Sync: loads every record of every type of an integration, page by page. Leads to its sessions (s), a Test Run (t),
//! the form (e) and back.

mod draw;
mod kind;

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use self::kind::{Kind, KindState};
use super::results::{ResultLabel, of_session, took};
use super::{GONE, load_label, name_of, present};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::integrations::sync::Report;
use crate::engine::ops::sign_in::Control;
use crate::model::integration::{IntegrationId, PartResult, SyncResult, SyncSession};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::overlay::problem_rows;
use crate::tui::route::Route;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows, scrolled};
use crate::tui::widgets::list::moved;
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{pane, split_top};

const RUNNING: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Esc), Press::char('x')],
        Action::Back,
        "cancel",
        "Cancel after the current page; the next sync resumes there",
    ),
    motion_keys::SCROLL_UP,
    motion_keys::SCROLL_DOWN,
];

const CANCELING: &[Key] = &[Key::new(
    &[Press::plain(KeyCode::Esc), Press::char('x')],
    Action::Back,
    "leave",
    "Leave; the current page finishes first",
)];

const ENDED: &[Key] = &[
    Key::new(&[Press::char('s')], Action::SyncSessions, "sync sessions", "The runs of this integration"),
    Key::new(&[Press::char('g')], Action::SyncNow, "sync again", "Sync again (resumes an interrupted run)"),
    Key::new(&[Press::char('t')], Action::Test, "test run", "Test Run: each step and the first records"),
    Key::new(&[Press::char('e')], Action::Edit, "edit", "Edit the integration: folder, record types, mapping"),
    motion_keys::SCROLL_UP,
    motion_keys::SCROLL_DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

/// Keys after a file was not replaced because too many of its records are gone.
const WITHHELD: &[Key] = &[
    Key::new(
        &[Press::char('G')],
        Action::AcceptGone,
        "accept once",
        "Sync again and replace the file despite removed records (once)",
    ),
    ENDED[0],
    ENDED[1],
    ENDED[2],
    ENDED[3],
    motion_keys::SCROLL_UP,
    motion_keys::SCROLL_DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    ENDED[8],
];

#[derive(Debug)]
enum Stage {
    Running,
    /// The sync stops after the current page.
    Canceling,
    Ended(Box<SyncSession>),
    /// Why the sync could not start.
    Refused(Problem),
}

#[derive(Debug)]
pub(crate) struct Sync {
    id: IntegrationId,
    work: OperationId,
    kinds: Vec<Kind>,
    under_way: Option<usize>,
    stage: Stage,
    began: Timestamp,
    top: usize,
}

impl Sync {
    /// Starts a sync.
    /// # Errors
    /// `Kind::NotFound` if the integration was deleted.
    pub(crate) fn start(cx: &Context<'_>, id: IntegrationId) -> Result<(Self, Vec<Effect>), Problem> {
        Self::begin(cx, id, false)
    }

    fn begin(cx: &Context<'_>, id: IntegrationId, accept_gone: bool) -> Result<(Self, Vec<Effect>), Problem> {
        let loads = &present(cx, id)?.setup.loads;
        let page = Self {
            id,
            work: cx.operation,
            kinds: loads.iter().map(|load| Kind::new(load, load_label(cx, id, load))).collect(),
            under_way: None,
            stage: Stage::Running,
            began: cx.now,
            top: 0,
        };
        Ok((page, vec![Effect::Work(cx.operation, Operation::SyncIntegration { id, accept_gone })]))
    }

    fn again(&mut self, cx: &Context<'_>, accept_gone: bool) -> Vec<Effect> {
        match Self::begin(cx, self.id, accept_gone) {
            Ok((page, effects)) => {
                *self = page;
                effects
            }
            Err(problem) => vec![Effect::Notice(Notice::Failed(problem))],
        }
    }

    fn news(&mut self, cx: &Context<'_>, event: JobEvent) {
        match event {
            JobEvent::Sync(report) => self.report(cx, report),
            JobEvent::Finished(Ok(Outcome::Synced(session))) => {
                for part in &session.parts {
                    if let Some(kind) = self.kinds.iter_mut().find(|kind| kind.load == part.load) {
                        kind.end(part.clone());
                    }
                }
                (self.stage, self.top) = (Stage::Ended(session), 0);
            }
            JobEvent::Finished(Ok(_)) => {
                self.stage = Stage::Refused(Problem::internal("The job returned an unexpected result."));
            }
            JobEvent::Finished(Err(problem)) => self.stage = Stage::Refused(problem),
            JobEvent::Progress(_)
            | JobEvent::Test(_)
            | JobEvent::Import(_)
            | JobEvent::Encrypting(..)
            | JobEvent::Reading { .. }
            | JobEvent::Waiting(_)
            | JobEvent::Entry(_)
            | JobEvent::Log(_) => {}
        }
    }

    fn report(&mut self, cx: &Context<'_>, report: Report) {
        match report {
            Report::RecordType { load, label } => {
                self.under_way = self.kinds.iter().position(|kind| kind.load == load);
                self.synced_now(|kind| (kind.label, kind.doing) = (label, KindState::Reading));
            }
            Report::Page { pages, counts, total } => self.synced_now(|kind| kind.page(pages, counts, total, cx.now)),
            Report::Waiting { seconds, why } => {
                let time = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
                let until = cx.now.checked_add(time).unwrap_or(cx.now);
                self.synced_now(|kind| kind.doing = KindState::Pausing { until, why });
            }
            Report::Writing => self.synced_now(|kind| kind.doing = KindState::Writing),
            Report::Part(part) => {
                // Found by its id, because no start is reported for a record type that could not start.
                if let Some(kind) = self.kinds.iter_mut().find(|kind| kind.load == part.load) {
                    kind.end(*part);
                }
                self.under_way = None;
            }
        }
    }

    fn synced_now(&mut self, change: impl FnOnce(&mut Kind)) {
        if let Some(kind) = self.under_way.and_then(|place| self.kinds.get_mut(place)) {
            change(kind);
        }
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        match (action, &self.stage) {
            (Action::Back, Stage::Running) => {
                self.stage = Stage::Canceling;
                let text = "It stops after the current page. What was read is kept, and the next sync resumes there.";
                vec![Effect::Control(self.work, Control::Cancel), Effect::Notice(Notice::Refused(text.to_owned()))]
            }
            (Action::Back, _) => vec![Effect::Back],
            (Action::SyncNow, _) => self.again(cx, false),
            (Action::AcceptGone, _) => self.again(cx, true),
            (Action::SyncSessions, _) => vec![Effect::Replace(Route::SyncSessions(self.id))],
            (Action::Test, _) => vec![Effect::Replace(Route::TestRun(self.id))],
            (Action::Edit, _) => vec![Effect::Open(Route::EditIntegration(self.id))],
            (action, _) => {
                let last = self.text(cx, cx.size.0).len();
                self.top = moved(self.top, last, cx.size.1.saturating_sub(8), action).unwrap_or(self.top);
                Vec::new()
            }
        }
    }

    /// Whether a file was not replaced because too many of its records are gone.
    fn is_withheld(&self) -> bool {
        let parts = if let Stage::Ended(session) = &self.stage { session.parts.as_slice() } else { &[] };
        parts.iter().any(|part| part.result == PartResult::Withheld)
    }

    fn badge(&self, cx: &Context<'_>) -> Line<'static> {
        let (told, time) = match &self.stage {
            Stage::Running => draw::running(cx, self.began.duration_until(cx.now), false),
            Stage::Canceling => draw::running(cx, SignedDuration::ZERO, true),
            Stage::Refused(_) => (ResultLabel::bad(cx.theme, "not started"), String::new()),
            Stage::Ended(session) => {
                let time = session.ended.map(|ended| took(session.started.duration_until(ended)));
                (of_session(cx, session), time.map_or_else(String::new, |time| format!("after {time}")))
            }
        };
        told.badge(&time)
    }

    /// The content of the pane, which begins with an empty row.
    fn text(&self, cx: &Context<'_>, width: u16) -> Vec<Row> {
        let mut text = Vec::new();
        if let Stage::Ended(session) = &self.stage {
            if let Some(said) = &session.problem {
                text.push(Row::blank());
                text.extend(draw::said_rows(cx, said, false));
            }
            if session.result == Some(SyncResult::Canceled) {
                let line = "Canceled. What was read is kept for a day: press g to resume.";
                text.extend([Row::blank(), Row::new("", line).style(cx.theme.accent)]);
            }
        }
        let running = matches!(self.stage, Stage::Running | Stage::Canceling);
        text.extend(draw::blocks(cx, &self.kinds, width, running));
        text
    }
}

impl View for Sync {
    fn title(&self, cx: &Context<'_>) -> String {
        format!("{} > Sync", name_of(cx, self.id))
    }

    fn keys(&self) -> &'static [Key] {
        match self.stage {
            Stage::Running => RUNNING,
            Stage::Canceling => CANCELING,
            Stage::Ended(_) if self.is_withheld() => WITHHELD,
            Stage::Ended(_) | Stage::Refused(_) => ENDED,
        }
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let needs =
            matches!(action, Action::SyncNow | Action::AcceptGone | Action::Test | Action::Edit | Action::SyncSessions);
        (needs && cx.snapshot.integrations.by_id(self.id).is_none()).then_some(GONE)
    }

    fn redraw_rate(&self) -> RedrawRate {
        match self.stage {
            Stage::Running | Stage::Canceling => RedrawRate::Spinner,
            Stage::Ended(_) | Stage::Refused(_) => RedrawRate::Still,
        }
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        let is_running = matches!(self.stage, Stage::Running);
        is_running.then(|| "A sync is under way. Press esc to cancel it after the current page.".to_owned())
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(action) => return self.act(cx, action),
            Input::Scroll(rows) => return self.act(cx, if rows > 0 { Action::Down } else { Action::Up }),
            Input::Job(_, event) => self.news(cx, event),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Sync", self.badge(cx));
        if let Stage::Refused(problem) = &self.stage {
            let rest = problem_rows(cx, problem, frame, split_top(inside, 1).1);
            let text =
                [Row::new("", "e  edit the integration     t  test run     g  try again").style(cx.theme.accent)];
            rows(cx.theme, frame, rest, 0, &text);
            return;
        }
        let text = self.text(cx, inside.width);
        scrolled(cx.theme, frame, (area, inside), 0, &text, self.top);
    }
}
