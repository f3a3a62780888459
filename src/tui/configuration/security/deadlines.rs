//! Configuration > Security > Deadlines: when each credential next needs the user's attention, soonest first.
//!
//! Derived from the snapshot alone. `credenza check` reports the same, one deadline per credential.

mod row;

use crossterm::event::KeyCode;
use jiff::SignedDuration;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use self::row::Row;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cell, cut, pane, paragraph, split_top};

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "open",
        "Open the credential of the selected row",
    ),
    Key::new(&[Press::char('/')], Action::Filter, "filter", "Filter by name, owner, tag, provider or deadline"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Clear the filter, then back"),
];

/// Deadlines within this time are highlighted. It is also the default of `credenza check`.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Widths of the columns except the name, which takes the rest.
const DAY: usize = 12;
const DISTANCE: usize = 13;
const WHAT: usize = 29;
const WHAT_IN_FULL: usize = 33;
const OWNER: usize = 24;

/// Rows at the foot for the full text of the selected deadline, with a blank row above.
const FOOT: u16 = 4;

/// Rows of the terminal around the list: breadcrumb, frame, heading, foot, notice and keys.
const AROUND: u16 = 10;

#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    rows: Vec<Row>,
    /// The version of the tally for which the rows were made.
    version: Option<u64>,
    selected: usize,
    filter: Filter,
}

impl Deadlines {
    fn matches(&self) -> Vec<&Row> {
        let wanted = self.filter.text().to_lowercase();
        self.rows.iter().filter(|row| wanted.split_whitespace().all(|word| row.search_text.contains(word))).collect()
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let matches = self.matches();
        if let Some(selected) = moved(self.selected, matches.len(), cx.size.1.saturating_sub(AROUND), action) {
            self.selected = selected;
            return Vec::new();
        }
        match action {
            Action::Accept => {
                let id = matches.get(self.selected).and_then(|row| row.id);
                return id.map(|id| Effect::Open(Route::Details(id))).into_iter().collect();
            }
            Action::Filter => self.filter.open(),
            Action::NextField => self.filter.keep(),
            Action::Back if !self.filter.is_shown() => return vec![Effect::Back],
            Action::Back => {
                self.filter.clear();
                self.selected = 0;
            }
            _ => {}
        }
        Vec::new()
    }

