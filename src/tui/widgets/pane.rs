//! A framed box with a title at the left and one at the right, and helpers that cut text by display width.

use ratatui::Frame;
use ratatui::buffer::Cell;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Padding, Paragraph, Wrap};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::model::credential::Name;
use crate::tui::theme::Theme;

const ASCII: border::Set = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// A title cut to this width can still be understood.
const SHORT_TITLE: usize = 20;

/// Draws the frame and returns the area inside, with a blank column on each side.
pub(crate) fn pane(theme: &Theme, frame: &mut Frame<'_>, area: Rect, title: &str, right: Line<'_>) -> Rect {
    let set = if theme.ascii { ASCII } else { border::ROUNDED };
    let mut block = frame_block().border_set(set).border_style(theme.muted);
    let right_width = right.width();
    // The right title matters more: a long left title is cut for it, unless too little of the left one would remain.
    let both = usize::from(area.width).saturating_sub(right_width + 8);
    let shows_right = right_width > 0 && both >= title.width().min(SHORT_TITLE);
    if !title.is_empty() {
        let room = if shows_right { both } else { usize::from(area.width).saturating_sub(4) };
        block = block.title(Line::from(Span::styled(format!(" {} ", cut(title, room)), theme.heading)));
    }
    if shows_right {
        block = block.title(right.alignment(Alignment::Right));
    }
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// Like [`pane`], for a pane to the right of another one: both share the border between them, and a scroll bar in it is
/// not overwritten.
pub(crate) fn pane_beside(theme: &Theme, frame: &mut Frame<'_>, area: Rect, title: &str, right: Line<'_>) -> Rect {
    let Some(shared) = area.x.checked_sub(1).filter(|_| !area.is_empty()) else {
        return pane(theme, frame, area, title, right);
    };
    let thumb = if theme.ascii { "#" } else { "█" };
    let is_bar = |cell: &&Cell| cell.symbol() == thumb;
    let bar: Vec<(u16, Cell)> = (area.top()..area.bottom())
        .filter_map(|y| Some((y, frame.buffer_mut().cell((shared, y)).filter(is_bar)?.clone())))
        .collect();
    let inside = pane(theme, frame, Rect { x: shared, width: area.width + 1, ..area }, title, right);
    let buffer = frame.buffer_mut();
    for (y, cell) in bar {
        buffer.cell_mut((shared, y)).map(|under| *under = cell).unwrap_or_default();
    }
    for (y, corner) in [(area.top(), "┬"), (area.bottom() - 1, "┴")] {
        if let Some(cell) = buffer.cell_mut((shared, y)).filter(|_| !theme.ascii) {
            cell.set_symbol(corner);
        }
    }
    inside
}

fn frame_block<'a>() -> Block<'a> {
    Block::new().borders(Borders::ALL).padding(Padding::horizontal(1))
}

/// The area inside of a frame.
#[must_use]
pub(crate) fn inner(area: Rect) -> Rect {
    frame_block().inner(area)
}

/// Clears an area before drawing over it, so that no half of a wide character is left at its edge.
pub(crate) fn clear(frame: &mut Frame<'_>, area: Rect) {
    if let Some(left) = area.x.checked_sub(1) {
        for y in area.y..area.y.saturating_add(area.height) {
            if let Some(cell) = frame.buffer_mut().cell_mut((left, y)).filter(|cell| cell.symbol().width() > 1) {
                cell.set_symbol(" ");
            }
        }
    }
    frame.render_widget(Clear, area);
}

/// Shows on the lower border that there is more below.
pub(crate) fn more_below(theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let text = if theme.ascii { " down: more " } else { " ↓ more " };
    let width = u16::try_from(text.width()).unwrap_or_default();
    if area.width > width + 4 && area.height > 1 {
        let (x, y) = (area.x + area.width - width - 2, area.y + area.height - 1);
        frame.render_widget(Span::styled(text, theme.accent), Rect { x, y, width, height: 1 });
    }
}

/// `text` cut to `room` cells on a character boundary, ending with `…` if something was cut.
#[must_use]
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut width = 0;
    let mut kept = String::new();
    for grapheme in text.graphemes(true) {
        if width + grapheme.width() + 1 > room {
            break;
        }
        width += grapheme.width();
        kept.push_str(grapheme);
    }
    if room > 0 {
        kept.push('…');
    }
    kept
}

