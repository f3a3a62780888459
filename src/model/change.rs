//! Edits of the store as data: what is sent, merged and undone.
//!
//! A change states an intent and the values it was based on, never a whole record. Applied to the store as it is *now*,
//! it either fits or names the conflict. Applying returns the inverse if there is one.
//!
//! Named invariants:
//! * **I-tokens**: only [`Change::Authenticated`] and [`Change::Refreshed`] replace tokens, and only the user's
//!   [`Change::Remove`] deletes a refresh token.
//! * **I-grave**: only [`Change::Restore`] brings a deleted credential back.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::credential::{
    Account, Credential, CredentialField, CredentialId, Credentials, Endpoints, Event, EventKind, Name, ProvenBy,
    TokenKind, Tokens, Tombstone, UnreadResponse,
};
use super::field::{FieldEdit, FieldValue, Revision};
use super::record::{self, Conflict, Record as _};

/// An edit of one credential.
#[derive(Clone, Debug)]
pub enum Change {
    /// Adds a new credential.
    Insert(Box<Credential>),
    /// Changes the values of fields. Tokens stay until the next authentication.
    Edit {
        id: CredentialId,
        /// The fields, each with the revision of the value it was based on.
        fields: Vec<FieldEdit<CredentialField>>,
    },
    /// The user consented: new tokens, and the endpoints they came from.
    Authenticated {
        id: CredentialId,
        /// From one exchange.
        tokens: Box<Tokens>,
        /// Pinned from now on.
        endpoints: Box<Endpoints>,
        /// Variables that the consent changed, such as the provider's data center.
        moved: BTreeMap<String, String>,
        /// How the user authenticated, for the history: "by browser".
        by: &'static str,
        /// The token sets that came with the main tokens; other sets stay.
        sets: BTreeMap<TokenKind, Tokens>,
    },
    /// The provider said which account consented.
    Bound {
        id: CredentialId,
        /// The account at the provider.
        account: Account,
    },
    /// The provider named the site or tenant that the tokens are for.
    LookedUp {
        id: CredentialId,
        /// Values to keep with the tokens, by our names.
        found: BTreeMap<String, String>,
    },
    /// An authentication ended without tokens.
    AuthenticationFailed {
        id: CredentialId,
        /// The error code or a word; escaped and bounded when recorded.
        code: String,
    },
    /// The provider accepted the refresh token.
    Refreshed {
        id: CredentialId,
        /// Already merged over the former ones: a refresh token that the response left out is still there.
        tokens: Box<Tokens>,
        /// The [`Tokens::revision`] of the pair that was spent, if known: newer tokens from elsewhere are kept.
        spent: Option<Revision>,
    },
    /// The refresh token was rejected permanently. It stays stored.
    RefreshRefused {
        id: CredentialId,
        /// The server's error code, escaped and bounded.
        code: String,
        /// The [`Tokens::revision`] of the pair that was refused, if known: the refusal says nothing about another
        /// pair.
        spent: Option<Revision>,
    },
    /// The refresh was refused with an error that does not say whether the grant is dead. The tokens stay.
    RefusalUnclear {
        id: CredentialId,
        /// The raw error code, escaped and bounded.
        code: String,
        /// The [`Tokens::revision`] of the pair that was refused, if known: the refusal says nothing about another
        /// pair.
        spent: Option<Revision>,
    },
    /// The token endpoint sent a response from which no token could be read. The response is kept; the tokens stay.
    ResponseUnread {
        id: CredentialId,
        response: Box<UnreadResponse>,
        /// The [`Tokens::revision`] of the pair that was spent, if any: the response says nothing about another pair.
        spent: Option<Revision>,
    },
    /// An observation of an additional token set: `change` is written as if that set were the main one.
    ForTokenSet {
        /// The kind of the token set.
        kind: TokenKind,
        change: Box<Change>,
    },
    /// An API rejected the access token, which counts as expired from now on. The refresh token stays.
    AccessRefused {
        id: CredentialId,
        /// The [`Tokens::revision`] of the pair that was refused: the refusal says nothing about another pair.
        refused: Revision,
    },
    /// The provider throttled token requests.
    Throttled {
        id: CredentialId,
        /// When the next token request may be sent.
        until: Timestamp,
    },
    /// A test call worked, or the user confirmed a credential that has no test call. Clears an earlier rejection of a
    /// key.
    Proven {
        id: CredentialId,
        by: ProvenBy,
        /// The host of the test call, which is pinned from now on.
        host: Option<String>,
        /// The [`Credential::tested_revision`] that was tested, if any: the test proves nothing about other values.
        tested: Option<Revision>,
    },
    /// The provider refused a key or password at its test call.
    KeyRefused {
        id: CredentialId,
        /// `HTTP 401`.
        code: String,
        /// As in [`Change::Proven`].
        tested: Option<Revision>,
    },
    /// The user revoked the tokens at the provider.
    Revoked { id: CredentialId },
    /// Deletes the credential.
    Remove { id: CredentialId },
    /// Brings a deleted credential back: the inverse of [`Change::Remove`].
    Restore {
        /// As it was before it was deleted.
        credential: Box<Credential>,
        /// Its index in the list; `None` (in an undo step of an older version) for the end of the list.
        place: Option<usize>,
    },
}

