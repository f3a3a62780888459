//! Security > Credentials: the table of what the vault holds, its filter and the selected one beside it.

mod columns;
mod due;
mod keys;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use self::columns::{Columns, sort_key};
use self::keys::{KEYS, SORT_KEYS};
use super::{integration, summary};
use crate::engine::operation::Operation;
use crate::model::credential::{Credential, CredentialId, Status};
use crate::tui::column::Column;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key};
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::view::View;
use crate::tui::widgets::fields;
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::fuzzy::Letters;
use crate::tui::widgets::pane::{cut, indent, pane, paragraph, share, split_top};
use crate::tui::widgets::query::Field;
use crate::tui::widgets::search_index::Entry;
use crate::tui::widgets::sort_menu::SortMenu;
use crate::tui::widgets::table_rows::{SortKey, TableRows};

/// From this width on the selected credential is shown beside the table.
const WITH_DETAILS: u16 = 110;

/// Below this width there is one column and no frame.
const COMPACT: u16 = 60;

/// What the filter knows before a colon.
const FIELDS: &[Field] = &[Field::Status, Field::Owner, Field::Tag, Field::Integration];

/// The screen.
#[derive(Debug)]
pub struct Table {
    filter: Filter,
    rows: TableRows<CredentialId>,
    menu: Option<SortMenu>,
}

