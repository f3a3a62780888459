//! Lists every credential with its next deadline.

use jiff::{SignedDuration, Timestamp};

use super::credentials;
use crate::catalog::{EndDate, Provider};
use crate::engine::session::Session;
use crate::model::credential::{Credential, CredentialId, Deadline, Lifetimes, Status};
use crate::model::unreadable::Unreadable;
use crate::problem::Problem;

/// How urgent a credential is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum DueLevel {
    /// Nothing expires within the given time.
    Good,
    /// Something expires within the given time.
    DueSoon,
    /// The user has to act now.
    NeedsPerson,
}

/// The result for one credential.
#[derive(Clone, Debug)]
pub struct CheckedCredential {
    /// The credential; `None` for a record that this program version cannot read.
    pub id: Option<CredentialId>,
    pub name: String,
    /// Its owner; may be empty.
    pub owner: String,
    /// The status at the instant of the check; `None` for a record that this program version cannot read.
    pub status: Option<Status>,
    pub standing: DueLevel,
    /// The next deadline, if there is one.
    pub due: Option<Deadline>,
    /// The provider's announcement and what to do, if the next deadline is an announced end.
    pub announced: Option<String>,
}

/// Checks every credential for deadlines `within` that time. Records that this program version cannot read are
/// included.
///
/// # Errors
/// `Kind::Storage` if the vault cannot be read.
pub fn check(session: &Session, within: SignedDuration) -> Result<Vec<CheckedCredential>, Problem> {
    let now = session.workspace.clock.now();
    let snapshot = credentials::snapshot(session)?;
    let read = snapshot.credentials.list.iter().map(|credential| check_one(session, credential, now, within));
    Ok(read.chain(snapshot.credentials.unreadable.iter().map(unreadable)).collect())
}

fn unreadable(one: &Unreadable) -> CheckedCredential {
    let (name, owner) = (one.label().to_owned(), String::new());
    CheckedCredential {
        id: one.id.parse().ok(),
        name,
        owner,
        status: None,
        standing: DueLevel::NeedsPerson,
        due: None,
        announced: None,
    }
}

impl CheckedCredential {
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

fn check_one(session: &Session, credential: &Credential, now: Timestamp, within: SignedDuration) -> CheckedCredential {
    let status = credential.status(now);
    let provider = session.workspace.catalog.by_id(&credential.provider);
    let lifetimes = provider.map(|provider| lifetimes(provider, credential)).unwrap_or_default();
    let due = credential.next_due(&lifetimes);
    let soon = due.is_some_and(|due| now.duration_until(due.at) <= within);
    let standing = match status {
        // The user revoked it, so there is nothing to be reminded of.
        Status::Revoked => DueLevel::Good,
        Status::NeedsReauthentication
        | Status::ProbablyNeedsReauthentication
        | Status::ResponseUnread
        | Status::NotAuthenticated => DueLevel::NeedsPerson,
        _ if due.is_some_and(|due| due.at <= now) => DueLevel::NeedsPerson,
        Status::ExpiringSoon | Status::Authenticated if soon => DueLevel::DueSoon,
        Status::ExpiringSoon | Status::Authenticated => DueLevel::Good,
    };
    let due = due.filter(|_| status != Status::Revoked);
    let (name, owner) = (credential.name.to_string(), credential.details.owner.clone());
    let end = provider.and_then(|provider| announced(provider, credential, due?));
    let announced = end.map(|end| format!("{} {}", end.note, end.action));
    CheckedCredential { id: Some(credential.id), name, owner, status: Some(status), standing, due, announced }
}

/// The provider's announcement that a deadline comes from.
#[must_use]
pub fn announced<'a>(provider: &'a Provider, credential: &Credential, due: Deadline) -> Option<&'a EndDate> {
    provider.end_of(credential).filter(|end| end.what == due.what)
}

/// The catalog's lifetimes for a credential.
#[must_use]
pub fn lifetimes(provider: &Provider, credential: &Credential) -> Lifetimes {
    Lifetimes {
        end: provider.end_of(credential).map(|end| (end.what, end.on)),
        refresh_idle: provider.limits.refresh_idle_days,
        refresh_absolute: provider.limits.refresh_absolute_days,
        mfa_trust: provider.limits.mfa_trust_days,
    }
}
