//! An edit to the vault as data: what travels, what merges, what is undone.
//!
//! A change states an intent and what it was based on, never a whole document. Applied to the vault as it is *now*,
//! it either fits, or says who was faster. Applying gives the inverse where there is one.
//!
//! Named invariants:
//! * **I-tokens**: nothing but [`Change::Authenticated`] and [`Change::Refreshed`] replaces tokens, and only the
//!   user's [`Change::Remove`] takes a refresh token away.
//! * **I-grave**: no change but [`Change::Restore`] brings a deleted credential back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::credential::{
    Account, Credential, CredentialId, Credentials, Details, Endpoints, Event, EventKind, Name, Proof, ProvenBy,
    Setback, Setup, Tokens, Tombstone,
};
use crate::model::integration::IntegrationChange;
use crate::printable::printable;

/// One edit.
#[derive(Clone, Debug)]
pub enum Change {
    /// Adds a new credential.
    Insert(Box<Credential>),
    /// Gives a new name.
    Rename {
        /// Which credential.
        id: CredentialId,
        /// The name the person saw.
        from: Name,
        /// The name the person wants.
        to: Name,
    },
    /// Replaces description, owner and tags.
    Describe {
        /// Which credential.
        id: CredentialId,
        /// What the person saw.
        from: Details,
        /// What the person wants.
        to: Details,
    },
    /// Replaces client, variables, scopes and redirect URI. Tokens stay until the next authentication.
    Configure {
        /// Which credential.
        id: CredentialId,
        /// What the person wants.
        to: Box<Setup>,
    },
    /// A person consented: new tokens, and the endpoints they came from.
    Authenticated {
        /// Which credential.
        id: CredentialId,
        /// From one exchange.
        tokens: Box<Tokens>,
        /// Pinned from now on.
        endpoints: Box<Endpoints>,
        /// The setup that led to consent, where the provider changed it (its data center, say).
        setup: Option<Box<Setup>>,
        /// How, for the history: "by browser".
        by: &'static str,
    },
    /// The provider said whose consent the tokens carry.
    Bound {
        /// Which credential.
        id: CredentialId,
        /// Whose.
        account: Account,
    },
    /// The provider named the site or tenant that calls with these tokens are about.
    LookedUp {
        /// Which credential.
        id: CredentialId,
        /// What to keep beside the tokens: our name, its value.
        found: BTreeMap<String, String>,
    },
    /// An authentication ended without tokens.
    AuthenticationFailed {
        /// Which credential.
        id: CredentialId,
        /// The error code or a word; escaped and bounded when recorded.
        code: String,
    },
    /// The refresh token was spent and answered.
    Refreshed {
        /// Which credential.
        id: CredentialId,
        /// Already merged over the former ones: a refresh token the answer left out is still there.
        tokens: Box<Tokens>,
    },
    /// The refresh token was refused for good. It stays.
    RefreshRefused {
        /// Which credential.
        id: CredentialId,
        /// The raw error code, escaped and bounded.
        code: String,
    },
    /// The provider throttled us.
    Throttled {
        /// Which credential.
        id: CredentialId,
        /// No token request before.
        until: Timestamp,
    },
    /// A test call worked, or a person vouched for what has none. Of a key it ends an earlier refusal.
    Proven {
        /// Which credential.
        id: CredentialId,
        /// Who says so.
        by: ProvenBy,
        /// The host of the test call: pinned from now on.
        host: Option<String>,
    },
    /// The provider refused a key or password at its test call.
    KeyRefused {
        /// Which credential.
        id: CredentialId,
        /// `HTTP 401`.
        code: String,
    },
    /// The user revoked the tokens at the provider.
    Revoked {
        /// Which credential.
        id: CredentialId,
    },
    /// Deletes.
    Remove {
        /// Which credential.
        id: CredentialId,
    },
    /// Brings a deleted credential back: the inverse of [`Change::Remove`].
    Restore(Box<Credential>),
}

/// An edit of either kind: what the vault applies, saves and takes back.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Of a credential.
    Credential(Change),
    /// Of an integration.
    Integration(IntegrationChange),
}

impl From<Change> for Edit {
    fn from(change: Change) -> Self {
        Self::Credential(change)
    }
}

impl From<IntegrationChange> for Edit {
    fn from(change: IntegrationChange) -> Self {
        Self::Integration(change)
    }
}

