//! A one-line text field. Its text is wiped when dropped, and never shown if it is masked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;
use zeroize::Zeroizing;

use crate::printable::is_plain;
use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::input::Edit;

/// Most bytes in a field. The buffer has this size from the start: growing would leave copies behind.
const CAPACITY: usize = 16 << 10;

/// Most dots of a mask, whatever the length of the text.
const MAX_DOTS: usize = 24;

/// Columns of the line that marks an empty field.
const EMPTY: u16 = 24;

#[allow(clippy::struct_excessive_bools, reason = "each is a trait of the field that goes with every other")]
pub(crate) struct TextField {
    text: Zeroizing<String>,
    /// Byte offset, on a grapheme boundary.
    cursor: usize,
    masked: bool,
    /// Whether every character is kept as it was typed or pasted.
    verbatim: bool,
    shown: bool,
    /// Whether the text is only a proposal: the first character that is typed or pasted replaces it.
    is_proposed: bool,
    /// The last paste, while it is the whole text.
    pasted: Option<Pasted>,
}

#[derive(Clone, Copy)]
struct Pasted {
    /// Number of characters that were kept.
    kept: usize,
    /// Whether spaces at its ends were dropped.
    was_spaced: bool,
}

impl Default for TextField {
    fn default() -> Self {
        Self::new("")
    }
}

impl TextField {
    /// A field with text in it and the cursor at the end.
    #[must_use]
    pub(crate) fn new(text: &str) -> Self {
        let mut field = Self {
            text: Zeroizing::new(String::with_capacity(CAPACITY)),
            cursor: 0,
            masked: false,
            verbatim: false,
            shown: false,
            is_proposed: false,
            pasted: None,
        };
        field.type_in(text);
        field
    }

    /// An empty field that shows dots.
    #[must_use]
    pub(crate) fn masked() -> Self {
        Self { masked: true, ..Self::new("") }
    }

    /// An empty field that shows dots and keeps every character: a passphrase must be the same here, at a prompt and
    /// in a file.
    #[must_use]
    pub(crate) fn passphrase() -> Self {
        Self { verbatim: true, ..Self::masked() }
    }

