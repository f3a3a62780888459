//! Hashes of the refresh tokens that the vault has held, as they are kept; what they are of, see `fingerprints.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::credential::CredentialId;

/// Kept per credential: about 500 bytes of JSON.
const MAX_PER_CREDENTIAL: usize = 16;

/// By credential.
pub(super) type Fingerprints = BTreeMap<CredentialId, Prints>;

/// Hashes of one credential's refresh tokens: the first one ever, which a file elsewhere may still hold, then the
/// latest, oldest first. Shared: each save copies those of all credentials.
#[derive(Clone, Default)]
pub(super) struct Prints(Arc<Vec<String>>);

impl Serialize for Prints {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Prints {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|prints| Self(Arc::new(prints)))
    }
}

impl Prints {
    /// Whether it is one of them.
    pub(super) fn has(&self, print: &str) -> bool {
        self.0.iter().any(|known| known == print)
    }

    /// Adds a new one; too many make the second oldest give way.
    pub(super) fn add(&mut self, print: String) {
        if self.has(&print) {
            return;
        }
        let prints = Arc::make_mut(&mut self.0);
        prints.push(print);
        if prints.len() > MAX_PER_CREDENTIAL {
            prints.remove(1);
        }
    }
}
