//! Configuration > Integrations: the table of what is loaded, its filter, how each stands and what to do about it.

mod columns;
mod found;
mod keys;

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{deed, words};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::integrations::{Standing, State, next_of, state_of};
use crate::model::integration::{Integration, IntegrationId, SyncSession};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key};
use crate::tui::present::advice;
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::view::View;
use crate::tui::widgets::filter::Filter;
use crate::tui::widgets::list::{moved, window};
use crate::tui::widgets::pane::{cut, indent, pane, paragraph, split_top};
use columns::{Columns, Shown};
use found::{Found, found};
use keys::{FILTER_KEYS, KEYS};

/// Below this width there is one column and no frame.
const COMPACT: u16 = 60;

/// Rows below the table about the selected integration.
const FOOT: u16 = 2;

/// What the histories say.
#[derive(Debug)]
enum Histories {
    /// They are being read for the first time.
    Reading,
    /// The newest session of each integration that has one.
    Known(BTreeMap<IntegrationId, SyncSession>),
    /// They cannot be read.
    Failed(Problem),
}

/// The screen.
#[derive(Debug)]
pub struct Integrations {
    selected: usize,
    filter: Filter,
    histories: Histories,
    reading: Option<FlowId>,
    /// The work under way, and what to say when it is done.
    pending: Option<(FlowId, String)>,
}

impl Integrations {
    /// All of them; how they stand is read meanwhile.
    #[must_use]
    pub fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut table = Self {
            selected: 0,
            filter: Filter::default(),
            histories: Histories::Reading,
            reading: None,
            pending: None,
        };
        let effects = table.reread(cx);
        (table, effects)
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let page = cx.size.1.saturating_sub(8);
        if let Some(selected) = moved(self.at(cx), self.rows(cx).len(), page, action) {
            self.selected = selected;
            return Vec::new();
        }
        match action {
            Action::Add => return vec![Effect::Open(Route::AddIntegration)],
            Action::Filter => self.filter.open(),
            Action::NextField => self.filter.keep(),
            Action::Back => return self.back(cx),
            _ => {
                if let Some(effects) = undoing::take(cx, action) {
                    return effects;
                }
                if let Some(one) = self.current(cx) {
                    return self.with(cx, action, one);
                }
            }
        }
        Vec::new()
    }

    /// An action on the selected integration, named by its id.
    fn with(&mut self, cx: &Context<'_>, action: Action, one: &Integration) -> Vec<Effect> {
        match action {
            Action::Accept => return vec![Effect::Open(Route::Integration(one.id))],
            Action::Delete => return vec![Effect::Open(Route::DeleteIntegration { id: one.id, on_page: false })],
            _ => {}
        }
        if let Some((work, done)) = deed::work(action, one) {
            self.pending = Some((cx.flow, done));
            return vec![Effect::Work(cx.flow, work)];
        }
        deed::routes(cx, action, one).into_iter().map(Effect::Open).collect()
    }

    fn back(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if !self.filter.is_shown() {
            return vec![Effect::Back];
        }
        // The selected integration stays the selected one when the rows around it come back.
        let chosen = self.current(cx).map(|one| one.id);
        self.filter.clear();
        self.selected = self.rows(cx).iter().position(|row| Some(row.one.id) == chosen).unwrap_or_default();
        Vec::new()
    }

    fn news(&mut self, id: FlowId, result: Result<Outcome, Problem>) -> Vec<Effect> {
        if self.reading.take_if(|reading| *reading == id).is_some() {
            match result {
                Ok(Outcome::Standings(standings)) => self.histories = Histories::Known(newest(standings)),
                Ok(_) => {}
                Err(problem) => self.histories = Histories::Failed(problem),
            }
            return Vec::new();
        }
        match (self.pending.take_if(|(pending, _)| *pending == id), result) {
            (Some((_, done)), Ok(_)) => vec![Effect::Notice(Notice::Done(done))],
            (_, Err(problem)) => vec![Effect::Notice(Notice::Failed(problem))],
            (None, Ok(_)) => Vec::new(),
        }
    }

    fn click(&mut self, cx: &Context<'_>, y: u16, double: bool) -> Vec<Effect> {
        let compact = cx.size.0 < COMPACT;
        let top = if compact { 0 } else { 2 } + u16::from(self.filter.is_shown());
        // The body has the height of the terminal less header, notice and footer.
        let around = top + if compact { 3 } else { 5 + FOOT };
        let total = self.rows(cx).len();
        let shown = window(self.at(cx), total, cx.size.1.saturating_sub(around));
        let Some(row) = y.checked_sub(top) else { return Vec::new() };
        let index = shown.start + usize::from(row);
        if !shown.contains(&index) {
            return Vec::new();
        }
        self.selected = index;
        if double { self.act(cx, Action::Accept) } else { Vec::new() }
    }

    fn rows<'a>(&self, cx: &Context<'a>) -> Vec<Found<'a>> {
        found(cx, self.filter.text(), |one| self.state(cx, one))
    }

    fn at(&self, cx: &Context<'_>) -> usize {
        self.selected.min(self.rows(cx).len().saturating_sub(1))
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Integration> {
        let rows = self.rows(cx);
        rows.get(self.selected.min(rows.len().saturating_sub(1))).map(|row| row.one)
    }

    fn last(&self, id: IntegrationId) -> Option<&SyncSession> {
        if let Histories::Known(newest) = &self.histories { newest.get(&id) } else { None }
    }

    /// How it stands; `None` while the histories are not read.
    fn state(&self, cx: &Context<'_>, one: &Integration) -> Option<State> {
        matches!(self.histories, Histories::Known(_)).then(|| state_of(cx.snapshot, one, self.last(one.id)))
    }

    fn standing(&self, cx: &Context<'_>, one: &Integration) -> Shown<'_> {
        match self.histories {
            Histories::Reading => Shown::Reading,
            Histories::Failed(_) => Shown::Unknown,
            Histories::Known(_) => {
                let last = self.last(one.id);
                Shown::Known(state_of(cx.snapshot, one, last), last)
            }
        }
    }

    fn view_rows(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, compact: bool) {
        let mut rest = self.filter.view(cx, frame, area, (Line::styled("/", cx.theme.key), 2));
        let rows = self.rows(cx);
        if rows.is_empty() {
            return self.view_empty(cx, frame, rest);
        }
        let columns = Columns::of(area.width, compact);
        if !compact {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Line::styled(columns.heading(), cx.theme.heading), line);
            rest = below;
        }
        let at = self.selected.min(rows.len() - 1);
        for (row, index) in window(at, rows.len(), rest.height).enumerate() {
            let Some(found) = rows.get(index) else { continue };
            let line = columns.row(cx, found, self.standing(cx, found.one), index == at);
            let y = rest.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
            frame.render_widget(line, Rect { y, height: 1, ..rest });
        }
    }

    fn view_empty(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let text = if self.filter.text().is_empty() {
            "No integrations yet.\n\nAn integration loads a provider's records, such as its devices or users: it signs in \
             with a credential, reads page by page, and writes one file a kind of record into a folder, by hand or on a \
             schedule.\n\nPress + to add the first one."
        } else {
            "Nothing fits. esc clears the filter."
        };
        let (_, area) = split_top(area, area.height / 4);
        paragraph(frame, indent(area, area.width / 12), text, cx.theme.text);
    }

    /// About the selected one: its last run and the next, then what is wrong and what to do.
    fn view_foot(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let (first, second) = split_top(area, 1);
        let room = usize::from(area.width);
        if let Histories::Failed(problem) = &self.histories {
            let glyph = words::state(cx.theme, State::Failing).0;
            let text = format!("{glyph} {}", problem.what);
            frame.render_widget(Line::styled(cut(&text, room), cx.theme.danger), first);
            frame.render_widget(Line::styled(cut(&advice(problem), room), cx.theme.muted), second);
            return;
        }
        let Some(one) = self.current(cx) else { return };
        let last = self.last(one.id);
        let said = match (&self.histories, last) {
            (Histories::Known(_), Some(last)) => words::last(cx, last),
            (Histories::Known(_), None) => "It never ran".to_owned(),
            _ => "Reading its runs…".to_owned(),
        };
        let next = matches!(self.histories, Histories::Known(_)).then(|| next_of(cx.snapshot, one, last, cx.zone));
        let then = match next.flatten() {
            Some(next) => format!("next {}", words::next(cx, next)),
            None => words::schedule(one.setup.schedule),
        };
        frame.render_widget(Line::styled(cut(&format!("{said} · {then}"), room), cx.theme.muted), first);
        let (text, style) = columns::advice(cx, one, self.state(cx, one), last);
        frame.render_widget(Span::styled(cut(&text, room), style), second);
    }
}

