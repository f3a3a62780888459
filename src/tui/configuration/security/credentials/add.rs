//! Add credential, step 1: search the catalog, see what it takes, select.

use std::collections::BTreeMap;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::catalog::{Provider, Source, Variable, Verification};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice};
use crate::tui::input::{Edit, Input};
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{self, Row};
use crate::tui::widgets::list::{marked, marker, moved, window};
use crate::tui::widgets::pane::{cell, cut, indent, pane, share, split_top};
use crate::tui::widgets::text_field::TextField;

/// From this width on the selected provider is described beside the list.
const WITH_DETAILS: u16 = 100;

/// Columns of a step's number.
pub(super) const STEP: u16 = 3;

/// Rows of the screen above the list: header, frame, field, blank.
const ABOVE_LIST: u16 = 3;

/// An alias of every entry of the catalog that leaves all to the person.
const ADVANCED: &str = "ADVANCED MODE";

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "or > select",
        "Select the integration; → at the end of the search does so too",
    )
    .over_text(),
    Key::new(&[Press::plain(KeyCode::Up)], Action::Up, "", "The row above"),
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "choose", "The row below"),
    Key::new(&[Press::plain(KeyCode::PageUp)], Action::PageUp, "", "A page up"),
    Key::new(&[Press::plain(KeyCode::PageDown)], Action::PageDown, "", "A page down"),
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

/// The screen.
#[derive(Debug)]
pub struct Add {
    query: TextField,
    hits: Vec<Found>,
    selected: usize,
}

impl Add {
    /// With all providers by name.
    #[must_use]
    pub fn new(cx: &Context<'_>) -> Self {
        Self { query: TextField::new(""), hits: search(cx, ""), selected: 0 }
    }

