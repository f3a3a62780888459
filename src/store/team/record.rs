//! A record of a team's store: two objects, one with its setup and one with its tokens.
//!
//! ```text
//! record/ID/setup    {"kind":"credential","rank":65536,"id":"…","name":"…",…}    without what follows
//! record/ID/tokens   {"tokens":{…},"account":{…},"proof":{…},"history":[…],…}
//! ```
//!
//! The keys are those of `vault.age`. A deleted record keeps both objects, with `"deleted":{"at":…}` in its setup,
//! because a missing object would count as tampering. Tokens that arrive after the deletion are still saved. Keys of
//! later versions are preserved.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::part::{Json, Part};

use crate::model::credential::{Credential, CredentialId, Tombstone};
use crate::model::integration::Integration;
use crate::model::unreadable::Unreadable;
use crate::problem::Problem;
use crate::store::stored::{CREDENTIAL_KEYS, StoredCredential};

/// The keys in `record/ID/tokens`.
const TOKEN_KEYS: &[&str] = &[
    "tokens",
    "token_sets",
    "account",
    "proof",
    "setback",
    "refused_keys",
    "unread_answer",
    "refusals",
    "not_before",
    "renewals",
    "history",
];

const INTEGRATION_KEYS: &[&str] = &["id", "name", "provider", "setup", "paused", "hosts", "created_at"];

/// Keys that belong to the store, not to the record.
const OWN_KEYS: &[&str] = &["kind", "rank", "deleted"];

const CREDENTIAL: &str = "credential";
const INTEGRATION: &str = "integration";

/// The distance between the ranks of consecutive records, so that others can be inserted between them.
const STEP: u64 = 1 << 24;

/// A record that was read, or is going to be written.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) setup: Part,
    pub(super) tokens: Part,
    /// The hashes of the objects it was read from; empty if there is no such object.
    pub(super) read_from: (String, String),
    pub(super) content: Content,
    rank: u64,
    is_integration: bool,
}

/// The fields that decide how the rest of a setup is parsed.
#[derive(Deserialize)]
struct SetupHeader<'a> {
    #[serde(default)]
    kind: &'a str,
    rank: Option<u64>,
    #[serde(borrow)]
    deleted: Option<&'a RawValue>,
}

/// The parsed contents of a record.
#[derive(Clone, Debug, Default)]
pub(super) enum Content {
    Credential(Arc<Credential>),
    Integration(Arc<Integration>),
    /// The previous contents are kept until it is purged.
    Deleted {
        tombstone: Option<Tombstone>,
        last: Option<Arc<Credential>>,
    },
    /// Written by a later version.
    Unreadable(Unreadable),
    /// Not encrypted to this member.
    #[default]
    NotEncryptedToUs,
}

pub(super) fn record_paths(id: &str) -> [String; 2] {
    ["setup", "tokens"].map(|part| format!("record/{id}/{part}"))
}

impl Default for Record {
    fn default() -> Self {
        let (setup, tokens) = (Part::default(), Part::default());
        let (id, read_from, content) = (String::new(), Default::default(), Content::NotEncryptedToUs);
        Self { id, setup, tokens, read_from, content, rank: u64::MAX, is_integration: false }
    }
}

impl Record {
    /// Parses the decrypted objects.
    pub(super) fn read(id: &str, setup: Option<Part>, tokens: Option<Part>, read_from: (String, String)) -> Self {
        let id = id.to_owned();
        let Some(setup) = setup else { return Self { id, read_from, ..Self::default() } };
        let mut record = Self { id, setup, tokens: tokens.unwrap_or_default(), read_from, ..Self::default() };
        if let Some((rank, credential)) = record.parse_fast() {
            (record.rank, record.content) = (rank, Content::Credential(Arc::new(credential)));
            return record;
        }
        if record.setup.json().is_empty() {
            // This version cannot parse it.
            return Self { id: record.id, read_from: record.read_from, ..Self::default() };
        }
        record.describe();
        record.content = record.parse_content();
        record
    }

