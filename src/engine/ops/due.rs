//! What is due: every credential with the next thing that asks for somebody.

use jiff::{SignedDuration, Timestamp};

use super::credentials;
use crate::catalog::{EndDate, Provider};
use crate::engine::session::Session;
use crate::model::credential::{Credential, CredentialId, Due, Lifetimes, Status};
use crate::model::unreadable::Unreadable;
use crate::problem::Problem;

/// The state of a credential.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Standing {
    /// Nothing to do within the time asked about.
    Good,
    /// Something ends within that time.
    DueSoon,
    /// A person is needed now.
    NeedsPerson,
}

/// One credential, looked at.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Whose; `None` for a record that this version cannot read.
    pub id: Option<CredentialId>,
    /// Its name.
    pub name: String,
    /// Its owner, may be empty.
    pub owner: String,
    /// The status at the instant of the check; `None` for a record that this version cannot read.
    pub status: Option<Status>,
    /// Its state.
    pub standing: Standing,
    /// What ends next, if anything does.
    pub due: Option<Due>,
    /// What the provider announced and what to do about it, where that is what ends next.
    pub announced: Option<String>,
}

/// Looks at every credential: what is due `within` that time, and what this version cannot read.
///
/// # Errors
/// Storage.
pub fn check(session: &Session, within: SignedDuration) -> Result<Vec<Checked>, Problem> {
    let now = session.workspace.clock.now();
    let snapshot = credentials::snapshot(session)?;
    let read = snapshot.credentials.list.iter().map(|credential| look(session, credential, now, within));
    Ok(read.chain(snapshot.credentials.unreadable.iter().map(unreadable)).collect())
}

fn unreadable(one: &Unreadable) -> Checked {
    let (name, owner) = (one.label().to_owned(), String::new());
    Checked {
        id: one.id.parse().ok(),
        name,
        owner,
        status: None,
        standing: Standing::NeedsPerson,
        due: None,
        announced: None,
    }
}

impl Checked {
    /// The status in words.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.status.map_or("cannot be read by this version", Status::word)
    }

    /// The status as a stable word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.status.map_or("unreadable", Status::code)
    }
}

fn look(session: &Session, credential: &Credential, now: Timestamp, within: SignedDuration) -> Checked {
    let status = credential.status(now);
    let provider = session.workspace.catalog.by_id(&credential.provider);
    let lifetimes = provider.map(|provider| lifetimes(provider, credential)).unwrap_or_default();
    let due = credential.next_due(&lifetimes);
    let soon = due.is_some_and(|due| now.duration_until(due.at) <= within);
    let standing = match status {
        // The user ended it; there is nothing to remind of.
        Status::Revoked => Standing::Good,
        Status::NeedsReauthentication
        | Status::ProbablyNeedsReauthentication
        | Status::AnswerUnread
        | Status::NotAuthenticated => Standing::NeedsPerson,
        _ if due.is_some_and(|due| due.at <= now) => Standing::NeedsPerson,
        Status::ExpiringSoon | Status::Authenticated if soon => Standing::DueSoon,
        Status::ExpiringSoon | Status::Authenticated => Standing::Good,
    };
    let due = due.filter(|_| status != Status::Revoked);
    let (name, owner) = (credential.name.to_string(), credential.details.owner.clone());
    let end = provider.and_then(|provider| announced(provider, credential, due?));
    let announced = end.map(|end| format!("{} {}", end.note, end.action));
    Checked { id: Some(credential.id), name, owner, status: Some(status), standing, due, announced }
}

/// The announcement behind a clock.
#[must_use]
pub fn announced<'a>(provider: &'a Provider, credential: &Credential, due: Due) -> Option<&'a EndDate> {
    provider.end_of(credential).filter(|end| end.what == due.what)
}

/// The catalog's limits, as clocks count them.
#[must_use]
pub fn lifetimes(provider: &Provider, credential: &Credential) -> Lifetimes {
    Lifetimes {
        end: provider.end_of(credential).map(|end| (end.what, end.on)),
        refresh_idle: provider.limits.refresh_idle_days,
        refresh_absolute: provider.limits.refresh_absolute_days,
        mfa_trust: provider.limits.mfa_trust_days,
    }
}