fn newest(standings: Vec<Standing>) -> BTreeMap<IntegrationId, SyncSession> {
    standings.into_iter().filter_map(|standing| Some((standing.id, standing.last?))).collect()
}

impl View for Integrations {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Integrations".to_owned()
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        deed::hint(action, self.current(cx)?)
    }

    fn keys(&self) -> &'static [Key] {
        if self.filter.takes_keys() { FILTER_KEYS } else { KEYS }
    }

    fn captures_text(&self) -> bool {
        self.filter.takes_keys()
    }

    fn waits_for(&self) -> Option<FlowId> {
        self.pending.as_ref().map(|(id, _)| *id).or(self.reading)
    }

    fn awaits(&self, id: FlowId) -> bool {
        self.reading == Some(id) || self.pending.as_ref().is_some_and(|(pending, _)| *pending == id)
    }

    fn about(&self, cx: &Context<'_>) -> Vec<(String, String)> {
        vec![("What a state means".to_owned(), words::meanings(cx.theme))]
    }

    fn asks_for_credential(&self) -> bool {
        true
    }

    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.reading = Some(cx.flow);
        vec![Effect::Work(cx.flow, Operation::ReadStandings)]
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let free = [Action::Add, Action::Filter, Action::Back, Action::NextField];
        let moves = moved(0, 0, 1, action).is_some();
        match self.current(cx) {
            Some(one) => deed::refusal(cx, action, one),
            None if matches!(action, Action::Undo | Action::Redo) => undoing::refusal(cx, action),
            None if moves || free.contains(&action) => None,
            None => Some("No integration is selected. Press + to add one."),
        }
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if self.filter.typed(&input) {
            self.selected = 0;
            return Vec::new();
        }
        match input {
            Input::Do(action) => return self.act(cx, action),
            Input::Scroll(rows) => {
                let last = self.rows(cx).len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
            }
            Input::Click { y, double, .. } => return self.click(cx, y, double),
            Input::Flow(id, JobEvent::Finished(result)) => return self.news(id, result),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        if area.width < COMPACT {
            return self.view_rows(cx, frame, area, true);
        }
        let total = cx.snapshot.integrations.list.len();
        let reading = if matches!(self.histories, Histories::Reading) { " reading… " } else { " " };
        let count = Line::styled(format!("{reading}{} of {total} ", self.rows(cx).len()), Style::new());
        let title = if self.filter.takes_keys() { "Filter" } else { "Integrations" };
        let inside = pane(cx.theme, frame, area, title, count);
        let (rows, foot) = split_top(inside, inside.height.saturating_sub(FOOT));
        self.view_rows(cx, frame, rows, false);
        self.view_foot(cx, frame, foot);
    }
}