    /// The text. Not for masked fields: see [`secret`](Self::secret).
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        if self.masked { "" } else { &self.text }
    }

    #[must_use]
    pub(crate) fn secret(&self) -> Secret {
        Secret::new(self.text.to_string())
    }

    /// Makes the text a proposal, which the first typed character replaces, as in a field whose text is selected.
    #[must_use]
    pub(crate) fn proposed(mut self) -> Self {
        self.is_proposed = true;
        self
    }

    /// Whether it shows dots.
    #[must_use]
    pub(crate) fn is_masked(&self) -> bool {
        self.masked
    }

    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the text.
    pub(crate) fn set(&mut self, text: &str) {
        self.clear();
        self.type_in(text);
    }

    pub(crate) fn clear(&mut self) {
        zeroize::Zeroize::zeroize(&mut *self.text);
        self.text.reserve(CAPACITY);
        (self.cursor, self.pasted) = (0, None);
    }

    /// Shows or hides the text of a masked field.
    pub(crate) fn toggle_shown(&mut self) {
        self.shown = !self.shown;
    }

    /// Types a character.
    pub(crate) fn insert(&mut self, c: char) {
        self.replace_proposal();
        self.pasted = None;
        self.type_in(c.encode_utf8(&mut [0; 4]));
    }

    /// Pastes text without surrounding white space and without invisible characters. A line break or tab inside becomes
    /// one space, because it separates words; in a masked field it is a copying error and is dropped. From a
    /// passphrase, only one line break at the end is dropped.
    pub(crate) fn paste(&mut self, text: &Secret) {
        self.replace_proposal();
        let was_empty = self.text.is_empty();
        let before = self.text.chars().count();
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}');
        if self.verbatim {
            text.without_line_break(|text| self.type_in(text));
            self.note_paste(was_empty, before, false);
            return;
        }
        // A copied line ends with a line break; that is not worth a notice.
        let mut was_spaced = false;
        text.without_line_break(|text| was_spaced = text.trim().len() < text.len());
        let _ = text.trimmed(|text| {
            for (at, part) in text.split(is_break).map(str::trim).filter(|part| !part.is_empty()).enumerate() {
                if at > 0 && !self.masked {
                    self.type_in(" ");
                }
                self.type_in(part);
            }
            false
        });
        self.note_paste(was_empty, before, was_spaced);
    }

    fn replace_proposal(&mut self) {
        if std::mem::take(&mut self.is_proposed) {
            self.clear();
        }
    }

    fn note_paste(&mut self, was_empty: bool, before: usize, was_spaced: bool) {
        self.pasted = was_empty.then(|| Pasted { kept: self.text.chars().count() - before, was_spaced });
    }

    /// Handles an editing key.
    pub(crate) fn edit(&mut self, edit: Edit) {
        self.pasted = None;
        let was_proposed = std::mem::take(&mut self.is_proposed);
        match edit {
            Edit::Backspace | Edit::Delete if was_proposed => self.clear(),
            Edit::Left => self.cursor = self.before(),
            Edit::Right => self.cursor = self.after(),
            Edit::WordLeft => self.cursor = self.word_before(),
            Edit::WordRight => self.cursor = self.word_after(),
            Edit::Home => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
            Edit::Backspace => self.cut(self.before(), self.cursor),
            Edit::Delete => self.cut(self.cursor, self.after()),
            Edit::DeleteWord => self.cut(self.word_before(), self.cursor),
            Edit::DeleteToEnd => self.cut(self.cursor, self.text.len()),
            Edit::Clear => self.clear(),
        }
    }

    /// "pasted, 42 characters", after a paste into an empty field.
    #[must_use]
    pub(crate) fn note(&self) -> Option<String> {
        self.pasted.map(|Pasted { kept, was_spaced }| {
            let spaced = if was_spaced { ", spaces at the ends dropped" } else { "" };
            format!("pasted, {kept} characters{spaced}")
        })
    }

    /// Draws one row: as much of the text as keeps the cursor visible, with `▏` at the cursor if focused.
    pub(crate) fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, focused: bool) {
        if area.is_empty() {
            return;
        }
        let (text, cursor) = self.display(cx);
        let room = usize::from(area.width).saturating_sub(1);
        let (head, tail) = (text.get(..cursor).unwrap_or_default(), text.get(cursor..).unwrap_or_default());
        let head = if focused { end_of(head, room) } else { head };
        let style = if focused && self.is_proposed { cx.theme.selected } else { cx.theme.text };
        let mut line = Line::from(Span::styled(head.to_owned(), style));
        if focused {
            let bar = if cx.theme.ascii { "|" } else { "▏" };
            line.push_span(Span::styled(bar, cx.theme.accent.add_modifier(Modifier::BOLD)));
        }
        line.push_span(Span::styled(tail.to_owned(), cx.theme.text));
        if !focused && self.text.is_empty() {
            line = Line::styled("_".repeat(usize::from(area.width.min(EMPTY))), cx.theme.muted);
        } else if !focused && !self.masked {
            line = Line::styled(super::pane::cut(&text, usize::from(area.width)), cx.theme.text);
        }
        frame.render_widget(line, area);
        if focused {
            // The terminal's own cursor is put there too, for input methods and screen readers.
            let column = area.x + u16::try_from(head.width()).unwrap_or(0).min(area.width - 1);
            frame.set_cursor_position((column, area.y));
        }
    }

    /// Whether the cursor is after the last character.
    #[must_use]
    pub(crate) fn at_end(&self) -> bool {
        self.cursor == self.text.len()
    }

    fn display(&self, cx: &Context<'_>) -> (Zeroizing<String>, usize) {
        if !self.masked || self.shown {
            return self.as_shown(cx);
        }
        let dot = if cx.theme.ascii { "*" } else { "•" };
        // The cursor of a mask is always at its end: its position would reveal the length.
        let dots = dot.repeat(self.text.chars().count().min(MAX_DOTS));
        let end = dots.len();
        (Zeroizing::new(dots), end)
    }

    /// The text with a visible symbol in place of each invisible character, and the position of the cursor in it.
    fn as_shown(&self, cx: &Context<'_>) -> (Zeroizing<String>, usize) {
        let sign = if cx.theme.ascii { '?' } else { char::REPLACEMENT_CHARACTER };
        let mut shown = Zeroizing::new(String::with_capacity(self.text.len() * sign.len_utf8()));
        let mut cursor = 0;
        for (at, c) in self.text.char_indices() {
            if at == self.cursor {
                cursor = shown.len();
            }
            shown.push(if is_plain(c) { c } else { sign });
        }
        if self.at_end() {
            cursor = shown.len();
        }
        (shown, cursor)
    }

    fn type_in(&mut self, text: &str) {
        let verbatim = self.verbatim;
        for c in text.chars().filter(|c| verbatim || is_plain(*c)) {
            if self.text.len() + c.len_utf8() > CAPACITY {
                break;
            }
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn before(&self) -> usize {
        let head = self.text.get(..self.cursor).unwrap_or_default();
        head.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let tail = self.text.get(self.cursor..).unwrap_or_default();
        self.cursor + tail.graphemes(true).next().map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let head = self.text.get(..self.cursor).unwrap_or_default().trim_end();
        head.rfind(char::is_whitespace).map_or(0, |at| at + 1)
    }

    fn word_after(&self) -> usize {
        let tail = self.text.get(self.cursor..).unwrap_or_default();
        let word = tail.trim_start();
        let blank = tail.len() - word.len();
        self.cursor + blank + word.find(char::is_whitespace).unwrap_or(word.len())
    }
}

impl std::fmt::Debug for TextField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextField").field("masked", &self.masked).finish_non_exhaustive()
    }
}

