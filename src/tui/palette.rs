//! The command palette: screens, credentials, integrations, settings and the current screen's commands, by name. It
//! uses names only, never a secret.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use crate::engine::ops::settings;
use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::global_keys::GLOBAL_KEYS;
use crate::tui::input::edit_of;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::main_screens::MAIN_SCREENS;
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fuzzy::Fuzzy;
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::pane::{cell, centered, clear, cut, pane, split_top};
use crate::tui::widgets::text_field::TextField;

/// Columns of the entry's kind.
const KIND: usize = 12;

/// Rows of the box without entries: frame, query, a blank row.
const ABOVE: u16 = 3;

/// The result of a key or a click.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PaletteResult {
    /// The palette stays.
    Nothing,
    /// The palette closes.
    Left,
    /// A command of the screen below, or one that works everywhere.
    Command(Action),
    /// A screen.
    Place(Route),
}

/// The kind of an entry; entries that match equally well are in this order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum EntryKind {
    Screen,
    Command,
    Credential,
    Integration,
    Setting,
}

impl EntryKind {
    fn word(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Command => "command",
            Self::Credential => "credential",
            Self::Integration => "integration",
            Self::Setting => "setting",
        }
    }
}

#[derive(Debug)]
struct Entry {
    kind: EntryKind,
    text: String,
    /// The key with the same effect, shown at the right.
    key: String,
    /// Additional search words.
    words: String,
    /// Why the command is unavailable now.
    refusal: Option<&'static str>,
    chosen: PaletteResult,
}

#[derive(Debug, Default)]
pub(crate) struct Palette {
    query: TextField,
    selected: usize,
    /// Whether a vault is open: without one there are no screens to open.
    is_open: bool,
}

impl Palette {
    pub(super) fn new(is_open: bool) -> Self {
        Self { is_open, ..Self::default() }
    }

    pub(super) fn key(&mut self, cx: &Context<'_>, screen: &dyn View, press: Press) -> PaletteResult {
        let step = match press.code {
            KeyCode::Esc => return PaletteResult::Left,
            KeyCode::Enter => return self.choose(&self.found(cx, screen)),
            KeyCode::Up => Action::Up,
            KeyCode::Down => Action::Down,
            KeyCode::PageUp => Action::PageUp,
            KeyCode::PageDown => Action::PageDown,
            _ => {
                if let Some(edit) = edit_of(press) {
                    self.query.edit(edit);
                } else if let Some(c) = press.typed() {
                    self.query.insert(c);
                }
                self.selected = 0;
                return PaletteResult::Nothing;
            }
        };
        let count = self.found(cx, screen).len();
        self.selected = moved(self.selected, count, 10, step).unwrap_or(self.selected);
        PaletteResult::Nothing
    }

    pub(super) fn paste(&mut self, text: &Secret) {
        self.query.paste(text);
        self.selected = 0;
    }

    /// Chooses the entry under a click; a click outside of the box closes it.
    pub(super) fn click(&mut self, cx: &Context<'_>, screen: &dyn View, area: Rect, at: (u16, u16)) -> PaletteResult {
        let whole = frame_of(area);
        if !whole.contains(at.into()) {
            return PaletteResult::Left;
        }
        let found = self.found(cx, screen);
        let rows = window(self.selected, found.len(), whole.height.saturating_sub(ABOVE + 1));
        let Some(row) = at.1.checked_sub(whole.y + ABOVE) else { return PaletteResult::Nothing };
        match rows.clone().nth(row.into()) {
            Some(place) => {
                self.selected = place;
                self.choose(&found)
            }
            None => PaletteResult::Nothing,
        }
    }

    fn choose(&self, found: &[Entry]) -> PaletteResult {
        match found.get(self.selected) {
            Some(entry) if entry.refusal.is_none() => entry.chosen.clone(),
            Some(_) => PaletteResult::Nothing,
            None => PaletteResult::Left,
        }
    }

    /// The entries that match, best first; without a query screens and commands only.
    fn found(&self, cx: &Context<'_>, screen: &dyn View) -> Vec<Entry> {
        let query = self.query.text().trim();
        let mut entries = commands(cx, screen);
        if self.is_open {
            entries.extend(places());
            if !query.is_empty() {
                entries.extend(named(cx));
                entries.extend(all_settings());
            }
        }
        if query.is_empty() {
            entries.sort_by_key(|entry| entry.kind);
            return entries;
        }
        ranked(entries, query)
    }

    pub(super) fn view(&self, cx: &Context<'_>, screen: &dyn View, frame: &mut Frame<'_>, area: Rect) {
        let area = frame_of(area);
        clear(frame, area);
        let title = if self.is_open { "Go to or run" } else { "Commands" };
        let inside = pane(cx.theme, frame, area, title, Line::from(" Enter: run, Esc: close "));
        let (field, list) = split_top(inside, 1);
        self.query.view(cx, frame, field, true);
        let list = split_top(list, 1).1;
        let found = self.found(cx, screen);
        if found.is_empty() {
            frame.render_widget(Line::styled("No matches.", cx.theme.muted), list);
        }
        for (line, at) in list.rows().zip(window(self.selected, found.len(), list.height)) {
            if let Some(entry) = found.get(at) {
                frame.render_widget(row(cx, entry, at == self.selected, line.width), line);
            }
        }
    }
}

fn frame_of(area: Rect) -> Rect {
    centered(area, 76, 18)
}

