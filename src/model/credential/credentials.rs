//! The credentials of one vault, and the resolution of what a user types to one of them.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Credential, CredentialId, Name};
use crate::model::lookalike::{Lookalikes, SHORT_ID};
use crate::model::name::fold;
use crate::model::unreadable::Unreadable;
use crate::secret::Secret;

/// All credentials of a vault, in the order they were added, and the ids of deleted ones.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Shared with other versions of the vault that contain the same credential; a change copies it.
    pub list: Vec<Arc<Credential>>,
    /// The ids of deleted credentials, so that a late refresh does not bring one back.
    pub tombstones: Vec<Tombstone>,
    /// Records that only another version of the program can read. Their names cannot be reused.
    pub unreadable: Vec<Unreadable>,
}

/// Marks a deleted credential.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tombstone {
    pub id: CredentialId,
    /// Its last name.
    pub name: Name,
    /// When it was deleted.
    pub at: Timestamp,
}

/// Why a word does not identify exactly one credential.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FindError {
    /// No match; the nearest names, best first.
    Unknown(Vec<Name>),
    /// Several matches.
    Ambiguous(Vec<Name>),
    /// It is the name of a record that only another version can read.
    Unreadable(String),
}

impl Credentials {
    #[must_use]
    pub fn by_id(&self, id: CredentialId) -> Option<&Credential> {
        self.list.iter().find(|credential| credential.id == id).map(|credential| &**credential)
    }

    /// The credential with this id, to change it.
    pub(crate) fn by_id_mut(&mut self, id: CredentialId) -> Option<&mut Credential> {
        self.list.iter_mut().find(|credential| credential.id == id).map(Arc::make_mut)
    }

    /// The credential that holds this refresh token.
    #[must_use]
    pub(crate) fn holder_of_refresh_token(&self, token: &Secret) -> Option<CredentialId> {
        let holds = |credential: &&Arc<Credential>| {
            credential.all_tokens().any(|tokens| tokens.refresh.as_deref().is_some_and(|held| held.matches(token)))
        };
        self.list.iter().find(holds).map(|credential| credential.id)
    }

    /// Whether a credential other than `except` has this name.
    #[must_use]
    pub(crate) fn has_name(&self, name: &Name, except: Option<CredentialId>) -> bool {
        let key = name.key();
        self.list.iter().any(|credential| Some(credential.id) != except && credential.name.key() == key)
            || self.unreadable.iter().any(|one| one.is_called(name.as_str()))
    }

    /// Resolves an id, a name in any case, an unambiguous prefix of one, or a short id, in that order.
    ///
    /// # Errors
    /// If no credential or more than one matches. The program never guesses which secret was meant.
    pub fn find(&self, word: &str) -> Result<&Credential, FindError> {
        match word.parse().ok().and_then(|id| self.by_id(id)) {
            Some(credential) => Ok(credential),
            None => resolve(&self.list, &self.unreadable, |credential| &credential.name, word)
                .or_else(|error| by_short_id(&self.list, |credential| credential.id.to_string(), word, error))
                .map(|found| &**found),
        }
    }

    /// The credentials whose names look like another's.
    #[must_use]
    pub(crate) fn lookalikes(&self) -> Lookalikes<CredentialId> {
        Lookalikes::among(self.list.iter().map(|credential| (credential.id, &credential.name)))
    }
}