/// The longest suffix of `text` that fits into `room` cells.
fn end_of(text: &str, room: usize) -> &str {
    let mut left = text.width();
    let mut graphemes = text.grapheme_indices(true);
    let mut at = 0;
    while left > room {
        let Some((start, grapheme)) = graphemes.next() else { break };
        left -= grapheme.width();
        at = start + grapheme.len();
    }
    text.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_like_readline_on_whole_characters() {
        let mut field = TextField::new("one two e\u{301}");
        field.edit(Edit::Backspace);
        assert_eq!(field.text(), "one two ");
        field.edit(Edit::DeleteWord);
        assert_eq!(field.text(), "one ");
        field.edit(Edit::Home);
        field.insert('x');
        field.edit(Edit::WordRight);
        field.edit(Edit::DeleteToEnd);
        assert_eq!(field.text(), "xone");
        field.edit(Edit::Clear);
        assert!(field.is_empty());
    }

    #[test]
    fn tt_09_a_paste_is_text_bounded_and_trimmed() {
        let mut field = TextField::masked();
        field.paste(&Secret::new(" 1000.ABC\r\n".to_owned()));
        assert_eq!(field.secret().chars(), 8);
        assert_eq!(field.note().unwrap(), "pasted, 8 characters, spaces at the ends dropped");
        let mut field = TextField::masked();
        field.paste(&Secret::new("1000 ABC\n".to_owned()));
        assert_eq!(field.note().unwrap(), "pasted, 8 characters", "a space inside stays");
        assert_eq!(field.text(), "", "a masked field gives no plain text");
        field.paste(&Secret::new("x\u{1b}[2J".repeat(1_000_000)));
        assert!(field.secret().chars() <= CAPACITY);
        assert!(!format!("{field:?}").contains("ABC"));
    }

    #[test]
    fn a_passphrase_is_the_same_typed_and_pasted() {
        for text in [" blanks around it ", "tab\tinside", "e\u{301}\u{200d}", "two\nlines", "\u{a0}no-break"] {
            let (mut typed, mut pasted) = (TextField::passphrase(), TextField::passphrase());
            text.chars().for_each(|c| typed.insert(c));
            pasted.paste(&Secret::new(text.to_owned()));
            assert!(typed.secret().matches(&Secret::new(text.to_owned())), "typed {text:?}");
            assert!(pasted.secret().matches(&typed.secret()), "pasted {text:?}");
            for end in ["\n", "\r\n", "\r"] {
                let mut pasted = TextField::passphrase();
                pasted.paste(&Secret::new(format!("{text}{end}")));
                assert!(pasted.secret().matches(&typed.secret()), "pasted {text:?} and {end:?}");
            }
        }
    }

    #[test]
    fn tt_12_the_end_that_fits_starts_at_a_whole_character() {
        assert_eq!(end_of("日本語", 4), "本語");
        assert_eq!(end_of("日本語", 5), "本語");
        assert_eq!(end_of("abc", 5), "abc");
    }
}
