//! `change/<n>`: what the save that made generation n replaced, and, where the store writes one object at a time, what
//! it writes.
//!
//! Creating it is the save: of two that make the same generation one wins. Where the store can write all objects at
//! once it is written with them and holds former bodies only. Where it cannot, whoever finds a change above the
//! generation in `head` finishes it: each object, then `head`. Former bodies are as encrypted as they were, so that
//! former generations can be read by those who could read them then.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::backend::{Backend, BackendError, Expected, ObjectPath, Version, Write, Written};
use super::envelope::Envelope;
use super::parallel;
use crate::store::error::StoreError;

/// Generations that can be gone back to.
pub(super) const KEPT: u64 = 20;

/// How often one object of a change is tried.
const TRIES: usize = 32;

/// The body of the object.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Change {
    pub(super) generation: u64,
    /// Records before it: path and former object, which is missing for a new one.
    pub(super) replaced: Vec<(String, Option<Bytes>)>,
    /// In the order they are to be written; `head` is the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) writes: Vec<(String, Bytes)>,
}

/// Bytes as base64.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Where the change that made a generation is.
pub(super) fn path(generation: u64) -> String {
    format!("change/{generation}")
}

impl Change {
    /// Reads an object whose signature was checked; `None` if it is malformed.
    pub(super) fn read(envelope: &Envelope) -> Option<Self> {
        let change: Self = serde_json::from_slice(envelope.body()).ok()?;
        (path(change.generation) == envelope.header.path).then_some(change)
    }
}

/// What is known of objects before they are written: whoever makes a change has read them, whoever finishes the change of
/// somebody else has not.
pub(super) type States<'a> = HashMap<&'a str, Expected>;

/// Writes what a change has left to write, several objects at once, and `head` when all others are there. Several machines
/// may do it at once. Gives the version of each object that was written here.
pub(super) fn apply(
    backend: &dyn Backend,
    change: &Change,
    states: &States<'_>,
) -> Result<Vec<Option<Version>>, StoreError> {
    let Some((head, records)) = change.writes.split_last() else { return Ok(Vec::new()) };
    let is_over = AtomicBool::new(false);
    let write = |(path, bytes): &(String, Bytes)| {
        // A store that is away answers none of them.
        if is_over.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let Some(new) = Envelope::parse(bytes.0.clone()) else { return Ok(None) };
        let done = put(backend, path, &new, states.get(path.as_str()));
        is_over.fetch_or(done.is_err(), Ordering::Relaxed);
        done
    };
    let mut versions: Vec<_> = parallel::map_waiting(records, write).into_iter().collect::<Result<_, StoreError>>()?;
    versions.push(write(head)?);
    Ok(versions)
}

/// Writes one object, unless it or a newer one is there.
fn put(
    backend: &dyn Backend,
    path: &str,
    new: &Envelope,
    state: Option<&Expected>,
) -> Result<Option<Version>, StoreError> {
    let path = ObjectPath(path.to_owned());
    let (mut known, mut failure) = (state.cloned(), None);
    for _ in 0..TRIES {
        let expected = match known.take() {
            Some(state) => state,
            None => match backend.get(&path)? {
                Some(object) if revision(&object.body) >= Some(new.header.revision) => return Ok(None),
                Some(object) => Expected::Version(object.version),
                None => Expected::Absent,
            },
        };
        match backend.write(Write { path: path.clone(), expected, body: Some(new.bytes().to_vec()) }) {
            Ok(Written::Done(versions)) => return Ok(versions.into_iter().next().flatten()),
            Ok(Written::Conflict(_)) => {}
            // It may have been written: the next reading tells.
            Err(error @ BackendError::Unknown { .. }) => failure = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    let place = backend.place();
    Err(failure.unwrap_or(BackendError::Unreachable { place, why: "others kept writing".to_owned() }).into())
}

fn revision(object: &[u8]) -> Option<u64> {
    Envelope::parse(object.to_vec()).map(|there| there.header.revision)
}