impl Default for Table {
    fn default() -> Self {
        Self { filter: Filter::default(), rows: TableRows::new(FIELDS), menu: None }
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

    fn captures_text(&self) -> bool {
        self.menu.is_none() && self.filter.takes_keys()
    }

    fn prepare(&mut self, cx: &Context<'_>) {
        if !self.rows.are_of(cx.tally.version) {
            let entries = cx.snapshot.credentials.list.iter().map(|credential| entry(cx, credential)).collect();
            self.rows.replace(cx.tally.version, entries, keys_of(cx));
        }
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        if self.menu.is_some() {
            return None;
        }
        let needs_one = matches!(
            action,
            Action::Accept
                | Action::Authenticate
                | Action::Rename
                | Action::Edit
                | Action::Duplicate
                | Action::Delete
                | Action::CopyToken
        );
        if let Some(why) = undoing::refusal(cx, action) {
            return Some(why);
        }
        let Some(credential) = self.current(cx) else {
            return needs_one.then_some("No credential is selected. Press + to add one.");
        };
        match action {
            Action::CopyToken if credential.tokens.is_none() && !credential.is_typed_in() => {
                Some("It has no token yet. Press a to authenticate.")
            }
            _ => None,
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
    fn view_panes(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        if area.width < COMPACT {
            return self.view_rows(cx, frame, area, true);
        }
        let (left, right) = panes(area);
        let total = cx.snapshot.credentials.list.len();
        let count = format!(" {} of {total} ", self.rows.shown());
        let title = if self.filter.takes_keys() {
            "Filter".to_owned()
        } else {
            format!("Credentials{}", self.rows.order().suffix())
        };
        let mut inside = pane(cx.theme, frame, left, &title, Line::from(count));
        if let Some(sentence) = attention(cx).filter(|_| inside.height > 4) {
            let (rows, last) = split_top(inside, inside.height - 1);
            frame.render_widget(Line::styled(cut(&sentence, usize::from(last.width)), cx.theme.warn), last);
            inside = rows;
        }
        self.view_rows(cx, frame, inside, false);
        if let Some(credential) = self.current(cx).filter(|_| !right.is_empty()) {
            let inside = pane(
                cx.theme,
                frame,
                right,
                &cx.tally.credentials_alike.label(credential.id, &credential.name),
                Line::default(),
            );
            fields::rows(cx.theme, frame, inside, 16, &summary::summary(cx, credential));
        }
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let page = cx.size.1.saturating_sub(8);
        if self.rows.act(action, page) {
            return Vec::new();
        }
        match action {
            Action::Add => return vec![Effect::Open(Route::AddCredential)],
            Action::Filter => self.filter.open(),
            Action::Sort => self.menu = Some(SortMenu::open(SORT_KEYS, self.rows.order())),
            Action::NextField => self.filter.keep(),
            Action::Back => return self.back(),
            _ => {
                if let Some(effects) = undoing::take(cx, action) {
                    return effects;
                }
                if let Some(credential) = self.current(cx) {
                    return Self::with(cx, action, credential.id);
                }
            }
        }
        Vec::new()
    }

    /// An action on the selected credential, named by id so that it hits no other (T2).
    fn with(cx: &Context<'_>, action: Action, id: CredentialId) -> Vec<Effect> {
        match action {
            Action::Accept => vec![Effect::Open(Route::Details(id))],
            Action::Authenticate => vec![Effect::Open(Route::Authenticate(id))],
            Action::Rename => vec![Effect::Open(Route::RenameCredential(id))],
            Action::Edit => vec![Effect::Open(Route::EditCredential(id))],
            Action::Duplicate => vec![Effect::Open(Route::DuplicateCredential(id))],
            Action::CopyToken => vec![Effect::Work(cx.flow, Operation::CopyToken(id))],
            Action::Delete => vec![Effect::Open(Route::DeleteCredential { id, on_page: false })],
            _ => Vec::new(),
        }
    }

    /// The menu closes once an order is chosen.
    fn act_in_menu(&mut self, cx: &Context<'_>, action: Action) {
        let Some(mut menu) = self.menu.take() else { return };
        match menu.act(SORT_KEYS, action) {
            Some(column) => self.rows.sort(column, keys_of(cx)),
            None if action == Action::Back => {}
            None => self.menu = Some(menu),
        }
    }

    fn back(&mut self) -> Vec<Effect> {
        if !self.filter.is_shown() {
            return vec![Effect::Back];
        }
        self.filter.clear();
        self.rows.unfilter();
        Vec::new()
    }

    /// A row is selected, and opened by a second click; a heading sorts.
    fn click(&mut self, cx: &Context<'_>, (x, y): (u16, u16), double: bool) -> Vec<Effect> {
        let compact = cx.size.0 < COMPACT;
        let above = self.filter.lines(self.rows.mistake());
        let top = if compact { 0 } else { 2 } + above;
        // The body has the height of the terminal less header, notice and footer.
        let body = Rect { x: 0, y: 0, width: cx.size.0, height: cx.size.1.saturating_sub(3) };
        let left = if compact { body } else { panes(body).0 };
        if x >= left.width {
            return Vec::new();
        }
        if !compact && y + 1 == top {
            let columns = Columns::of(left.width.saturating_sub(4), compact, self.rows.order());
            if let Some(column) = x.checked_sub(2).and_then(|x| columns.at(x)) {
                self.rows.sort(column, keys_of(cx));
            }
            return Vec::new();
        }
        let height = visible_lines(cx, body.height, compact).saturating_sub(above);
        let is_row = y.checked_sub(top).is_some_and(|line| self.rows.click(line, height));
        if is_row && double { self.act(cx, Action::Accept) } else { Vec::new() }
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Credential> {
        let (index, id) = self.rows.selected()?;
        credential_at(cx, index, id)
    }

    fn view_rows(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, compact: bool) {
        let mut rest = self.filter.view_over_rows(cx, frame, area, self.rows.mistake());
        if self.rows.shown() == 0 {
            return self.view_empty(cx, frame, rest);
        }
        let columns = Columns::of(area.width, compact, self.rows.order());
        if !compact {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Line::styled(columns.heading(self.rows.ordered_by()), cx.theme.heading), line);
            rest = below;
        }
        let mut letters = Letters::new(self.rows.words());
        for (line, position) in rest.rows().zip(self.rows.visible(rest.height)) {
            let Some((index, id)) = self.rows.row(position) else { continue };
            let Some(credential) = credential_at(cx, index, id) else { continue };
            let marks = letters.marks(credential.name.as_str());
            frame.render_widget(columns.row(cx, credential, &marks, position == self.rows.at()), line);
        }
    }

    fn view_empty(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let unreadable = cx.snapshot.unreadable.join(", ");
        let not_read = format!("Credentials that this version cannot read: {unreadable}. They are kept unchanged.");
        let text = if self.filter.text().is_empty() && !unreadable.is_empty() {
            &not_read
        } else if self.filter.text().is_empty() {
            "No credentials yet.\n\nA credential is what an integration signs in with: a client ID, a client secret and \
             the tokens they were exchanged for.\n\nPress + to add the first one."
        } else {
            "No matches. Press esc to clear the filter."
        };
        let (_, area) = split_top(area, area.height / 4);
        paragraph(frame, indent(area, area.width / 12), text, cx.theme.text);
    }
}

/// The table, and the details beside it where there is room.
fn panes(area: Rect) -> (Rect, Rect) {
    if area.width < WITH_DETAILS {
        return (area, Rect::ZERO);
    }
    let width = share(area.width, 13, 20);
    (Rect { width, ..area }, indent(area, width))
}

/// Lines for rows in a body so high: less frame, heading and the sentence about who needs a person.
fn visible_lines(cx: &Context<'_>, body: u16, compact: bool) -> u16 {
    if compact {
        return body;
    }
    let inside = body.saturating_sub(2);
    inside.saturating_sub(1 + u16::from(attention(cx).is_some() && inside > 4))
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

fn keys_of<'a>(cx: &'a Context<'a>) -> impl Fn(usize, Column) -> SortKey {
    move |place, column| {
        let credential = cx.snapshot.credentials.list.get(place);
        credential.map_or(SortKey::Missing, |credential| sort_key(cx, credential, column))
    }
}

/// One sentence when a person is needed.
fn attention(cx: &Context<'_>) -> Option<String> {
    let (glyph, _) = cx.theme.status(Status::NeedsReauthentication);
    match (cx.tally.needed, cx.tally.soon) {
        (0, 0) => None,
        (0, 1) => Some(format!("{glyph} 1 credential expires soon. Select it and press a.")),
        (0, soon) => Some(format!("{glyph} {soon} credentials expire soon. Select one and press a.")),
        (1, _) => Some(format!("{glyph} 1 credential needs attention. Select it and press a.")),
        (now, _) => Some(format!("{glyph} {now} credentials need attention. Select one and press a.")),
    }
}

#[cfg(test)]
mod tests;
