//! What is drawn over a screen: the help, the command palette, all of a problem. Made from the same key tables.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::catalog::Panel;
use crate::model::credential::Status;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::advice;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, height, rows};
use crate::tui::widgets::list::{marker, window};
use crate::tui::widgets::pane::{cell, centered, clear, more_below, pane, split_top};
use crate::tui::widgets::text_field::TextField;

/// Keys that work on every screen.
pub const EVERYWHERE: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::F(1)), Press::char('?')], Action::Help, "help", "Help for this screen"),
    Key::new(&[Press::ctrl('p'), Press::char(':')], Action::Palette, "commands", "Find a command by its name"),
    Key::new(&[Press::char('e')], Action::ProblemDetails, "", "Show error details"),
    Key::new(&[Press::ctrl('l')], Action::Lock, "", "Lock the vault now"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Go back"),
    Key::new(&[Press::char('q')], Action::Quit, "quit", "Quit; ctrl-c does it everywhere"),
];

/// The overlay.
#[derive(Debug)]
pub enum Overlay {
    /// Keys and words, from this row on.
    Help(u16),
    /// Every action by name.
    Palette(Palette),
    /// What, why, and what to do.
    Problem(Problem),
}

/// What a key led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The overlay stays.
    Stay,
    /// It goes.
    Close,
    /// It goes, and this is done.
    Do(Action),
}

/// The command palette.
#[derive(Debug, Default)]
pub struct Palette {
    query: TextField,
    selected: usize,
}

impl Overlay {
    /// The help, at its top.
    #[must_use]
    pub fn help() -> Self {
        Self::Help(0)
    }

    /// The palette with all commands.
    #[must_use]
    pub fn palette() -> Self {
        Self::Palette(Palette::default())
    }

    /// All of a problem.
    #[must_use]
    pub fn problem(problem: Problem) -> Self {
        Self::Problem(problem)
    }

    /// A key while the overlay is open.
    pub fn key(&mut self, cx: &Context<'_>, screen: &dyn View, press: Press) -> Answer {
        match self {
            Self::Help(top) => match press.code {
                KeyCode::Down | KeyCode::Char('j') => *top = top.saturating_add(1).min(60),
                KeyCode::PageDown | KeyCode::Char(' ') => *top = top.saturating_add(10).min(60),
                KeyCode::Up | KeyCode::Char('k') => *top = top.saturating_sub(1),
                KeyCode::PageUp => *top = top.saturating_sub(10),
                _ => return Answer::Close,
            },
            Self::Palette(palette) => return palette.key(cx, screen, press),
            Self::Problem(_) => return Answer::Close,
        }
        Answer::Stay
    }

    /// Draws it over the body.
    pub fn view(&self, cx: &Context<'_>, screen: &dyn View, frame: &mut Frame<'_>, area: Rect) {
        match self {
            Self::Help(top) => help(cx, screen, *top, frame, area),
            Self::Palette(palette) => palette.view(cx, screen, frame, area),
            Self::Problem(problem) => {
                let area = centered(area, 72, 14);
                clear(frame, area);
                let inside = pane(cx.theme, frame, area, "What happened", Line::default());
                problem_rows(cx, problem, frame, inside);
            }
        }
    }
}

/// A problem in full: what, why, what to do.
pub fn problem_rows(cx: &Context<'_>, problem: &Problem, frame: &mut Frame<'_>, area: Rect) -> Rect {
    let mut text = vec![Row::new("", problem.what.clone()).style(cx.theme.danger), Row::blank()];
    for (heading, part) in [("Why", &problem.why), ("What to do", &advice(problem))] {
        if !part.is_empty() {
            text.push(Row::new("", heading).style(cx.theme.heading));
            text.push(Row::new("", part.clone()));
            text.push(Row::blank());
        }
    }
    rows(cx.theme, frame, area, 0, &text)
}

/// A provider's help, in a box over the screen.
pub fn help_panel(cx: &Context<'_>, panel: &Panel, frame: &mut Frame<'_>, area: Rect) {
    let area = centered(area, 76, area.height);
    clear(frame, area);
    let inside = pane(cx.theme, frame, area, &panel.title, Line::from(" m or esc: close "));
    let text: Vec<Row> = panel.lines.iter().map(|line| Row::new("", line.clone())).collect();
    rows(cx.theme, frame, inside, 0, &text);
}

