//! Security > Credentials: the table of what the vault holds, its filter and the selected one beside it.

mod order;

use std::borrow::Cow;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use self::order::Hit;
use super::{integration, summary};
use crate::engine::operation::Operation;
use crate::model::credential::{Credential, CredentialId, Status};
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::view::View;
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::fuzzy::Fuzzy;
use crate::tui::widgets::list::{marked, marker, moved, window};
use crate::tui::widgets::moves;
use crate::tui::widgets::pane::{cell, cut, indent, named, pane, paragraph, share, split_top};
use crate::tui::widgets::{fields, when};

/// From this width on the selected credential is shown beside the table.
const WITH_DETAILS: u16 = 110;

/// Below this width there is one column and no frame.
const COMPACT: u16 = 60;

const KEYS: &[Key] = &[
    Key::new(&[Press::char('+')], Action::Add, "add", "Add a credential"),
    Key::new(&[Press::plain(KeyCode::Enter), Press::char('>')], Action::Accept, "open", "Open the selected credential"),
    Key::new(&[Press::char('/')], Action::Filter, "filter", "Filter by name, integration, status, owner or tag"),
    Key::new(&[Press::char('a')], Action::Authenticate, "authenticate", "Authenticate, first or again"),
    Key::new(&[Press::char('r')], Action::Rename, "rename", "Rename"),
    Key::new(&[Press::char('E')], Action::Edit, "edit", "Edit information and authorization"),
    Key::new(
        &[Press::char('y')],
        Action::CopyToken,
        "copy token",
        "Copy a fresh access token, or the key; it is cleared again",
    ),
    Key::new(&[Press::char('D')], Action::Duplicate, "", "Duplicate client and setup under a new name"),
    Key::new(&[Press::char('d')], Action::Delete, "delete", "Delete, after a question"),
    undoing::UNDO,
    undoing::REDO,
    Key::new(&[Press::char('s')], Action::Sort, "due first", "What is due first on top, and back to the usual order"),
    moves::UP,
    moves::DOWN,
    moves::PAGE_UP,
    moves::PAGE_DOWN,
    moves::FIRST_OR_G,
    moves::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "", "Clear the filter, then back"),
];

const FILTER_KEYS: &[Key] = &filter::keys_over(Key::new(
    &[Press::plain(KeyCode::Enter)],
    Action::Accept,
    "open",
    "Open the selected credential",
));

/// The screen.
#[derive(Debug, Default)]
pub struct Table {
    selected: usize,
    filter: Filter,
    /// Whether what is due first stands on top.
    by_due: bool,
    /// What fits the filter, in order, and the vault's generation it was computed for.
    hits: Vec<Hit>,
    generation: u64,
}

