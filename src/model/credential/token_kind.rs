//! The name that distinguishes one set of tokens of a credential from another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest kind, in characters.
const MAX: usize = 16;

/// What the provider calls a set of tokens: `bot`, `user`. Lower-case letters, digits and `-`, at most 16.
#[derive(Clone, Copy, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenKind([u8; MAX]);

/// A word that cannot be a kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a token kind has 1 to 16 characters of a-z, 0-9 and -, and begins with a letter")]
pub struct NotAKind;

impl TokenKind {
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(MAX);
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }
}

impl FromStr for TokenKind {
    type Err = NotAKind;

    fn from_str(word: &str) -> Result<Self, NotAKind> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if word.len() > MAX || !word.starts_with(|c: char| c.is_ascii_lowercase()) || !word.chars().all(fits) {
            return Err(NotAKind);
        }
        let mut letters = [0; MAX];
        letters[..word.len()].copy_from_slice(word.as_bytes());
        Ok(Self(letters))
    }
}

impl TryFrom<String> for TokenKind {
    type Error = NotAKind;

    fn try_from(word: String) -> Result<Self, NotAKind> {
        word.parse()
    }
}

impl From<TokenKind> for String {
    fn from(kind: TokenKind) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_one_short_word() {
        for word in ["bot", "user", "app-level", "a123456789012345"] {
            let kind: TokenKind = word.parse().unwrap();
            assert_eq!(kind.to_string(), word);
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{word}\""));
        }
        for word in ["", "Bot", "-a", "1a", "a b", "a_b", "ü", "a\0", "a1234567890123456"] {
            assert_eq!(word.parse::<TokenKind>(), Err(NotAKind), "{word}");
        }
    }
}
