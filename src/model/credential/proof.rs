//! Evidence that a credential works. With it a key or password counts as authenticated.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A successful test call, or the user's confirmation. Valid only for the setup it was given for: an edit removes it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Proof {
    pub at: Timestamp,
    pub by: ProvenBy,
    /// The host of the test call, with a port other than the default one. Secrets are sent to no other host without a
    /// confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// Who confirmed that a credential works.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvenBy {
    /// The provider, by a successful test call.
    Test,
    /// The user, for a provider without a test call.
    Person,
}
