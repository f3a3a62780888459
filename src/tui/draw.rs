//! The frame around the screens: breadcrumb above, notice and key hints below. Dropped piece by piece when it is narrow.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::app::App;
use crate::tui::effect::Notice;
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
        even_out_reversed(frame.buffer_mut(), self.theme.selected);
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
        let path = self.path(width.saturating_sub(right.width() + 3)).text();
        let fits = path.width() + right.width() + 2 <= width;
        let room = if fits { width } else { width.saturating_sub(1) };
        frame.render_widget(Line::styled(cut(&path, room), self.theme.heading), area);
        if fits {
            let right = Line::styled(right, self.theme.muted).alignment(Alignment::Right);
            frame.render_widget(right, area);
        }
    }

    pub(super) fn header_right(&self) -> String {
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
        let Some((notice, _)) = &self.notice else {
            let line = self.tour.line().unwrap_or_default();
            let room = usize::from(area.width).saturating_sub(1);
            frame.render_widget(Line::styled(format!(" {}", cut(&line, room)), self.theme.accent), area);
            return;
        };
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

    fn footer(&self, frame: &mut Frame<'_>, area: Rect) {
        let mut line = Line::from(" ");
        for hint in self.hints(area.width) {
            let style = if hint.is_refused { self.theme.muted } else { self.theme.key };
            line.push_span(Span::styled(hint.press, style));
            line.push_span(Span::styled(format!(" {}  ", hint.words), self.theme.muted));
        }
        frame.render_widget(line.style(Style::new()), area);
    }
}

/// A selected row that is reversed has one background: the color of a status would become a block in it.
fn even_out_reversed(buffer: &mut Buffer, selected: Style) {
    for cell in buffer.content.iter_mut().filter(|cell| cell.modifier.contains(Modifier::REVERSED)) {
        cell.fg = selected.fg.unwrap_or(Color::Reset);
        cell.bg = selected.bg.unwrap_or(Color::Reset);
        cell.modifier.remove(Modifier::DIM);
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
