//! What an API's own words for a refusal mean: the codes of its responses, as data.

/// One rule; the first that fits counts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ApiError {
    /// Only of this product.
    pub product: Option<String>,
    /// Only with this HTTP status.
    pub status: Option<u16>,
    /// Dotted path in the response, and the text expected there.
    pub says: Option<(String, String)>,
    /// What it means.
    pub class: ApiClass,
    /// What a person can do.
    pub hint: String,
}

/// What a refused call means for the caller.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ApiClass {
    /// The token is not taken: one more refresh may help, then only a person.
    Token,
    /// A scope or a right is missing: no refresh helps.
    Scope,
    /// The account has no such product, or it is at another address; other products may work.
    Unavailable,
    /// Too many calls.
    Throttled,
    /// The call does not fit.
    #[default]
    Request,
}

impl ApiClass {
    /// Its word in a catalog file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Scope => "scope",
            Self::Unavailable => "unavailable",
            Self::Throttled => "throttled",
            Self::Request => "request",
        }
    }
}