impl Change {
    /// An edit that renames a credential called `from`.
    #[must_use]
    pub fn rename(id: CredentialId, from: &Name, to: &Name) -> Self {
        let text = |name: &Name| FieldValue::text(name.as_str(), false);
        let edit = FieldEdit { field: CredentialField::Name, base: Some(text(from).revision()), to: text(to) };
        Self::Edit { id, fields: vec![edit] }
    }

    /// The credential that the change applies to.
    #[must_use]
    pub fn id(&self) -> CredentialId {
        match self {
            Self::Insert(credential) | Self::Restore { credential, .. } => credential.id,
            Self::ForTokenSet { change, .. } => change.id(),
            Self::Edit { id, .. }
            | Self::Authenticated { id, .. }
            | Self::Bound { id, .. }
            | Self::LookedUp { id, .. }
            | Self::AuthenticationFailed { id, .. }
            | Self::Refreshed { id, .. }
            | Self::RefreshRefused { id, .. }
            | Self::RefusalUnclear { id, .. }
            | Self::ResponseUnread { id, .. }
            | Self::AccessRefused { id, .. }
            | Self::Throttled { id, .. }
            | Self::Proven { id, .. }
            | Self::KeyRefused { id, .. }
            | Self::Revoked { id }
            | Self::Remove { id } => *id,
        }
    }

    /// The same change for the token set `kind`; `None` is the main set.
    #[must_use]
    pub fn with_token_set(self, kind: Option<TokenKind>) -> Self {
        match kind {
            Some(kind) => Self::ForTokenSet { kind, change: Box::new(self) },
            None => self,
        }
    }

    /// Whether it contains tokens, which are worth keeping even if their credential was deleted.
    #[must_use]
    pub(crate) fn brings_tokens(&self) -> bool {
        match self {
            Self::Refreshed { .. } | Self::Authenticated { .. } => true,
            Self::ForTokenSet { change, .. } => change.brings_tokens(),
            _ => false,
        }
    }

    /// Whether it records a response of a provider or API instead of an edit by the user: it concerns one existing
    /// record and has no inverse.
    #[must_use]
    pub(crate) fn is_observed(&self) -> bool {
        match self {
            Self::Insert(_) | Self::Edit { .. } | Self::Remove { .. } | Self::Restore { .. } => false,
            Self::ForTokenSet { change, .. } => change.is_observed(),
            _ => true,
        }
    }

    /// The label of its undo step, such as "delete Zoho EU"; `None` for a change that is not an edit by the user.
    #[must_use]
    pub fn label(&self, before: &Credentials) -> Option<String> {
        let name = || before.by_id(self.id()).map_or_else(String::new, |credential| credential.name.to_string());
        match self {
            Self::Insert(credential) => Some(format!("add {}", credential.name)),
            Self::Restore { credential, .. } => Some(format!("restore {}", credential.name)),
            Self::Remove { .. } => Some(format!("delete {}", name())),
            Self::Edit { fields, .. } => Some(match record::new_name(fields, &CredentialField::Name) {
                Some(to) => format!("rename {} to {to}", name()),
                None => format!("edit {}", name()),
            }),
            _ => None,
        }
    }