/// Why a change does not fit the vault as it is now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Conflict {
    /// It was deleted meanwhile; its last name, where known.
    Gone(Option<Name>),
    /// Another credential has that name.
    NameTaken(Name),
    /// Somebody else changed the same field first.
    Changed {
        /// "name" or "details".
        field: &'static str,
        /// What it is now.
        now: String,
    },
    /// It is already there.
    Present(Name),
}

impl Change {
    /// Which credential it is about.
    #[must_use]
    pub fn id(&self) -> CredentialId {
        match self {
            Self::Insert(credential) | Self::Restore(credential) => credential.id,
            Self::Rename { id, .. }
            | Self::Describe { id, .. }
            | Self::Configure { id, .. }
            | Self::Authenticated { id, .. }
            | Self::Bound { id, .. }
            | Self::LookedUp { id, .. }
            | Self::AuthenticationFailed { id, .. }
            | Self::Refreshed { id, .. }
            | Self::RefreshRefused { id, .. }
            | Self::Throttled { id, .. }
            | Self::Proven { id, .. }
            | Self::KeyRefused { id, .. }
            | Self::Revoked { id }
            | Self::Remove { id } => *id,
        }
    }

    /// What is undone, in words: "delete Zoho EU". `None` for what is no edit of a person's.
    #[must_use]
    pub fn label(&self, before: &Credentials) -> Option<String> {
        let name = || before.by_id(self.id()).map_or_else(String::new, |credential| credential.name.to_string());
        match self {
            Self::Insert(credential) => Some(format!("add {}", credential.name)),
            Self::Restore(credential) => Some(format!("restore {}", credential.name)),
            Self::Rename { from, to, .. } => Some(format!("rename {from} to {to}")),
            Self::Describe { .. } | Self::Configure { .. } => Some(format!("edit {}", name())),
            Self::Remove { .. } => Some(format!("delete {}", name())),
            _ => None,
        }
    }

    /// Applies the change at `now` and gives its inverse where it has one.
    ///
    /// # Errors
    /// The conflict, with nothing changed.
    pub fn apply(self, to: &mut Credentials, now: Timestamp) -> Result<Option<Change>, Conflict> {
        match self {
            Self::Insert(credential) => insert(to, *credential).map(|id| Some(Self::Remove { id })),
            Self::Restore(mut credential) => {
                to.tombstones.retain(|tombstone| tombstone.id != credential.id);
                credential.record(Event::new(now, EventKind::Created, "restored"));
                insert(to, *credential).map(|id| Some(Self::Remove { id }))
            }
            Self::Remove { id } => remove(to, id, now).map(|old| Some(Self::Restore(Box::new(old)))),
            Self::Rename { id, from, to: name } => rename(to, id, from, name, now).map(Some),
            Self::Describe { id, from, to: details } => describe(present(to, id)?, from, details, now).map(Some),
            Self::Configure { id, to: setup } => {
                let credential = present(to, id)?;
                let old = std::mem::replace(&mut credential.setup, *setup);
                // A proof and a refusal were of what is no longer there.
                credential.proof = None;
                if credential.is_typed_in() {
                    credential.setback = None;
                }
                credential.record(Event::new(now, EventKind::Edited, "authorization"));
                Ok(Some(Self::Configure { id, to: Box::new(old) }))
            }
            observed => {
                let credential = present(to, observed.id())?;
                observed.record(credential, now);
                Ok(None)
            }
        }
    }

