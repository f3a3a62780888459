//! Records that only another version of the program can read: kept and listed by name, but not used.

use super::name::fold;

/// What is known about a record that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unreadable {
    /// Its id, unchanged; empty if it has none.
    pub id: String,
    /// Its name, unchanged; empty if it has none.
    pub name: String,
}

impl Unreadable {
    /// What lists show: its name, else its id.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() { "(no name)" } else { &self.name }
    }

    /// Whether a word that the user typed is its name or its id.
    pub(crate) fn is_called(&self, word: &str) -> bool {
        let word = fold(word);
        !word.is_empty() && (fold(&self.name) == word || fold(&self.id) == word)
    }

    /// Whether its name begins with a word that the user typed.
    pub(crate) fn begins_with(&self, word: &str) -> bool {
        let word = fold(word);
        !word.is_empty() && fold(&self.name).starts_with(&word)
    }
}
