//! Overlays over a screen: help, command palette, messages, a whole problem.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use crate::catalog::Panel;
use crate::model::credential::Status;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::global_keys::{GLOBAL_KEYS, IN_LISTS, is_list};
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::palette::{Palette, PaletteResult};
use crate::tui::present::advice;
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, height, rows, scrolled};
use crate::tui::widgets::pane::{centered, clear, more_below, pane};

#[derive(Debug)]
pub(crate) enum Overlay {
    /// The keys and their meanings, scrolled to this row.
    Help(u16),
    /// Everything that can be opened or done, by name.
    Palette(Palette),
    /// The messages of this session, newest first, scrolled to this row.
    Messages(Vec<Row>, u16),
    /// All details of a problem: what, why, and what to do.
    Problem(Problem),
}

/// The result of a key or a click.
#[derive(Debug)]
pub(crate) enum OverlayResult {
    Stay,
    /// The overlay closes.
    Close,
    /// The overlay closes, and this action is carried out.
    Do(Action),
    /// The overlay closes, and this screen opens.
    Go(Route),
}

impl Overlay {
    /// The help, from its first row.
    #[must_use]
    pub(crate) fn help() -> Self {
        Self::Help(0)
    }

    /// The palette; with an open vault also with its screens and records.
    #[must_use]
    pub(crate) fn palette(is_open: bool) -> Self {
        Self::Palette(Palette::new(is_open))
    }

    /// The messages of this session.
    #[must_use]
    pub(crate) fn messages(rows: Vec<Row>) -> Self {
        Self::Messages(rows, 0)
    }

    #[must_use]
    pub(crate) fn problem(problem: Problem) -> Self {
        Self::Problem(problem)
    }

    /// Handles a key while the overlay is open.
    pub(crate) fn key(&mut self, cx: &Context<'_>, screen: &dyn View, press: Press) -> OverlayResult {
        match self {
            Self::Help(top) => scrolled_to(top, 60, press),
            Self::Messages(rows, top) => {
                let last = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_sub(1);
                scrolled_to(top, last, press)
            }
            Self::Palette(palette) => of(palette.key(cx, screen, press)),
            Self::Problem(_) => OverlayResult::Close,
        }
    }

    /// Handles a click on a cell of the body, which has the size of `area`.
    pub(crate) fn click(&mut self, cx: &Context<'_>, screen: &dyn View, area: Rect, at: (u16, u16)) -> OverlayResult {
        match self {
            Self::Palette(palette) => of(palette.click(cx, screen, area, at)),
            _ => OverlayResult::Close,
        }
    }

    /// Handles pasted text; false if the overlay cannot use it.
    pub(crate) fn paste(&mut self, text: &Secret) -> bool {
        let Self::Palette(palette) = self else { return false };
        palette.paste(text);
        true
    }

    pub(crate) fn scroll(&mut self, cx: &Context<'_>, screen: &dyn View, rows: i16) -> OverlayResult {
        let code = if rows > 0 { KeyCode::Down } else { KeyCode::Up };
        match self {
            Self::Problem(_) => OverlayResult::Stay,
            _ => self.key(cx, screen, Press::plain(code)),
        }
    }

    /// Draws it over the body.
    pub(crate) fn view(&self, cx: &Context<'_>, screen: &dyn View, frame: &mut Frame<'_>, area: Rect) {
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

/// The overlay's result for a choice in the palette.
fn of(chosen: PaletteResult) -> OverlayResult {
    match chosen {
        PaletteResult::Nothing => OverlayResult::Stay,
        PaletteResult::Left => OverlayResult::Close,
        PaletteResult::Command(action) => OverlayResult::Do(action),
        PaletteResult::Place(route) => OverlayResult::Go(route),
    }
}

/// Scrolls a text; any other key closes it.
fn scrolled_to(top: &mut u16, last: u16, press: Press) -> OverlayResult {
    match press.code {
        KeyCode::Down | KeyCode::Char('j') => *top = top.saturating_add(1).min(last),
        KeyCode::PageDown | KeyCode::Char(' ') => *top = top.saturating_add(10).min(last),
        KeyCode::Up | KeyCode::Char('k') => *top = top.saturating_sub(1),
        KeyCode::PageUp => *top = top.saturating_sub(10),
        KeyCode::Home => *top = 0,
        KeyCode::End => *top = last,
        _ => return OverlayResult::Close,
    }
    OverlayResult::Stay
}

/// Columns of a message's time.
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

/// Shown at the right of the frame.
const CLOSES: &str = " Press any other key to close ";

/// Draws all details of a problem: what, why, what to do.
pub(crate) fn problem_rows(cx: &Context<'_>, problem: &Problem, frame: &mut Frame<'_>, area: Rect) -> Rect {
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

/// Draws a provider's help panel in a box over the screen.
pub(crate) fn help_panel(cx: &Context<'_>, panel: &Panel, frame: &mut Frame<'_>, area: Rect) {
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
    // Where text is typed, letters are not commands.
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
    if is_list(screen.keys()) && !types {
        text.extend(IN_LISTS.iter().filter_map(of));
    }
    text.extend([Row::blank(), Row::new("", "Keys everywhere").style(cx.theme.heading)]);
    text.extend(GLOBAL_KEYS.iter().filter_map(of));
    let keys = key_width(&text);
    text.extend([Row::blank(), Row::new("", "What a status means").style(cx.theme.heading)]);
    for (status, meaning) in MEANINGS {
        let (glyph, style) = cx.theme.status(*status);
        text.push(Row::new("", format!("{glyph} {}: {meaning}", status.word())).style(style));
    }
    let skipped = text.get(usize::from(top)..).unwrap_or_default();
    rows(cx.theme, frame, inside, keys, skipped);
    if height(inside, keys, skipped) > inside.height {
        more_below(cx.theme, frame, area);
    }
}

/// Columns of the keys: the longest one and a gap.
fn key_width(text: &[Row]) -> u16 {
    let longest = text.iter().map(|row| row.label.width()).max().unwrap_or_default();
    u16::try_from(longest + 2).unwrap_or(u16::MAX).min(MAX_KEYS)
}

/// Most columns of the keys.
const MAX_KEYS: u16 = 22;

const MEANINGS: &[(Status, &str)] = &[
    (Status::Authenticated, "Tokens renew automatically; nothing to do."),
    (Status::ExpiringSoon, "Expires soon: re-authenticate (press a) before then."),
    (Status::NeedsReauthentication, "The provider rejects these tokens: press a."),
    (Status::ProbablyNeedsReauthentication, "Rejected for a day or longer, for no stated reason: press a."),
    (Status::ResponseUnread, "The provider's last response could not be read. It is stored."),
    (Status::Revoked, "You revoked the tokens at the provider."),
    (Status::NotAuthenticated, "Not authenticated yet: press a."),
];