    /// Applies the change at `now` and returns its inverse if there is one.
    ///
    /// # Errors
    /// The conflict, with nothing changed.
    pub fn apply(self, to: &mut Credentials, now: Timestamp) -> Result<Option<Change>, Conflict> {
        match self {
            Self::Insert(credential) => {
                record::insert(&mut to.list, &to.unreadable, *credential, None).map(|id| Some(Self::Remove { id }))
            }
            Self::Restore { mut credential, place } => {
                credential.record(Event::new(now, EventKind::Created, "restored"));
                let id = record::insert(&mut to.list, &to.unreadable, *credential, place)?;
                to.tombstones.retain(|tombstone| tombstone.id != id);
                Ok(Some(Self::Remove { id }))
            }
            Self::Remove { id } => remove(to, id, now).map(Some),
            Self::Edit { id, fields } => {
                present(to, id)?;
                let inverse = record::edit(&mut to.list, &to.unreadable, id, fields, now)?;
                Ok((!inverse.is_empty()).then_some(Self::Edit { id, fields: inverse }))
            }
            observed => {
                let credential = present(to, observed.id())?;
                observed.check_tested_secret(credential)?;
                observed.record(credential, now);
                Ok(None)
            }
        }
    }

    /// Checks that a verdict is about the key that is stored now, not about one that was replaced since.
    fn check_tested_secret(&self, credential: &Credential) -> Result<(), Conflict> {
        match self {
            Self::Proven { tested: Some(tested), .. } | Self::KeyRefused { tested: Some(tested), .. }
                if *tested != credential.tested_revision() =>
            {
                let (noun, name) = (Credential::NOUN, credential.name.clone());
                Err(Conflict::Changed { noun, name, fields: Vec::new() })
            }
            _ => Ok(()),
        }
    }
}

fn present(all: &mut Credentials, id: CredentialId) -> Result<&mut Credential, Conflict> {
    let gone = |name| Conflict::Gone { noun: Credential::NOUN, name };
    if all.by_id(id).is_none() {
        let grave = all.tombstones.iter().find(|tombstone| tombstone.id == id);
        return Err(gone(grave.map(|tombstone| tombstone.name.clone())));
    }
    all.by_id_mut(id).ok_or(gone(None))
}

