//! The integration itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::IntegrationId;
use super::setup::IntegrationSetup;
use crate::model::credential::Name;

/// What reads a provider's records. Holds no secret: those are the credential's.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Integration {
    /// Never changes.
    pub id: IntegrationId,
    /// Unique among integrations, whatever its case or composition.
    pub name: Name,
    /// The catalog's id of the provider.
    pub provider: String,
    /// What a person chose.
    pub setup: IntegrationSetup,
    /// Not run by any schedule while this is set.
    #[serde(default)]
    pub paused: bool,
    /// The first host each record type was requested from, by the catalog's id: the token is sent to no other host
    /// without a confirmation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Integration {
    /// One that is not paused.
    #[must_use]
    pub fn new(name: Name, provider: impl Into<String>, setup: IntegrationSetup, now: Timestamp) -> Self {
        Self {
            id: IntegrationId::random(),
            name,
            provider: provider.into(),
            setup,
            paused: false,
            hosts: BTreeMap::new(),
            created_at: now,
        }
    }
}