    /// Selects the row under a click; a click on the selected row opens it.
    fn click(&mut self, cx: &Context<'_>, y: u16) -> Vec<Effect> {
        let above = 2 + u16::from(self.filter.is_shown());
        let height = cx.size.1.saturating_sub(AROUND - FOOT + u16::from(self.filter.is_shown()));
        let (list, _) = list_and_foot(Rect { height, ..Rect::default() });
        let Some(line) = y.checked_sub(above).filter(|line| *line < list.height) else { return Vec::new() };
        match window(self.selected, self.matches().len(), list.height).nth(usize::from(line)) {
            Some(at) if at == self.selected => self.act(cx, Action::Accept),
            Some(at) => {
                self.selected = at;
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

impl View for Deadlines {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Deadlines".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.filter.takes_keys() { filter::KEYS } else { KEYS }
    }

    fn captures_text(&self) -> bool {
        self.filter.takes_keys()
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match (action, self.matches().get(self.selected)) {
            (Action::Accept, None) => Some("nothing is selected"),
            (Action::Accept, Some(row)) if row.id.is_none() => Some("this version cannot read this credential"),
            _ => None,
        }
    }

    fn prepare(&mut self, cx: &Context<'_>) {
        if self.version == Some(cx.tally.version) {
            return;
        }
        let selected = self.matches().get(self.selected).map(|row| row.key());
        self.rows = row::rows(cx);
        self.version = Some(cx.tally.version);
        let matches = self.matches();
        let same = matches.iter().position(|row| Some(row.key()) == selected);
        self.selected = same.unwrap_or(self.selected.min(matches.len().saturating_sub(1)));
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if self.filter.typed(&input) {
            self.selected = 0;
            return Vec::new();
        }
        match input {
            Input::Do(action) => return self.act(cx, action),
            Input::Click { y, .. } => return self.click(cx, y),
            Input::Scroll(rows) => {
                let last = self.matches().len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let matches = self.matches();
        let inside = pane(cx.theme, frame, area, "Deadlines", self.counts(cx));
        let label = Line::from(Span::styled("Filter", cx.theme.muted));
        let inside = self.filter.view(cx, frame, inside, (label, 8));
        let nothing = if cx.snapshot.credentials.list.is_empty() && self.rows.is_empty() {
            "No credentials yet. Press 1, then + to add one."
        } else if self.rows.is_empty() {
            "No deadlines. A credential is listed here when it needs attention, or when it is known when its secret, \
             tokens or API expire."
        } else {
            "No matches. Press esc to clear the filter."
        };
        if matches.is_empty() {
            paragraph(frame, inside, nothing, cx.theme.muted);
        } else {
            self.table(cx, frame, inside, &matches);
        }
    }
}

impl Deadlines {
    /// The text at the right of the title: how many are due now, soon and later.
    fn counts(&self, cx: &Context<'_>) -> Line<'static> {
        let (mut now, mut soon) = (0_usize, 0_usize);
        for row in &self.rows {
            match row.left(cx.now) {
                left if left <= SignedDuration::ZERO => now += 1,
                left if left <= SOON => soon += 1,
                _ => {}
            }
        }
        if self.rows.is_empty() {
            return Line::default();
        }
        let later = self.rows.len() - now - soon;
        Line::from(format!(" {now} now, {soon} within 14 days, {later} later "))
    }

    fn table(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, matches: &[&Row]) {
        let width = usize::from(area.width);
        // As the terminal gets narrower, the owner is left out first, then the distance.
        let owner = if width >= 110 { OWNER } else { 0 };
        let distance = if width >= 60 { DISTANCE } else { 0 };
        let what = match width {
            0..50 => 0,
            50..100 => WHAT,
            _ => WHAT_IN_FULL,
        };
        let name = width.saturating_sub(2 + DAY + distance + what + owner);
        let cells = |texts: [&str; 5]| {
            let rooms = [DAY, distance, name, what, owner];
            let cells: Vec<String> =
                texts.iter().zip(rooms).map(|(text, room)| cell(&cut(text, room.saturating_sub(1)), room)).collect();
            cells
        };
        let (head, below) = split_top(area, 1);
        let heading = format!("  {}", cells(["DAY", "", "CREDENTIAL", "WHAT", "OWNER"]).concat());
        frame.render_widget(Line::styled(heading, cx.theme.heading), head);
        let (list, foot) = list_and_foot(below);
        for (line, at) in list.rows().zip(window(self.selected, matches.len(), list.height)) {
            let Some(row) = matches.get(at) else { continue };
            let is_selected = at == self.selected;
            let texts = cells([&row.day(cx), &row.distance(cx.now), &row.name, row.what(), &row.owner]);
            let (times, rest) = texts.split_at(2);
            let spans = vec![
                Span::raw(marker(is_selected)),
                Span::styled(times.concat(), cx.theme.in_row(is_selected, urgency(cx, row))),
                Span::raw(rest.concat()),
            ];
            frame.render_widget(Line::from(spans).style(cx.theme.in_row(is_selected, cx.theme.text)), line);
        }
        if let Some(row) = matches.get(self.selected) {
            paragraph(frame, split_top(foot, 1).1, &row.in_full(cx), cx.theme.text);
        }
    }
}

/// The areas of the table and of the selected deadline below it; the second is empty in a low terminal.
fn list_and_foot(area: Rect) -> (Rect, Rect) {
    let foot = if area.height > FOOT + 3 { FOOT } else { 0 };
    split_top(area, area.height.saturating_sub(foot))
}

fn urgency(cx: &Context<'_>, row: &Row) -> Style {
    match row.left(cx.now) {
        left if left <= SignedDuration::ZERO => cx.theme.danger,
        left if left <= SOON => cx.theme.warn,
        _ => cx.theme.text,
    }
}
