//! A credential's name: what lists and scripts call it.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use crate::printable::is_plain;

/// Longest name, in characters.
const MAX: usize = 80;

/// A name as the person wrote it, without outer white space.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// Why a name was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("A name is needed: 1 to 80 characters.")]
    Empty,
    /// Over 80 characters.
    #[error("The name has {0} characters; at most 80 fit.")]
    Long(usize),
    /// A control, bidirectional or invisible character.
    #[error("The name has the invisible character U+{0:04X}; type it without.")]
    Invisible(u32),
}

impl Name {
    /// Checks a name that a person gave.
    ///
    /// # Errors
    /// When it is empty, too long, or has characters that do not show.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if let Some(hidden) = text.chars().find(|c| !is_plain(*c)) {
            return Err(NameError::Invisible(u32::from(hidden)));
        }
        match text.chars().count() {
            0 => Err(NameError::Empty),
            n if n > MAX => Err(NameError::Long(n)),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is compared when names must differ: composed (NFC) and lower case.
    #[must_use]
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

/// The comparison form of any text a person typed for a name.
pub(crate) fn fold(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text.trim()).to_lowercase()
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
    fn cf_14_names() {
        assert_eq!(Name::parse("  Zoho EU ").unwrap().as_str(), "Zoho EU");
        assert!(Name::parse("-rf").is_ok());
        assert!(Name::parse("a/b").is_ok());
        assert_eq!(Name::parse(" \t"), Err(NameError::Empty));
        assert_eq!(Name::parse("a\nb"), Err(NameError::Invisible(0x0a)));
        assert_eq!(Name::parse("a\u{202e}b"), Err(NameError::Invisible(0x202e)));
        assert_eq!(Name::parse(&"x".repeat(81)), Err(NameError::Long(81)));
    }

    #[test]
    fn vf_15_names_are_one_whatever_their_case_or_composition() {
        let composed = Name::parse("Caf\u{e9}").unwrap();
        let decomposed = Name::parse("CAFE\u{301}").unwrap();
        assert_eq!(composed.key(), decomposed.key());
    }
}
