//! Which fields of a record are kept, and under which names: `device_id`, `user.user_email=email`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::printable::is_plain;

/// Most fields of one record type.
pub(crate) const MAX_FIELDS: usize = 200;

/// Longest path or name, in characters.
const MAX_TEXT: usize = 200;

/// One field that is kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Field {
    /// Its dotted path in the record; an array on the path is read as its first element. A key that itself contains
    /// dots is found as well.
    pub path: String,
    /// Its name in the output.
    pub name: String,
}

/// Why a list of fields was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MappingError {
    /// `a=`, `=b`, `a..b`, or a field that is too long or contains invisible characters.
    #[error("\"{0}\" is not a field: write PATH or PATH=NAME, such as user.email=email.")]
    NotAField(String),
    /// Two fields with the same name.
    #[error("Two fields have the name \"{0}\".")]
    Twice(String),
    /// More than `MAX_FIELDS`.
    #[error("There are {0} fields; the limit is 200.")]
    Many(usize),
}

impl Field {
    /// `path` or `path=name`, as the user types it.
    #[must_use]
    pub fn in_words(&self) -> String {
        if self.path == self.name { self.path.clone() } else { format!("{}={}", self.path, self.name) }
    }
}

/// Reads fields separated by commas; empty text means all fields, unmodified.
///
/// # Errors
/// Names the field that is malformed or occurs twice.
pub fn parse_fields(text: &str) -> Result<Vec<Field>, MappingError> {
    let mut fields = Vec::new();
    let mut names = BTreeSet::new();
    for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        let (path, name) = one.split_once('=').unwrap_or((one, one));
        let (path, name) = (path.trim(), name.trim());
        let shows = |text: &str| text.chars().all(is_plain) && (1..=MAX_TEXT).contains(&text.chars().count());
        if !shows(path) || !shows(name) || path.split('.').any(str::is_empty) {
            return Err(MappingError::NotAField(crate::printable::printable(one, 80)));
        }
        if !names.insert(name.to_owned()) {
            return Err(MappingError::Twice(name.to_owned()));
        }
        fields.push(Field { path: path.to_owned(), name: name.to_owned() });
    }
    if fields.len() > MAX_FIELDS {
        return Err(MappingError::Many(fields.len()));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_and_written_as_a_person_does() {
        let fields = parse_fields(" device_id , user.user_email = email,").unwrap();
        let words: Vec<String> = fields.iter().map(Field::in_words).collect();
        assert_eq!(words, ["device_id", "user.user_email=email"]);
        assert!(parse_fields("").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_field_is_named() {
        for bad in ["a=", "=b", "a..b", ".a", "a\u{202e}b"] {
            assert!(matches!(parse_fields(bad), Err(MappingError::NotAField(_))), "{bad}");
        }
        assert_eq!(parse_fields("a=x,b=x"), Err(MappingError::Twice("x".to_owned())));
        let many = (0..201).map(|n| format!("f{n}")).collect::<Vec<_>>().join(",");
        assert_eq!(parse_fields(&many), Err(MappingError::Many(201)));
    }
}
