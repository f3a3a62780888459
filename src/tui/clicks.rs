//! Mouse clicks and the wheel: on an overlay, the breadcrumb, the notice, the key hints, or the screen.

use jiff::SignedDuration;
use ratatui::layout::Rect;

use super::app::App;
use crate::tui::context::context_of;
use crate::tui::effect::{Effect, Notice};
use crate::tui::input::Input;
use crate::tui::overlay::Overlay;

/// Two clicks on one cell within this time are a double click.
const DOUBLE_CLICK: SignedDuration = SignedDuration::from_millis(500);

/// Rows below the body: notice and key hints.
const BELOW: u16 = 2;

impl App {
    pub(super) fn click(&mut self, x: u16, y: u16) -> Vec<Effect> {
        self.touched();
        let double = self.last_click.is_some_and(|(last_x, last_y, at)| {
            (last_x, last_y) == (x, y) && at.duration_until(self.now) < DOUBLE_CLICK
        });
        self.last_click = Some((x, y, self.now));
        if let Some(overlay) = self.overlay.take() {
            return self.click_over(overlay, (x, y));
        }
        let height = self.size.1;
        match y {
            0 => self.click_path(x),
            y if y + 1 == height => self.hint_at(x).map_or_else(Vec::new, |action| self.run(action)),
            y if y + BELOW == height => self.click_notice(),
            // The header is one row.
            y => self.input(Input::Click { x, y: y - 1, double }),
        }
    }

    pub(super) fn scroll(&mut self, rows: i16) -> Vec<Effect> {
        self.touched();
        let Some(mut overlay) = self.overlay.take() else { return self.input(Input::Scroll(rows)) };
        let answer = overlay.scroll(&self.context(), self.top(), rows);
        self.apply_overlay_result(overlay, answer)
    }

    fn click_over(&mut self, mut overlay: Overlay, (x, y): (u16, u16)) -> Vec<Effect> {
        let (width, height) = self.size;
        let body = Rect { x: 0, y: 1, width, height: height.saturating_sub(1 + BELOW) };
        let answer = overlay.click(&self.context(), self.top(), body, (x, y));
        self.apply_overlay_result(overlay, answer)
    }

    /// Goes back to the screen whose part of the breadcrumb was clicked.
    fn click_path(&mut self, x: u16) -> Vec<Effect> {
        let Some(depth) = self.path_here().depth_at(x) else { return Vec::new() };
        while self.stack.len() > depth.max(1) {
            let cx = context_of!(self);
            if let Some(why) = self.stack.last_mut().and_then(|screen| screen.as_view_mut().holds(&cx)) {
                return vec![Effect::Notice(Notice::Refused(why))];
            }
            self.leave();
        }
        Vec::new()
    }

    /// Shows all details of the problem in the notice.
    fn click_notice(&mut self) -> Vec<Effect> {
        if let Some((Notice::Failed(problem), _)) = &self.notice {
            self.overlay = Some(Overlay::problem(problem.clone()));
            self.notice = None;
        }
        Vec::new()
    }
}
