//! One entry of the catalog: how well it is verified and what will be discontinued, then all its facts.

use crossterm::event::KeyCode;
use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::catalog::{FactGroup, Provider};
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, scrolled};
use crate::tui::widgets::list::moved;
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::pane;

const KEYS: &[Key] = &[
    Key::new(
        &[Press::char('+'), Press::char('a')],
        Action::AddCredential,
        "add credential",
        "Add a credential with this entry",
    ),
    Key::new(&[Press::char('y')], Action::CopyRedirectUri, "copy redirect URI", "Copy the redirect URI to register"),
    motion_keys::SCROLL_UP,
    motion_keys::SCROLL_DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the catalog"),
];

/// Width of the labels in the list of all facts.
const LABEL: u16 = 28;

/// Width of the labels in the summary.
pub(super) const SHORT_LABEL: u16 = 14;

/// Longest value that is shown; the values in a user's own file may be of any length.
const MAX: usize = 600;

#[derive(Debug)]
pub(crate) struct Entry {
    provider: String,
    top: usize,
}

impl Entry {
    /// Shows the entry with this catalog id.
    /// # Errors
    /// `Kind::NotFound` if the catalog has no such entry.
    pub(crate) fn new(cx: &Context<'_>, provider: &str) -> Result<Self, Problem> {
        match cx.catalog.by_id(provider) {
            Some(_) => Ok(Self { provider: provider.to_owned(), top: 0 }),
            None => Err(Problem::new(Kind::NotFound, format!("The catalog has no integration \"{provider}\"."))),
        }
    }

    fn rows(&self, cx: &Context<'_>) -> Vec<Row> {
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return Vec::new() };
        let mut rows = summary(cx, provider);
        rows.extend([Row::blank(), Row::new("", "All facts").style(cx.theme.heading)]);
        let mut before = String::new();
        for (label, value) in provider.facts() {
            // The items of a list share one label, on the first row.
            let shown = if label == before { " ".to_owned() } else { printable(&label, 60) };
            rows.push(Row::new(&shown, printable(&value, MAX)));
            before = label;
        }
        rows
    }
}

/// The rows with the most important facts.
pub(super) fn summary(cx: &Context<'_>, provider: &Provider) -> Vec<Row> {
    let today = cx.now.to_zoned(cx.zone.clone()).date();
    let mut rows = vec![
        Row::new("Vendor", format!("{} ({})", printable(&provider.group, 80), printable(&provider.category, 80))),
        Row::new("Signs in with", provider.grant_label.clone()),
        Row::new("File", printable(&provider.source_label(), MAX)),
        Row::new("Verification", verification_summary(provider, today)),
    ];
    for end in &provider.end_dates {
        let text = format!("{} ({}): {} {}", end.on, away(today, end.on), end.note, end.action);
        rows.push(Row::new("Ends", printable(&text, MAX)).style(cx.theme.warn));
    }
    let uri = provider.redirect_uri(cx.workspace.settings.redirect_port);
    if !uri.is_empty() {
        rows.push(Row::new("Redirect URI", uri));
        rows.push(Row::new(" ", provider.redirect_summary()).style(cx.theme.muted));
    }
    rows.push(Row::new("Scopes", provider.scopes.len().to_string()));
    rows.extend(
        provider
            .test_calls()
            .next()
            .map(|trial| Row::new("Test call", printable(&format!("{} {}", trial.call.method, trial.call.url), MAX))),
    );
    for source in provider.evidence.iter().flat_map(|row| row.sources.iter().take(1)) {
        rows.push(Row::new("Source", printable(source, MAX)).style(cx.theme.muted));
    }
    rows
}

/// "vendor page, read 2026-11-12 (11 days ago)".
fn verification_summary(provider: &Provider, today: Date) -> String {
    let age = provider.read_on(FactGroup::Endpoints).map(|day| format!(" ({})", away(today, day)));
    provider.verification_summary() + &age.unwrap_or_default()
}

/// "in 3 days", "today", "1 day ago".
fn away(today: Date, day: Date) -> String {
    let days = (day - today).get_days();
    match (days, days.unsigned_abs()) {
        (0, _) => "today".to_owned(),
        (1, _) => "tomorrow".to_owned(),
        (-1, _) => "yesterday".to_owned(),
        (1.., count) => format!("in {count} days"),
        (_, count) => format!("{count} days ago"),
    }
}

impl View for Entry {
    fn title(&self, cx: &Context<'_>) -> String {
        cx.catalog.by_id(&self.provider).map_or_else(|| self.provider.clone(), |provider| provider.name.clone())
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let has_uri = || cx.catalog.by_id(&self.provider).is_some_and(|one| !one.redirect_uri(0).is_empty());
        (action == Action::CopyRedirectUri && !has_uri()).then_some("It signs in without a redirect URI.")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::AddCredential) => {
                return vec![Effect::Open(Route::NewCredential { provider: self.provider.clone() })];
            }
            Input::Do(Action::CopyRedirectUri) => {
                let port = cx.workspace.settings.redirect_port;
                let uri = cx.catalog.by_id(&self.provider).map(|provider| provider.redirect_uri(port));
                let copy = |text| Effect::Copy(Copyable::Plain { what: "the redirect URI", text });
                return uri.map(copy).into_iter().collect();
            }
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(action) => {
                let page = cx.size.1.saturating_sub(6);
                self.top = moved(self.top, self.rows(cx).len(), page, action).unwrap_or(self.top);
            }
            Input::Scroll(rows) => {
                let last = self.rows(cx).len().saturating_sub(1);
                self.top = self.top.saturating_add_signed(rows.into()).min(last);
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, &self.title(cx), Line::default());
        scrolled(cx.theme, frame, (area, inside), LABEL, &self.rows(cx), self.top);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_today() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let words = |text: &str| away(day("2026-11-23"), day(text));
        let all = ["2026-11-23", "2026-11-24", "2026-11-22", "2027-01-02", "2026-10-23"].map(words);
        assert_eq!(all, ["today", "tomorrow", "yesterday", "in 40 days", "31 days ago"]);
    }
}
