//! Add integration: searches the record types of the catalog, shows what each one needs, and selects one.

use std::cmp::Reverse;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{candidates, labels, results};
use crate::catalog::{Provider, RecordType};
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{self, Row};
use crate::tui::widgets::fuzzy::Fuzzy;
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{pane_beside, paragraph};
use crate::tui::widgets::searched_list::{ListRow, Searched, SearchedList};

/// Width of a count such as "12 credentials".
const COUNT: usize = 15;

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "or > select",
        "Select the record type (or press → at the end of the search)",
    )
    .over_text(),
    motion_keys::ARROW_UP,
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "choose", "Next row"),
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Clear the search, then back"),
];

/// One row: a record type, and the characters of its text that match the search.
#[derive(Clone, Debug)]
struct Found {
    provider: String,
    load: String,
    positions: Vec<usize>,
}

impl Found {
    fn looked_up<'a>(&self, cx: &Context<'a>) -> Option<(&'a Provider, &'a RecordType)> {
        let provider = cx.catalog.by_id(&self.provider)?;
        Some((provider, provider.load(&self.load)?))
    }
}

impl Searched for Found {
    const TITLE: &'static str = "Search what can be loaded";
    const NONE: &'static str = "No record types found.";
    const FOOT: u16 = 3;

    /// The record types whose text matches, best first, then those of providers with a matching alias.
    fn search(cx: &Context<'_>, query: &str) -> Vec<Self> {
        let query = query.trim().to_lowercase();
        let row = |provider: &Provider, load: &RecordType, positions| Self {
            provider: provider.id.clone(),
            load: load.id.clone(),
            positions,
        };
        let mut fuzzy = Fuzzy::new(&query);
        let mut said: Vec<(bool, u32, Self)> = Vec::new();
        for provider in cx.catalog.iter() {
            for load in &provider.loads {
                let text = label(provider, load);
                if let Some((score, positions)) = fuzzy.find_in(&text) {
                    let whole = query.split_whitespace().all(|word| text.to_lowercase().contains(word));
                    said.push((whole, score, row(provider, load, positions)));
                }
            }
        }
        // If some texts contain the whole words, fuzzy matches of scattered letters in long texts are only noise.
        if said.iter().any(|(whole, ..)| *whole) {
            said.retain(|(whole, ..)| *whole);
        }
        if !query.is_empty() {
            said.sort_by_key(|(_, score, _)| Reverse(*score));
        }
        let mut hits: Vec<Self> = said.into_iter().map(|(_, _, found)| found).collect();
        for hit in cx.catalog.search(&query) {
            for load in &hit.provider.loads {
                if !hits.iter().any(|known| known.provider == hit.provider.id && known.load == load.id) {
                    hits.push(row(hit.provider, load, Vec::new()));
                }
            }
        }
        hits
    }

    fn written(&self, cx: &Context<'_>) -> Option<ListRow<'_>> {
        let (provider, load) = self.looked_up(cx)?;
        let beside = match candidates(cx, &provider.id).len() {
            0 => "no credential".to_owned(),
            count => results::several(u64::try_from(count).unwrap_or(u64::MAX), "credential"),
        };
        Some(ListRow { text: label(provider, load), matched: &self.positions, beside })
    }

    fn text_columns(row: usize) -> usize {
        if row > 3 * COUNT { row - COUNT } else { row }
    }
}

#[derive(Debug)]
pub(crate) struct Add {
    list: SearchedList<Found>,
}

impl Add {
    /// Lists all record types, sorted by the name of the provider.
    #[must_use]
    pub(crate) fn new(cx: &Context<'_>) -> Self {
        Self { list: SearchedList::new(cx) }
    }

    fn act(&self, action: Action) -> Vec<Effect> {
        match (action, self.list.selected()) {
            (Action::Accept, Some(hit)) => {
                let route = Route::NewIntegration { provider: hit.provider.clone(), load: hit.load.clone() };
                vec![Effect::Open(route)]
            }
            (Action::Back, _) => vec![Effect::Back],
            _ => Vec::new(),
        }
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
        let none = action == Action::Accept && self.list.selected().is_none();
        none.then_some("Nothing is selected. Press esc to clear the search.")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let Some(action) = self.list.update(cx, input) else { return Vec::new() };
        // The refusal is shown no matter whether a key, → or a click selected the row.
        match self.refusal(cx, action) {
            Some(why) => vec![Effect::Notice(Notice::Refused(why.to_owned()))],
            None => self.act(action),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let left = self.list.view(cx, frame, area);
        let text = "Not listed? Your own catalog file can define a provider's record types ([[load]]); to read \
            how: credenza help catalog-files";
        paragraph(frame, left.below, text, cx.theme.muted);
        let chosen = self.list.selected().and_then(|hit| hit.looked_up(cx));
        if let (Some((provider, load)), Some(beside)) = (chosen, left.beside) {
            let inside = pane_beside(cx.theme, frame, beside, &load.label, Line::default());
            fields::rows(cx.theme, frame, inside, 14, &described(cx, provider, load));
        }
    }
}

/// "Acme > Assets (Service Desk)".
fn label(provider: &Provider, load: &RecordType) -> String {
    match provider.product_of(load) {
        Some(product) => format!("{} > {} ({})", provider.name, load.label, product.name),
        None => format!("{} > {}", provider.name, load.label),
    }
}

/// What a record type needs, for the pane at the right.
fn described(cx: &Context<'_>, provider: &Provider, load: &RecordType) -> Vec<Row> {
    let heading = |text: &str| Row::new("", text).style(cx.theme.heading);
    let mut rows = vec![Row::new("Provider", provider.name.clone())];
    rows.extend(provider.product_of(load).map(|product| Row::new("Product", product.name.clone())));
    rows.extend(load.scope.as_ref().map(|scope| Row::new("Scope", scope.clone())));
    rows.push(Row::new("Host", load.url.clone()).style(cx.theme.accent));
    rows.push(Row::new("Pages", load.paging.in_words()));
    rows.push(Row::new("Unique key", load.key.clone()));
    rows.push(Row::new("Facts", provider.verification_summary()));
    for (title, named) in [("Needs", &load.parameters), ("Optional filters", &load.filters)] {
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
        let (status, style) = labels::status(cx, credential);
        rows.push(Row::new("", format!("  {}", credential.name)));
        rows.push(Row::new("", format!("    {status}")).style(style));
    }
    rows
}