/// `text` cut and padded to exactly `room` cells.
#[must_use]
pub(crate) fn cell(text: &str, room: usize) -> String {
    let kept = cut(text, room);
    let blank = room.saturating_sub(kept.width());
    kept + &" ".repeat(blank)
}

/// Like [`cell`], with a space at the end; empty if there is no room.
#[must_use]
pub(crate) fn text_in(text: &str, room: usize) -> String {
    if room == 0 { String::new() } else { cell(text, room - 1) + " " }
}

/// A name in at most `room` columns. The short id of a name that looks like another is appended and never cut.
#[must_use]
pub(crate) fn named(name: &Name, short_id: Option<&str>, room: usize) -> String {
    match short_id {
        Some(id) => format!("{} ({id})", cut(name.as_str(), room.saturating_sub(id.len() + 3))),
        None => cut(name.as_str(), room),
    }
}

/// Draws wrapped text; returns its number of rows.
pub(crate) fn paragraph(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) -> u16 {
    let paragraph = Paragraph::new(text.to_owned()).style(style).wrap(Wrap { trim: true });
    let rows = wrapped_rows(text, area.width).min(area.height);
    frame.render_widget(paragraph, Rect { height: rows, ..area });
    rows
}

/// How many rows `text` takes at this width, as the widget wraps it: at spaces.
#[must_use]
pub(crate) fn wrapped_rows(text: &str, width: u16) -> u16 {
    let width = usize::from(width.max(1));
    let rows = |line: &str| {
        let (mut rows, mut used) = (1, 0);
        for word in line.split(' ').filter(|word| !word.is_empty()) {
            let size = word.width();
            if used > 0 && used + 1 + size > width {
                rows += 1;
                used = 0;
            }
            used += size + usize::from(used > 0);
            rows += (used.saturating_sub(1)) / width;
            used = if used > width { (used - 1) % width + 1 } else { used };
        }
        rows
    };
    u16::try_from(text.lines().map(rows).sum::<usize>().max(1)).unwrap_or(u16::MAX)
}

/// The first `rows` rows of `area`, and the area below them.
#[must_use]
pub(crate) fn split_top(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}

/// `area` without its first `columns` columns.
#[must_use]
pub(crate) fn indent(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect { x: area.x + columns, width: area.width - columns, ..area }
}

/// `parts` of `of` equal parts of `width`, without overflow for any width.
#[must_use]
pub(crate) fn share(width: u16, parts: u32, of: u32) -> u16 {
    u16::try_from(u32::from(width) * parts / of.max(1)).unwrap_or(width)
}

/// A box of at most this size in the middle of `area`.
#[must_use]
pub(crate) fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::buffer::Cell;

    #[test]
    fn tt_12_cells_are_cut_by_display_width() {
        assert_eq!(cut("accounts.zoho.eu", 10), "accounts.…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cell("日本", 6), "日本  ");
        assert_eq!(cell("日本語", 4), "日… ");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn a_long_title_gives_way_to_what_stands_on_the_right() {
        let drawn = |title: &str, width: u16| {
            let mut terminal = Terminal::new(TestBackend::new(width, 3)).unwrap();
            let right = || Line::from(" times out in 15:00 ");
            terminal
                .draw(|frame| {
                    pane(&Theme::plain(false), frame, frame.area(), title, right());
                })
                .unwrap();
            terminal.backend().buffer().content.iter().take(width.into()).map(Cell::symbol).collect::<String>()
        };
        let long = "Authenticating with OpenID Connect (any provider) (device code)";
        let row = drawn(long, 80);
        assert!(row.contains("OpenID Connect (any provi") && row.contains("times out in 15:00"), "{row}");
        let row = drawn(long, 34);
        assert!(row.contains("Authenticating with") && !row.contains("gives up"), "{row}");
    }

    #[test]
    fn rows_are_counted_as_they_wrap() {
        assert_eq!(wrapped_rows("one two three", 7), 2);
        assert_eq!(wrapped_rows("one two three", 80), 1);
        assert_eq!(wrapped_rows("a\nb", 80), 2);
        assert_eq!(wrapped_rows("abcdefghij", 4), 3);
    }
}