    fn research(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.hits = search(cx, self.query.text());
        self.selected = 0;
        Vec::new()
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Provider> {
        self.hits.get(self.selected).and_then(|hit| cx.catalog.by_id(&hit.id))
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        if let Some(selected) = moved(self.selected, self.hits.len(), cx.size.1.saturating_sub(8), action) {
            self.selected = selected;
            return Vec::new();
        }
        match (action, self.current(cx)) {
            (Action::Accept, Some(provider)) => {
                vec![Effect::Open(Route::NewCredential { provider: provider.id.clone() })]
            }
            (Action::CopyRedirectUri, Some(provider)) => {
                let text = provider.redirect_uri(cx.workspace.settings.redirect_port);
                vec![Effect::Copy(Copyable::Plain { what: "the redirect URI", text })]
            }
            (Action::CustomProvider, _) => {
                self.query = TextField::new(ADVANCED);
                self.research(cx)
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
        let list = Rect { height: body.height.saturating_sub(ABOVE_LIST + 3), width: list_width(body), ..body };
        let Some(row) = y.checked_sub(ABOVE_LIST).filter(|row| *row < list.height && x < list.width) else {
            return Vec::new();
        };
        let shown = window(self.selected, self.hits.len(), list.height);
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
        let (list, foot) = split_top(rest, rest.height.saturating_sub(2));
        if self.hits.is_empty() {
            frame.render_widget(Line::styled("Nothing in the catalog fits.", cx.theme.muted), list);
        }
        let room = usize::from(list.width).saturating_sub(2);
        let name_room = room.min(room / 2 + 6);
        for (row, at) in window(self.selected, self.hits.len(), list.height).enumerate() {
            let Some((hit, provider)) = self.hits.get(at).and_then(|hit| Some((hit, cx.catalog.by_id(&hit.id)?)))
            else {
                continue;
            };
            let chosen = at == self.selected;
            let style = if chosen { cx.theme.selected } else { Style::new() };
            let mut line = Line::from(Span::styled(marker(chosen), style));
            line.extend(marked(cx.theme, &cell(&provider.name, name_room), &hit.positions, style).spans);
            let about = about(provider, hit.alias.as_deref());
            let blank = room - name_room;
            line.push_span(Span::styled(
                cell(&format!(" {about}"), blank),
                style.patch(if chosen { style } else { cx.theme.muted }),
            ));
            let y = list.y + u16::try_from(row).unwrap_or_default();
            frame.render_widget(line, Rect { y, height: 1, ..list });
        }
        let text = "Not listed?  ctrl-n  ADVANCED MODE: describe the integration yourself";
        frame.render_widget(Line::styled(cut(text, usize::from(foot.width)), cx.theme.muted), split_top(foot, 1).1);
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
            (Action::Accept | Action::CopyRedirectUri, None) => Some("Nothing is selected. ctrl-n describes another."),
            (Action::CopyRedirectUri, Some(provider)) if provider.redirect_uri(0).is_empty() => {
                Some("It signs in without a redirect URI.")
            }
            _ => None,
        }
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
        let inside = pane(cx.theme, frame, Rect { width, ..area }, "Search the catalog", count);
        self.view_list(cx, frame, inside);
        if let Some(provider) = self.current(cx).filter(|_| wide) {
            let inside = pane(cx.theme, frame, indent(area, width), &provider.name, Line::default());
            fields::rows(cx.theme, frame, inside, STEP, &described(cx, provider, &start_values(provider)));
        }
    }
}

/// Columns of the list with its frame; the rest describes the selected provider.
fn list_width(body: Rect) -> u16 {
    if body.width >= WITH_DETAILS { share(body.width, 3, 5) } else { body.width }
}

fn search(cx: &Context<'_>, query: &str) -> Vec<Found> {
    let row = |hit: crate::catalog::Hit<'_>| Found {
        id: hit.provider.id.clone(),
        positions: hit.positions,
        alias: hit.alias.map(str::to_owned),
    };
    cx.catalog.search(query).into_iter().map(row).collect()
}

/// Grant, and what is special about the entry.
fn about(provider: &Provider, alias: Option<&str>) -> String {
    let mut words = vec![provider.grant_label.split(" (").next().unwrap_or_default().to_owned()];
    if provider.source != Source::BuiltIn {
        words.push("custom".to_owned());
    }
    if provider.verification == Verification::Unverified {
        words.push("unverified".to_owned());
    }
    match alias {
        Some(alias) => words.push(format!("also {alias}")),
        None if provider.group != provider.name => words.push(provider.group.clone()),
        None => {}
    }
    words.join(", ")
}

/// What the fields of a new form hold.
fn start_values(provider: &Provider) -> BTreeMap<String, String> {
    let start = |variable: &Variable| Some((variable.name.clone(), variable.default.clone()?));
    provider.variables.iter().filter_map(start).collect()
}

/// What it takes, for the pane beside; the labels are [`STEP`] wide.
pub(super) fn described(cx: &Context<'_>, provider: &Provider, variables: &BTreeMap<String, String>) -> Vec<Row> {
    let heading = |text: &str| Row::new("", text).style(cx.theme.heading);
    let mut rows = vec![Row::new("", format!("{}, {}", provider.group, provider.grant_label)), Row::blank()];
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
    // Without a value for each of its variables there is no address to show yet.
    let console = provider.console_url(variables, cx.catalog.origin()).ok().flatten();
    rows.extend(console.map(|url| Row::new("", url.as_str()).style(cx.theme.accent)));
    let steps = provider.console.steps.iter().enumerate();
    rows.extend(steps.map(|(at, step)| Row::new(&(at + 1).to_string(), step)));
    let uri = provider.redirect_uri(cx.workspace.settings.redirect_port);
    if !uri.is_empty() {
        rows.extend([Row::blank(), heading("Redirect URI to register (ctrl-y copies it)"), Row::new("", uri)]);
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
            call.unwrap_or_else(|| "  The catalog knows no test call: it is not tested.".to_owned()),
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
