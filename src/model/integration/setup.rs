//! The settings of an integration that the user chooses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::format::Format;
use super::mapping::Field;
use super::schedule::Schedule;
use crate::model::credential::CredentialId;

/// The settings of an integration that the user chooses.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct IntegrationSetup {
    /// What it signs in with. The credential may have been deleted since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// The record types, by the catalog's ids, in the order they are loaded.
    pub loads: Vec<String>,
    /// Values of the catalog's parameters, by name: a portal, a filter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Which fields are kept, and under which names, by record type. All fields, unmodified, for a type without an
    /// entry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Vec<Field>>,
    /// The absolute path of the folder that records are written to; empty if they go only to standard output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// How they are written.
    #[serde(default)]
    pub format: Format,
    /// When it runs automatically.
    #[serde(default)]
    pub schedule: Schedule,
    /// Whether a run may replace a file although any number of its records is missing now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_gone: bool,
}
