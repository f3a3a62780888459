//! Security > Credentials: the table of all credentials, its filter, and the selected credential beside the table.

mod actions;
mod columns;
mod draw;
mod due;
mod keys;

use ratatui::Frame;
use ratatui::layout::Rect;

use self::columns::{LastUses, Widths, sort_key};
use self::keys::{KEYS, SORT_KEYS};
use super::integration;
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::model::credential::{Credential, CredentialId};
use crate::problem::Problem;
use crate::tui::column::Column;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key};
use crate::tui::view::View;
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::query::Field;
use crate::tui::widgets::search_index::Entry;
use crate::tui::widgets::sort_menu::SortMenu;
use crate::tui::widgets::table_rows::{SortKey, TableRows};

/// Below this width there is one column and no frame.
const COMPACT: u16 = 60;

/// Width from which there may be room for the column of the last use, for which the audit log has to be read.
const WITH_USES: u16 = 140;

/// The field names that the filter accepts before a colon.
const FIELDS: &[Field] = &[Field::Status, Field::Owner, Field::Tag, Field::Integration];

#[derive(Debug)]
pub(crate) struct Table {
    filter: Filter,
    rows: TableRows<CredentialId>,
    menu: Option<SortMenu>,
    widths: Widths,
    uses: LastUses,
    /// The operation that reads the audit log, while it runs.
    reading: Option<OperationId>,
    /// The operation that creates a template, while it runs.
    copying: Option<OperationId>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            rows: TableRows::new(FIELDS),
            menu: None,
            widths: Widths::default(),
            uses: LastUses::new(),
            reading: None,
            copying: None,
        }
    }
}

impl View for Table {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Credentials".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        match (&self.menu, self.filter.takes_keys()) {
            (Some(_), _) => SORT_KEYS,
            (None, true) => filter::KEYS_OVER_ROWS,
            (None, false) => KEYS,
        }
    }

    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Back if self.rows.has_marks() => Some("deselect"),
            Action::Back => self.filter.is_shown().then_some("clear"),
            Action::Authenticate => self.current(cx).filter(|one| one.is_static_secret()).map(|_| "test"),
            _ => None,
        }
    }

    fn captures_text(&self) -> bool {
        self.menu.is_none() && self.filter.takes_keys()
    }

    fn prepare(&mut self, cx: &Context<'_>) {
        if !self.rows.are_of(cx.tally.version) {
            let entries = cx.snapshot.credentials.list.iter().map(|credential| entry(cx, credential)).collect();
            self.rows.replace(cx.tally.version, entries, keys_of(cx, &self.uses));
            self.measure(cx);
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.copying.or(self.reading)
    }

    fn awaits(&self, id: OperationId) -> bool {
        self.copying == Some(id) || self.reading == Some(id)
    }

    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if cx.size.0 < WITH_USES {
            return Vec::new();
        }
        self.reading = Some(cx.operation);
        vec![Effect::Work(cx.operation, Operation::ReadLastUses)]
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        if self.menu.is_some() { None } else { self.refused(cx, action) }
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
            Input::Job(id, JobEvent::Finished(result)) => return self.news(cx, id, result),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        self.view_panes(cx, frame, area);
        if let Some(menu) = &self.menu {
            menu.view(cx, frame, area, SORT_KEYS, self.rows.order());
        }
    }
}

impl Table {
    /// Selects a credential. Clears the filter if it hides the credential.
    pub(crate) fn show(&mut self, id: CredentialId) {
        if !self.rows.go_to(id) && self.filter.is_shown() {
            self.filter.clear();
            self.rows.unfilter();
            self.rows.go_to(id);
        }
    }

    fn news(&mut self, cx: &Context<'_>, id: OperationId, result: Result<Outcome, Problem>) -> Vec<Effect> {
        if self.copying.take_if(|copying| *copying == id).is_some() {
            return match result {
                Ok(Outcome::Template(text)) => vec![Self::copied_template(text)],
                Ok(_) => Vec::new(),
                Err(problem) => vec![Effect::Notice(Notice::Failed(problem))],
            };
        }
        if self.reading.take_if(|reading| *reading == id).is_some()
            && let Ok(Outcome::LastUses(uses)) = result
        {
            self.uses = uses;
            if self.rows.order().column == Column::LastUsed {
                self.rows.invalidate();
            }
            self.measure(cx);
        }
        Vec::new()
    }

    fn measure(&mut self, cx: &Context<'_>) {
        self.widths = Widths::measure(cx, &self.uses, self.rows.order());
    }

    fn sort(&mut self, cx: &Context<'_>, column: Column) {
        self.rows.sort(column, keys_of(cx, &self.uses));
        self.measure(cx);
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

    /// Handles Esc: clears the selection, else the filter, else leaves the screen.
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

    /// Selects the row under a click, and opens it on a double click; sorts by a clicked heading.
    fn click(&mut self, cx: &Context<'_>, (x, y): (u16, u16), double: bool) -> Vec<Effect> {
        let is_compact = cx.size.0 < COMPACT;
        let above = self.filter.lines(self.rows.mistake());
        let top = if is_compact { 0 } else { 2 } + above;
        // The body is as high as the terminal without header, notice and footer.
        let body = Rect { x: 0, y: 0, width: cx.size.0, height: cx.size.1.saturating_sub(3) };
        let left = if is_compact { body } else { self.panes(body).0 };
        if x >= left.width {
            return Vec::new();
        }
        if !is_compact && y + 1 == top {
            let columns = self.columns(left.width.saturating_sub(4), is_compact);
            if let Some(column) = x.checked_sub(2).and_then(|x| columns.at(x)) {
                self.sort(cx, column);
            }
            return Vec::new();
        }
        let height = Self::visible_lines(cx, body.height, is_compact).saturating_sub(above);
        let is_row = y.checked_sub(top).is_some_and(|line| self.rows.click(line, height));
        if is_row && double { self.act(cx, Action::Accept) } else { Vec::new() }
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Credential> {
        let (index, id) = self.rows.selected()?;
        credential_at(cx, index, id)
    }
}

fn credential_at<'a>(cx: &Context<'a>, index: usize, id: CredentialId) -> Option<&'a Credential> {
    cx.snapshot.credentials.list.get(index).map(|credential| &**credential).filter(|credential| credential.id == id)
}

fn entry(cx: &Context<'_>, credential: &Credential) -> Entry<CredentialId> {
    let details = &credential.details;
    let mut values = vec![
        (Field::Status, credential.status(cx.now).word()),
        (Field::Owner, details.owner.as_str()),
        (Field::Integration, integration(cx, credential)),
    ];
    values.extend(details.tags.iter().map(|tag| (Field::Tag, tag.as_str())));
    Entry::new(credential.id, credential.name.as_str(), values)
}

fn keys_of<'a>(cx: &'a Context<'a>, uses: &'a LastUses) -> impl Fn(usize, Column) -> SortKey {
    move |place, column| {
        let credential = cx.snapshot.credentials.list.get(place);
        credential.map_or(SortKey::Missing, |credential| sort_key(cx, uses, credential, column))
    }
}

#[cfg(test)]
mod tests;
