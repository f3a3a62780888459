//! One integration: its credential, record types, destination and schedule, and its last sessions.

mod facts;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::{GONE, actions, labels, name_of, present};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::integrations::state_of;
use crate::model::integration::{IntegrationId, SyncSession};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::advice;
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows, scrolled};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{pane, pane_beside};

const KEYS: &[Key] = &[
    actions::TEST,
    actions::SYNC_NOW,
    actions::SYNC_SESSIONS,
    actions::PAUSE,
    Key::new(&[Press::char('c')], Action::ChooseCredential, "credential", "Choose another credential"),
    actions::EDIT,
    actions::AUTHENTICATE,
    Key::new(&[Press::char('n')], Action::AddCredential, "", "Create a credential for it now"),
    Key::new(
        &[Press::char('o'), Press::plain(KeyCode::Enter)],
        Action::OpenCredential,
        "",
        "Open the page of its credential",
    ),
    actions::RENAME,
    Key::new(&[Press::char('D')], Action::Duplicate, "duplicate", "Duplicate, paused"),
    actions::DELETE,
    undoing::UNDO,
    undoing::REDO,
    motion_keys::SCROLL_DOWN,
    motion_keys::SCROLL_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::PAGE_UP,
];

/// Width of the labels.
const LABEL: u16 = 18;

/// Width of a session's start time.
const STARTED: u16 = 13;

const WIDE: u16 = 110;

/// Most rows that the page can be scrolled by.
const MOST: usize = 200;

/// The sessions, as far as they have been read.
#[derive(Debug)]
enum History {
    Reading,
    Known(Vec<SyncSession>),
    Failed(Problem),
}

#[derive(Debug)]
pub(crate) struct Details {
    id: IntegrationId,
    top: usize,
    history: History,
    reading: Option<OperationId>,
    /// The operation in progress, and the notice to show when it is done.
    pending: Option<(OperationId, String)>,
}

impl Details {
    /// Opens the page of this integration and reads its sessions.
    /// # Errors
    /// `Kind::NotFound` if it was deleted.
    pub(crate) fn start(cx: &Context<'_>, id: IntegrationId) -> Result<(Self, Vec<Effect>), Problem> {
        present(cx, id)?;
        let mut page = Self { id, top: 0, history: History::Reading, reading: None, pending: None };
        let effects = page.reread(cx);
        Ok((page, effects))
    }

    pub(crate) fn id(&self) -> IntegrationId {
        self.id
    }

    fn last(&self) -> Option<&SyncSession> {
        if let History::Known(sessions) = &self.history { sessions.last() } else { None }
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let page = usize::from(cx.size.1 / 2);
        match action {
            Action::Down => self.top = (self.top + 1).min(MOST),
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::PageDown => self.top = (self.top + page).min(MOST),
            Action::PageUp => self.top = self.top.saturating_sub(page),
            Action::Delete => return vec![Effect::Open(Route::DeleteIntegration { id: self.id, on_page: true })],
            _ => {
                if let Some(effects) = undoing::take(cx, action) {
                    return effects;
                }
                let Some(one) = cx.snapshot.integrations.by_id(self.id) else { return Vec::new() };
                if let Some((work, done)) = actions::work(action, one) {
                    self.pending = Some((cx.operation, done));
                    return vec![Effect::Work(cx.operation, work)];
                }
                return actions::routes(cx, action, one).into_iter().map(Effect::Open).collect();
            }
        }
        Vec::new()
    }

    fn news(&mut self, id: OperationId, result: Result<Outcome, Problem>) -> Vec<Effect> {
        if self.reading.take_if(|reading| *reading == id).is_some() {
            match result {
                Ok(Outcome::Sessions(sessions)) => self.history = History::Known(sessions),
                Ok(_) => {}
                Err(problem) => self.history = History::Failed(problem),
            }
            return Vec::new();
        }
        let done = self.pending.take_if(|(pending, _)| *pending == id).map(|(_, done)| done);
        if let Err(problem) = result {
            return vec![Effect::Notice(Notice::Failed(problem))];
        }
        done.map(|done| Effect::Notice(Notice::Done(done))).into_iter().collect()
    }

