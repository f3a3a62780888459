//! Records that only another version of the program can read: kept and listed by name, but not used.

use super::name::fold;

/// What is known of such a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unreadable {
    /// Its id unchanged; empty where it has none.
    pub id: String,
    /// Its name unchanged; empty where it has none.
    pub name: String,
}

impl Unreadable {
    /// What lists show: its name, else its id.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() { "(no name)" } else { &self.name }
    }

    /// Whether a person's word is its name or its id.
    pub(crate) fn is_called(&self, word: &str) -> bool {
        let word = fold(word);
        !word.is_empty() && (fold(&self.name) == word || fold(&self.id) == word)
    }

    /// Whether its name begins with a person's word.
    pub(crate) fn begins_with(&self, word: &str) -> bool {
        let word = fold(word);
        !word.is_empty() && fold(&self.name).starts_with(&word)
    }
}
