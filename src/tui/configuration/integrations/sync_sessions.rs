//! Sync Sessions: the runs of an integration, newest first; one in detail or two side by side. Leads to a sync (g)
//! and back.

mod compare;
mod details;
mod table;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::results::{of_session, result_word};
use super::{GONE, load_label, name_of, present};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::model::integration::{IntegrationId, SyncSession};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::overlay::problem_rows;
use crate::tui::route::Route;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, scrolled};
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::list::{moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{pane, paragraph, split_top};
use crate::tui::widgets::spinner;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "open", "Open the selected session"),
    Key::new(&[Press::char('/')], Action::Filter, "filter", "Filter by result, trigger, problem or record type"),
    Key::new(&[Press::char(' ')], Action::Mark, "mark", "Mark the selected session, to compare another with it"),
    Key::new(&[Press::char('='), Press::char('c')], Action::Compare, "compare", "Compare with the marked session"),
    Key::new(&[Press::char('g')], Action::SyncNow, "sync", "Sync now"),
    Key::new(&[Press::char('y')], Action::CopyTicket, "copy", "Copy the session as text"),
    Key::new(&[Press::char('r')], Action::Examine, "refresh", "Refresh"),
    Key::new(&[Press::char('t')], Action::Test, "", "Test Run: each step and the first records"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Clear the filter, then back"),
];

