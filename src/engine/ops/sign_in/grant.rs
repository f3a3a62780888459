//! What a flow brings back.

use std::collections::BTreeMap;

use crate::model::credential::{Endpoints, Tokens};

/// What the flow brings back: tokens, and where they are from.
pub(super) struct Grant {
    pub(super) tokens: Tokens,
    pub(super) endpoints: Endpoints,
    /// Variables that consent moved: to another data center.
    pub(super) moved: BTreeMap<String, String>,
    pub(super) notes: Vec<String>,
    pub(super) by: &'static str,
}