fn row(cx: &Context<'_>, entry: &Entry, chosen: bool, width: u16) -> Line<'static> {
    let room = usize::from(width).saturating_sub(2 + KIND + entry.key.width() + 2);
    let text = match entry.refusal {
        Some(why) => format!("{} ({why})", entry.text),
        None => entry.text.clone(),
    };
    let style = match (chosen, entry.refusal) {
        (true, _) => cx.theme.selected,
        (false, Some(_)) => cx.theme.muted,
        (false, None) => cx.theme.text,
    };
    let beside = if chosen { cx.theme.selected } else { cx.theme.muted };
    Line::from(vec![
        Span::styled(format!("{}{} ", marker(chosen), cell(&text, room)), style),
        Span::styled(format!("{:>KIND$} {}", entry.kind.word(), cut(&entry.key, usize::from(width))), beside),
    ])
}

/// The commands of the screen and the global ones, without those that only move the selection or the cursor.
fn commands(cx: &Context<'_>, screen: &dyn View) -> Vec<Entry> {
    let types = screen.captures_text();
    let is_command = |key: &&Key| {
        let opens_nothing = matches!(key.action, Action::Palette | Action::MainScreen | Action::Back);
        !key.help.is_empty() && !opens_nothing && !key.action.only_moves()
    };
    let entry = |key: &Key| {
        let press = key.presses.iter().find(|press| !types || key.over_text || press.typed().is_none());
        Entry {
            kind: EntryKind::Command,
            text: key.help.to_owned(),
            key: press.map(|press| press.label(cx.theme.ascii)).unwrap_or_default(),
            words: key.hint.to_owned(),
            refusal: screen.refusal(cx, key.action),
            chosen: PaletteResult::Command(key.action),
        }
    };
    screen.keys().iter().chain(GLOBAL_KEYS).filter(is_command).map(entry).collect()
}

fn places() -> impl Iterator<Item = Entry> {
    MAIN_SCREENS.iter().map(|place| Entry {
        kind: EntryKind::Screen,
        text: place.name.to_owned(),
        key: place.number.map(String::from).unwrap_or_default(),
        words: format!("{} {} {}", place.group, place.words, place.about),
        refusal: None,
        chosen: PaletteResult::Place(place.route.clone()),
    })
}

/// Credentials and integrations by their names.
fn named<'a>(cx: &Context<'a>) -> impl Iterator<Item = Entry> + use<'a> {
    let entry = |kind, text: String, words: &str, route| Entry {
        kind,
        text,
        key: String::new(),
        words: words.to_owned(),
        refusal: None,
        chosen: PaletteResult::Place(route),
    };
    let (tally, snapshot) = (cx.tally, cx.snapshot);
    let credentials = snapshot.credentials.list.iter().map(move |one| {
        let label = tally.credentials_alike.label(one.id, &one.name);
        entry(EntryKind::Credential, label, &one.provider, Route::Details(one.id))
    });
    let integrations = snapshot.integrations.list.iter().map(move |one| {
        let label = tally.integrations_alike.label(one.id, &one.name);
        entry(EntryKind::Integration, label, &one.provider, Route::Integration(one.id))
    });
    credentials.chain(integrations)
}

fn all_settings() -> impl Iterator<Item = Entry> {
    settings::Key::ALL.iter().map(|key| Entry {
        kind: EntryKind::Setting,
        text: key.word().to_owned(),
        key: String::new(),
        words: key.meaning().to_owned(),
        refusal: None,
        chosen: PaletteResult::Place(Route::Settings),
    })
}

/// The entries with every word of the query; if there are none, those that have its letters in order.
fn ranked(entries: Vec<Entry>, query: &str) -> Vec<Entry> {
    let lower = query.to_lowercase();
    let (with_words, others): (Vec<_>, Vec<_>) =
        entries.into_iter().map(|entry| (of_words(&entry, &lower), entry)).partition(|(score, _)| score.is_some());
    let mut scored: Vec<(u32, Entry)> =
        with_words.into_iter().filter_map(|(score, entry)| Some((score?, entry))).collect();
    if scored.is_empty() {
        let mut letters = Fuzzy::new(query);
        let score = |(_, entry): (_, Entry)| Some((u32::MAX - letters.find_in(&entry.text)?.0, entry));
        scored = others.into_iter().filter_map(score).collect();
    }
    scored.sort_by(|(a, one), (b, other)| (a, one.kind, &one.text).cmp(&(b, other.kind, &other.text)));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

/// The rank of a match, 1 is best: the text begins with the query, its words do, it contains it, or only the other
/// words match.
fn of_words(entry: &Entry, query: &str) -> Option<u32> {
    let text = entry.text.to_lowercase();
    let begins = |word: &str| text.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word));
    let words = || query.split_whitespace();
    if text.starts_with(query) {
        Some(1)
    } else if words().all(begins) {
        Some(2)
    } else if words().all(|word| text.contains(word)) {
        Some(3)
    } else {
        let all = format!("{text} {} {}", entry.words.to_lowercase(), entry.kind.word());
        words().all(|word| all.contains(word)).then_some(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: EntryKind, text: &str, words: &str) -> Entry {
        let (text, words) = (text.to_owned(), words.to_owned());
        Entry { kind, text, key: String::new(), words, refusal: None, chosen: PaletteResult::Left }
    }

    #[test]
    fn a_name_that_begins_so_goes_before_one_that_has_it_and_letters_are_the_last_resort() {
        let found = |query: &str| {
            let entries = vec![
                entry(EntryKind::Setting, "audit", "what is logged"),
                entry(EntryKind::Credential, "My Audit app", ""),
                entry(EntryKind::Screen, "Audit log", "events"),
                entry(EntryKind::Screen, "Doctor", "check"),
            ];
            ranked(entries, query).into_iter().map(|entry| entry.text).collect::<Vec<_>>()
        };
        assert_eq!(found("audit"), ["Audit log", "audit", "My Audit app"]);
        assert_eq!(found("events"), ["Audit log"]);
        assert_eq!(found("dctr"), ["Doctor"]);
        assert!(found("zzz").is_empty());
    }
}