    /// The fast path for live credentials of this version, which nearly every record is. Parses both parts as one JSON
    /// object, without intermediate values.
    fn parse_fast(&self) -> Option<(u64, Credential)> {
        let (setup, tokens) = (self.setup.bytes()?, self.tokens.bytes().unwrap_or(b"{}"));
        let about: SetupHeader<'_> = serde_json::from_slice(setup).ok()?;
        if about.kind != CREDENTIAL || about.deleted.is_some() {
            return None;
        }
        let (open, inner) = (setup.strip_suffix(b"}")?, tokens.strip_prefix(b"{")?);
        // Preallocated, because growing the buffer would leave copies of secrets on the heap.
        let mut both = Zeroizing::new(Vec::with_capacity(setup.len() + tokens.len()));
        both.extend_from_slice(open);
        both.extend_from_slice(if inner == b"}" { b"" } else { b"," });
        both.extend_from_slice(inner);
        let credential = Credential::from(serde_json::from_slice::<StoredCredential>(&both).ok()?);
        (credential.id.to_string() == self.id).then_some((about.rank.unwrap_or(u64::MAX), credential))
    }

    /// Stores the fields of the setup that are used most often.
    fn describe(&mut self) {
        let setup = self.setup.json();
        let rank = setup.get("rank").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let is_integration = setup.get("kind").and_then(Value::as_str) == Some(INTEGRATION);
        (self.rank, self.is_integration) = (rank, is_integration);
    }

    fn parse_content(&self) -> Content {
        let (setup, tokens) = (self.setup.json(), self.tokens.json());
        let kind = setup.get("kind").and_then(Value::as_str).unwrap_or_default();
        let deleted = setup
            .get("deleted")
            .map(|deleted| deleted.get("at").and_then(|at| serde_json::from_value::<Timestamp>(at.clone()).ok()));
        let credential = || {
            (kind == CREDENTIAL)
                .then(|| credential_of(setup, tokens))
                .flatten()
                .filter(|read| read.id.to_string() == self.id)
        };
        if let Some(at) = deleted {
            let last = credential().map(Arc::new);
            let name = setup.get("name").and_then(|name| serde_json::from_value(name.clone()).ok());
            let id: Option<CredentialId> = if kind == CREDENTIAL { self.id.parse().ok() } else { None };
            let tombstone = match (id, name, at) {
                (Some(id), Some(name), Some(at)) => Some(Tombstone { id, name, at }),
                _ => None,
            };
            return Content::Deleted { tombstone, last };
        }
        if let Some(credential) = credential() {
            return Content::Credential(Arc::new(credential));
        }
        if kind == INTEGRATION {
            let read = serde_json::from_value::<Integration>(Value::Object(setup.clone()));
            if let Ok(integration) =
                read.map_err(drop).and_then(|read| if read.id.to_string() == self.id { Ok(read) } else { Err(()) })
            {
                return Content::Integration(Arc::new(integration));
            }
        }
        let name = setup.get("name").and_then(Value::as_str).unwrap_or_default();
        Content::Unreadable(Unreadable { id: self.id.clone(), name: crate::printable::printable(name, 80) })
    }

    pub(super) fn is_integration(&self) -> bool {
        self.is_integration
    }

    /// The sort key.
    pub(super) fn rank(&self) -> u64 {
        self.rank
    }

    /// The credentials that this record belongs to. Whoever may read one of them may read this record.
    pub(super) fn credentials(&self) -> Vec<CredentialId> {
        let of_integration = || self.setup.json().get("setup")?.get("credential")?.as_str()?.parse().ok();
        if self.is_integration() {
            of_integration().into_iter().collect()
        } else {
            self.id.parse().into_iter().collect()
        }
    }

    /// The record of a credential. `before` contributes keys of later versions.
    pub(super) fn of_credential(credential: &Credential, rank: u64, before: Option<&Self>) -> Result<Self, Problem> {
        let all = json_of(&StoredCredential::from(credential))?;
        let (tokens, setup): (Json, Json) = all.into_iter().partition(|(key, _)| TOKEN_KEYS.contains(&key.as_str()));
        Ok(Self { id: credential.id.to_string(), ..Self::finished(setup, tokens, CREDENTIAL, rank, before) })
    }

    /// The record of an integration. `before` contributes keys of later versions.
    pub(super) fn of_integration(integration: &Integration, rank: u64, before: Option<&Self>) -> Result<Self, Problem> {
        let setup = json_of(integration)?;
        Ok(Self { id: integration.id.to_string(), ..Self::finished(setup, Json::new(), INTEGRATION, rank, before) })
    }

