//! Whose consent the tokens carry: the account a provider's userinfo endpoint names.

use serde::{Deserialize, Serialize};

/// An account at the provider. Bound at the first sign-in that tells it; another one takes its place only when a person
/// says so.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Account {
    /// `sub` of OpenID Connect Core section 5.3.2: never given to another account. Escaped and bounded.
    pub subject: String,
    /// What a person knows it by: its e-mail address, user name or name; else the subject. Escaped and bounded.
    pub label: String,
}
