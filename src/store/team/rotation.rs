//! The rotation list: what to change at providers after a member was removed, until each item is done.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::credential::Credential;
use crate::store::members::RotationItem;

/// The contents of `rotation`, encrypted to all members except hosts.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Rotation {
    pub(super) items: Vec<RotationItem>,
}

/// The secrets of a credential that a former reader still knows.
pub(super) fn known_of(credential: &Credential) -> Vec<String> {
    let mut known = Vec::new();
    if credential.setup.client.secret.is_some() {
        known.push("client secret".to_owned());
    }
    if !credential.setup.secrets.is_empty() {
        known.push("key".to_owned());
    }
    if credential.tokens.is_some() {
        known.push("grant".to_owned());
    }
    known
}

impl Rotation {
    /// Adds the secrets of these credentials that a removed member knew.
    pub(super) fn with<'a>(
        &self,
        credentials: impl Iterator<Item = &'a Credential>,
        because_of: &str,
        since: Timestamp,
    ) -> Self {
        let mut rotation = self.clone();
        for credential in credentials {
            let what = known_of(credential);
            let is_listed =
                rotation.items.iter().any(|item| item.credential == credential.id && item.because_of == because_of);
            if !what.is_empty() && !is_listed {
                let (name, because_of) = (credential.name.to_string(), because_of.to_owned());
                rotation.items.push(RotationItem { credential: credential.id, name, what, because_of, since });
            }
        }
        rotation
    }
}
