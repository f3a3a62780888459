//! What isis shown over a screen: help, command palette, messages, a setting, all of a problem.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::catalog::Panel;
use crate::model::credential::Status;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::everywhere::EVERYWHERE;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::palette::{Chosen, Palette};
use crate::tui::present::advice;
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, height, rows, scrolled};
use crate::tui::widgets::pane::{centered, clear, more_below, pane};

/// The overlay.
#[derive(Debug)]
pub enum Overlay {
    /// Keys and words, from this row on.
    Help(u16),
    /// Everything that can be gone to or done, by name.
    Palette(Palette),
    /// What was said in this session, newest first, from this row on.
    Messages(Vec<Row>, u16),
    /// What, why, and what to do.
    Problem(Problem),
}

/// What a key led to.
#[derive(Debug)]
pub enum Answer {
    /// The overlay stays.
    Stay,
    /// It goes.
    Close,
    /// It goes, and this is done.
    Do(Action),
    /// It goes, and another part of the program is opened.
    Go(Route),
    /// Another one takes its place.
    Show(Box<Overlay>),
}

impl Overlay {
    /// The help, at its top.
    #[must_use]
    pub fn help() -> Self {
        Self::Help(0)
    }

    /// The palette; over an open vault also with what can be gone to.
    #[must_use]
    pub fn palette(is_open: bool) -> Self {
        Self::Palette(Palette::new(is_open))
    }

    /// The messages of this session.
    #[must_use]
    pub fn messages(rows: Vec<Row>) -> Self {
        Self::Messages(rows, 0)
    }

    /// All of a problem.
    #[must_use]
    pub fn problem(problem: Problem) -> Self {
        Self::Problem(problem)
    }

    /// A key while the overlay is open.
    pub fn key(&mut self, cx: &Context<'_>, screen: &dyn View, press: Press) -> Answer {
        match self {
            Self::Help(top) => scrolled_to(top, 60, press),
            Self::Messages(rows, top) => {
                let last = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_sub(1);
                scrolled_to(top, last, press)
            }
            Self::Palette(palette) => of(palette.key(cx, screen, press)),
            Self::Problem(_) => Answer::Close,
        }
    }

    /// A click on a cell of the body, whose size is `area`'s.
    pub fn click(&mut self, cx: &Context<'_>, screen: &dyn View, area: Rect, at: (u16, u16)) -> Answer {
        match self {
            Self::Palette(palette) => of(palette.click(cx, screen, area, at)),
            _ => Answer::Close,
        }
    }

    /// Pasted text; false where it is not taken.
    pub fn paste(&mut self, text: &Secret) -> bool {
        let Self::Palette(palette) = self else { return false };
        palette.paste(text);
        true
    }

    /// The wheel.
    pub fn scroll(&mut self, cx: &Context<'_>, screen: &dyn View, rows: i16) -> Answer {
        let code = if rows > 0 { KeyCode::Down } else { KeyCode::Up };
        match self {
            Self::Problem(_) => Answer::Stay,
            _ => self.key(cx, screen, Press::plain(code)),
        }
    }

    /// Draws it over the body.
    pub fn view(&self, cx: &Context<'_>, screen: &dyn View, frame: &mut Frame<'_>, area: Rect) {
        match self {
            Self::Help(top) => help(cx, screen, *top, frame, area),
            Self::Palette(palette) => palette.view(cx, screen, frame, area),
            Self::Messages(rows, top) => messages(cx, rows, *top, frame, area),
            Self::Problem(problem) => {
                let area = centered(area, 72, 14);
                clear(frame, area);
                let inside = pane(cx.theme, frame, area, "What happened", Line::default());
                problem_rows(cx, problem, frame, inside);
            }
        }
    }
}

/// What a choice in the palette leads to.
fn of(chosen: Chosen) -> Answer {
    match chosen {
        Chosen::Nothing => Answer::Stay,
        Chosen::Left => Answer::Close,
        Chosen::Command(action) => Answer::Do(action),
        Chosen::Place(route) => Answer::Go(route),
    }
}

/// A key of a text that scrolls; any other one closes it.
fn scrolled_to(top: &mut u16, last: u16, press: Press) -> Answer {
    match press.code {
        KeyCode::Down | KeyCode::Char('j') => *top = top.saturating_add(1).min(last),
        KeyCode::PageDown | KeyCode::Char(' ') => *top = top.saturating_add(10).min(last),
        KeyCode::Up | KeyCode::Char('k') => *top = top.saturating_sub(1),
        KeyCode::PageUp => *top = top.saturating_sub(10),
        KeyCode::Home => *top = 0,
        KeyCode::End => *top = last,
        _ => return Answer::Close,
    }
    Answer::Stay
}

/// Columns of the time of a message.
const TIME: u16 = 14;

fn messages(cx: &Context<'_>, text: &[Row], top: u16, frame: &mut Frame<'_>, area: Rect) {
    let area = centered(area, 76, area.height);
    clear(frame, area);
    let inside = pane(cx.theme, frame, area, "Messages of this session", Line::from(CLOSES));
    if text.is_empty() {
        frame.render_widget(Line::styled("No messages yet.", cx.theme.muted), inside);
    }
    scrolled(cx.theme, frame, (area, inside), TIME, text, top.into());
}

/// Right in the frame of a text over the screen.
const CLOSES: &str = " Press any other key to close ";

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
    let inside = pane(cx.theme, frame, area, "Help", Line::from(CLOSES));
    // Where text is typed, a letter types itself.
    let types = screen.captures_text();
    let of = |key: &Key| {
        let acts = |press: &&Press| !types || key.over_text || press.typed().is_none();
        let presses: Vec<String> = key.presses.iter().filter(acts).map(|press| press.label(cx.theme.ascii)).collect();
        (!presses.is_empty()).then(|| Row::new(&presses.join(" "), key.help))
    };
    let mut text = Vec::new();
    for (heading, words) in screen.about(cx) {
        text.extend([Row::new("", heading).style(cx.theme.heading), Row::new("", words), Row::blank()]);
    }
    text.push(Row::new("", "Keys of this screen").style(cx.theme.heading));
    text.extend(screen.keys().iter().filter(|key| !key.help.is_empty()).filter_map(of));
    text.extend([Row::blank(), Row::new("", "Keys everywhere").style(cx.theme.heading)]);
    text.extend(EVERYWHERE.iter().filter_map(of));
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
