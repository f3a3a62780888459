//! The frame around the screens: breadcrumb above, notice and key hints below. Dropped piece by piece when it is narrow.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::app::App;
use crate::tui::effect::Notice;
use crate::tui::keymap::{Action, Key};
use crate::tui::overlay::EVERYWHERE;
use crate::tui::widgets::pane::{clear, cut, paragraph, split_top, wrapped_rows};
use crate::tui::widgets::when;

/// Below this nothing but a line fits.
const LEAST: (u16, u16) = (34, 8);

/// Most rows of a notice: it is over the lowest rows of the body.
const NOTICE_ROWS: u16 = 3;

impl App {
    /// Draws everything. The same state draws the same cells.
    pub fn view(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        if area.width < LEAST.0 || area.height < LEAST.1 {
            let text = format!("{}x{} needed, {}x{} here", LEAST.0, LEAST.1, area.width, area.height);
            frame.render_widget(Line::from(text), split_top(area, 1).0);
            return;
        }
        let (header, rest) = split_top(area, 1);
        let (body, bottom) = split_top(rest, rest.height - 2);
        let (notice, footer) = split_top(bottom, 1);
        self.header(frame, header);
        self.body(frame, body);
        self.notice_line(frame, notice);
        self.footer(frame, footer);
        if self.theme.ascii {
            spell_in_ascii(frame.buffer_mut());
        }
    }

    fn body(&self, frame: &mut Frame<'_>, area: Rect) {
        if let (true, [.., below, _]) = (self.top().is_dialog(), self.stack.as_slice()) {
            below.as_view().view(&self.context(), frame, area);
        }
        self.top().view(&self.context(), frame, area);
        if let Some(overlay) = &self.overlay {
            overlay.view(&self.context(), self.top(), frame, area);
        }
    }

    fn header(&self, frame: &mut Frame<'_>, area: Rect) {
        let right = self.header_right();
        let width = usize::from(area.width);
        let path = self.path(width.saturating_sub(right.width() + 3));
        let fits = path.width() + right.width() + 2 <= width;
        let room = if fits { width } else { width.saturating_sub(1) };
        frame.render_widget(Line::styled(cut(&path, room), self.theme.heading), area);
        if fits {
            let right = Line::styled(right, self.theme.muted).alignment(Alignment::Right);
            frame.render_widget(right, area);
        }
    }

    /// Where we are; its beginning goes first when there is no room for all of it, its end never.
    fn path(&self, room: usize) -> String {
        let cx = self.context();
        let mut titles: Vec<String> = self.stack.iter().map(|screen| screen.as_view().title(&cx)).collect();
        titles.retain(|title| !title.is_empty());
        let whole = titles.join(" > ");
        let mut crumbs: Vec<&str> = whole.split(" > ").collect();
        // A screen that names what it is about may lie over that one's own.
        crumbs.dedup();
        let from = |at: usize| match at {
            0 => format!(" {}", crumbs.join(" > ")),
            at => format!(" … > {}", crumbs.get(at..).unwrap_or_default().join(" > ")),
        };
        let fitting = (0..crumbs.len()).map(from).find(|path| path.width() <= room);
        fitting.unwrap_or_else(|| from(crumbs.len().saturating_sub(1)))
    }

    fn header_right(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.top().step().map(str::to_owned));
        parts.extend(self.banner.clone());
        if let Some(left) = self.context().locks_in {
            let left = if left.as_secs() > 60 { format!("{} min", left.as_secs() / 60) } else { when::countdown(left) };
            parts.push(format!("locks in {left}"));
        }
        parts.join("  ") + " "
    }

    /// One row above the footer; a longer notice takes rows of the body as well.
    fn notice_line(&self, frame: &mut Frame<'_>, area: Rect) {
        let Some((notice, _)) = &self.notice else { return };
        let (glyph, ascii, text, style) = match notice {
            Notice::Done(text) => ("✓", "+", text.clone(), self.theme.ok),
            Notice::Refused(text) => ("▲", "!", text.clone(), self.theme.warn),
            Notice::Failed(problem) => ("✗", "x", format!("{}  (e: details)", problem.what), self.theme.danger),
        };
        let glyph = if self.theme.ascii { ascii } else { glyph };
        let room = area.width.saturating_sub(4);
        let rows = wrapped_rows(&text, room).clamp(1, NOTICE_ROWS);
        let above = rows - 1;
        let area = Rect { y: area.y.saturating_sub(above), height: rows, ..area };
        clear(frame, area);
        frame.render_widget(Span::styled(format!(" {glyph} "), style), area);
        paragraph(frame, Rect { x: area.x + 3, width: room, ..area }, &text, style);
    }

    /// The keys of the screen, as many as fit beside the way back and the help; then those that work everywhere.
    fn footer(&self, frame: &mut Frame<'_>, area: Rect) {
        let (cx, top) = (self.context(), self.top());
        let own = top.keys().iter().filter(|key| !key.hint.is_empty());
        let (back, own): (Vec<&Key>, Vec<&Key>) = own.partition(|key| key.action == Action::Back);
        let everywhere: Vec<&Key> = EVERYWHERE.iter().filter(|key| self.is_hint_here(key)).collect();
        let (help, others): (Vec<&Key>, Vec<&Key>) = everywhere.into_iter().partition(|key| key.action == Action::Help);
        let width_of = |key: &Key| self.hint(key).map_or(0, |(press, hint)| press.width() + hint.width());
        let reserved: usize = back.iter().chain(&help).map(|key| width_of(key)).sum();
        let mut room = usize::from(area.width) + 2;
        let mut shown: Vec<&Key> = Vec::new();
        for (keys, kept) in [(&own, reserved), (&back, 0), (&help, 0), (&others, 0)] {
            for key in keys {
                let width = width_of(key);
                if width + kept <= room {
                    room -= width;
                    shown.push(key);
                }
            }
        }
        let mut line = Line::default();
        for key in shown {
            let Some((press, hint)) = self.hint(key) else { continue };
            let refused = top.refusal(&cx, key.action).is_some();
            line.push_span(Span::styled(press, if refused { self.theme.muted } else { self.theme.key }));
            line.push_span(Span::styled(hint, self.theme.muted));
        }
        frame.render_widget(line.style(Style::new()), area);
    }

    /// A key the screen has itself, one that types a letter here, and the way back where there is none are no hints.
    fn is_hint_here(&self, key: &Key) -> bool {
        let top = self.top();
        let taken = |press| top.keys().iter().any(|own| own.presses.contains(press));
        !key.hint.is_empty()
            && !top.keys().iter().any(|own| own.action == key.action)
            && !key.presses.iter().all(taken)
            && (key.action != Action::Back || self.stack.len() > 1)
            && self.hint(key).is_some()
    }

    /// What the footer writes for a key; nothing where all its presses type characters.
    fn hint(&self, key: &Key) -> Option<(String, String)> {
        let text = self.top().captures_text();
        let press = key.presses.iter().find(|press| !text || press.typed().is_none() || key.over_text)?;
        let hint = self.top().hint(&self.context(), key.action).unwrap_or(key.hint);
        Some((format!(" {}", press.label(self.theme.ascii)), format!(" {hint}  ")))
    }
}

/// Our own characters outside ASCII in ASCII; what a person named stays as it is.
fn spell_in_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let plain = match cell.symbol() {
            "…" => "~",
            "↑" => "^",
            "↓" => "v",
            "←" => "<",
            "→" => ">",
            "·" | "–" | "—" => "-",
            _ => continue,
        };
        cell.set_symbol(plain);
    }
}
