//! What the user wrote about a credential.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What the user wrote about a credential.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Details {
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The person or team to contact.
    #[serde(default)]
    pub owner: String,
    /// Words to filter by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The day on which the client secret or key expires, according to the provider's console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Date>,
    /// The browser or profile to sign in with, as in `$BROWSER`: `firefox -P admin`. Empty for the desktop's browser.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub browser: String,
}