    pub(super) fn deleted(&self, at: Timestamp) -> Result<Self, Problem> {
        let mut setup = self.setup.json().clone();
        setup.insert("deleted".to_owned(), Value::Object(json_of(&std::collections::BTreeMap::from([("at", at)]))?));
        Ok(Self { setup: Part::of_json(setup), ..self.clone() })
    }

    /// These tokens with the setup of another record.
    pub(super) fn with_setup_of(self, other: &Self) -> Self {
        Self { setup: other.setup.clone(), ..self }
    }

    /// The record of a credential that was deleted in another store.
    pub(super) fn of_tombstone(tombstone: &Tombstone) -> Result<Self, Problem> {
        let mut setup = json_of(tombstone)?;
        setup.remove("at");
        setup.insert("kind".to_owned(), CREDENTIAL.into());
        Self { id: tombstone.id.to_string(), setup: Part::of_json(setup), ..Self::default() }.deleted(tombstone.at)
    }

    /// A deleted record without its previous contents.
    pub(super) fn purged(&self) -> Self {
        let keep = ["kind", "rank", "deleted", "id", "name"];
        let setup = self.setup.json().iter().filter(|(key, _)| keep.contains(&key.as_str()));
        let setup = setup.map(|(key, value)| (key.clone(), value.clone())).collect();
        Self { setup: Part::of_json(setup), tokens: Part::default(), ..self.clone() }
    }

    fn finished(mut setup: Json, mut tokens: Json, kind: &str, rank: u64, before: Option<&Self>) -> Self {
        setup.insert("kind".to_owned(), kind.into());
        setup.insert("rank".to_owned(), rank.into());
        if let Some(before) = before {
            let known = if kind == CREDENTIAL { CREDENTIAL_KEYS } else { INTEGRATION_KEYS };
            let unknown = |key: &str| !known.contains(&key) && !OWN_KEYS.contains(&key);
            for (own, former) in [(&mut setup, &before.setup), (&mut tokens, &before.tokens)] {
                let kept = former.json().iter().filter(|(key, _)| unknown(key));
                own.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
            }
        }
        let mut record = Self { setup: Part::of_json(setup), tokens: Part::of_json(tokens), ..Self::default() };
        record.describe();
        record
    }
}

/// A credential from its two parts; `None` if it was written by a later version.
pub(super) fn credential_of(setup: &Json, tokens: &Json) -> Option<Credential> {
    let both: Json = setup.iter().chain(tokens).map(|(key, value)| (key.clone(), value.clone())).collect();
    serde_json::from_value::<StoredCredential>(Value::Object(both)).ok().map(Credential::from)
}

/// A credential with the tokens, status and history of a record.
pub(super) fn with_tokens(credential: &Credential, tokens: &Json) -> Option<Credential> {
    let setup = Record::of_credential(credential, 0, None).ok()?.setup;
    credential_of(setup.json(), tokens)
}

fn json_of(value: &impl Serialize) -> Result<Json, Problem> {
    let failed = |_| Problem::internal("A record could not be written as JSON.");
    let bytes = Zeroizing::new(serde_json::to_vec(value).map_err(failed)?);
    serde_json::from_slice(&bytes).map_err(failed)
}

/// Ranks for a list. Records that have a rank (`Some`) keep it where possible; the others get ranks in between.
pub(super) fn ranks(before: &[Option<u64>]) -> Vec<u64> {
    let mut ranks = Vec::with_capacity(before.len());
    let mut last = 0;
    for (at, rank) in before.iter().enumerate() {
        let rank = rank.filter(|rank| *rank > last || at == 0).unwrap_or_else(|| {
            let next = before[at..].iter().flatten().find(|next| **next > last);
            next.map_or(last.saturating_add(STEP), |next| last + (next - last).div_ceil(2))
        });
        ranks.push(rank);
        last = rank;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_records_get_ranks_between_their_neighbors() {
        assert_eq!(ranks(&[None, None]), [STEP, 2 * STEP]);
        assert_eq!(ranks(&[Some(STEP), None, Some(2 * STEP), None]), [STEP, STEP + STEP / 2, 2 * STEP, 3 * STEP]);
        assert!(ranks(&[Some(4), None, None, Some(5)]).is_sorted());
    }
}