    /// Applies what was observed rather than wanted: it always fits and has no inverse.
    fn record(self, credential: &mut Credential, now: Timestamp) {
        match self {
            Self::Authenticated { tokens, endpoints, setup, by, .. } => {
                if let Some(setup) = setup {
                    credential.setup = *setup;
                }
                credential.endpoints = Some(*endpoints);
                credential.proof = None;
                replace_tokens(credential, *tokens, Event::new(now, EventKind::Authenticated, by));
            }
            Self::Bound { account, .. } => credential.account = Some(account),
            Self::LookedUp { found, .. } => {
                if let Some(tokens) = &mut credential.tokens {
                    tokens.captured.extend(found);
                }
            }
            Self::Refreshed { tokens, .. } => {
                replace_tokens(credential, *tokens, Event::new(now, EventKind::Refreshed, ""));
            }
            Self::AuthenticationFailed { code, .. } => {
                credential.record(Event::new(now, EventKind::AuthenticationFailed, &code));
            }
            Self::RefreshRefused { code, .. } => {
                credential.record(Event::new(now, EventKind::RefreshRefused, &code));
                credential.setback = Some(Setback::Refused { at: now, code: printable(&code, 120) });
            }
            Self::Proven { by, host, .. } => proven(credential, Proof { at: now, by, host }),
            Self::KeyRefused { code, .. } => {
                credential.record(Event::new(now, EventKind::AuthenticationFailed, &code));
                credential.setback = Some(Setback::Refused { at: now, code: printable(&code, 120) });
            }
            Self::Throttled { until, .. } => credential.not_before = Some(until),
            Self::Revoked { .. } => {
                credential.setback = Some(Setback::Revoked { at: now });
                credential.record(Event::new(now, EventKind::Revoked, ""));
            }
            Self::Insert(_)
            | Self::Restore(_)
            | Self::Remove { .. }
            | Self::Rename { .. }
            | Self::Describe { .. }
            | Self::Configure { .. } => {}
        }
    }
}

fn present(all: &mut Credentials, id: CredentialId) -> Result<&mut Credential, Conflict> {
    if all.by_id(id).is_none() {
        let grave = all.tombstones.iter().find(|tombstone| tombstone.id == id);
        return Err(Conflict::Gone(grave.map(|tombstone| tombstone.name.clone())));
    }
    all.by_id_mut(id).ok_or(Conflict::Gone(None))
}

fn insert(all: &mut Credentials, credential: Credential) -> Result<CredentialId, Conflict> {
    if all.by_id(credential.id).is_some() {
        return Err(Conflict::Present(credential.name));
    }
    if all.has_name(&credential.name, None) {
        return Err(Conflict::NameTaken(credential.name));
    }
    let id = credential.id;
    all.list.push(credential);
    Ok(id)
}

fn remove(all: &mut Credentials, id: CredentialId, now: Timestamp) -> Result<Credential, Conflict> {
    present(all, id)?;
    let at = all.list.iter().position(|credential| credential.id == id).ok_or(Conflict::Gone(None))?;
    let old = all.list.remove(at);
    all.tombstones.push(Tombstone { id, name: old.name.clone(), at: now });
    Ok(old)
}

fn rename(all: &mut Credentials, id: CredentialId, from: Name, to: Name, now: Timestamp) -> Result<Change, Conflict> {
    let taken = all.has_name(&to, Some(id));
    let credential = present(all, id)?;
    if credential.name != from {
        return Err(Conflict::Changed { field: "name", now: credential.name.to_string() });
    }
    if taken {
        return Err(Conflict::NameTaken(to));
    }
    credential.name = to.clone();
    credential.record(Event::new(now, EventKind::Renamed, from.as_str()));
    Ok(Change::Rename { id, from: to, to: from })
}

fn describe(credential: &mut Credential, from: Details, to: Details, now: Timestamp) -> Result<Change, Conflict> {
    if credential.details != from {
        return Err(Conflict::Changed { field: "details", now: credential.details.description.clone() });
    }
    credential.details = to.clone();
    credential.record(Event::new(now, EventKind::Edited, "details"));
    Ok(Change::Describe { id: credential.id, from: to, to: from })
}

/// Only what is typed in is authenticated by its proof; of tokens a test says nothing that lasts.
fn proven(credential: &mut Credential, proof: Proof) {
    if credential.is_typed_in() {
        let by = if proof.by == ProvenBy::Test { "by test call" } else { "saved, not tested" };
        credential.setback = None;
        credential.record(Event::new(proof.at, EventKind::Authenticated, by));
    }
    credential.proof = Some(proof);
}

