//! Hashes of the vault's former refresh tokens, as they are stored; see `fingerprints.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::credential::CredentialId;

/// Maximum number of hashes per credential: about 500 bytes of JSON.
const MAX_PER_CREDENTIAL: usize = 16;

pub(super) type Fingerprints = BTreeMap<CredentialId, TokenHashes>;

/// Hashes of one credential's refresh tokens: the first one ever, which a file on another machine may still contain,
/// then the latest ones, oldest first. Shared, because each save copies those of all credentials.
#[derive(Clone, Default)]
pub(super) struct TokenHashes(Arc<Vec<String>>);

impl Serialize for TokenHashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TokenHashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|prints| Self(Arc::new(prints)))
    }
}

impl TokenHashes {
    pub(super) fn has(&self, print: &str) -> bool {
        self.0.iter().any(|known| known == print)
    }

    /// Adds a hash; if there are too many, drops the second oldest.
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