    /// The sessions, newest first.
    fn sessions(&self, cx: &Context<'_>) -> Vec<Row> {
        let sessions = match &self.history {
            History::Reading => return vec![Row::new("", "Reading its runs…").style(cx.theme.muted)],
            History::Failed(problem) => {
                let what = Row::new("", format!("They could not be read: {}", problem.what)).style(cx.theme.danger);
                return vec![what, Row::new("", advice(problem))];
            }
            History::Known(sessions) if sessions.is_empty() => {
                return vec![Row::new("", "It has not run yet. Press t to test it, g to load its records now.")];
            }
            History::Known(sessions) => sessions,
        };
        sessions.iter().rev().flat_map(|session| facts::session(cx, session)).collect()
    }
}

impl View for Details {
    fn title(&self, cx: &Context<'_>) -> String {
        name_of(cx, self.id)
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        actions::hint(action, cx.snapshot.integrations.by_id(self.id)?)
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let scrolls = matches!(action, Action::Down | Action::Up | Action::PageDown | Action::PageUp);
        match cx.snapshot.integrations.by_id(self.id) {
            Some(one) => actions::refusal(cx, action, one),
            None if matches!(action, Action::Undo | Action::Redo) => undoing::refusal(cx, action),
            None => (!scrolls).then_some(GONE),
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.pending.as_ref().map(|(id, _)| *id).or(self.reading)
    }

    fn awaits(&self, id: OperationId) -> bool {
        self.reading == Some(id) || self.pending.as_ref().is_some_and(|(pending, _)| *pending == id)
    }

    fn asks_for_credential(&self) -> bool {
        true
    }

    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.reading = Some(cx.operation);
        vec![Effect::Work(cx.operation, Operation::ReadSessions(self.id))]
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(action) => self.act(cx, action),
            Input::Scroll(rows) => {
                self.top = self.top.saturating_add_signed(isize::from(rows)).min(MOST);
                Vec::new()
            }
            Input::Job(id, JobEvent::Finished(result)) => self.news(id, result),
            _ => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let Some(one) = cx.snapshot.integrations.by_id(self.id) else {
            let inside = pane(cx.theme, frame, area, "Gone", Line::default());
            let text = [Row::new(
                "",
                "This integration was deleted, or adding it was undone. Press u to undo the last change, U to redo \
                 it, esc to leave.",
            )];
            rows(cx.theme, frame, inside, 0, &text);
            return;
        };
        let (left, right) = if area.width >= WIDE {
            let [left, right] = Layout::horizontal([Constraint::Min(60), Constraint::Length(48)]).areas(area);
            (left, Some(right))
        } else {
            (area, None)
        };
        let badge = if let History::Known(_) = self.history {
            let state = state_of(cx.snapshot, one, self.last());
            let (glyph, style) = labels::state(cx.theme, state);
            Line::from(Span::styled(format!(" {glyph} {} ", state.word()), style))
        } else {
            Line::styled(" reading… ", cx.theme.muted)
        };
        let inside = pane(cx.theme, frame, left, &cx.tally.integrations_alike.label(one.id, &one.name), badge);
        let mut text = facts::rows(cx, one, self.last());
        if right.is_none() {
            text.extend([Row::blank(), Row::new("", "Last sessions").style(cx.theme.heading)]);
            text.extend(self.sessions(cx));
        }
        scrolled(cx.theme, frame, (left, inside), LABEL, &text, self.top);
        if let Some(right) = right {
            let inside = pane_beside(cx.theme, frame, right, "Last sessions", Line::default());
            rows(cx.theme, frame, inside, STARTED, &self.sessions(cx));
        }
    }
}
