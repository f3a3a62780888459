//! Add credential, step 1: searches the catalog, shows what a provider needs, and selects a provider.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::setup_help::{self, SetupHelp};
use crate::catalog::{Provider, Verification};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::catalog_list::{CatalogRow, Described};
use crate::tui::widgets::fields;
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cut, more_below, pane_beside};
use crate::tui::widgets::searched_list::SearchedList;

/// An alias of all catalog entries in which the user fills in everything.
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
    motion_keys::ARROW_UP,
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "choose", "Next row"),
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
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

/// Rows with a warning if the facts about a provider come from only one source.
#[derive(Debug)]
struct ToChoose;

impl Described for ToChoose {
    const TITLE: &'static str = "Search the catalog";
    const NONE: &'static str = "No integration found.";

    fn evidence(provider: &Provider) -> Vec<String> {
        let has_one = provider.verification == Verification::OneSource;
        has_one.then(|| "one source".to_owned()).into_iter().collect()
    }

    fn group(provider: &Provider) -> Option<&str> {
        Some(provider.group.as_str()).filter(|group| *group != provider.name)
    }
}

#[derive(Debug)]
pub(crate) struct Add {
    list: SearchedList<CatalogRow<ToChoose>>,
    /// The setup help, while it is open over the list.
    help: Option<SetupHelp>,
}

impl Add {
    /// Lists all providers, sorted by name.
    #[must_use]
    pub(crate) fn new(cx: &Context<'_>) -> Self {
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
        // The refusal is shown no matter whether a key, → or a click selected the row.
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
            let inside = pane_beside(cx.theme, frame, beside, &provider.name, Line::default());
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
