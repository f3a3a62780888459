//! Secret text that cannot be printed, compared or serialized by accident.
//!
//! [`Secret::expose`] is the way out, with `trimmed` and `without_line_break` for code that checks or stores text that
//! a user entered. `tests/architecture.rs` lists the files that may call them.
//!
//! ```compile_fail,E0277
//! let secret = credenza::secret::Secret::new("x".to_owned());
//! println!("{}", secret);
//! ```
//!
//! ```compile_fail,E0369
//! let secret = credenza::secret::Secret::new("x".to_owned());
//! let _ = secret == credenza::secret::Secret::new("x".to_owned());
//! ```

#![warn(missing_docs)]

use std::fmt;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::printable::is_plain;

/// Secret text, wiped from memory when dropped.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of `text`. Copies that were made of it before are not wiped.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. The files that may call this are listed in `tests/architecture.rs`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it contains nothing but white space.
    #[must_use]
    pub(crate) fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Number of characters, for "pasted, 42 characters".
    #[must_use]
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }

    /// A copy without white space and invisible characters at both ends. `check` sees the text and may refuse it; the
    /// copy is then empty.
    #[must_use]
    pub(crate) fn trimmed(&self, check: impl FnOnce(&str) -> bool) -> Self {
        let text = self.0.trim_matches(|c: char| c.is_whitespace() || !is_plain(c));
        if check(text) { Self::new(text.to_owned()) } else { Self::default() }
    }

    /// Calls `take` with the text without one trailing line break.
    pub(crate) fn without_line_break(&self, take: impl FnOnce(&str)) {
        take(without_line_break(&self.0));
    }

    /// A copy without white space, such as the spaces between groups of characters.
    #[must_use]
    pub(crate) fn without_spaces(&self) -> Self {
        Self::new(self.0.split_whitespace().collect())
    }

    /// A copy without `prefix` at its beginning (case-insensitive) and the spaces after it.
    #[must_use]
    pub(crate) fn without_prefix(&self, prefix: &str) -> Self {
        let (word, text) = (prefix.trim_end(), self.0.as_str());
        match text.split_at_checked(word.len()) {
            Some((before, rest)) if before.eq_ignore_ascii_case(word) && !rest.trim().is_empty() => {
                // If the prefix ends with a letter, white space must follow: a key may begin with the same letters.
                let apart = rest.starts_with(char::is_whitespace) || !word.ends_with(char::is_alphanumeric);
                Self::new(if apart { rest.trim_start() } else { text }.to_owned())
            }
            _ => self.clone(),
        }
    }

    /// Whether the last `count` characters are `typed`, ignoring case and the whitespace around `typed`.
    #[must_use]
    pub fn ends_with(&self, typed: &Self, count: usize) -> bool {
        let typed = Zeroizing::new(typed.0.trim().to_uppercase());
        let at = self.0.char_indices().rev().nth(count.saturating_sub(1)).map_or(0, |(at, _)| at);
        let end = Zeroizing::new(self.0.get(at..).unwrap_or_default().to_uppercase());
        end.as_bytes().ct_eq(typed.as_bytes()).into()
    }

    /// SHA-256 of the text, to tell secrets apart without storing them. The digest of a short secret can be reversed by
    /// guessing, so it stays in memory or inside the encrypted vault.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        // On the heap, which is wiped when freed: the hasher keeps the last block of the text, which would remain on
        // the stack.
        let mut hasher = Box::new(Sha256::new());
        hasher.update(self.0.as_bytes());
        hasher.finalize_reset().into()
    }

    /// SHA-256 of `salt` followed by the text. With different salts, the digests do not show that two texts are the same.
    pub(crate) fn salted_digest(&self, salt: &[u8]) -> [u8; 32] {
        Sha256::new_with_prefix(salt).chain_update(self.0.as_bytes()).finalize().into()
    }

    /// Compares in constant time with regard to the content (not the length).
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Zeroizing<String>> for Secret {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl Passphrase {
    /// The spellings to try, the given one first: without a byte order mark that a file may begin with; as versions
    /// before 0.2 cleaned pasted text, for vaults created with them; and as other keyboards and systems encode the same
    /// characters (Unicode NFC, NFKC, NFD). At most six, without duplicates, because each one costs a run of scrypt.
    #[must_use]
    pub(crate) fn spellings(&self) -> Vec<Self> {
        let given = self.0.0.as_str();
        let mut cleaned = Zeroizing::new(String::with_capacity(given.len()));
        for part in given.split(['\n', '\r', '\t', '\u{b}', '\u{c}', '\u{2028}', '\u{2029}']) {
            let part = part.trim_matches(|c: char| c.is_whitespace() || !is_plain(c));
            cleaned.extend(part.chars().filter(|c| is_plain(*c)));
        }
        let bare = without_mark(given);
        let composed = Zeroizing::new(ComposingNormalizerBorrowed::new_nfc().normalize(bare).into_owned());
        let compatible = Zeroizing::new(ComposingNormalizerBorrowed::new_nfkc().normalize(bare).into_owned());
        let decomposed = Zeroizing::new(DecomposingNormalizerBorrowed::new_nfd().normalize(bare).into_owned());
        let mut spellings: Vec<Self> = Vec::new();
        for text in [given, bare, &cleaned, &composed, &compatible, &decomposed] {
            if spellings.is_empty() || !text.is_empty() && spellings.iter().all(|known| known.0.0.as_str() != text) {
                spellings.push(Self::new(text.to_owned()));
            }
        }
        spellings
    }

    /// A copy in the form that is used for a newly chosen passphrase: Unicode NFC, without a byte order mark that a
    /// file may begin with.
    #[must_use]
    pub fn chosen(&self) -> Self {
        Self::new(ComposingNormalizerBorrowed::new_nfc().normalize(without_mark(&self.0.0)).into_owned())
    }
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// `text` without one trailing line break of any system, because editors and copying add one.
#[must_use]
pub(crate) fn without_line_break(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix(['\n', '\r'])).unwrap_or(text)
}

/// Declares secret types, so that one kind of secret cannot be passed for another.
macro_rules! secret_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name(Secret);

        impl $name {
            /// Takes ownership of `text`. Copies that were made of it before are not wiped.
            #[must_use]
            pub fn new(text: String) -> Self {
                Self(Secret::new(text))
            }
        }

        impl std::ops::Deref for $name {
            type Target = Secret;
            fn deref(&self) -> &Secret {
                &self.0
            }
        }

        impl From<Secret> for $name {
            fn from(secret: Secret) -> Self {
                Self(secret)
            }
        }
    )+};
}