/// **I-tokens**: a set of tokens arrives whole, and clears what stood against the former one.
fn replace_tokens(credential: &mut Credential, tokens: Tokens, event: Event) {
    credential.count_renewal(tokens.received_at, event.kind == EventKind::Authenticated);
    credential.tokens = Some(tokens);
    credential.setback = None;
    credential.not_before = None;
    credential.record(event);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::{Status, Tombstone};
    use crate::secret::{AccessToken, RefreshToken};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn vault(names: &[&str]) -> Credentials {
        let mut all = Credentials::default();
        for text in names {
            let credential = Credential::new(name(text), "manageengine", Setup::default(), now());
            Change::Insert(Box::new(credential)).apply(&mut all, now()).unwrap();
        }
        all
    }

    fn tokens(access: &str) -> Box<Tokens> {
        Box::new(Tokens {
            access: AccessToken::new(access.to_owned()),
            refresh: Some(RefreshToken::new("refresh".to_owned())),
            received_at: now(),
            expires_at: None,
            refresh_expires_at: None,
            scopes: None,
            captured: BTreeMap::new(),
        })
    }

    #[test]
    fn every_edit_of_a_person_is_undone_by_its_inverse() {
        let mut all = vault(&["Zoho EU", "Okta"]);
        let id = all.list[0].id;
        let details = Details { owner: "it@acme.example".to_owned(), ..Details::default() };
        let edits = [
            Change::Rename { id, from: name("Zoho EU"), to: name("Zoho Europe") },
            Change::Describe { id, from: Details::default(), to: details },
            Change::Remove { id },
        ];
        for edit in edits {
            assert!(edit.label(&all).is_some());
            let inverse = edit.apply(&mut all, now()).unwrap().unwrap();
            inverse.apply(&mut all, now()).unwrap();
            let credential = all.by_id(id).unwrap();
            assert_eq!(credential.name, name("Zoho EU"));
            assert_eq!(credential.details, Details::default());
            assert!(all.tombstones.is_empty());
        }
    }

    #[test]
    fn i_grave_a_late_refresh_does_not_resurrect() {
        let mut all = vault(&["Zoho EU"]);
        let id = all.list[0].id;
        Change::Remove { id }.apply(&mut all, now()).unwrap();
        let late = Change::Refreshed { id, tokens: tokens("late") }.apply(&mut all, now());
        assert_eq!(late.unwrap_err(), Conflict::Gone(Some(name("Zoho EU"))));
        assert!(all.list.is_empty());
        assert_eq!(all.tombstones, [Tombstone { id, name: name("Zoho EU"), at: now() }]);
    }

    #[test]
    fn cr_07_the_same_field_twice_is_a_conflict_and_different_fields_merge() {
        let mut all = vault(&["Zoho EU"]);
        let id = all.list[0].id;
        let first = Change::Rename { id, from: name("Zoho EU"), to: name("A") };
        let second = Change::Rename { id, from: name("Zoho EU"), to: name("B") };
        first.apply(&mut all, now()).unwrap();
        let refused = second.apply(&mut all, now()).unwrap_err();
        assert_eq!(refused, Conflict::Changed { field: "name", now: "A".to_owned() });
        Change::Refreshed { id, tokens: tokens("new") }.apply(&mut all, now()).unwrap();
        let credential = all.by_id(id).unwrap();
        assert_eq!(credential.name, name("A"));
        assert_eq!(credential.tokens.as_ref().unwrap().access.expose(), "new");
    }

    #[test]
    fn a_taken_name_is_refused_whatever_its_case() {
        let mut all = vault(&["Zoho EU", "Okta"]);
        let id = all.list[1].id;
        let taken = Change::Rename { id, from: name("Okta"), to: name("ZOHO eu") }.apply(&mut all, now());
        assert_eq!(taken.unwrap_err(), Conflict::NameTaken(name("ZOHO eu")));
        let own = Change::Rename { id, from: name("Okta"), to: name("OKTA") }.apply(&mut all, now());
        assert!(own.is_ok());
    }

    #[test]
    fn i_tokens_a_refusal_keeps_the_refresh_token() {
        let mut all = vault(&["Zoho EU"]);
        let id = all.list[0].id;
        Change::Refreshed { id, tokens: tokens("one") }.apply(&mut all, now()).unwrap();
        Change::RefreshRefused { id, code: "invalid_grant".to_owned() }.apply(&mut all, now()).unwrap();
        let credential = all.by_id(id).unwrap();
        assert_eq!(credential.status(now()), Status::NeedsReauthentication);
        assert!(credential.tokens.as_ref().unwrap().refresh.is_some());
        Change::Refreshed { id, tokens: tokens("two") }.apply(&mut all, now()).unwrap();
        assert_eq!(all.by_id(id).unwrap().status(now()), Status::Authenticated);
    }
}
