//! The position in a list: `37/400` on the lower border, and a scroll bar on the right one if not all rows fit.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Scrollbar, ScrollbarOrientation, ScrollbarState};
use unicode_width::UnicodeWidthStr as _;

use super::list::window;
use crate::tui::theme::Theme;

/// Draws the position and the scroll bar on the frame of a pane whose rows are in `list`.
pub(crate) fn position(
    theme: &Theme,
    frame: &mut Frame<'_>,
    (pane, list): (Rect, Rect),
    (selected, total): (usize, usize),
) {
    if total == 0 || pane.width < 2 || pane.height < 2 {
        return;
    }
    let text = format!(" {}/{total} ", selected + 1);
    let width = u16::try_from(text.width()).unwrap_or(u16::MAX);
    if width.saturating_add(4) < pane.width {
        let at = Rect { x: pane.right() - width - 2, y: pane.bottom() - 1, width, height: 1 };
        frame.render_widget(Span::styled(text, theme.muted), at);
    }
    let height = usize::from(list.height);
    if total <= height || height == 0 {
        return;
    }
    let (thumb, track) = if theme.ascii { ("#", "|") } else { ("█", "│") };
    let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight)
        .begin_symbol(None)
        .end_symbol(None)
        .track_symbol(Some(track))
        .thumb_symbol(thumb)
        .track_style(theme.muted)
        .thumb_style(theme.muted);
    // One position for each possible first row, so that the thumb is at the end for the last one.
    let mut state = ScrollbarState::new(total - height + 1)
        .position(window(selected, total, list.height).start)
        .viewport_content_length(height);
    let at = Rect { x: pane.right() - 1, width: 1, ..list };
    frame.render_stateful_widget(bar, at, &mut state);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::buffer::Cell;
    use ratatui::text::Line;

    fn drawn(selected: usize, total: usize) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(20, 8)).unwrap();
        terminal
            .draw(|frame| {
                let theme = Theme::plain(true);
                let inside = crate::tui::widgets::pane::pane(&theme, frame, frame.area(), "List", Line::default());
                position(&theme, frame, (frame.area(), inside), (selected, total));
            })
            .unwrap();
        terminal.backend().buffer().content.chunks(20).map(|row| row.iter().map(Cell::symbol).collect()).collect()
    }

    #[test]
    fn the_bar_is_at_its_ends_with_the_cursor_and_absent_where_all_rows_fit() {
        let ends = |rows: &[String]| [1, 6].map(|row| rows[row].ends_with('#'));
        assert_eq!(ends(&drawn(0, 400)), [true, false]);
        assert_eq!(ends(&drawn(399, 400)), [false, true]);
        assert_eq!(ends(&drawn(200, 400)), [false, false]);
        assert!(drawn(5, 6).iter().all(|row| !row.contains('#')));
    }

    #[test]
    fn the_position_is_on_the_lower_border() {
        assert!(drawn(36, 400)[7].ends_with(" 37/400 -+"), "{:?}", drawn(36, 400));
        assert!(drawn(0, 0)[7].ends_with("---+"));
    }
}
