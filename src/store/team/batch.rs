//! `change/<n>`: the objects that the save of generation n replaced and, on stores without transactions, the objects it
//! still has to write (a write-ahead record).
//!
//! Creating this object commits the save: if two machines try to create the same generation, one of them wins. On a
//! store with transactions it is written together with all other objects and contains only the replaced bodies. On
//! other stores, any machine that finds a change above the generation in `head` rolls it forward: first each object,
//! then `head`. Replaced bodies keep their original encryption, so exactly those who could read a former generation
//! then can read it now.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::backend::{Backend, BackendError, Expected, ObjectPath, Version, Write, Written};
use super::envelope::Envelope;
use super::parallel;
use crate::store::error::StoreError;

/// Former generations that can be restored. Older change objects are deleted by every save of a generation that is a
/// multiple of it.
pub(super) const KEPT: u64 = 20;

/// Attempts per object when a change is applied.
const MAX_ATTEMPTS: usize = 32;

/// The body of a `change/<n>` object.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Change {
    pub(super) generation: u64,
    /// Path and previous object of each changed record; `None` for a record that is new.
    pub(super) replaced: Vec<(String, Option<Bytes>)>,
    /// Objects to write, in this order; `head` is the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) writes: Vec<(String, Bytes)>,
}

/// Bytes that are serialized as base64.
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

/// The path of the change that created a generation.
pub(super) fn path(generation: u64) -> String {
    format!("change/{generation}")
}

impl Change {
    /// Parses a change whose signature was verified; `None` if it is malformed.
    pub(super) fn read(envelope: &Envelope) -> Option<Self> {
        let change: Self = serde_json::from_slice(envelope.body()).ok()?;
        (path(change.generation) == envelope.header.path).then_some(change)
    }
}

/// The preconditions of the objects to write, as far as they are known. A machine that makes a change has just read them;
/// a machine that rolls forward the change of another one has not.
pub(super) type States<'a> = HashMap<&'a str, Expected>;

/// Writes the objects of a change that are still missing, several at once, and `head` after all others. Idempotent and
/// safe to run on several machines at once. Returns the version of each object that this call wrote.
pub(super) fn apply(
    backend: &dyn Backend,
    change: &Change,
    states: &States<'_>,
) -> Result<Vec<Option<Version>>, StoreError> {
    let Some((head, records)) = change.writes.split_last() else { return Ok(Vec::new()) };
    let is_over = AtomicBool::new(false);
    let write = |(path, bytes): &(String, Bytes)| {
        // After one failure the store is probably down, so the remaining writes are skipped.
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

/// Writes one object, unless the store has this revision or a newer one.
fn put(
    backend: &dyn Backend,
    path: &str,
    new: &Envelope,
    state: Option<&Expected>,
) -> Result<Option<Version>, StoreError> {
    let path = ObjectPath(path.to_owned());
    let (mut known, mut failure) = (state.cloned(), None);
    for _ in 0..MAX_ATTEMPTS {
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
            // The write may have happened; the next iteration reads the object again.
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
