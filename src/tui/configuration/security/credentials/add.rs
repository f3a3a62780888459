//! Add credential, step 1: search the catalog, see what it takes, select.

use std::collections::BTreeMap;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::catalog::{Hit, Provider, Source, Variable, Verification};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{self, Row};
use crate::tui::widgets::moves;
use crate::tui::widgets::pane::{cut, pane};
use crate::tui::widgets::searched_list::{Searched, SearchedList, Written};

/// Columns of a step's number.
pub(super) const STEP: u16 = 3;

/// An alias of every entry of the catalog that leaves all to the person.
const ADVANCED: &str = "ADVANCED MODE";

const NOT_LISTED: &str = "Not listed?  ctrl-n  ADVANCED MODE: describe the integration yourself";

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "or > select",
        "Select the integration (or press → at the end of the search)",
    )
    .over_text(),
    moves::ARROW_UP,
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "choose", "Next row"),
    moves::PAGE_UP,
    moves::PAGE_DOWN,
    Key::new(&[Press::ctrl('y')], Action::CopyRedirectUri, "copy redirect URI", "Copy the redirect URI to register"),
    Key::new(
        &[Press::ctrl('n')],
        Action::CustomProvider,
        "advanced mode",
        "ADVANCED MODE: describe an integration that is not listed",
    ),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Clear the search, then back"),
];

/// One row: the provider's id, and which characters of its name matched.
#[derive(Clone, Debug)]
struct Found {
    id: String,
    positions: Vec<usize>,
    alias: Option<String>,
}

impl Searched for Found {
    const TITLE: &'static str = "Search the catalog";
    const NONE: &'static str = "No integration found.";
    const FOOT: u16 = 2;

    fn search(cx: &Context<'_>, query: &str) -> Vec<Self> {
        let row = |hit: Hit<'_>| Self {
            id: hit.provider.id.clone(),
            positions: hit.positions,
            alias: hit.alias.map(str::to_owned),
        };
        cx.catalog.search(query).into_iter().map(row).collect()
    }

    fn written(&self, cx: &Context<'_>) -> Option<Written<'_>> {
        let provider = cx.catalog.by_id(&self.id)?;
        let beside = about(provider, self.alias.as_deref());
        Some(Written { text: provider.name.clone(), matched: &self.positions, beside })
    }

    fn text_columns(row: usize) -> usize {
        row / 2 + 6
    }
}

/// The screen.
#[derive(Debug)]
pub struct Add {
    list: SearchedList<Found>,
}

