//! The account at the provider that consented, as its userinfo endpoint names it.

use serde::{Deserialize, Serialize};

/// An account at the provider. Bound at the first sign-in whose response names it; replaced only after the user
/// confirms.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Account {
    /// `sub` of OpenID Connect Core section 5.3.2: never reassigned to another account. Escaped and bounded.
    pub subject: String,
    /// Its e-mail address, user name or name, whichever is given first; else the subject. Escaped and bounded.
    pub label: String,
}
