//! Configuration > Integrations: the table, its filter, the state of each integration, and the actions.

mod columns;
mod draw;
mod histories;
mod keys;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{actions, labels};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::bulk::BulkEdit;
use crate::engine::ops::integrations::{HealthState, state_of};
use crate::model::integration::{Integration, IntegrationId, SyncSession};
use crate::problem::Problem;
use crate::tui::column::Column;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key};
use crate::tui::present::bulk_notice;
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::view::View;
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::list::moved;
use crate::tui::widgets::query::Field;
use crate::tui::widgets::sort_menu::SortMenu;
use crate::tui::widgets::table_rows::TableRows;
use columns::{RowState, Widths};
use histories::{Histories, newest};
use keys::{KEYS, SORT_KEYS};

/// Below this width there is one column and no frame.
const COMPACT: u16 = 60;

/// Rows below the table for the selected integration.
const FOOT: u16 = 2;

/// The field names that the filter accepts before a colon; owner and tags are those of the credential.
const FIELDS: &[Field] = &[Field::Status, Field::Credential, Field::Integration, Field::Owner, Field::Tag];

#[derive(Debug)]
pub(crate) struct Integrations {
    rows: TableRows<IntegrationId>,
    filter: Filter,
    menu: Option<SortMenu>,
    histories: Histories,
    reading: Option<OperationId>,
    /// The operation in progress, and the notice to show when it is done.
    pending: Option<(OperationId, String)>,
    widths: Widths,
}

