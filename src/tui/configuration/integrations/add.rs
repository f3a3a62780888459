//! Add integration: search every kind of record the catalog can load, see what it takes, select.

use std::cmp::Reverse;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{candidates, results, words};
use crate::catalog::{Load, Provider, Verification};
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice};
use crate::tui::input::{Edit, Input};
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{self, Row};
use crate::tui::widgets::fuzzy::Fuzzy;
use crate::tui::widgets::list::{marked, marker, moved, window};
use crate::tui::widgets::pane::{cell, indent, pane, paragraph, share, split_top};
use crate::tui::widgets::text_field::TextField;

/// From this width on the selected kind of record is described beside the list.
const WITH_DETAILS: u16 = 100;

/// Rows of the screen above the list: header, frame, field, blank.
const ABOVE_LIST: u16 = 3;

/// Rows below the list that say what is not in it.
const BELOW_LIST: u16 = 3;

/// Columns of "12 credentials".
const COUNT: usize = 15;

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "or > select",
        "Select the records; → at the end of the search does so too",
    )
    .over_text(),
    Key::new(&[Press::plain(KeyCode::Up)], Action::Up, "", "The row above"),
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "choose", "The row below"),
    Key::new(&[Press::plain(KeyCode::PageUp)], Action::PageUp, "", "A page up"),
    Key::new(&[Press::plain(KeyCode::PageDown)], Action::PageDown, "", "A page down"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Clear the search, then back"),
];

/// One row: which records, and which characters of what it says matched.
#[derive(Clone, Debug)]
struct Found {
    provider: String,
    load: String,
    positions: Vec<usize>,
}

/// The screen.
#[derive(Debug)]
pub struct Add {
    query: TextField,
    hits: Vec<Found>,
    selected: usize,
}

impl Add {
    /// With everything that can be loaded, by the provider's name.
    #[must_use]
    pub fn new(cx: &Context<'_>) -> Self {
        Self { query: TextField::new(""), hits: search(cx, ""), selected: 0 }
    }

    fn research(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.hits = search(cx, self.query.text());
        self.selected = 0;
        Vec::new()
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        if let Some(selected) = moved(self.selected, self.hits.len(), cx.size.1.saturating_sub(8), action) {
            self.selected = selected;
            return Vec::new();
        }
        match (action, self.hits.get(self.selected)) {
            (Action::Accept, Some(hit)) => {
                let route = Route::NewIntegration { provider: hit.provider.clone(), load: hit.load.clone() };
                vec![Effect::Open(route)]
            }
            (Action::Back, _) if !self.query.is_empty() => {
                self.query.clear();
                self.research(cx)
            }
            (Action::Back, _) => vec![Effect::Back],
            _ => Vec::new(),
        }
    }

    /// As the key does it: a screen's refusal is said, not skipped.
    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        match self.refusal(cx, Action::Accept) {
            Some(why) => vec![Effect::Notice(Notice::Refused(why.to_owned()))],
            None => self.act(cx, Action::Accept),
        }
    }

    fn click(&mut self, cx: &Context<'_>, (x, y): (u16, u16), double: bool) -> Vec<Effect> {
        let body = Rect::new(0, 0, cx.size.0, cx.size.1.saturating_sub(3));
        let height = body.height.saturating_sub(ABOVE_LIST + BELOW_LIST + 1);
        let Some(row) = y.checked_sub(ABOVE_LIST).filter(|row| *row < height && x < list_width(body)) else {
            return Vec::new();
        };
        let shown = window(self.selected, self.hits.len(), height);
        let at = shown.start + usize::from(row);
        if !shown.contains(&at) {
            return Vec::new();
        }
        self.selected = at;
        if double { self.accept(cx) } else { Vec::new() }
    }

    fn view_list(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let (field, rest) = split_top(area, 1);
        self.query.view(cx, frame, field, true);
        let (_, rest) = split_top(rest, 1);
        let (list, foot) = split_top(rest, rest.height.saturating_sub(BELOW_LIST));
        if self.hits.is_empty() {
            frame.render_widget(Line::styled("No records of the catalog fit.", cx.theme.muted), list);
        }
        let room = usize::from(list.width).saturating_sub(2);
        let label_room = if room > 3 * COUNT { room - COUNT } else { room };
        for (row, at) in window(self.selected, self.hits.len(), list.height).enumerate() {
            let Some((hit, (provider, load))) = self.hits.get(at).and_then(|hit| Some((hit, looked_up(cx, hit)?)))
            else {
                continue;
            };
            let chosen = at == self.selected;
            let style = if chosen { cx.theme.selected } else { Style::new() };
            let mut line = Line::from(Span::styled(marker(chosen), style));
            line.extend(marked(cx.theme, &cell(&label(provider, load), label_room), &hit.positions, style).spans);
            let count = u64::try_from(candidates(cx, &provider.id).len()).unwrap_or(u64::MAX);
            let count = if count == 0 { "no credential".to_owned() } else { results::several(count, "credential") };
            let muted = style.patch(if chosen { style } else { cx.theme.muted });
            line.push_span(Span::styled(cell(&format!(" {count}"), room - label_room), muted));
            let y = list.y + u16::try_from(row).unwrap_or_default();
            frame.render_widget(line, Rect { y, height: 1, ..list });
        }
        let text = "Not listed? A catalog file of your own can say what its provider loads ([[load]]); every \
                    key is in assets/catalog/README.md.";
        paragraph(frame, split_top(foot, 1).1, text, cx.theme.muted);
    }
}

