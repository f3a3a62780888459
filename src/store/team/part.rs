//! One of the two parts of a record: decrypted JSON that is parsed lazily.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

pub(super) type Json = Map<String, Value>;

/// A buffer that several parts share.
pub(super) type Shared = Arc<Zeroizing<Vec<u8>>>;

/// A JSON object; empty if there is none.
#[derive(Clone, Default)]
pub(super) struct Part {
    read: Option<(Shared, Range<usize>)>,
    json: OnceLock<Json>,
}

impl Part {
    /// A part from a buffer of its own.
    pub(super) fn of_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        let range = 0..bytes.len();
        Self::within(&Arc::new(bytes), range)
    }

    /// A part from a range of a shared buffer.
    pub(super) fn within(bytes: &Shared, range: Range<usize>) -> Self {
        Self { read: Some((Arc::clone(bytes), range)), json: OnceLock::new() }
    }

    /// A part that is going to be written.
    pub(super) fn of_json(json: Json) -> Self {
        Self { read: None, json: json.into() }
    }

    /// The bytes that were read; `None` for a part made from JSON.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        let (bytes, range) = self.read.as_ref()?;
        bytes.get(range.clone())
    }

    /// The parsed object; empty if the bytes are not a JSON object.
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
