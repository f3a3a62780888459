//! That a credential works: the fact by which a key or password counts as authenticated.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A credential was seen to work, or a person vouched for it. It holds for the setup it was given for: an edit ends it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Proof {
    /// When.
    pub at: Timestamp,
    /// Who says so.
    pub by: ProvenBy,
    /// The host the test call went to, with its port where that is not the usual one: secrets go to no other unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// Who says that a credential works.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvenBy {
    /// The provider, to its harmless test call.
    Test,
    /// The person: there is no test call.
    Person,
}