impl View for Add {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Add integration".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn step(&self) -> Option<&'static str> {
        Some("step 1 of 2")
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let none = action == Action::Accept && self.hits.get(self.selected).is_none();
        none.then_some("Nothing is selected. esc clears the search.")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(action) => self.act(cx, action),
            Input::Text(c) => {
                self.query.insert(c);
                self.research(cx)
            }
            Input::Edit(Edit::Right) if self.query.at_end() => self.accept(cx),
            Input::Edit(
                edit @ (Edit::Left | Edit::Home | Edit::End | Edit::WordLeft | Edit::WordRight | Edit::Right),
            ) => {
                self.query.edit(edit);
                Vec::new()
            }
            Input::Edit(edit) => {
                self.query.edit(edit);
                self.research(cx)
            }
            Input::Paste(text) => {
                self.query.paste(&text);
                self.research(cx)
            }
            Input::Scroll(rows) => {
                let last = self.hits.len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
                Vec::new()
            }
            Input::Click { x, y, double } => self.click(cx, (x, y), double),
            Input::Flow(..) => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let width = list_width(area);
        let wide = width < area.width;
        let count = Line::from(format!(" {} ", self.hits.len()));
        let inside = pane(cx.theme, frame, Rect { width, ..area }, "Search what can be loaded", count);
        self.view_list(cx, frame, inside);
        let chosen = self.hits.get(self.selected).and_then(|hit| looked_up(cx, hit));
        if let Some((provider, load)) = chosen.filter(|_| wide) {
            let inside = pane(cx.theme, frame, indent(area, width), &load.label, Line::default());
            fields::rows(cx.theme, frame, inside, 14, &described(cx, provider, load));
        }
    }
}

/// Columns of the list with its frame; the rest describes the selected records.
fn list_width(body: Rect) -> u16 {
    if body.width >= WITH_DETAILS { share(body.width, 3, 5) } else { body.width }
}

fn looked_up<'a>(cx: &Context<'a>, hit: &Found) -> Option<(&'a Provider, &'a Load)> {
    let provider = cx.catalog.by_id(&hit.provider)?;
    Some((provider, provider.load(&hit.load)?))
}

/// "Acme > Assets (Service Desk)".
fn label(provider: &Provider, load: &Load) -> String {
    match provider.product_of(load) {
        Some(product) => format!("{} > {} ({})", provider.name, load.label, product.name),
        None => format!("{} > {}", provider.name, load.label),
    }
}

/// What says the letters, best first; then what the provider is also called.
fn search(cx: &Context<'_>, query: &str) -> Vec<Found> {
    let query = query.trim().to_lowercase();
    let row = |provider: &Provider, load: &Load, positions| Found {
        provider: provider.id.clone(),
        load: load.id.clone(),
        positions,
    };
    let mut fuzzy = Fuzzy::new(&query);
    let mut said: Vec<(bool, u32, Found)> = Vec::new();
    for provider in cx.catalog.iter() {
        for load in &provider.loads {
            let text = label(provider, load);
            if let Some((score, positions)) = fuzzy.find_in(&text) {
                let whole = query.split_whitespace().all(|word| text.to_lowercase().contains(word));
                said.push((whole, score, row(provider, load, positions)));
            }
        }
    }
    // Letters strewn over a long text are noise beside whole words.
    if said.iter().any(|(whole, ..)| *whole) {
        said.retain(|(whole, ..)| *whole);
    }
    if !query.is_empty() {
        said.sort_by_key(|(_, score, _)| Reverse(*score));
    }
    let mut hits: Vec<Found> = said.into_iter().map(|(_, _, found)| found).collect();
    for hit in cx.catalog.search(&query) {
        for load in &hit.provider.loads {
            if !hits.iter().any(|known| known.provider == hit.provider.id && known.load == load.id) {
                hits.push(row(hit.provider, load, Vec::new()));
            }
        }
    }
    hits
}

/// What it takes, for the pane beside.
fn described(cx: &Context<'_>, provider: &Provider, load: &Load) -> Vec<Row> {
    let heading = |text: &str| Row::new("", text).style(cx.theme.heading);
    let mut rows = vec![Row::new("Provider", provider.name.clone())];
    rows.extend(provider.product_of(load).map(|product| Row::new("Product", product.name.clone())));
    rows.extend(load.scope.as_ref().map(|scope| Row::new("Scope", scope.clone())));
    rows.push(Row::new("Asked at", load.url.clone()).style(cx.theme.accent));
    rows.push(Row::new("Pages", load.paging.in_words()));
    rows.push(Row::new("Told apart by", load.key.clone()));
    let facts = if provider.verification == Verification::Unverified { "unverified" } else { "two sources agree" };
    rows.push(Row::new("Facts", facts));
    for (title, named) in [("Needs", &load.parameters), ("May be narrowed by", &load.filters)] {
        if !named.is_empty() {
            rows.extend([Row::blank(), heading(title)]);
            rows.extend(named.iter().map(|(_, label)| Row::new("", format!("  {label}"))));
        }
    }
    rows.extend([Row::blank(), heading("Credentials")]);
    let list = candidates(cx, &provider.id);
    if list.is_empty() {
        rows.push(Row::new("", "  None yet: the form creates one.").style(cx.theme.muted));
    }
    for credential in list {
        let (status, style) = words::status(cx, credential);
        rows.push(Row::new("", format!("  {}", credential.name)));
        rows.push(Row::new("", format!("    {status}")).style(style));
    }
    rows
}
