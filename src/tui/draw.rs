//! The frame around the screens: breadcrumb above, notice and key hints below. Dropped piece by piece when it is narrow.

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr as _;

use super::app::App;
use crate::tui::effect::Notice;
use crate::tui::keymap::Key;
use crate::tui::overlay::EVERYWHERE;
use crate::tui::widgets::pane::{cut, split_top};
use crate::tui::widgets::when;

/// Below this nothing but a line fits.
const LEAST: (u16, u16) = (34, 8);

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
        self.top().view(&self.context(), frame, body);
        if let Some(overlay) = &self.overlay {
            overlay.view(&self.context(), self.top(), frame, body);
        }
        self.notice_line(frame, notice);
        self.footer(frame, footer);
    }

    fn header(&self, frame: &mut Frame<'_>, area: Rect) {
        let cx = self.context();
        let right = self.header_right();
        let width = usize::from(area.width);
        let mut crumbs: Vec<String> = self.stack.iter().map(|screen| screen.as_view().title(&cx)).collect();
        crumbs.retain(|crumb| !crumb.is_empty());
        let path = format!(" {}", crumbs.join(" > "));
        let fits = path.width() + right.width() + 2 <= width;
        let room = if fits { width } else { width.saturating_sub(1) };
        frame.render_widget(Line::styled(cut(&path, room), self.theme.heading), area);
        if fits {
            let right = Line::styled(right, self.theme.muted).alignment(Alignment::Right);
            frame.render_widget(right, area);
        }
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

    fn notice_line(&self, frame: &mut Frame<'_>, area: Rect) {
        let Some((notice, _)) = &self.notice else { return };
        let (glyph, ascii, text, style) = match notice {
            Notice::Done(text) => ("✓", "+", text.clone(), self.theme.ok),
            Notice::Refused(text) => ("▲", "!", text.clone(), self.theme.warn),
            Notice::Failed(problem) => ("✗", "x", format!("{}  (e shows all of it)", problem.what), self.theme.danger),
        };
        let glyph = if self.theme.ascii { ascii } else { glyph };
        let text = cut(&format!(" {glyph} {text}"), usize::from(area.width));
        frame.render_widget(Clear, area);
        frame.render_widget(Line::styled(text, style), area);
    }

    fn footer(&self, frame: &mut Frame<'_>, area: Rect) {
        let (cx, top) = (self.context(), self.top());
        let text = top.captures_text();
        let shown = |key: &&Key| !key.hint.is_empty();
        let own = top.keys().iter().filter(shown);
        // A key the screen has itself, and one that types a letter here, are no hints of everywhere.
        let everywhere = EVERYWHERE.iter().filter(shown).filter(|key| {
            let mut presses = key.presses.iter();
            !top.keys().iter().any(|own| own.action == key.action)
                && presses.any(|press| !text || press.typed().is_none())
        });
        let mut line = Line::default();
        let mut room = usize::from(area.width);
        for key in own.chain(everywhere) {
            let press = key.presses.iter().find(|press| !text || press.typed().is_none() || key.over_text);
            let Some(press) = press else { continue };
            let (press, hint) = (format!(" {press}"), format!(" {}  ", key.hint));
            let width = press.width() + hint.trim_end().width();
            if width > room {
                continue;
            }
            room = room.saturating_sub(press.width() + hint.width());
            let refused = top.refusal(&cx, key.action).is_some();
            line.push_span(Span::styled(press, if refused { self.theme.muted } else { self.theme.key }));
            line.push_span(Span::styled(hint, self.theme.muted));
        }
        frame.render_widget(line, area);
    }
}
