//! A field of the form besides client ID and secret, and the values it accepts.

use regex_lite::{Regex, RegexBuilder};

/// Longest value of a variable, in characters.
pub(super) const MAX_VALUE: usize = 2_000;
/// Size limit of a compiled pattern, in bytes. Matching is linear in the length of the text, whatever the pattern.
const MAX_PATTERN_BYTES: usize = 64 * 1024;

/// A field of the form.
#[derive(Clone, Debug, Default)]
pub struct Variable {
    /// The key in templates and in `Setup::variables`.
    pub name: String,
    /// The field's label: "Customer Domain".
    pub label: String,
    /// One or two sentences of help.
    pub help: String,
    /// An example value.
    pub example: String,
    /// The value a new form starts with.
    pub default: Option<String>,
    /// The values that are offered as a list.
    pub choices: Vec<Choice>,
    /// Whether it may stay empty.
    pub optional: bool,
    /// What kind of value it is.
    pub kind: VariableKind,
    /// What the whole value must match, if there is no list. Case-sensitive.
    pub pattern: Option<String>,
    /// Wrong values that users and manuals use, as (wrong, right). A trailing `*` matches the same rest on both sides.
    pub corrections: Vec<(String, String)>,
    /// Whether it is a second secret (not for sign-ins with a browser).
    pub secret: bool,
}

/// One value of a list.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// "Europe".
    pub label: String,
    /// "accounts.example.eu".
    pub value: String,
    /// The provider's short code: "eu".
    pub code: String,
    /// Other words that mean it: "com.au".
    pub accepts: Vec<String>,
    /// Values that follow from it, for templates, as (name, value).
    pub sets: Vec<(String, String)>,
}

/// What kind of value a variable is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum VariableKind {
    /// A host name: no scheme, port or path.
    Host,
    /// An https URL.
    Url,
    /// Any line.
    #[default]
    Text,
}

/// A value in canonical form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Normalized {
    /// The canonical value.
    pub value: String,
    /// The label of the choice with this value.
    pub label: Option<String>,
    /// What was corrected, for the user: "https:// was removed".
    pub note: Option<String>,
}

impl Variable {
    /// The choice with exactly this value.
    #[must_use]
    pub fn choice(&self, value: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.value == value)
    }

    /// The choices as "login.example.com (United States), ...".
    #[must_use]
    pub(crate) fn choice_list(&self) -> String {
        let words: Vec<String> = self.choices.iter().map(|c| format!("{} ({})", c.value, c.label)).collect();
        words.join(", ")
    }

    /// Whether the whole of `value` matches the pattern; true if there is none.
    pub(super) fn pattern_fits(&self, value: &str) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        compile(pattern).is_some_and(|regex| regex.is_match(value))
    }
}

/// Whether a file's pattern can be used: it compiles on its own, so that it cannot close the group around it.
pub(super) fn is_pattern(pattern: &str) -> bool {
    RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build().is_ok() && compile(pattern).is_some()
}

/// The pattern anchored at both ends; `None` if it is too large.
fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(MAX_PATTERN_BYTES).build().ok()
}
