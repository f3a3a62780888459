//! What an API's error codes mean, as data.

/// One rule; the first one that matches applies.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ApiError {
    /// Applies only to this product.
    pub product: Option<String>,
    /// Applies only to this HTTP status.
    pub status: Option<u16>,
    /// Dotted path in the response, and the text expected there.
    pub says: Option<(String, String)>,
    /// What it means.
    pub class: ApiClass,
    /// What the user can do.
    pub hint: String,
}

/// What a refused call means for the caller.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ApiClass {
    /// The token is rejected: one more refresh may help, after that only the user.
    Token,
    /// A scope or permission is missing: a refresh does not help.
    Scope,
    /// The account does not have this product, or has it at another address; other products may work.
    Unavailable,
    /// Too many calls.
    Throttled,
    /// The request itself is wrong.
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
