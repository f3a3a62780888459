//! Configuration > Catalog: searches all entries.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::entry;
use crate::catalog::{FactGroup, Provider};
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::catalog_list::{CatalogRow, Described};
use crate::tui::widgets::fields;
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cut, more_below, pane_beside};
use crate::tui::widgets::searched_list::SearchedList;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "details", "Show all facts of the selected entry"),
    Key::new(&[Press::char('+')], Action::AddCredential, "add credential", "Add a credential with the selected entry")
        .over_text(),
    Key::new(&[Press::ctrl('o')], Action::OwnFiles, "your files", "Show your own catalog files and their errors"),
    motion_keys::ARROW_UP,
    Key::new(&[Press::plain(KeyCode::Down)], Action::Down, "", "Next row"),
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Clear the search, then back"),
];

/// Rows that show how each entry was verified, and on which day its sources were read.
#[derive(Debug)]
struct WithAge;

impl Described for WithAge {
    const TITLE: &'static str = "Catalog";
    const NONE: &'static str = "No matching entry.";

    fn evidence(provider: &Provider) -> Vec<String> {
        let read = provider.read_on(FactGroup::Endpoints).map(|day| day.to_string());
        [Some(provider.verification.label().to_owned()), read].into_iter().flatten().collect()
    }

    fn group(_provider: &Provider) -> Option<&str> {
        None
    }
}

#[derive(Debug)]
pub(crate) struct Browse {
    list: SearchedList<CatalogRow<WithAge>>,
}

impl Browse {
    /// Lists all entries by name.
    #[must_use]
    pub(crate) fn new(cx: &Context<'_>) -> Self {
        Self { list: SearchedList::new(cx) }
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Provider> {
        self.list.selected().and_then(|hit| cx.catalog.by_id(&hit.id))
    }
}

impl View for Browse {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Catalog".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let needs_one = matches!(action, Action::Accept | Action::AddCredential);
        (needs_one && self.current(cx).is_none()).then_some("Nothing is selected: no entry matches.")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let Some(action) = self.list.update(cx, input) else { return Vec::new() };
        // The refusal is shown no matter whether a key, → or a click selected the row.
        if let Some(why) = self.refusal(cx, action) {
            return vec![Effect::Notice(Notice::Refused(why.to_owned()))];
        }
        let id = self.current(cx).map(|provider| provider.id.clone()).unwrap_or_default();
        vec![match action {
            Action::Accept => Effect::Open(Route::CatalogEntry { provider: id }),
            Action::AddCredential => Effect::Open(Route::NewCredential { provider: id }),
            Action::OwnFiles => Effect::Open(Route::CatalogFiles),
            Action::Back => Effect::Back,
            _ => return Vec::new(),
        }]
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let left = self.list.view(cx, frame, area);
        let text = cut("A file of your own adds an entry, or replaces one: ctrl-o", usize::from(left.below.width));
        frame.render_widget(Line::styled(text, cx.theme.muted), left.below);
        if let (Some(provider), Some(beside)) = (self.current(cx), left.beside) {
            let text = entry::summary(cx, provider);
            let inside = pane_beside(cx.theme, frame, beside, &provider.name, Line::default());
            fields::rows(cx.theme, frame, inside, entry::SHORT_LABEL, &text);
            if fields::height(inside, entry::SHORT_LABEL, &text) > inside.height {
                more_below(cx.theme, frame, beside);
            }
        }
    }
}