fn help(cx: &Context<'_>, screen: &dyn View, top: u16, frame: &mut Frame<'_>, area: Rect) {
    let area = centered(area, 76, area.height);
    clear(frame, area);
    let inside = pane(cx.theme, frame, area, "Help", Line::from(" Press any other key to close "));
    let of = |key: &Key| {
        let presses: Vec<String> = key.presses.iter().map(|press| press.label(cx.theme.ascii)).collect();
        Row::new(&presses.join(" "), key.help)
    };
    let mut text = Vec::new();
    for (heading, words) in screen.about(cx) {
        text.extend([Row::new("", heading).style(cx.theme.heading), Row::new("", words), Row::blank()]);
    }
    text.push(Row::new("", "Keys of this screen").style(cx.theme.heading));
    text.extend(screen.keys().iter().filter(|key| !key.help.is_empty()).map(of));
    text.extend([Row::blank(), Row::new("", "Keys everywhere").style(cx.theme.heading)]);
    text.extend(EVERYWHERE.iter().map(of));
    text.extend([Row::blank(), Row::new("", "What a status means").style(cx.theme.heading)]);
    for (status, meaning) in MEANINGS {
        let (glyph, style) = cx.theme.status(*status);
        text.push(Row::new(&format!("{glyph} {}", status.word()), *meaning).style(style));
    }
    let skipped = text.get(usize::from(top)..).unwrap_or_default();
    rows(cx.theme, frame, inside, KEY_WIDTH, skipped);
    if height(inside, KEY_WIDTH, skipped) > inside.height {
        more_below(cx.theme, frame, area);
    }
}

/// Columns of the keys, and of the statuses below them.
const KEY_WIDTH: u16 = 26;

const MEANINGS: &[(Status, &str)] = &[
    (Status::Authenticated, "Tokens renew automatically; nothing to do."),
    (Status::ExpiringSoon, "Expires soon: re-authenticate (press a) before then."),
    (Status::NeedsReauthentication, "The provider rejects these tokens: press a."),
    (Status::ProbablyNeedsReauthentication, "Rejected for a day or longer, for no stated reason: press a."),
    (Status::AnswerUnread, "The provider's last response could not be read. It is stored."),
    (Status::Revoked, "You revoked the tokens at the provider."),
    (Status::NotAuthenticated, "Not yet accepted in a browser: press a."),
];

impl Palette {
    fn key(&mut self, cx: &Context<'_>, screen: &dyn View, press: Press) -> Answer {
        let found = self.found(screen);
        match press.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter => {
                return match found.get(self.selected) {
                    Some(key) if screen.refusal(cx, key.action).is_none() => Answer::Do(key.action),
                    Some(_) => Answer::Stay,
                    None => Answer::Close,
                };
            }
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down => self.selected = (self.selected + 1).min(found.len().saturating_sub(1)),
            _ => {
                if let Some(edit) = crate::tui::input::edit_of(press) {
                    self.query.edit(edit);
                } else if let Some(c) = press.typed() {
                    self.query.insert(c);
                }
                self.selected = 0;
            }
        }
        Answer::Stay
    }

    /// The commands whose help has every word of the query.
    fn found(&self, screen: &dyn View) -> Vec<&'static Key> {
        let query = self.query.text().to_lowercase();
        let fits = |key: &&Key| {
            let help = key.help.to_lowercase();
            !help.is_empty() && query.split_whitespace().all(|word| help.contains(word))
        };
        screen.keys().iter().chain(EVERYWHERE).filter(|key| key.action != Action::Palette).filter(fits).collect()
    }

    fn view(&self, cx: &Context<'_>, screen: &dyn View, frame: &mut Frame<'_>, area: Rect) {
        let area = centered(area, 76, 18);
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, "Commands", Line::from(" enter: run, esc: close "));
        let (field, list) = split_top(inside, 1);
        self.query.view(cx, frame, field, true);
        let list = split_top(list, 1).1;
        let found = self.found(screen);
        if found.is_empty() {
            frame.render_widget(Line::styled("No matching command.", cx.theme.muted), list);
        }
        for (row, at) in window(self.selected, found.len(), list.height).enumerate() {
            let Some(key) = found.get(at) else { continue };
            let (refusal, chosen) = (screen.refusal(cx, key.action), at == self.selected);
            let help = refusal.map_or_else(|| key.help.to_owned(), |why| format!("{} ({why})", key.help));
            let name = key.presses.first().map(|press| press.label(cx.theme.ascii)).unwrap_or_default();
            let room = usize::from(list.width).saturating_sub(14);
            let text = format!("{}{} {:>10}", marker(chosen), cell(&help, room), name);
            let style = match (chosen, refusal) {
                (true, _) => cx.theme.selected,
                (false, Some(_)) => cx.theme.muted,
                (false, None) => cx.theme.text,
            };
            let row = Rect { y: list.y + u16::try_from(row).unwrap_or(0), height: 1, ..list };
            frame.render_widget(Line::styled(text, style), row);
        }
    }
}
