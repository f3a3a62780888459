//! The credentials of one vault, and how a person's word for one is resolved.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Credential, CredentialId, Name};
use crate::model::name::fold;
use crate::secret::Secret;

/// All credentials of a vault, in the order they were added, and the ids of those deleted.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The credentials.
    pub list: Vec<Credential>,
    /// What was deleted, so that a late refresh does not bring it back.
    pub tombstones: Vec<Tombstone>,
}

/// The mark a deleted credential leaves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tombstone {
    /// Of the deleted credential.
    pub id: CredentialId,
    /// Its last name.
    pub name: Name,
    /// When it was deleted.
    pub at: Timestamp,
}

/// Why a word does not name one credential.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FindError {
    /// None fits; the nearest names, best first.
    Unknown(Vec<Name>),
    /// Several fit.
    Ambiguous(Vec<Name>),
}

impl Credentials {
    /// The credential with this id.
    #[must_use]
    pub fn by_id(&self, id: CredentialId) -> Option<&Credential> {
        self.list.iter().find(|credential| credential.id == id)
    }

    /// The credential with this id, to change it.
    pub fn by_id_mut(&mut self, id: CredentialId) -> Option<&mut Credential> {
        self.list.iter_mut().find(|credential| credential.id == id)
    }

    /// The credential that holds this refresh token.
    #[must_use]
    pub fn holder_of_refresh_token(&self, token: &Secret) -> Option<CredentialId> {
        let holds = |credential: &&Credential| {
            let refresh = credential.tokens.as_ref().and_then(|tokens| tokens.refresh.as_deref());
            refresh.is_some_and(|held| held.matches(token))
        };
        self.list.iter().find(holds).map(|credential| credential.id)
    }

    /// Whether another credential than `except` has this name.
    #[must_use]
    pub fn has_name(&self, name: &Name, except: Option<CredentialId>) -> bool {
        let key = name.key();
        self.list.iter().any(|credential| Some(credential.id) != except && credential.name.key() == key)
    }

    /// Resolves an id, a name in any case, or an unambiguous prefix of one, in that order.
    ///
    /// # Errors
    /// When no credential or more than one fits. A secret is never guessed.
    pub fn find(&self, word: &str) -> Result<&Credential, FindError> {
        match word.parse().ok().and_then(|id| self.by_id(id)) {
            Some(credential) => Ok(credential),
            None => resolve(&self.list, |credential| &credential.name, word),
        }
    }
}

/// Finds what a person's word names: a name in any case, else an unambiguous prefix of one.
///
/// # Errors
/// When none or more than one fits.
pub fn resolve<'a, T>(list: &'a [T], name: impl Fn(&T) -> &Name, word: &str) -> Result<&'a T, FindError> {
    let key = fold(word);
    let exact: Vec<&T> = list.iter().filter(|one| name(one).key() == key).collect();
    let fits = if exact.is_empty() && !key.is_empty() {
        list.iter().filter(|one| name(one).key().starts_with(&key)).collect()
    } else {
        exact
    };
    match fits.as_slice() {
        [one] => Ok(one),
        [] => Err(FindError::Unknown(nearest(list.iter().map(name), &key))),
        several => Err(FindError::Ambiguous(several.iter().map(|one| name(one).clone()).collect())),
    }
}

fn nearest<'a>(names: impl Iterator<Item = &'a Name>, key: &str) -> Vec<Name> {
    let scored = names.map(|name| (strsim::jaro_winkler(key, &name.key()), name));
    let mut near: Vec<(f64, &Name)> = scored.filter(|(score, _)| *score > 0.7).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(3).map(|(_, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::Setup;

    fn credentials(names: &[&str]) -> Credentials {
        let list = names
            .iter()
            .map(|name| Credential::new(Name::parse(name).unwrap(), "x", Setup::default(), Timestamp::UNIX_EPOCH))
            .collect();
        Credentials { list, tombstones: Vec::new() }
    }

    #[test]
    fn a_name_is_found_by_case_prefix_and_id() {
        let all = credentials(&["Zoho EU", "Zoho EU 2", "Okta"]);
        assert_eq!(all.find("zoho eu").unwrap().name.as_str(), "Zoho EU");
        assert_eq!(all.find("ok").unwrap().name.as_str(), "Okta");
        assert_eq!(all.find(&all.list[1].id.to_string()).unwrap().name.as_str(), "Zoho EU 2");
    }

    #[test]
    fn a_secret_is_never_guessed() {
        let all = credentials(&["Zoho EU", "Zoho US", "Okta"]);
        assert!(matches!(all.find("zoho"), Err(FindError::Ambiguous(names)) if names.len() == 2));
        assert!(matches!(all.find("Otka"), Err(FindError::Unknown(near)) if near[0].as_str() == "Okta"));
        assert!(matches!(all.find(""), Err(FindError::Unknown(_))));
    }
}
