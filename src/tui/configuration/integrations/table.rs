//! Configuration > Integrations: the table of what is loaded, its filter, their states and what to do about it.

mod columns;
mod keys;

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{credential_of, deed, provider_name, words};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::integrations::{Standing, State, next_of, state_of};
use crate::model::integration::{Integration, IntegrationId, SyncSession};
use crate::problem::Problem;
use crate::tui::column::Column;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key};
use crate::tui::present::advice;
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::view::View;
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::fuzzy::Letters;
use crate::tui::widgets::list::moved;
use crate::tui::widgets::pane::{cut, indent, pane, paragraph, split_top};
use crate::tui::widgets::query::Field;
use crate::tui::widgets::search_index::Entry;
use crate::tui::widgets::sort_menu::SortMenu;
use crate::tui::widgets::table_rows::{SortKey, TableRows};
use columns::{Columns, Shown};
use keys::{KEYS, SORT_KEYS};

/// Below this width there is one column and no frame.
const COMPACT: u16 = 60;

/// Rows below the table about the selected integration.
const FOOT: u16 = 2;

/// What the filter knows before a colon; owner and tags are those of the credential.
const FIELDS: &[Field] = &[Field::Status, Field::Credential, Field::Integration, Field::Owner, Field::Tag];

/// What the histories say.
#[derive(Debug)]
enum Histories {
    /// They are being read for the first time.
    Reading,
    /// The newest session of each integration that has one.
    Known(BTreeMap<IntegrationId, SyncSession>),
    Failed(Problem),
}

