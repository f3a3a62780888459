//! The configuration of an integration.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::IntegrationId;
use super::setup::IntegrationSetup;
use crate::model::credential::Name;

/// Reads a provider's records. Contains no secret: the secrets are in the credential.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Integration {
    /// Never changes.
    pub id: IntegrationId,
    /// Unique among integrations, regardless of case and Unicode composition.
    pub name: Name,
    /// The catalog's id of the provider.
    pub provider: String,
    /// What the user chose.
    pub setup: IntegrationSetup,
    /// No schedule runs it while this is set.
    #[serde(default)]
    pub paused: bool,
    /// The first host that each record type was requested from, by the catalog's id: the token is sent to no other host
    /// without a confirmation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, String>,
    pub created_at: Timestamp,
}

impl Integration {
    /// Creates an integration that is not paused.
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
