//! An edit to the vault as data: what travels, what merges, what is undone.
//!
//! A change states an intent and what it was based on, never a whole document. Applied to the vault as it is *now*,
//! it either fits, or says who was faster. Applying gives the inverse where there is one.
//!
//! Named invariants:
//! * **I-tokens**: nothing but [`Change::Authenticated`] and [`Change::Refreshed`] replaces tokens, and only the
//!   user's [`Change::Remove`] takes a refresh token away.
//! * **I-grave**: no change but [`Change::Restore`] brings a deleted credential back.

use jiff::Timestamp;

use crate::credential::{
    Credential, CredentialId, Credentials, Details, Endpoints, Event, EventKind, Name, Setback, Setup, Tokens,
    Tombstone,
};

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
            | Self::AuthenticationFailed { id, .. }
            | Self::Refreshed { id, .. }
            | Self::RefreshRefused { id, .. }
            | Self::Throttled { id, .. }
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
            Self::Describe { id, from, to: details } => {
                let credential = present(to, id)?;
                if credential.details != from {
                    return Err(Conflict::Changed { field: "details", now: credential.details.description.clone() });
                }
                credential.details = details.clone();
                credential.record(Event::new(now, EventKind::Edited, "details"));
                Ok(Some(Self::Describe { id, from: details, to: from }))
            }
            Self::Configure { id, to: setup } => {
                let credential = present(to, id)?;
                let old = std::mem::replace(&mut credential.setup, *setup);
                credential.record(Event::new(now, EventKind::Edited, "authorization"));
                Ok(Some(Self::Configure { id, to: Box::new(old) }))
            }
            Self::Authenticated { id, tokens, endpoints, setup, by } => {
                let credential = present(to, id)?;
                if let Some(setup) = setup {
                    credential.setup = *setup;
                }
                credential.endpoints = Some(*endpoints);
                replace_tokens(credential, *tokens, Event::new(now, EventKind::Authenticated, by));
                Ok(None)
            }
            Self::Refreshed { id, tokens } => {
                replace_tokens(present(to, id)?, *tokens, Event::new(now, EventKind::Refreshed, ""));
                Ok(None)
            }
            Self::AuthenticationFailed { id, code } => {
                present(to, id)?.record(Event::new(now, EventKind::AuthenticationFailed, &code));
                Ok(None)
            }
            Self::RefreshRefused { id, code } => {
                let credential = present(to, id)?;
                credential.record(Event::new(now, EventKind::RefreshRefused, &code));
                credential.setback = Some(Setback::Refused { at: now, code: crate::printable::printable(&code, 120) });
                Ok(None)
            }
            Self::Throttled { id, until } => {
                present(to, id)?.not_before = Some(until);
                Ok(None)
            }
            Self::Revoked { id } => {
                let credential = present(to, id)?;
                credential.setback = Some(Setback::Revoked { at: now });
                credential.record(Event::new(now, EventKind::Revoked, ""));
                Ok(None)
            }
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

/// **I-tokens**: a set of tokens arrives whole, and clears what stood against the former one.
fn replace_tokens(credential: &mut Credential, tokens: Tokens, event: Event) {
    credential.tokens = Some(tokens);
    credential.setback = None;
    credential.not_before = None;
    credential.record(event);
}