/// The screen.
#[derive(Debug)]
pub struct Integrations {
    rows: TableRows<IntegrationId>,
    filter: Filter,
    menu: Option<SortMenu>,
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
            rows: TableRows::new(FIELDS),
            filter: Filter::default(),
            menu: None,
            histories: Histories::Reading,
            reading: None,
            pending: None,
        };
        let effects = table.reread(cx);
        (table, effects)
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let page = cx.size.1.saturating_sub(8);
        if self.rows.act(action, page) {
            return Vec::new();
        }
        match action {
            Action::Add => return vec![Effect::Open(Route::AddIntegration)],
            Action::Filter => self.filter.open(),
            Action::Sort => self.menu = Some(SortMenu::open(SORT_KEYS, self.rows.order())),
            Action::NextField => self.filter.keep(),
            Action::Back => return self.back(),
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

    /// The menu closes once an order is chosen.
    fn act_in_menu(&mut self, cx: &Context<'_>, action: Action) {
        let Some(mut menu) = self.menu.take() else { return };
        match menu.act(SORT_KEYS, action) {
            Some(column) => self.sort(cx, column),
            None if action == Action::Back => {}
            None => self.menu = Some(menu),
        }
    }

    fn sort(&mut self, cx: &Context<'_>, column: Column) {
        let Self { rows, histories, .. } = self;
        rows.sort(column, |place, column| histories.sort_key(cx, place, column));
    }

    fn back(&mut self) -> Vec<Effect> {
        if !self.filter.is_shown() {
            return vec![Effect::Back];
        }
        self.filter.clear();
        self.rows.unfilter();
        Vec::new()
    }

    fn news(&mut self, id: FlowId, result: Result<Outcome, Problem>) -> Vec<Effect> {
        if self.reading.take_if(|reading| *reading == id).is_some() {
            self.rows.invalidate();
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

    /// A row is selected, and opened by a second click; a heading sorts.
    fn click(&mut self, cx: &Context<'_>, (x, y): (u16, u16), double: bool) -> Vec<Effect> {
        let compact = cx.size.0 < COMPACT;
        let top = if compact { 0 } else { 2 } + self.filter.lines(self.rows.mistake());
        if !compact && y + 1 == top {
            let columns = Columns::of(cx.size.0.saturating_sub(4), compact);
            if let Some(column) = x.checked_sub(2).and_then(|x| columns.at(x)) {
                self.sort(cx, column);
            }
            return Vec::new();
        }
        // The body has the height of the terminal less header, notice and footer.
        let around = top + if compact { 3 } else { 4 + FOOT };
        let height = cx.size.1.saturating_sub(around);
        let is_row = y.checked_sub(top).is_some_and(|line| self.rows.click(line, height));
        if is_row && double { self.act(cx, Action::Accept) } else { Vec::new() }
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Integration> {
        let (index, id) = self.rows.selected()?;
        integration_at(cx, index, id)
    }

    fn last(&self, id: IntegrationId) -> Option<&SyncSession> {
        self.histories.last(id)
    }

    /// Its state; `None` while the histories are not read.
    fn state(&self, cx: &Context<'_>, one: &Integration) -> Option<State> {
        self.histories.state(cx, one)
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
        let mut rest = self.filter.view_over_rows(cx, frame, area, self.rows.mistake());
        if self.rows.shown() == 0 {
            return self.view_empty(cx, frame, rest);
        }
        let columns = Columns::of(area.width, compact);
        if !compact {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Line::styled(columns.heading(self.rows.ordered_by()), cx.theme.heading), line);
            rest = below;
        }
        let mut letters = Letters::new(self.rows.words());
        for (line, position) in rest.rows().zip(self.rows.visible(rest.height)) {
            let Some((index, id)) = self.rows.row(position) else { continue };
            let Some(one) = integration_at(cx, index, id) else { continue };
            let marks = letters.marks(one.name.as_str());
            let row = columns.row(cx, (one, &marks), self.standing(cx, one), position == self.rows.at());
            frame.render_widget(row, line);
        }
    }

    fn view_empty(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let text = if self.filter.text().is_empty() {
            "No integrations yet.\n\nAn integration loads a provider's records, such as devices or users: it signs in \
             with a credential, reads page by page, and writes one file per record type to a folder, manually or on a \
             schedule.\n\nPress + to add the first one."
        } else {
            "No matches. Press esc to clear the filter."
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

impl Histories {
    fn last(&self, id: IntegrationId) -> Option<&SyncSession> {
        if let Self::Known(newest) = self { newest.get(&id) } else { None }
    }

    fn state(&self, cx: &Context<'_>, one: &Integration) -> Option<State> {
        matches!(self, Self::Known(_)).then(|| state_of(cx.snapshot, one, self.last(one.id)))
    }

    fn entry(&self, cx: &Context<'_>, one: &Integration) -> Entry<IntegrationId> {
        let mut values = vec![(Field::Integration, provider_name(cx, &one.provider))];
        values.extend(self.state(cx, one).map(|state| (Field::Status, state.word())));
        if let Some(credential) = credential_of(cx, one) {
            let details = &credential.details;
            values.extend([(Field::Credential, credential.name.as_str()), (Field::Owner, details.owner.as_str())]);
            values.extend(details.tags.iter().map(|tag| (Field::Tag, tag.as_str())));
        }
        Entry::new(one.id, one.name.as_str(), values)
    }

    /// What the row at a place of the vault is sorted by.
    fn sort_key(&self, cx: &Context<'_>, place: usize, column: Column) -> SortKey {
        let Some(one) = cx.snapshot.integrations.list.get(place) else { return SortKey::Missing };
        let last = self.last(one.id);
        match column {
            Column::Integration => SortKey::text(provider_name(cx, &one.provider)),
            Column::Credential => SortKey::text(credential_of(cx, one).map_or("", |one| one.name.as_str())),
            Column::Status => self.state(cx, one).map_or(SortKey::Missing, |state| SortKey::Number(severity(state))),
            Column::LastSession => SortKey::time(last.map(|last| last.started)),
            Column::NextRun => SortKey::time(next_of(cx.snapshot, one, last, cx.zone)),
            Column::Records => last.map_or(SortKey::Missing, |last| SortKey::Number(last.counts().records)),
            _ => SortKey::text(one.name.as_str()),
        }
    }
}

/// 0 for what a person should look at first.
fn severity(state: State) -> u64 {
    match state {
        State::Failing => 0,
        State::NoCredential => 1,
        State::Running => 2,
        State::Active => 3,
        State::NeverRun => 4,
        State::Paused => 5,
    }
}

fn integration_at<'a>(cx: &Context<'a>, index: usize, id: IntegrationId) -> Option<&'a Integration> {
    cx.snapshot.integrations.list.get(index).map(|one| &**one).filter(|one| one.id == id)
}

impl View for Integrations {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Integrations".to_owned()
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        deed::hint(action, self.current(cx)?)
    }

    fn keys(&self) -> &'static [Key] {
        match (&self.menu, self.filter.takes_keys()) {
            (Some(_), _) => SORT_KEYS,
            (None, true) => filter::KEYS_OVER_ROWS,
            (None, false) => KEYS,
        }
    }

    fn captures_text(&self) -> bool {
        self.menu.is_none() && self.filter.takes_keys()
    }

    fn prepare(&mut self, cx: &Context<'_>) {
        let Self { rows, histories, .. } = self;
        if !rows.are_of(cx.tally.version) {
            let entries = cx.snapshot.integrations.list.iter().map(|one| histories.entry(cx, one)).collect();
            rows.replace(cx.tally.version, entries, |place, column| histories.sort_key(cx, place, column));
        }
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
        if self.menu.is_some() {
            return None;
        }
        let free = [Action::Add, Action::Filter, Action::Sort, Action::Back, Action::NextField];
        let moves = moved(0, 0, 1, action).is_some();
        match self.current(cx) {
            Some(one) => deed::refusal(cx, action, one),
            None if matches!(action, Action::Undo | Action::Redo) => undoing::refusal(cx, action),
            None if moves || free.contains(&action) => None,
            None => Some("No integration is selected. Press + to add one."),
        }
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if self.menu.is_none() && self.filter.typed(&input) {
            self.rows.filter(self.filter.text());
            return Vec::new();
        }
        match input {
            Input::Do(action) if self.menu.is_some() => self.act_in_menu(cx, action),
            Input::Do(action) => return self.act(cx, action),
            Input::Scroll(rows) => self.rows.scroll(rows),
            Input::Click { .. } if self.menu.is_some() => self.menu = None,
            Input::Click { x, y, double } => return self.click(cx, (x, y), double),
            Input::Flow(id, JobEvent::Finished(result)) => return self.news(id, result),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        self.view_pane(cx, frame, area);
        if let Some(menu) = &self.menu {
            menu.view(cx, frame, area, SORT_KEYS, self.rows.order());
        }
    }
}

impl Integrations {
    fn view_pane(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        if area.width < COMPACT {
            return self.view_rows(cx, frame, area, true);
        }
        let total = cx.snapshot.integrations.list.len();
        let reading = if matches!(self.histories, Histories::Reading) { " reading… " } else { " " };
        let count = Line::styled(format!("{reading}{} of {total} ", self.rows.shown()), Style::new());
        let title = if self.filter.takes_keys() {
            "Filter".to_owned()
        } else {
            format!("Integrations{}", self.rows.order().suffix())
        };
        let inside = pane(cx.theme, frame, area, &title, count);
        let (rows, foot) = split_top(inside, inside.height.saturating_sub(FOOT));
        self.view_rows(cx, frame, rows, false);
        self.view_foot(cx, frame, foot);
    }
}
