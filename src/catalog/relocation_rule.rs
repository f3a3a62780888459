//! Which captured values may move a credential to another choice.

/// How the redirect may move a credential: names of the variable and of the captured values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelocationRule {
    /// The variable that changes.
    pub variable: String,
    /// The captured value that is `https://` and the variable's new value.
    pub server: Option<String>,
    /// The captured value that is the code of the choice.
    pub location: Option<String>,
}
