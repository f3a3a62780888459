//! One of the two parts of a record: the JSON that its object decrypted to, read into values only when it is asked for.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

pub(super) type Json = Map<String, Value>;

/// Bytes that several parts share.
pub(super) type Shared = Arc<Zeroizing<Vec<u8>>>;

/// A JSON object; an empty one where there is none.
#[derive(Clone, Default)]
pub(super) struct Part {
    read: Option<(Shared, Range<usize>)>,
    json: OnceLock<Json>,
}

impl Part {
    /// As it was decrypted.
    pub(super) fn of_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        let range = 0..bytes.len();
        Self::within(&Arc::new(bytes), range)
    }

    /// A part of what was decrypted.
    pub(super) fn within(bytes: &Shared, range: Range<usize>) -> Self {
        Self { read: Some((Arc::clone(bytes), range)), json: OnceLock::new() }
    }

    /// To be written.
    pub(super) fn of_json(json: Json) -> Self {
        Self { read: None, json: json.into() }
    }

    /// As it was read; `None` for one that was made.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        let (bytes, range) = self.read.as_ref()?;
        bytes.get(range.clone())
    }

    /// Its values; none for bytes that are no JSON object.
    pub(super) fn json(&self) -> &Json {
        let parsed = || self.bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        self.json.get_or_init(parsed)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").finish_non_exhaustive()
    }
}