/// Keys while one session is shown, or two are compared.
const READING: &[Key] = &[
    Key::new(&[Press::char('y')], Action::CopyTicket, "copy", "Copy what is shown as text"),
    Key::new(&[Press::char('g')], Action::SyncNow, "sync now", "Sync now"),
    motion_keys::SCROLL_UP,
    motion_keys::SCROLL_DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    Key::new(&[Press::plain(KeyCode::Home)], Action::First, "", "Top"),
    Key::new(&[Press::plain(KeyCode::End), Press::char('G')], Action::Last, "", "Bottom"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the sessions"),
];

/// Width at which text is laid out for copying.
const COPY_WIDTH: u16 = 100;

/// Rows of the terminal around the table: breadcrumb, frame, headings, notice and keys.
const AROUND: u16 = 6;

#[derive(Clone, Copy, Debug)]
enum SessionsView {
    List,
    /// The selected session, scrolled to this row.
    One(usize),
    /// The selected session and the marked one, scrolled to this row.
    Two(usize),
}

#[derive(Debug)]
pub(crate) struct SyncSessions {
    id: IntegrationId,
    work: OperationId,
    read: Option<Result<Vec<SyncSession>, Problem>>,
    selected: usize,
    marked: Option<u64>,
    filter: Filter,
    shown: SessionsView,
}

impl SyncSessions {
    /// Opens the screen and reads the sessions.
    /// # Errors
    /// `Kind::NotFound` if the integration was deleted.
    pub(crate) fn start(cx: &Context<'_>, id: IntegrationId) -> Result<(Self, Vec<Effect>), Problem> {
        present(cx, id)?;
        let mut page = Self {
            id,
            work: cx.operation,
            read: None,
            selected: 0,
            marked: None,
            filter: Filter::default(),
            shown: SessionsView::List,
        };
        let effects = page.read(cx);
        Ok((page, effects))
    }

    fn read(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        (self.work, self.read, self.shown, self.selected) = (cx.operation, None, SessionsView::List, 0);
        vec![Effect::Work(cx.operation, Operation::ReadSessions(self.id))]
    }

    fn all(&self) -> &[SyncSession] {
        self.read.as_ref().and_then(|read| read.as_ref().ok()).map_or(&[], Vec::as_slice)
    }

    /// The sessions that match the filter.
    fn hits(&self) -> Vec<&SyncSession> {
        let wanted = self.filter.text().to_lowercase();
        let words: Vec<&str> = wanted.split_whitespace().collect();
        let fits = |session: &&SyncSession| {
            let text = searched(session);
            words.iter().all(|word| text.contains(word))
        };
        self.all().iter().filter(fits).collect()
    }

    fn session(&self) -> Option<&SyncSession> {
        self.hits().get(self.selected).copied()
    }

    /// The marked session and the selected one, if they differ.
    fn pair(&self) -> Option<(&SyncSession, &SyncSession)> {
        let (number, selected) = (self.marked?, self.session()?);
        let marked = self.all().iter().find(|session| session.number == number)?;
        (number != selected.number).then_some((marked, selected))
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        match action {
            Action::SyncNow => return vec![Effect::Replace(Route::Sync(self.id))],
            Action::Test => return vec![Effect::Replace(Route::TestRun(self.id))],
            Action::Examine => return self.read(cx),
            Action::CopyTicket => return self.copy(cx),
            Action::Back => return self.back(),
            Action::Accept if self.session().is_some() => self.shown = SessionsView::One(0),
            Action::Compare if self.pair().is_some() => self.shown = SessionsView::Two(0),
            Action::Mark => {
                let number = self.session().map(|session| session.number);
                self.marked = number.filter(|number| self.marked != Some(*number));
            }
            Action::Filter => self.filter.open(),
            Action::NextField => self.filter.keep(),
            action => self.wander(cx, action),
        }
        Vec::new()
    }

    fn wander(&mut self, cx: &Context<'_>, action: Action) {
        let moved_in_text = |top: usize| {
            let last = self.text(cx, cx.size.0).len();
            moved(top, last, cx.size.1.saturating_sub(8), action).unwrap_or(top)
        };
        match self.shown {
            SessionsView::List => {
                let page = cx.size.1.saturating_sub(10);
                self.selected = moved(self.selected, self.hits().len(), page, action).unwrap_or(self.selected);
            }
            SessionsView::One(top) => self.shown = SessionsView::One(moved_in_text(top)),
            SessionsView::Two(top) => self.shown = SessionsView::Two(moved_in_text(top)),
        }
    }

    fn back(&mut self) -> Vec<Effect> {
        if !matches!(self.shown, SessionsView::List) {
            self.shown = SessionsView::List;
        } else if self.filter.is_shown() {
            self.filter.clear();
            self.selected = 0;
        } else {
            return vec![Effect::Back];
        }
        Vec::new()
    }

    /// The rows about one session, or about two that are compared.
    fn text(&self, cx: &Context<'_>, width: u16) -> Vec<Row> {
        let label = |load: &str| load_label(cx, self.id, load);
        match (self.shown, self.session(), self.pair()) {
            (SessionsView::Two(_), _, Some(pair)) => compare::text(cx, pair, width, &label),
            (_, Some(session), _) => details::text(cx, session, &label),
            _ => Vec::new(),
        }
    }

    fn copy(&self, cx: &Context<'_>) -> Vec<Effect> {
        let Some(session) = self.session() else { return Vec::new() };
        let mut text = match (self.shown, self.pair()) {
            (SessionsView::Two(_), Some(_)) => format!("Sync sessions of \"{}\"\n", session.name),
            _ => format!("Sync session {} of \"{}\"\n", session.number, session.name),
        };
        for row in self.text(cx, COPY_WIDTH) {
            let label = row.label.trim();
            let colon = if label.is_empty() { "" } else { ": " };
            text.extend([label, colon, &row.value, "\n"]);
        }
        vec![Effect::Copy(Copyable::Plain { what: "the session", text })]
    }

    fn click(&mut self, cx: &Context<'_>, y: u16, double: bool) {
        let filter = u16::from(self.filter.is_shown());
        let total = self.hits().len();
        let Some(row) = y.checked_sub(table::FIRST_ROW + filter) else { return };
        let rows = table::list_rows(cx.size.1.saturating_sub(AROUND + filter));
        let place = window(self.selected, total, rows).start + usize::from(row);
        if row < rows && place < total {
            self.selected = place;
            if double {
                self.shown = SessionsView::One(0);
            }
        }
    }
}

/// The text that the filter searches.
fn searched(session: &SyncSession) -> String {
    let mut text = format!("{} {} {}", session.number, result_word(session), session.trigger.word());
    let problems = session.problem.iter().chain(session.parts.iter().filter_map(|part| part.problem.as_ref()));
    let said = problems.flat_map(|said| [&said.what, &said.why]);
    let parts = session.parts.iter();
    let left_out = parts.clone().flat_map(|part| &part.errors).map(|error| &error.why);
    for words in said.chain(parts.map(|part| &part.load)).chain(left_out) {
        text.extend([" ", words]);
    }
    text.to_lowercase()
}

impl View for SyncSessions {
    fn title(&self, cx: &Context<'_>) -> String {
        let name = name_of(cx, self.id);
        match (self.shown, self.session(), self.pair()) {
            (SessionsView::One(_), Some(session), _) => format!("{name} > Sync Sessions > {}", session.number),
            (SessionsView::Two(_), _, Some(_)) => format!("{name} > Sync Sessions > Compare"),
            _ => format!("{name} > Sync Sessions"),
        }
    }

    fn keys(&self) -> &'static [Key] {
        match self.shown {
            _ if self.filter.takes_keys() => filter::KEYS,
            SessionsView::List => KEYS,
            SessionsView::One(_) | SessionsView::Two(_) => READING,
        }
    }

    fn captures_text(&self) -> bool {
        self.filter.takes_keys()
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let none = self.session().is_none();
        match action {
            Action::SyncNow | Action::Test if cx.snapshot.integrations.by_id(self.id).is_none() => Some(GONE),
            Action::Accept | Action::Mark | Action::CopyTicket if none => Some("there is no session"),
            Action::Compare if self.marked.is_none() => Some("press space to mark one, then select another"),
            Action::Compare if self.pair().is_none() => Some("select one that is not marked"),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        match &self.read {
            None => RedrawRate::Spinner,
            Some(_) if self.all().iter().any(|session| session.result.is_none()) => RedrawRate::Countdown,
            Some(_) => RedrawRate::Still,
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if self.filter.typed(&input) {
            self.selected = 0;
            return Vec::new();
        }
        match input {
            Input::Do(action) => return self.act(cx, action),
            Input::Scroll(rows) => self.wander(cx, if rows > 0 { Action::Down } else { Action::Up }),
            Input::Click { y, double, .. } if matches!(self.shown, SessionsView::List) => self.click(cx, y, double),
            Input::Job(_, JobEvent::Finished(result)) => {
                self.selected = 0;
                self.read = Some(result.and_then(|outcome| match outcome {
                    Outcome::Sessions(sessions) => Ok(sessions.into_iter().rev().collect()),
                    _ => Err(Problem::internal("Something else was read.")),
                }));
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let (title, right) = self.heading(cx);
        let inside = pane(cx.theme, frame, area, &title, right);
        if let SessionsView::One(top) | SessionsView::Two(top) = self.shown {
            let text = self.text(cx, inside.width);
            scrolled(cx.theme, frame, (area, inside), details::LABEL, &text, top);
            return;
        }
        let label = Line::from(Span::styled("Filter", cx.theme.muted));
        let inside = self.filter.view(cx, frame, inside, (label, 8));
        let hits = self.hits();
        match &self.read {
            None => frame.render_widget(Line::from(format!("{} Reading the sessions.", spinner(cx))), inside),
            Some(Err(problem)) => {
                problem_rows(cx, problem, frame, split_top(inside, 1).1);
            }
            Some(Ok(all)) if all.is_empty() => {
                paragraph(frame, split_top(inside, 1).1, "No sessions yet. Press g to sync now.", cx.theme.muted);
            }
            Some(Ok(_)) if hits.is_empty() => {
                paragraph(frame, inside, "No matches. Press esc to clear the filter.", cx.theme.muted);
            }
            Some(Ok(_)) => table::draw(cx, frame, inside, (&hits, self.selected), self.marked),
        }
    }
}

impl SyncSessions {
    /// The title, and the text at its right.
    fn heading(&self, cx: &Context<'_>) -> (String, Line<'static>) {
        match (self.shown, self.session(), self.pair()) {
            (SessionsView::Two(_), _, Some(_)) => ("Two sessions compared".to_owned(), Line::default()),
            (SessionsView::One(_), Some(session), _) => {
                (format!("Session {}", session.number), of_session(cx, session).badge(""))
            }
            _ => {
                let (hits, all) = (self.hits().len(), self.all().len());
                let marked = self.marked.map_or_else(String::new, |number| format!("{number} marked (*), "));
                let count = if all == 0 { String::new() } else { format!(" {marked}{hits} of {all} ") };
                ("Sync Sessions".to_owned(), Line::from(count))
            }
        }
    }
}
