//! Remembers the vault's former refresh tokens as keyed hashes, so that a spent one is not imported again.
//!
//! ```json
//! {"kind":"refresh_tokens_seen","of":{"<credential id>":["base64 of 16 bytes",…]}}
//! ```
//!
//! The key is derived from the vault's secret: without the vault, a hash reveals nothing about its token.

use std::collections::{BTreeSet, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::derived::{derived, mac};
use super::document::Document;
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::Secret;

/// Domain separation: derives the key of the hashes from the vault's secret.
const PURPOSE: &[u8] = b"refresh token fingerprint v1";

impl Document {
    /// Adds the hashes of the current refresh tokens of the credentials `ids`.
    pub(super) fn remember_refresh_tokens(&mut self, ids: &BTreeSet<CredentialId>) -> Result<(), Problem> {
        let mut new = Vec::new();
        for credential in self.contents.credentials.list.iter().filter(|credential| ids.contains(&credential.id)) {
            for refresh in credential.all_tokens().filter_map(|tokens| tokens.refresh.as_deref()) {
                new.push((credential.id, self.fingerprint(refresh)?));
            }
        }
        for (id, print) in new {
            self.refresh_tokens_seen.entry(id).or_default().add(print);
        }
        Ok(())
    }

    /// Drops the hashes of credentials that no longer exist, not even in undo steps. None are dropped while there are
    /// unreadable credentials, which may own them.
    pub(super) fn forget_refresh_tokens_of_deleted(&mut self) {
        if !self.unread.credentials.is_empty() {
            return;
        }
        let contents = &self.contents;
        let there: HashSet<CredentialId> = contents.credentials.list.iter().map(|credential| credential.id).collect();
        self.refresh_tokens_seen.retain(|id, _| there.contains(id) || contents.with_deleted(*id).is_some());
    }

    /// The credential that has, or had, this refresh token.
    pub(super) fn refresh_token_owner(&self, token: &Secret) -> Result<Option<CredentialId>, Problem> {
        let print = self.fingerprint(token)?;
        let present = |id: &CredentialId| self.contents.credentials.by_id(*id).is_some();
        let seen = self.refresh_tokens_seen.iter().find(|(id, prints)| prints.has(&print) && present(id));
        // A vault written by an older program has no hashes yet.
        Ok(seen.map(|(id, _)| *id).or_else(|| self.contents.credentials.holder_of_refresh_token(token)))
    }

    fn fingerprint(&self, token: &Secret) -> Result<String, Problem> {
        let key = derived(&self.head.vault_secret, PURPOSE)?;
        Ok(STANDARD_NO_PAD.encode(&mac(&key, &token.digest())?[..16]))
    }
}