impl Integrations {
    /// Lists all integrations and reads their health.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut table = Self {
            rows: TableRows::new(FIELDS),
            filter: Filter::default(),
            menu: None,
            histories: Histories::Reading,
            reading: None,
            pending: None,
            widths: Widths::default(),
        };
        let effects = table.reread(cx);
        (table, effects)
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let page = cx.size.1.saturating_sub(8);
        if self.rows.act(action, page) || self.rows.mark(action) {
            return Vec::new();
        }
        match action {
            Action::Pause | Action::Delete if self.rows.has_marks() => return self.on_selected(cx, action),
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

    /// Pauses, resumes or deletes all selected integrations. They are resumed only if all of them are paused.
    fn on_selected(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let ids = self.rows.marked();
        if action == Action::Delete {
            return vec![Effect::Open(match ids.as_slice() {
                [id] => Route::DeleteIntegration { id: *id, on_page: false },
                _ => Route::DeleteIntegrations(ids),
            })];
        }
        let pauses = Self::pauses(cx, &ids);
        self.pending = Some((cx.operation, String::new()));
        vec![Effect::Work(cx.operation, Operation::Bulk(BulkEdit::PauseIntegrations(ids, pauses)))]
    }

    /// Whether to pause the integrations: true if at least one is not paused. Otherwise all are resumed.
    fn pauses(cx: &Context<'_>, ids: &[IntegrationId]) -> bool {
        ids.iter().filter_map(|id| cx.snapshot.integrations.by_id(*id)).any(|one| !one.paused)
    }

    /// Performs an action on this integration. The effects carry its id, so they do not depend on the selection.
    fn with(&mut self, cx: &Context<'_>, action: Action, one: &Integration) -> Vec<Effect> {
        match action {
            Action::Accept => return vec![Effect::Open(Route::Integration(one.id))],
            Action::Delete => return vec![Effect::Open(Route::DeleteIntegration { id: one.id, on_page: false })],
            _ => {}
        }
        if let Some((work, done)) = actions::work(action, one) {
            self.pending = Some((cx.operation, done));
            return vec![Effect::Work(cx.operation, work)];
        }
        actions::routes(cx, action, one).into_iter().map(Effect::Open).collect()
    }

    /// Handles an action in the sort menu, which closes once a column is chosen.
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
        if self.rows.unmark() {
            return Vec::new();
        }
        if !self.filter.is_shown() {
            return vec![Effect::Back];
        }
        self.filter.clear();
        self.rows.unfilter();
        Vec::new()
    }

    fn news(&mut self, id: OperationId, result: Result<Outcome, Problem>) -> Vec<Effect> {
        if self.reading.take_if(|reading| *reading == id).is_some() {
            self.rows.invalidate();
            match result {
                Ok(Outcome::IntegrationHealth(all_health)) => self.histories = Histories::Known(newest(all_health)),
                Ok(_) => {}
                Err(problem) => self.histories = Histories::Failed(problem),
            }
            return Vec::new();
        }
        match (self.pending.take_if(|(pending, _)| *pending == id), result) {
            (Some(_), Ok(Outcome::Bulk(report))) => vec![Effect::Notice(bulk_notice(&report))],
            (Some((_, done)), Ok(_)) => vec![Effect::Notice(Notice::Done(done))],
            (_, Err(problem)) => vec![Effect::Notice(Notice::Failed(problem))],
            (None, Ok(_)) => Vec::new(),
        }
    }

    /// Selects the row under a click, and opens it on a double click; sorts by a clicked heading.
    fn click(&mut self, cx: &Context<'_>, (x, y): (u16, u16), double: bool) -> Vec<Effect> {
        let compact = cx.size.0 < COMPACT;
        let top = if compact { 0 } else { 2 } + self.filter.lines(self.rows.mistake());
        if !compact && y + 1 == top {
            let columns = self.columns(cx.size.0.saturating_sub(4), compact);
            if let Some(column) = x.checked_sub(2).and_then(|x| columns.at(x)) {
                self.sort(cx, column);
            }
            return Vec::new();
        }
        // The body is as high as the terminal without header, notice and footer.
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

    /// The state of an integration; `None` unless the sessions have been read.
    fn state(&self, cx: &Context<'_>, one: &Integration) -> Option<HealthState> {
        self.histories.state(cx, one)
    }

    fn health(&self, cx: &Context<'_>, one: &Integration) -> RowState<'_> {
        match self.histories {
            Histories::Reading => RowState::Reading,
            Histories::Failed(_) => RowState::Unknown,
            Histories::Known(_) => {
                let last = self.last(one.id);
                RowState::Known(state_of(cx.snapshot, one, last), last)
            }
        }
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
        match action {
            Action::Back if self.rows.has_marks() => Some("deselect"),
            Action::Back => self.filter.is_shown().then_some("clear"),
            Action::Pause if self.rows.has_marks() => {
                Some(if Self::pauses(cx, &self.rows.marked()) { "pause selected" } else { "resume selected" })
            }
            Action::Delete if self.rows.has_marks() => Some("delete selected"),
            _ => actions::hint(action, self.current(cx)?),
        }
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
            self.widths = Widths::measure(cx, |one| self.health(cx, one));
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.pending.as_ref().map(|(id, _)| *id).or(self.reading)
    }

    fn awaits(&self, id: OperationId) -> bool {
        self.reading == Some(id) || self.pending.as_ref().is_some_and(|(pending, _)| *pending == id)
    }

    fn about(&self, cx: &Context<'_>) -> Vec<(String, String)> {
        vec![("What a state means".to_owned(), labels::meanings(cx.theme))]
    }

    fn asks_for_credential(&self) -> bool {
        true
    }

    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.reading = Some(cx.operation);
        vec![Effect::Work(cx.operation, Operation::ReadIntegrationHealth)]
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        if self.menu.is_some() {
            return None;
        }
        let free = [Action::Add, Action::Filter, Action::Sort, Action::Back, Action::NextField];
        if self.rows.has_marks() && matches!(action, Action::Pause | Action::Delete) {
            return None;
        }
        let moves = moved(0, 0, 1, action).is_some();
        match self.current(cx) {
            Some(one) => actions::refusal(cx, action, one),
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
            Input::Job(id, JobEvent::Finished(result)) => return self.news(id, result),
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
