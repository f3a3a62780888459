//! A credential's name: what lists and scripts call it.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use crate::printable::is_plain;
use unicode_width::UnicodeWidthChar as _;

/// Longest name, in characters.
const MAX: usize = 80;

/// Combining marks allowed on one letter; more of them overlap the lines above and below. Vietnamese and Hebrew need
/// three.
const MAX_MARKS: usize = 4;

/// A name as the user typed it, without outer white space and with only one kind of space.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// Why a name was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("Enter a name of 1 to 80 characters.")]
    Empty,
    /// Over 80 characters.
    #[error("The name has {0} characters; the limit is 80.")]
    Long(usize),
    /// A control, bidirectional or invisible character: which, and its position from 1 on.
    #[error("The name has the invisible character U+{0:04X} (position {1}); type it without.")]
    Invisible(u32, usize),
    /// A private-use character, which looks different in each font: which, and its position from 1 on.
    #[error(
        "The name has the character U+{0:04X} (position {1}), which looks different in each font; type it without."
    )]
    Private(u32, usize),
    /// More combining marks in a row than any language has: the position of the first one too many.
    #[error("The name has more than 4 combining marks in a row (position {0}).")]
    Marks(usize),
}

impl Name {
    /// Checks a name that the user entered.
    ///
    /// # Errors
    /// If it is empty, too long, or contains invisible characters.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let mut marks = 0;
        for (at, c) in (1..).zip(text.chars()) {
            let code = u32::from(c);
            if is_private(c) {
                return Err(NameError::Private(code, at));
            }
            if !is_visible(c) {
                return Err(NameError::Invisible(code, at));
            }
            marks = if c.width() == Some(0) { marks + 1 } else { 0 };
            if marks > MAX_MARKS {
                return Err(NameError::Marks(at));
            }
        }
        match text.chars().count() {
            0 => Err(NameError::Empty),
            n if n > MAX => Err(NameError::Long(n)),
            _ => Ok(Self(with_one_blank(text))),
        }
    }

    /// Returns `text`, or `text` with the first number from 2 on that makes it a free name.
    ///
    /// # Errors
    /// As [`parse`](Self::parse): the number may make the name too long.
    pub(crate) fn first_free(text: &str, is_free: impl Fn(&Self) -> bool) -> Result<Self, NameError> {
        let first = Self::parse(text)?;
        let mut names =
            std::iter::once(Ok(first)).chain((2_u64..).map(|number| Self::parse(&format!("{text} {number}"))));
        names.find(|name| name.as_ref().map_or(true, &is_free)).unwrap_or(Err(NameError::Empty))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The comparison key of a name: composed (NFC) and lower case.
    #[must_use]
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

/// The comparison form of any text that the user typed for a name.
pub(crate) fn fold(text: &str) -> String {
    // Most names are ASCII: they need no normalization, only lowercasing.
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    folded(text)
}

fn folded(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(&with_one_blank(text.trim())).to_lowercase()
}

/// Replaces every kind of space, such as a no-break space (U+00A0), by U+0020: they look the same.
fn with_one_blank(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() && is_plain(c) { ' ' } else { c }).collect()
}

/// Excludes, beyond what no text may contain: variation selectors, the empty Braille pattern, musical grouping marks.
fn is_visible(c: char) -> bool {
    is_plain(c) && !matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{2800}' | '\u{1d173}'..='\u{1d17a}')
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_ascii_is_folded_like_any_other() {
        let all: String = (0..128_u8).map(char::from).collect();
        for text in ["Zoho EU", "  x Y\t", "\u{b}a\u{c}", "", " ", &all] {
            assert_eq!(fold(text), folded(text), "{text:?}");
        }
    }

    #[test]
    fn a_taken_name_gets_the_first_free_number_unless_it_is_too_long_then() {
        let taken = ["Okta", "Okta 2", &"x".repeat(MAX)];
        let free = |text: &str| Name::first_free(text, |name| !taken.contains(&name.as_str()));
        assert_eq!(free(" Zoho ").unwrap().as_str(), "Zoho");
        assert_eq!(free("Okta").unwrap().as_str(), "Okta 3");
        assert_eq!(free(&"x".repeat(MAX)), Err(NameError::Long(MAX + 2)));
        assert_eq!(free(" "), Err(NameError::Empty));
    }

    #[test]
    fn cf_14_names() {
        assert_eq!(Name::parse("  Zoho EU ").unwrap().as_str(), "Zoho EU");
        assert!(Name::parse("-rf").is_ok());
        assert!(Name::parse("a/b").is_ok());
        assert_eq!(Name::parse(" \t"), Err(NameError::Empty));
        assert_eq!(Name::parse("a\nb"), Err(NameError::Invisible(0x0a, 2)));
        assert_eq!(Name::parse("a\u{202e}b"), Err(NameError::Invisible(0x202e, 2)));
        assert_eq!(Name::parse(&"x".repeat(81)), Err(NameError::Long(81)));
    }

    #[test]
    fn what_cannot_be_seen_in_a_name_is_refused_with_its_position() {
        for c in [
            '\u{fe0f}',
            '\u{fe00}',
            '\u{2800}',
            '\u{1d173}',
            '\u{200b}',
            '\u{200d}',
            '\u{2060}',
            '\u{feff}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{ad}',
            '\u{3164}',
        ] {
            let wanted = Err(NameError::Invisible(u32::from(c), 3));
            assert_eq!(Name::parse(&format!("ab{c}c")), wanted, "U+{:04X}", u32::from(c));
        }
        assert_eq!(Name::parse("\u{2800}"), Err(NameError::Invisible(0x2800, 1)));
        assert_eq!(Name::parse("a\u{e000}"), Err(NameError::Private(0xe000, 2)));
        assert_eq!(Name::parse(&format!("a{}", "\u{301}".repeat(5))), Err(NameError::Marks(6)));
        for fine in ["Vie\u{302}\u{323}t", "\u{5e9}\u{5c1}\u{5b8}", "\u{1f511}", "a\u{301}\u{301}\u{301}\u{301}"] {
            assert!(Name::parse(fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn every_blank_is_the_same_one() {
        for blank in ["\u{a0}", "\u{202f}", "\u{3000}", "\u{2003}"] {
            let name = Name::parse(&format!("Zoho{blank}EU")).unwrap();
            assert_eq!(name.as_str(), "Zoho EU");
            assert_eq!(fold(&format!("zoho{blank}eu")), name.key(), "and of a name stored before");
        }
    }

    #[test]
    fn vf_15_names_are_one_whatever_their_case_or_composition() {
        let composed = Name::parse("Caf\u{e9}").unwrap();
        let decomposed = Name::parse("CAFE\u{301}").unwrap();
        assert_eq!(composed.key(), decomposed.key());
    }
}
