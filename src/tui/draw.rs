//! Draws the frame around the screens: breadcrumb above, notice and key hints below. Parts of it are left out in a
//! small terminal.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::app::App;
use crate::tui::effect::Notice;
use crate::tui::widgets::pane::{clear, cut, paragraph, split_top, wrapped_rows};
use crate::tui::widgets::relative_time;

/// Smallest width and height for the whole interface; in a smaller terminal only one line is drawn.
const LEAST: (u16, u16) = (34, 8);

/// Most rows of a notice, which covers the lowest rows of the body.
const NOTICE_ROWS: u16 = 3;

impl App {
    /// Draws everything. Deterministic: the same state draws the same cells.
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
            fade(frame.buffer_mut(), area);
        }
        self.top().view(&self.context(), frame, area);
        if let Some(overlay) = &self.overlay {
            fade(frame.buffer_mut(), area);
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
        parts.extend(self.vault_in_words());
        if let Some(left) = self.context().locks_in {
            let left = if left.as_secs() > 60 {
                format!("{} min", left.as_secs() / 60)
            } else {
                relative_time::countdown(left)
            };
            parts.push(format!("locks in {left}"));
        }
        parts.join("  ") + " "
    }

    /// The vault's name if this machine has several vaults or a team shares it, and the time of the shown data if the
    /// store cannot be reached.
    fn vault_in_words(&self) -> Option<String> {
        let as_of = self.snapshot.as_of.map(|at| {
            let glyph = if self.theme.ascii { "!" } else { "▲" };
            let at = relative_time::instant(&self.context(), at);
            format!("{glyph} offline, as of {}", at.trim_start_matches("today "))
        });
        let has_others = self.vaults.len() > 1 || self.snapshot.team.is_some();
        let name = has_others.then(|| self.workspace.vault_name().to_owned());
        let parts: Vec<String> = name.into_iter().chain(as_of).collect();
        (!parts.is_empty()).then(|| parts.join("  "))
    }

    /// The notice above the footer; a longer one covers rows of the body.
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

/// Dims what is under a dialog, because only the dialog receives keys.
fn fade(buffer: &mut Buffer, area: Rect) {
    buffer
        .set_style(area, Style::new().remove_modifier(Modifier::BOLD | Modifier::REVERSED).add_modifier(Modifier::DIM));
}

/// Gives a selected row in reverse video a single background, because the color of a status would become a block in it.
fn even_out_reversed(buffer: &mut Buffer, selected: Style) {
    for cell in buffer.content.iter_mut().filter(|cell| cell.modifier.contains(Modifier::REVERSED)) {
        cell.fg = selected.fg.unwrap_or(Color::Reset);
        cell.bg = selected.bg.unwrap_or(Color::Reset);
        cell.modifier.remove(Modifier::DIM);
    }
}

/// Replaces the interface's own non-ASCII characters; names that the user typed stay as they are.
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
