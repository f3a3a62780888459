//! The integrations of one vault, and which of them use a credential.

use std::sync::Arc;

use super::{Integration, IntegrationId};
use crate::model::credential::{CredentialId, FindError, Name, by_short_id, resolve};
use crate::model::lookalike::Lookalikes;
use crate::model::unreadable::Unreadable;

/// All integrations, in the order they were added.
#[derive(Clone, Debug, Default)]
pub struct Integrations {
    /// Each integration is shared with the versions of the vault that contain the same one; a change makes a new one.
    pub list: Vec<Arc<Integration>>,
    /// Records that only another version of the program can read. Their names cannot be reused.
    pub unreadable: Vec<Unreadable>,
}

impl Integrations {
    #[must_use]
    pub fn by_id(&self, id: IntegrationId) -> Option<&Integration> {
        self.list.iter().find(|integration| integration.id == id).map(|integration| &**integration)
    }

    pub(super) fn by_id_mut(&mut self, id: IntegrationId) -> Option<&mut Integration> {
        self.list.iter_mut().find(|integration| integration.id == id).map(Arc::make_mut)
    }

    /// Whether an integration other than `except` has this name.
    #[must_use]
    pub(crate) fn has_name(&self, name: &Name, except: Option<IntegrationId>) -> bool {
        let key = name.key();
        self.list.iter().any(|one| Some(one.id) != except && one.name.key() == key)
            || self.unreadable.iter().any(|one| one.is_called(name.as_str()))
    }

    /// Resolves an id, a name in any case, an unambiguous prefix of one, or a short id, in that order.
    ///
    /// # Errors
    /// If none or more than one matches.
    pub fn find(&self, word: &str) -> Result<&Integration, FindError> {
        match word.parse().ok().and_then(|id| self.by_id(id)) {
            Some(integration) => Ok(integration),
            None => resolve(&self.list, &self.unreadable, |one| &one.name, word)
                .or_else(|error| by_short_id(&self.list, |one| one.id.to_string(), word, error))
                .map(|found| &**found),
        }
    }

    /// The integrations whose names look like another's.
    #[must_use]
    pub(crate) fn lookalikes(&self) -> Lookalikes<IntegrationId> {
        Lookalikes::among(self.list.iter().map(|one| (one.id, &one.name)))
    }

    /// The integrations that sign in with this credential.
    pub fn using(&self, credential: CredentialId) -> impl Iterator<Item = &Integration> {
        self.list.iter().filter(move |one| one.setup.credential == Some(credential)).map(|one| &**one)
    }
}
