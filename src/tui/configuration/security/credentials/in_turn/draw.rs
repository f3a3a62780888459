//! Draws the list of the credentials, and the full result of the selected one below it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::steps::{Step, StepResult, Steps};
use crate::tui::context::Context;
use crate::tui::present::in_full;
use crate::tui::route::BatchAction;
use crate::tui::widgets::columns::Columns;
use crate::tui::widgets::list::{marker, window};
use crate::tui::widgets::pane::{cell, cut, pane, paragraph, split_top};
use crate::tui::widgets::{scroll, spinner};

/// Rows below the list.
const FOOT: u16 = 5;

/// Longest name before it is cut.
const NAME: usize = 44;

impl Steps {
    pub(super) fn view(
        &self,
        cx: &Context<'_>,
        frame: &mut Frame<'_>,
        area: Rect,
        (turn, selected, waits): (BatchAction, usize, bool),
    ) {
        let (done, failed, others) = self.counts();
        let verb = if turn == BatchAction::Test { "Tested" } else { "Authenticated" };
        let title = format!("{verb} {done} of {}", self.len());
        let right = format!(" {failed} failed, {others} not done ");
        let right = if failed + others > 0 { Line::styled(right, cx.theme.warn) } else { Line::default() };
        let inside = pane(cx.theme, frame, area, &title, right);
        let foot = if inside.height > FOOT + 2 { FOOT } else { 1 };
        let (list, below) = split_top(inside, inside.height.saturating_sub(foot));
        let name = self.list.iter().map(|step| step.name.width()).max().unwrap_or_default().min(NAME);
        for (line, at) in list.rows().zip(window(selected, self.len(), list.height)) {
            if let Some(step) = self.list.get(at) {
                frame.render_widget(step.line(cx, usize::from(line.width), name, at == selected), line);
            }
        }
        scroll::position(cx.theme, frame, (area, list), (selected, self.len()));
        let (head, rest) = split_top(below, 1);
        match self.waiting().filter(|_| waits) {
            Some(next) => {
                let text = format!("Press enter to continue with \"{}\" or esc to stop.", next.name);
                frame.render_widget(Line::styled(cut(&text, usize::from(head.width)), cx.theme.accent), head);
            }
            None => frame.render_widget(Line::default(), head),
        }
        if let Some(step) = self.list.get(selected) {
            let (_, text, style) = step.came.in_words(cx);
            paragraph(frame, rest, &text, style);
        }
    }
}

impl Step {
    fn line(&self, cx: &Context<'_>, width: usize, name: usize, is_selected: bool) -> Line<'static> {
        let (glyph, text, style) = self.came.in_words(cx);
        let in_row = |style| cx.theme.in_row(is_selected, style);
        let room = width.saturating_sub(4 + name + 2);
        Line::from(vec![
            Span::raw(marker(is_selected)),
            Span::styled(format!("{glyph} "), in_row(style)),
            Span::raw(cell(&self.name, name)),
            Columns::gap(),
            Span::styled(cell(&text, room), in_row(style)),
        ])
        .style(in_row(cx.theme.text))
    }
}

impl StepResult {
    /// The glyph, the text and the color of a result.
    fn in_words(&self, cx: &Context<'_>) -> (&'static str, String, Style) {
        let glyph = |unicode, ascii| if cx.theme.ascii { ascii } else { unicode };
        match self {
            Self::Nothing => (glyph("·", "-"), "not started".to_owned(), cx.theme.muted),
            Self::Begun => (spinner(cx), "under way".to_owned(), cx.theme.accent),
            Self::Done(text) if text.is_empty() => (glyph("✓", "+"), "done".to_owned(), cx.theme.ok),
            Self::Done(text) => (glyph("✓", "+"), text.clone(), cx.theme.ok),
            Self::Failed(problem) => (glyph("✗", "x"), in_full(problem), cx.theme.danger),
            Self::Skipped => (glyph("○", "o"), "skipped".to_owned(), cx.theme.muted),
        }
    }
}