impl View for Table {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Credentials".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.filter.takes_keys() { FILTER_KEYS } else { KEYS }
    }

    fn captures_text(&self) -> bool {
        self.filter.takes_keys()
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
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
        if self.filter.typed(&input) {
            return self.refilter(cx);
        }
        match input {
            Input::Do(action) => self.act(cx, action),
            Input::Scroll(rows) => {
                let last = self.total(cx).saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
                Vec::new()
            }
            Input::Click { y, double, .. } => self.click(cx, y, double),
            _ => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        if area.width < COMPACT {
            return self.view_rows(cx, frame, area, true);
        }
        let (left, right) = if area.width >= WITH_DETAILS {
            let width = share(area.width, 13, 20);
            (Rect { width, ..area }, indent(area, width))
        } else {
            (area, Rect::ZERO)
        };
        let total = cx.snapshot.credentials.list.len();
        let count = format!(" {} of {total} ", self.total(cx));
        let title = match (self.filter.takes_keys(), self.by_due) {
            (true, _) => "Filter",
            (false, false) => "Credentials",
            (false, true) => "Credentials, due first",
        };
        let mut inside = pane(cx.theme, frame, left, title, Line::from(count));
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
}

impl Table {
    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let page = cx.size.1.saturating_sub(8);
        if let Some(selected) = moved(self.at(cx), self.total(cx), page, action) {
            self.selected = selected;
            return Vec::new();
        }
        match action {
            Action::Add => return vec![Effect::Open(Route::AddCredential)],
            Action::Filter => self.filter.open(),
            Action::Sort => self.sort(cx),
            Action::NextField => self.filter.keep(),
            Action::Back => return self.back(cx),
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

    fn back(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if !self.filter.is_shown() {
            return vec![Effect::Back];
        }
        // The selected credential stays the selected one when the rows around it come back.
        let place = self.hits(cx).and_then(|hits| hits.get(self.selected).map(|hit| hit.index));
        self.filter.clear();
        self.refilter(cx);
        self.select(cx, place);
        Vec::new()
    }

    /// The other order; the selected credential stays the selected one.
    fn sort(&mut self, cx: &Context<'_>) {
        let at = self.at(cx);
        let place = self.hits(cx).map_or(Some(at), |hits| hits.get(at).map(|hit| hit.index));
        self.by_due = !self.by_due;
        self.refilter(cx);
        self.select(cx, place);
    }

    /// Selects the row of a place in the vault, if it is shown.
    fn select(&mut self, cx: &Context<'_>, place: Option<usize>) {
        let Some(place) = place else { return };
        let hits = self.hits(cx);
        let row = hits.map_or(Some(place), |hits| hits.iter().position(|hit| hit.index == place));
        self.selected = row.unwrap_or(self.selected);
    }

    fn click(&mut self, cx: &Context<'_>, y: u16, double: bool) -> Vec<Effect> {
        let compact = cx.size.0 < COMPACT;
        let top = if compact { 0 } else { 2 } + u16::from(self.filter.is_shown());
        // The body has the height of the terminal less header, notice and footer.
        let height = cx.size.1.saturating_sub(3 + top + u16::from(!compact) * 2);
        let Some(row) = y.checked_sub(top) else { return Vec::new() };
        let index = window(self.at(cx), self.total(cx), height).start + usize::from(row);
        if index >= self.total(cx) {
            return Vec::new();
        }
        self.selected = index;
        if double { self.act(cx, Action::Accept) } else { Vec::new() }
    }

    fn refilter(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.hits = matching(cx, self.filter.text(), self.by_due);
        self.generation = cx.snapshot.generation;
        self.selected = 0;
        Vec::new()
    }

    /// The rows that fit, in order; `None` for all of them in the vault's own. Computed anew only when the vault has
    /// changed since the last key.
    fn hits(&self, cx: &Context<'_>) -> Option<Cow<'_, [Hit]>> {
        if self.filter.text().is_empty() && !self.by_due {
            None
        } else if self.generation == cx.snapshot.generation {
            Some(Cow::Borrowed(&self.hits))
        } else {
            Some(Cow::Owned(matching(cx, self.filter.text(), self.by_due)))
        }
    }

    fn total(&self, cx: &Context<'_>) -> usize {
        self.hits(cx).map_or(cx.snapshot.credentials.list.len(), |hits| hits.len())
    }

    fn at(&self, cx: &Context<'_>) -> usize {
        self.selected.min(self.total(cx).saturating_sub(1))
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Credential> {
        let at = self.at(cx);
        let index = self.hits(cx).map_or(Some(at), |hits| hits.get(at).map(|hit| hit.index))?;
        cx.snapshot.credentials.list.get(index).map(|credential| &**credential)
    }

    fn view_rows(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, compact: bool) {
        let mut rest = self.filter.view(cx, frame, area, (Line::styled("/", cx.theme.key), 2));
        if self.total(cx) == 0 {
            return self.view_empty(cx, frame, rest);
        }
        let columns = Columns::of(area.width, compact, self.by_due);
        if !compact {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Line::styled(columns.heading(self.by_due), cx.theme.heading), line);
            rest = below;
        }
        let hits = self.hits(cx);
        let at = self.at(cx);
        for (row, position) in window(at, self.total(cx), rest.height).enumerate() {
            let hit = hits.as_ref().and_then(|hits| hits.get(position));
            let index = hit.map_or(position, |hit| hit.index);
            let Some(credential) = cx.snapshot.credentials.list.get(index) else { continue };
            let marks = hit.map_or(&[][..], |hit| hit.positions.as_slice());
            let about = if self.by_due { order::words(cx, credential) } else { integration(cx, credential).to_owned() };
            let line = columns.row(cx, credential, &about, marks, position == at);
            let y = rest.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
            frame.render_widget(line, Rect { y, height: 1, ..rest });
        }
    }

    fn view_empty(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let unreadable = cx.snapshot.unreadable.join(", ");
        let not_read = format!("Credentials that this version cannot read: {unreadable}. They are kept as they are.");
        let text = if self.filter.text().is_empty() && !unreadable.is_empty() {
            &not_read
        } else if self.filter.text().is_empty() {
            "No credentials yet.\n\nA credential is what an integration signs in with: a client ID, a client secret and \
             the tokens they were exchanged for.\n\nPress + to add the first one."
        } else {
            "Nothing fits. esc clears the filter."
        };
        let (_, area) = split_top(area, area.height / 4);
        paragraph(frame, indent(area, area.width / 12), text, cx.theme.text);
    }
}

/// Widths of the columns, in cells.
struct Columns {
    name: usize,
    integration: usize,
    status: usize,
    owner: usize,
    expires: usize,
    compact: bool,
}

impl Columns {
    fn of(width: u16, compact: bool, by_due: bool) -> Self {
        let width = usize::from(width);
        if compact {
            return Self { name: width.saturating_sub(4), integration: 0, status: 0, owner: 0, expires: 0, compact };
        }
        let status = 26;
        let owner = if width >= 100 { 18 } else { 0 };
        let expires = if width >= 130 { 18 } else { 0 };
        let rest = width.saturating_sub(2 + status + owner + expires);
        let integration = if by_due { (rest / 2).min(40) } else { (rest / 3).min(26) };
        Self { name: rest - integration, integration, status, owner, expires, compact }
    }

    fn heading(&self, by_due: bool) -> String {
        let cells = [
            ("NAME", self.name),
            (if by_due { "NEXT" } else { "INTEGRATION" }, self.integration),
            ("STATUS", self.status),
            ("OWNER", self.owner),
            ("EXPIRES", self.expires),
        ];
        let shown = cells.iter().filter(|(_, room)| *room > 0);
        let line: String = shown.map(|(text, room)| cell(text, room - 1) + " ").collect();
        format!("  {line}")
    }

    /// `about` stands in the second column.
    fn row(
        &self,
        cx: &Context<'_>,
        credential: &Credential,
        about: &str,
        marks: &[usize],
        selected: bool,
    ) -> Line<'static> {
        let base = if selected { cx.theme.selected } else { Style::new() };
        let status = credential.status(cx.now);
        let (glyph, color) = cx.theme.status(status);
        let mut line = Line::from(Span::styled(marker(selected), base)).style(base);
        if self.compact {
            line.push_span(Span::styled(format!("{glyph} "), base.patch(color)));
        }
        let gap = usize::from(!self.compact);
        let alike = cx.tally.credentials_alike.short_id(credential.id);
        let name = cell(&named(&credential.name, alike, self.name.saturating_sub(gap)), self.name);
        line.extend(marked(cx.theme, &name, marks, base).spans);
        if self.compact {
            return line;
        }
        let text = |text: &str, room: usize| match room {
            0 => String::new(),
            room => cell(text, room - 1) + " ",
        };
        line.push_span(Span::styled(text(about, self.integration), base));
        line.push_span(Span::styled(text(&format!("{glyph} {}", status.word()), self.status), base.patch(color)));
        line.push_span(Span::styled(text(&credential.details.owner, self.owner), base));
        let end = credential.tokens.as_ref().and_then(|tokens| match tokens.refresh {
            Some(_) => tokens.refresh_expires_at,
            None => tokens.expires_at,
        });
        let end = end.map_or_else(String::new, |end| when::instant(cx, end));
        line.push_span(Span::styled(text(&end, self.expires), base));
        line
    }
}

/// One sentence when a person is needed.
fn attention(cx: &Context<'_>) -> Option<String> {
    let (glyph, _) = cx.theme.status(Status::NeedsReauthentication);
    match (cx.tally.needed, cx.tally.soon) {
        (0, 0) => None,
        (0, 1) => Some(format!("{glyph} 1 credential expires soon. Select it and press a.")),
        (0, soon) => Some(format!("{glyph} {soon} credentials expire soon. Select one and press a.")),
        (1, _) => Some(format!("{glyph} 1 credential needs you. Select it and press a to authenticate again.")),
        (now, _) => Some(format!("{glyph} {now} credentials need you. Select one and press a to authenticate again.")),
    }
}

fn matching(cx: &Context<'_>, query: &str, by_due: bool) -> Vec<Hit> {
    let lower = query.trim().to_lowercase();
    let mut fuzzy = Fuzzy::new(&lower);
    let mut found: Vec<(u32, Hit)> = Vec::new();
    for (index, credential) in cx.snapshot.credentials.list.iter().enumerate() {
        if let Some((score, positions)) = fuzzy.find_in(credential.name.as_str()) {
            found.push((score, Hit { index, positions }));
        } else if beside_the_name(cx, credential, &lower) {
            found.push((0, Hit { index, positions: Vec::new() }));
        }
    }
    found.sort_by_key(|(score, hit)| (std::cmp::Reverse(*score), hit.index));
    let mut hits: Vec<Hit> = found.into_iter().map(|(_, hit)| hit).collect();
    if by_due {
        order::by_due(cx, &mut hits);
    }
    hits
}

fn beside_the_name(cx: &Context<'_>, credential: &Credential, lower: &str) -> bool {
    let details = &credential.details;
    let words = [integration(cx, credential), credential.status(cx.now).word(), &details.owner];
    let tags = details.tags.iter().map(String::as_str);
    words.into_iter().chain(tags).any(|word| word.to_lowercase().contains(lower))
}

#[cfg(test)]
mod tests;
