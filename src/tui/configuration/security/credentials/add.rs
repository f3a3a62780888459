//! Add credential, step 1: search the catalog, see what it takes, select.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::setup_help::{self, SetupHelp};
use crate::catalog::{Hit, Provider, Source, Verification};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields;
use crate::tui::widgets::moves;
use crate::tui::widgets::pane::{cut, more_below, pane};
use crate::tui::widgets::searched_list::{Searched, SearchedList, Written};

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
    setup_help::OPEN,
    Key::new(
        &[Press::ctrl('n')],
        Action::CustomProvider,
        "advanced mode",
        "ADVANCED MODE: describe an integration that is not listed",
    ),
    Key::new(&[Press::ctrl('y')], Action::CopyRedirectUri, "copy URI", "Copy the redirect URI to register"),
    setup_help::CONSOLE,
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
    /// What to do at the provider, over the list.
    help: Option<SetupHelp>,
}

impl Add {
    /// With all providers by name.
    #[must_use]
    pub fn new(cx: &Context<'_>) -> Self {
        Self { list: SearchedList::new(cx), help: None }
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
            (Action::OpenConsole, Some(provider)) => {
                setup_help::console(cx, provider, &setup_help::start_values(provider))
            }
            (Action::Panel, Some(provider)) => {
                self.help = Some(SetupHelp::new(provider, setup_help::start_values(provider)));
                Vec::new()
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
        if self.help.is_some() { setup_help::KEYS } else { KEYS }
    }

    fn captures_text(&self) -> bool {
        self.help.is_none()
    }

    fn step(&self) -> Option<&'static str> {
        Some("step 1 of 3")
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match (action, self.current(cx)) {
            (Action::Accept | Action::CopyRedirectUri | Action::Panel | Action::OpenConsole, None) => {
                Some("Nothing is selected. Press ctrl-n to describe another.")
            }
            (Action::CopyRedirectUri, Some(provider)) if provider.redirect_uri(0).is_empty() => {
                Some("It signs in without a redirect URI.")
            }
            _ => None,
        }
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if let Some(help) = &mut self.help {
            let (stays, effects) = help.update(cx, &input);
            self.help.take_if(|_| !stays);
            return effects;
        }
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
            let text = setup_help::described(cx, provider, &setup_help::start_values(provider));
            fields::rows(cx.theme, frame, inside, setup_help::STEP, &text);
            if fields::height(inside, setup_help::STEP, &text) > inside.height {
                more_below(cx.theme, frame, beside);
            }
        }
        if let Some(help) = &self.help {
            help.view(cx, frame, area);
        }
    }
}

/// Grant, and what is special about the entry.
fn about(provider: &Provider, alias: Option<&str>) -> String {
    let mut words = vec![provider.grant_label.split(" (").next().unwrap_or_default().to_owned()];
    if matches!(provider.source, Source::User(_)) {
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
