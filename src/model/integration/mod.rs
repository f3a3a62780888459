//! A configured integration: what is loaded from a provider, with which credential, where it goes and when. Plain data.

mod change;
mod fields;
mod integrations;
mod mapping;
mod schedule;
mod session;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use change::IntegrationChange;
pub use fields::IntegrationField;
pub use integrations::Integrations;
pub use mapping::{Field, MAX_FIELDS, MappingError, parse_fields};
pub use schedule::{Schedule, ScheduleError};
pub use session::{Counts, MAX_ERRORS, Part, PartResult, RecordError, Said, SyncResult, SyncSession, Trigger};

use crate::model::credential::{CredentialId, Name};

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
    /// The host each kind of record was first asked of, by the catalog's id: a token goes to no other unasked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a person chose.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct IntegrationSetup {
    /// What it signs in with; it may be deleted meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// The kinds of record, by the catalog's ids, in the order they are loaded.
    pub loads: Vec<String>,
    /// Values of the catalog's parameters, by name: a portal, a filter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Which fields are kept, and under which names, by kind of record; without an entry all, as they come.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Vec<Field>>,
    /// The absolute path of the folder records are written to; empty where they go to standard output only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// How they are written.
    #[serde(default)]
    pub format: Format,
    /// When it runs by itself.
    #[serde(default)]
    pub schedule: Schedule,
}

/// How records are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Ndjson,
    /// RFC 4180, with a header line; nested objects flattened by dots.
    Csv,
}

impl Format {
    /// The ending of its files, and its word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// The format of a [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Ndjson, Self::Csv].into_iter().find(|format| format.word() == word)
    }
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

/// An integration's permanent identifier, a random UUID.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct IntegrationId(Uuid);

impl IntegrationId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for IntegrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for IntegrationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
