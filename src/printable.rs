//! Makes text from servers, files and people safe for a terminal, a log and a page.

use std::fmt::Write as _;

/// `text` with control, bidirectional and invisible characters escaped as `\u{..}` and line breaks as spaces, cut to at
/// most `max` characters; `…` at the end shows that it was cut.
#[must_use]
pub fn printable(text: &str, max: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(max * 4));
    let mut count = 0;
    for c in text.chars() {
        let before = safe.len();
        let width = if matches!(c, '\n' | '\r' | '\t') {
            safe.push(' ');
            1
        } else if is_plain(c) {
            safe.push(c);
            1
        } else {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            safe.len() - before
        };
        if count + width > max {
            safe.truncate(before);
            while count + 1 > max {
                safe.pop();
                count -= 1;
            }
            safe.push('…');
            return safe;
        }
        count += width;
    }
    safe
}

/// `text` quoted as one word of a command line that the user may copy into a shell.
#[must_use]
pub(crate) fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Whether `c` is visible and does not change how the text around it is displayed.
#[must_use]
pub fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_what_moves_the_cursor_or_the_reading_order() {
        assert_eq!(printable("a\u{1b}[2Jb", 80), "a\\u{1b}[2Jb");
        assert_eq!(printable("a\u{202e}b\u{9b}c\u{200b}", 80), "a\\u{202e}b\\u{9b}c\\u{200b}");
        assert_eq!(printable("two\r\nlines", 80), "two  lines");
        assert_eq!(printable("Größe 日本", 80), "Größe 日本");
    }

    #[test]
    fn cuts_with_an_ellipsis() {
        assert_eq!(printable("abcdef", 6), "abcdef");
        assert_eq!(printable("abcdefg", 6), "abcde…");
        assert_eq!(printable("abcde\u{1b}", 6), "abcde…");
    }

    proptest! {
        #[test]
        fn output_is_always_plain_and_bounded(text in ".*", max in 1usize..200) {
            let safe = printable(&text, max);
            prop_assert!(safe.chars().all(is_plain));
            prop_assert!(safe.chars().count() <= max);
        }
    }
}