secret_types! {
    /// The passphrase that decrypts `identity.age`.
    Passphrase,
    /// An OAuth client secret (RFC 6749 section 2.3.1).
    ClientSecret,
    /// An OAuth access token (RFC 6749 section 1.4).
    AccessToken,
    /// An OAuth refresh token (RFC 6749 section 1.5).
    RefreshToken,
    /// An OAuth authorization code (RFC 6749 section 1.3.1).
    AuthorizationCode,
    /// A PKCE code verifier (RFC 7636 section 4.1).
    CodeVerifier,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let secret = ClientSecret::new("CNRY-client-secret".to_owned());
        assert_eq!(format!("{secret:?}"), "ClientSecret(•••)");
        assert_eq!(format!("{:#?}", *secret), "•••");
    }

    #[test]
    fn ends_with_takes_the_last_characters_in_any_case() {
        let kit = Secret::new("AGE-SECRET-KEY-1QQQXYZ123".to_owned());
        let typed = |text: &str| kit.ends_with(&Secret::new(text.to_owned()), 6);
        assert!(typed("XYZ123") && typed(" xyz123\n"));
        assert!(!typed("YZ123") && !typed("QXYZ123") && !typed(""));
    }

    #[test]
    fn a_passphrase_is_tried_as_given_first_and_then_as_pastes_were_cleaned() {
        let spellings = |text: &str| -> Vec<String> {
            let tried = Passphrase::new(text.to_owned()).spellings();
            tried.iter().map(|one| one.expose().to_owned()).collect()
        };
        assert_eq!(spellings("correct horse"), ["correct horse"]);
        assert_eq!(spellings(" x "), [" x ", "x"]);
        assert_eq!(spellings("\u{feff} x"), ["\u{feff} x", " x", "x"]);
        assert_eq!(spellings("two\nlines\there"), ["two\nlines\there", "twolineshere"]);
        assert_eq!(spellings("zero\u{200b}width"), ["zero\u{200b}width", "zerowidth"]);
        assert_eq!(spellings("  "), ["  "], "an empty one is never tried in the place of another");
        assert_eq!(spellings(""), [""]);
    }

    #[test]
    fn a_passphrase_is_the_same_on_every_keyboard() {
        let spellings = |text: &str| -> Vec<String> {
            let tried = Passphrase::new(text.to_owned()).spellings();
            tried.iter().map(|one| one.expose().to_owned()).collect()
        };
        // Composed and decomposed, Hangul, fullwidth, a no-break space, marks in another order, a ligature.
        for (kept, typed) in [
            ("Z\u{fc}rich", "Zu\u{308}rich"),
            ("Zu\u{308}rich", "Z\u{fc}rich"),
            ("\u{ac00}\u{b098}", "\u{1100}\u{1161}\u{1102}\u{1161}"),
            ("abc 123", "\u{ff41}\u{ff42}\u{ff43} \u{ff11}\u{ff12}\u{ff13}"),
            ("two words", "two\u{a0}words"),
            ("q\u{323}\u{307}", "q\u{307}\u{323}"),
            ("e\u{301}te\u{301}", "\u{e9}t\u{e9}"),
            ("five", "\u{fb01}ve"),
        ] {
            let tried = spellings(typed);
            assert!(tried.contains(&kept.to_owned()), "{kept:?} in {tried:?}");
            assert!(tried[0] == typed && tried.len() <= 6, "{tried:?}");
            let chosen = Passphrase::new(typed.to_owned()).chosen().expose().to_owned();
            assert!(tried.contains(&chosen), "what is kept now opens by what was typed: {chosen:?}");
        }
        assert_eq!(spellings("only ASCII costs one run"), ["only ASCII costs one run"]);
    }

    #[test]
    fn matches_compares_content() {
        let a = Secret::new("one".to_owned());
        assert!(a.matches(&a.clone()));
        assert!(!a.matches(&Secret::new("two".to_owned())));
        assert!(!a.matches(&Secret::new("one ".to_owned())));
    }
}
