//! Evidence that a credential works. With it a key or password counts as authenticated.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A test call worked, or a person confirmed it. Valid for the setup it was given for: an edit removes it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Proof {
    /// When.
    pub at: Timestamp,
    /// Who confirmed it.
    pub by: ProvenBy,
    /// The host of the test call, with a port other than the usual one. Secrets are sent to no other host without a
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
    /// A person, for a provider without a test call.
    Person,
}