fn remove(all: &mut Credentials, id: CredentialId, now: Timestamp) -> Result<Change, Conflict> {
    present(all, id)?;
    let at = all.list.iter().position(|credential| credential.id == id);
    let at = at.ok_or(Conflict::Gone { noun: Credential::NOUN, name: None })?;
    let old = all.list.remove(at);
    all.tombstones.push(Tombstone { id, name: old.name.clone(), at: now });
    Ok(Change::Restore { credential: Box::new(Arc::unwrap_or_clone(old)), place: Some(at) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::{Details, Setup, Status, Tombstone};
    use crate::model::field::FieldConflict;
    use crate::model::record::Base;
    use crate::secret::{AccessToken, RefreshToken, Secret};

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
        let owner =
            Base::of(&*all.list[0]).edit(CredentialField::Owner, FieldValue::text("it@acme.example", true)).unwrap();
        let edits = [
            Change::rename(id, &name("Zoho EU"), &name("Zoho Europe")),
            Change::Edit { id, fields: vec![owner] },
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
        let late = Change::Refreshed { id, tokens: tokens("late"), spent: None }.apply(&mut all, now());
        assert_eq!(late.unwrap_err(), Conflict::Gone { noun: "credential", name: Some(name("Zoho EU")) });
        assert!(all.list.is_empty());
        assert_eq!(all.tombstones, [Tombstone { id, name: name("Zoho EU"), at: now() }]);
    }

    #[test]
    fn cr_07_the_same_field_twice_is_a_conflict_and_different_fields_merge() {
        let mut all = vault(&["Zoho EU"]);
        let id = all.list[0].id;
        let first = Change::rename(id, &name("Zoho EU"), &name("A"));
        let second = Change::rename(id, &name("Zoho EU"), &name("B"));
        first.apply(&mut all, now()).unwrap();
        let refused = second.apply(&mut all, now()).unwrap_err();
        let field = FieldConflict { field: "name".into(), wanted: "B".into(), stored: "A".into() };
        assert_eq!(refused, Conflict::Changed { noun: "credential", name: name("A"), fields: vec![field] });
        Change::Refreshed { id, tokens: tokens("new"), spent: None }.apply(&mut all, now()).unwrap();
        let credential = all.by_id(id).unwrap();
        assert_eq!(credential.name, name("A"));
        assert_eq!(credential.tokens.as_ref().unwrap().access.expose(), "new");
    }

    #[test]
    fn a_taken_name_is_refused_whatever_its_case() {
        let mut all = vault(&["Zoho EU", "Okta"]);
        let id = all.list[1].id;
        let taken = Change::rename(id, &name("Okta"), &name("ZOHO eu")).apply(&mut all, now());
        assert_eq!(taken.unwrap_err(), Conflict::NameTaken { noun: "credential", name: name("ZOHO eu") });
        let own = Change::rename(id, &name("Okta"), &name("OKTA")).apply(&mut all, now());
        assert!(own.is_ok());
    }

    #[test]
    fn i_tokens_a_refusal_keeps_the_refresh_token() {
        let mut all = vault(&["Zoho EU"]);
        let id = all.list[0].id;
        Change::Refreshed { id, tokens: tokens("one"), spent: None }.apply(&mut all, now()).unwrap();
        Change::RefreshRefused { id, code: "invalid_grant".to_owned(), spent: None }.apply(&mut all, now()).unwrap();
        let credential = all.by_id(id).unwrap();
        assert_eq!(credential.status(now()), Status::NeedsReauthentication);
        assert!(credential.tokens.as_ref().unwrap().refresh.is_some());
        Change::Refreshed { id, tokens: tokens("two"), spent: None }.apply(&mut all, now()).unwrap();
        assert_eq!(all.by_id(id).unwrap().status(now()), Status::Authenticated);
    }

    #[test]
    fn a_refused_access_token_is_over_and_no_other_one() {
        let mut all = vault(&["Zoho EU"]);
        let id = all.list[0].id;
        let later = now() + jiff::SignedDuration::from_hours(1);
        for (end, over) in [
            (None, now()),
            (Some(later), now()),
            (Some(now() - jiff::SignedDuration::from_secs(9)), now() - jiff::SignedDuration::from_secs(9)),
        ] {
            let stored = Tokens { expires_at: end, ..*tokens("one") };
            Change::Refreshed { id, tokens: Box::new(stored), spent: None }.apply(&mut all, now()).unwrap();
            let other = tokens("two").revision();
            Change::AccessRefused { id, refused: other }.apply(&mut all, now()).unwrap();
            assert_eq!(all.list[0].tokens.as_ref().unwrap().expires_at, end);
            let refused = all.list[0].tokens.as_ref().unwrap().revision();
            Change::AccessRefused { id, refused }.apply(&mut all, now()).unwrap();
            let stored = all.list[0].tokens.as_ref().unwrap();
            assert_eq!(stored.expires_at, Some(over));
            assert!(stored.refresh.is_some() && stored.revision() == refused, "and is still the same pair");
        }
        assert_eq!(all.list[0].status(now()), Status::Authenticated);
    }

    #[test]
    fn a_secret_that_was_not_typed_is_kept_and_one_that_was_typed_over_a_rotation_conflicts() {
        let mut all = vault(&["Zoho EU"]);
        let id = all.list[0].id;
        let form = Base::of(&*all.list[0]);
        let secret = |text: &str| FieldValue::Secret(Secret::new(text.to_owned()));
        let edit =
            |base: &Base<Credential>, field, to| Change::Edit { id, fields: vec![base.edit(field, to).unwrap()] };
        edit(&form, CredentialField::ClientSecret, secret("rotated")).apply(&mut all, now()).unwrap();
        edit(&form, CredentialField::Owner, FieldValue::text("ana", true)).apply(&mut all, now()).unwrap();
        let stored = |all: &Credentials| all.list[0].setup.client.secret.clone().unwrap();
        assert!(stored(&all).matches(&Secret::new("rotated".into())), "the form said nothing of the secret");
        let late = edit(&form, CredentialField::ClientSecret, secret("typed")).apply(&mut all, now()).unwrap_err();
        let Conflict::Changed { fields, .. } = late else { panic!("{late:?}") };
        assert_eq!((fields[0].field.as_str(), fields[0].stored.as_str()), ("client_secret", "(a secret)"));
        assert!(stored(&all).matches(&Secret::new("rotated".into())));
    }

    #[test]
    fn a_late_answer_replaces_and_refuses_only_the_pair_that_was_spent() {
        let mut all = vault(&["Zoho EU"]);
        let id = all.list[0].id;
        let refreshed = |tokens, spent| Change::Refreshed { id, tokens, spent };
        refreshed(tokens("one"), None).apply(&mut all, now()).unwrap();
        let spent = all.list[0].tokens.as_ref().map(Tokens::revision);
        let mut consent = tokens("consent");
        consent.received_at = now() + jiff::SignedDuration::from_secs(5);
        refreshed(consent, None).apply(&mut all, now()).unwrap();
        refreshed(tokens("late"), spent).apply(&mut all, now()).unwrap();
        Change::RefreshRefused { id, code: "invalid_grant".to_owned(), spent }.apply(&mut all, now()).unwrap();
        assert_eq!(all.list[0].tokens.as_ref().unwrap().access.expose(), "consent");
        assert!(all.list[0].setback.is_none());
    }
}