/// Resolves a name in any case, else an unambiguous prefix of one. An unreadable record with the same prefix counts as
/// a match.
///
/// # Errors
/// If none or more than one matches, or the match is unreadable.
pub fn resolve<'a, T>(
    list: &'a [T],
    unreadable: &[Unreadable],
    name: impl Fn(&T) -> &Name,
    word: &str,
) -> Result<&'a T, FindError> {
    let key = fold(word);
    let exact: Vec<&T> = list.iter().filter(|one| name(one).key() == key).collect();
    let hidden = unreadable.iter().find(|one| one.is_called(word)).or_else(|| {
        let hidden = unreadable.iter().find(|one| one.begins_with(word))?;
        (!list.iter().any(|one| name(one).key().starts_with(&key))).then_some(hidden)
    });
    if let Some(hidden) = hidden.filter(|_| exact.is_empty()) {
        return Err(FindError::Unreadable(hidden.label().to_owned()));
    }
    let fits = if exact.is_empty() && !key.is_empty() {
        list.iter().filter(|one| name(one).key().starts_with(&key)).collect()
    } else {
        exact
    };
    let alike = unreadable.iter().filter(|one| one.begins_with(word)).filter_map(|one| Name::parse(&one.name).ok());
    let mut alike: Vec<Name> = alike.collect();
    match fits.as_slice() {
        [one] if alike.is_empty() || name(one).key() == key => Ok(one),
        [one] => {
            alike.insert(0, name(one).clone());
            Err(FindError::Ambiguous(alike))
        }
        [] => Err(FindError::Unknown(nearest(list.iter().map(name), &key))),
        several => Err(FindError::Ambiguous(several.iter().map(|one| name(one).clone()).collect())),
    }
}

/// The only record whose id begins with `word`: the short id that is shown beside names that look alike. Returns
/// `error` if there is none.
pub(crate) fn by_short_id<'a, T>(
    list: &'a [T],
    id: impl Fn(&T) -> String,
    word: &str,
    error: FindError,
) -> Result<&'a T, FindError> {
    let word = word.to_ascii_lowercase();
    let may_be_one = word.len() >= SHORT_ID && matches!(error, FindError::Unknown(_));
    let mut fits = list.iter().filter(|one| may_be_one && id(one).starts_with(&word));
    match (fits.next(), fits.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(error),
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
            .map(Arc::new)
            .collect();
        Credentials { list, ..Credentials::default() }
    }

    #[test]
    fn a_name_is_found_by_case_prefix_and_id() {
        let all = credentials(&["Zoho EU", "Zoho EU 2", "Okta"]);
        assert_eq!(all.find("zoho eu").unwrap().name.as_str(), "Zoho EU");
        assert_eq!(all.find("ok").unwrap().name.as_str(), "Okta");
        let id = all.list[1].id.to_string();
        assert_eq!(all.find(&id).unwrap().name.as_str(), "Zoho EU 2");
        assert_eq!(all.find(&id[..8]).unwrap().name.as_str(), "Zoho EU 2");
        assert!(all.find(&id[..7]).is_err(), "shorter ones are not shown anywhere");
    }

    #[test]
    fn what_cannot_be_read_is_never_passed_over_for_another() {
        let mut all = credentials(&["gh-2", "Okta", "Zoho"]);
        let unreadable = |name: &str| Unreadable { id: format!("id of {name}"), name: name.to_owned() };
        all.unreadable = ["gh", "Zoho EU", "Slack", "okta"].map(unreadable).to_vec();
        for word in ["gh", "GH", "zoho eu", "sla", "Slack", "id of Slack"] {
            assert!(matches!(all.find(word), Err(FindError::Unreadable(_))), "{word}");
        }
        for (word, name) in [("gh-2", "gh-2"), ("okta", "Okta"), ("zoho", "Zoho")] {
            assert_eq!(all.find(word).unwrap().name.as_str(), name, "a whole name that can be read is that one");
        }
        let ambiguous = |word: &str| matches!(all.find(word), Err(FindError::Ambiguous(_)));
        assert!(ambiguous("zo") && ambiguous("g") && ambiguous("ok"), "each fits one that cannot be read, too");
        assert!(matches!(all.find("none"), Err(FindError::Unknown(_))));
    }

    #[test]
    fn a_secret_is_never_guessed() {
        let all = credentials(&["Zoho EU", "Zoho US", "Okta"]);
        assert!(matches!(all.find("zoho"), Err(FindError::Ambiguous(names)) if names.len() == 2));
        assert!(matches!(all.find("Otka"), Err(FindError::Unknown(near)) if near[0].as_str() == "Okta"));
        assert!(matches!(all.find(""), Err(FindError::Unknown(_))));
    }
}