impl Add {
    /// With all providers by name.
    #[must_use]
    pub fn new(cx: &Context<'_>) -> Self {
        Self { list: SearchedList::new(cx) }
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Provider> {
        self.list.selected().and_then(|hit| cx.catalog.by_id(&hit.id))
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        match (action, self.current(cx)) {
            (Action::Accept, Some(provider)) => {
                vec![Effect::Open(Route::NewCredential { provider: provider.id.clone() })]
            }
            (Action::CopyRedirectUri, Some(provider)) => {
                let text = provider.redirect_uri(cx.workspace.settings.redirect_port);
                vec![Effect::Copy(Copyable::Plain { what: "the redirect URI", text })]
            }
            (Action::CustomProvider, _) => {
                self.list.search(cx, ADVANCED);
                Vec::new()
            }
            (Action::Back, _) => vec![Effect::Back],
            _ => Vec::new(),
        }
    }
}

impl View for Add {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Add credential".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn step(&self) -> Option<&'static str> {
        Some("step 1 of 3")
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match (action, self.current(cx)) {
            (Action::Accept | Action::CopyRedirectUri, None) => {
                Some("Nothing is selected. Press ctrl-n to describe another.")
            }
            (Action::CopyRedirectUri, Some(provider)) if provider.redirect_uri(0).is_empty() => {
                Some("It signs in without a redirect URI.")
            }
            _ => None,
        }
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let Some(action) = self.list.update(cx, input) else { return Vec::new() };
        // A refusal is said whether a key, → or a click selects.
        match self.refusal(cx, action) {
            Some(why) => vec![Effect::Notice(Notice::Refused(why.to_owned()))],
            None => self.act(cx, action),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let left = self.list.view(cx, frame, area);
        let text = cut(NOT_LISTED, usize::from(left.below.width));
        frame.render_widget(Line::styled(text, cx.theme.muted), left.below);
        if let (Some(provider), Some(beside)) = (self.current(cx), left.beside) {
            let inside = pane(cx.theme, frame, beside, &provider.name, Line::default());
            fields::rows(cx.theme, frame, inside, STEP, &described(cx, provider, &start_values(provider)));
        }
    }
}

/// Grant, and what is special about the entry.
fn about(provider: &Provider, alias: Option<&str>) -> String {
    let mut words = vec![provider.grant_label.split(" (").next().unwrap_or_default().to_owned()];
    if provider.source != Source::BuiltIn {
        words.push("custom".to_owned());
    }
    if provider.verification == Verification::OneSource {
        words.push("one source".to_owned());
    }
    match alias {
        Some(alias) => words.push(format!("also {alias}")),
        None if provider.group != provider.name => words.push(provider.group.clone()),
        None => {}
    }
    words.join(", ")
}

/// What the fields of a new form hold: a data center is asked for.
fn start_values(provider: &Provider) -> BTreeMap<String, String> {
    let start = |variable: &Variable| Some((variable.name.clone(), variable.default.clone()?));
    provider.variables.iter().filter(|variable| !provider.is_data_center(variable)).filter_map(start).collect()
}

/// What it is, how sure the catalog is of it, and what ends.
fn facts(cx: &Context<'_>, provider: &Provider) -> Vec<Row> {
    let mut rows = vec![Row::new("", format!("{}, {}", provider.group, provider.grant_label))];
    rows.push(Row::new("", format!("Facts: {}", provider.sureness())).style(cx.theme.muted));
    rows.extend(
        provider
            .end_dates
            .iter()
            .filter(|end| end.token_url.is_none())
            .map(|end| Row::new("", format!("{}: {} {}", end.on, end.note, end.action)).style(cx.theme.warn)),
    );
    rows
}

/// What it takes, for the pane beside; the labels are [`STEP`] wide.
pub(super) fn described(cx: &Context<'_>, provider: &Provider, variables: &BTreeMap<String, String>) -> Vec<Row> {
    let heading = |text: &str| Row::new("", text).style(cx.theme.heading);
    let mut rows = facts(cx, provider);
    rows.push(Row::blank());
    rows.push(heading("You will need"));
    let typed_in = provider.grant.is_typed_in();
    if typed_in {
        rows.push(Row::new("", format!("  {}", provider.secret_label())));
    } else {
        rows.push(Row::new("", "  Client ID"));
    }
    if provider.needs_client_secret {
        rows.push(Row::new("", "  Client Secret"));
    }
    rows.extend(provider.variables.iter().map(|variable| Row::new("", format!("  {}", variable.label))));
    rows.extend([Row::blank(), heading("Where to get them")]);
    let open = |variable: &&Variable| provider.is_data_center(variable) && !variables.contains_key(&variable.name);
    let in_address = |variable: &&Variable| {
        let sets = variable.choices.iter().flat_map(|choice| &choice.sets).map(|(name, _)| name);
        let mut names = sets.chain([&variable.name]);
        provider.console.url.as_ref().is_some_and(|url| names.any(|name| url.contains(&format!("{{{name}}}"))))
    };
    // The address of another data center would mislead.
    if let Some(variable) = provider.variables.iter().filter(open).find(in_address) {
        rows.push(Row::new("", format!("its address depends on {}", variable.label)).style(cx.theme.muted));
    } else {
        // Without a value for each of its variables there is no address to show yet.
        let console = provider.console_url(variables, cx.catalog.origin()).ok().flatten();
        rows.extend(console.map(|url| Row::new("", url.as_str()).style(cx.theme.accent)));
    }
    let steps = provider.console.steps.iter().enumerate();
    rows.extend(steps.map(|(at, step)| Row::new(&(at + 1).to_string(), step)));
    let uri = provider.redirect_uri(cx.workspace.settings.redirect_port);
    if !uri.is_empty() {
        rows.extend([Row::blank(), heading("Redirect URI to register (ctrl-y copies it)"), Row::new("", uri)]);
        rows.push(Row::new("", format!("  {}", provider.redirect_sureness())).style(cx.theme.muted));
    }
    if typed_in {
        rows.extend([Row::blank(), heading("How it is sent")]);
        let dots = if cx.theme.ascii { "****" } else { "••••" };
        rows.extend(provider.sends(dots, variables).into_iter().map(|line| Row::new("", format!("  {line}"))));
        rows.extend([Row::blank(), heading("How it is tested")]);
        let mut calls = provider.trials();
        let call = calls.next().map(|trial| format!("  {} {}", trial.call.method, trial.call.url));
        rows.push(Row::new(
            "",
            call.unwrap_or_else(|| "  The catalog has no test call, so it is not tested.".to_owned()),
        ));
        return rows;
    }
    rows.push(Row::blank());
    rows.push(heading(&format!("Scopes requested ({})", provider.scopes.len())));
    rows.extend(provider.scopes.iter().map(|scope| Row::new("", format!("  {scope}"))));
    rows
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn typing_finds_and_the_arrow_selects() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let mut add = Add::new(&cx);
        "manageengine".chars().for_each(|c| drop(add.update(&cx, Input::Text(c))));
        let effects = add.update(&cx, Input::Do(Action::Accept));
        let [Effect::Open(Route::NewCredential { provider })] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(provider.starts_with("manageengine"), "{provider}");
        let frame = fixture.draw(&add, 120, 38);
        assert!(frame.contains("Client Secret") && frame.contains("http://localhost:"), "{frame}");
        assert!(add.update(&cx, Input::Do(Action::Back)).is_empty());
        assert!(matches!(add.update(&cx, Input::Do(Action::Back)).as_slice(), [Effect::Back]));
        fixture.draw_every_size(&add);
    }
}
