//! One field of a record as data: its name, the value an edit was based on, and the new value.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::secret::Secret;

/// Bytes of a [`Revision`]: half of a SHA-256, so that no two values of one field share it by accident.
const REVISION_BYTES: usize = 16;

/// The value of a field.
#[derive(Clone, Debug)]
pub enum FieldValue {
    /// Nothing.
    Absent,
    /// Text, a list or an object that is not a secret.
    Plain(Json),
    /// A client secret, key, token or password.
    Secret(Secret),
}

/// A digest of a field's value. An edit carries the digest of the value it was based on, so that it never overwrites
/// what somebody else has changed since.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Revision([u8; REVISION_BYTES]);

/// The intent to change one field of one record. Fields without an edit do not change.
#[derive(Clone, Debug)]
pub struct FieldEdit<F> {
    pub field: F,
    /// The value that the user saw; `None` in undo steps of an older version, which did not store it.
    pub base: Option<Revision>,
    /// The value that the user wants.
    pub to: FieldValue,
}

/// A field was changed after an edit of it was begun.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldConflict {
    /// The field, as [`Display`](fmt::Display) of its type writes it: `client_id`, `variable:domain`.
    pub field: String,
    /// What the edit wanted, for display; never a secret.
    pub wanted: String,
    /// What the field contains now, for display; never a secret.
    pub stored: String,
}

impl FieldValue {
    /// Text that is not a secret; `Absent` if it is empty and `optional`.
    #[must_use]
    pub fn text(text: &str, optional: bool) -> Self {
        if optional && text.is_empty() { Self::Absent } else { Self::Plain(Json::from(text)) }
    }

    /// A list of words.
    #[must_use]
    pub fn words(words: &[String]) -> Self {
        Self::Plain(Json::from(words))
    }

    /// The text; empty for `Absent`, `None` for anything else.
    #[must_use]
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Absent => Some(String::new()),
            Self::Plain(Json::String(text)) => Some(text),
            Self::Plain(_) | Self::Secret(_) => None,
        }
    }

    /// The words; `None` if it is not a list of them.
    #[must_use]
    pub(crate) fn into_words(self) -> Option<Vec<String>> {
        match self {
            Self::Absent => Some(Vec::new()),
            Self::Plain(json) => serde_json::from_value(json).ok(),
            Self::Secret(_) => None,
        }
    }

    /// The secret; empty for `Absent`, `None` for anything else.
    #[must_use]
    pub(crate) fn into_secret(self) -> Option<Secret> {
        match self {
            Self::Absent => Some(Secret::default()),
            Self::Secret(secret) => Some(secret),
            Self::Plain(_) => None,
        }
    }

    #[must_use]
    pub fn revision(&self) -> Revision {
        let (kind, digest): (u8, [u8; 32]) = match self {
            Self::Absent => (0, [0; 32]),
            Self::Plain(json) => (1, Sha256::digest(json.to_string()).into()),
            Self::Secret(secret) => (2, secret.digest()),
        };
        let whole: [u8; 32] = Sha256::new().chain_update([kind]).chain_update(digest).finalize().into();
        let mut half = [0; REVISION_BYTES];
        half.copy_from_slice(&whole[..REVISION_BYTES]);
        Revision(half)
    }

    /// For display: the text or words; of a secret, only that there is one.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Absent => "(empty)".to_owned(),
            Self::Secret(_) => "(a secret)".to_owned(),
            Self::Plain(Json::String(text)) if text.is_empty() => "(empty)".to_owned(),
            Self::Plain(Json::String(text)) => text.clone(),
            Self::Plain(Json::Array(list)) if list.is_empty() => "(empty)".to_owned(),
            Self::Plain(Json::Array(list)) if list.iter().all(Json::is_string) => {
                list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
            }
            Self::Plain(json) => json.to_string(),
        }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('r')?;
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a valid [`Revision`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a revision is {} hex digits", REVISION_BYTES * 2)]
pub struct NoRevision;

impl FromStr for Revision {
    type Err = NoRevision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; REVISION_BYTES];
        if text.len() != REVISION_BYTES * 2 {
            return Err(NoRevision);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(at * 2..at * 2 + 2).ok_or(NoRevision)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoRevision)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_tells_values_apart_and_survives_text() {
        let values = [
            FieldValue::Absent,
            FieldValue::text("", false),
            FieldValue::text("a", false),
            FieldValue::words(&["a".to_owned()]),
            FieldValue::Secret(Secret::new("a".to_owned())),
            FieldValue::Secret(Secret::new(String::new())),
        ];
        for (at, one) in values.iter().enumerate() {
            let revision = one.revision();
            assert_eq!(revision.to_string().parse(), Ok(revision));
            assert!(values.iter().enumerate().all(|(other, value)| (other == at) == (value.revision() == revision)));
        }
        assert_eq!("zz".repeat(REVISION_BYTES).parse::<Revision>(), Err(NoRevision));
        assert_eq!("é".repeat(REVISION_BYTES).parse::<Revision>(), Err(NoRevision));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = FieldValue::Secret(Secret::new("CNRY".to_owned()));
        assert!(!format!("{secret:?} {}", secret.shown()).contains("CNRY"));
    }
}
