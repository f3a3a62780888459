//! One deadline of one credential, and the list of all.

use jiff::{SignedDuration, Timestamp};

use crate::engine::ops::due::{announced, lifetimes};
use crate::model::credential::{Credential, CredentialId, Deadline, DeadlineKind, Status};
use crate::printable::printable;
use crate::tui::context::Context;
use crate::tui::widgets::relative_time;

/// Most characters of a name or an owner.
const MAX_SHOWN: usize = 80;

/// One deadline, or a credential that needs the user's attention now.
#[derive(Debug)]
pub(super) struct Row {
    /// `None` for a record that this version of Credenza cannot read.
    pub(super) id: Option<CredentialId>,
    pub(super) name: String,
    pub(super) owner: String,
    /// The text that the filter searches, in lower case.
    pub(super) search_text: String,
    /// `None` if the credential needs the user's attention now.
    due: Option<Deadline>,
    /// `None` for a record that this version of Credenza cannot read.
    status: Option<Status>,
    /// What the provider announced to discontinue, and what to do about it.
    announced: Option<String>,
}

/// All rows: the credentials that need the user's attention now, by name, then the deadlines, soonest first.
pub(super) fn rows(cx: &Context<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = cx.snapshot.credentials.unreadable.iter().map(|one| unreadable(one.label())).collect();
    for credential in &cx.snapshot.credentials.list {
        of_credential(cx, credential, &mut rows);
    }
    rows.sort_by_cached_key(|row| (row.due.map_or(Timestamp::MIN, |due| due.at), row.name.to_lowercase()));
    rows
}

fn of_credential(cx: &Context<'_>, credential: &Credential, rows: &mut Vec<Row>) {
    let status = credential.status(cx.now);
    let needs_person = match status {
        // The user revoked the tokens, so there is no reminder.
        Status::Revoked => return,
        Status::NeedsReauthentication
        | Status::ProbablyNeedsReauthentication
        | Status::ResponseUnread
        | Status::NotAuthenticated => true,
        Status::ExpiringSoon | Status::Authenticated => false,
    };
    let provider = cx.catalog.by_id(&credential.provider);
    let alike = cx.tally.credentials_alike.short_id(credential.id);
    let name = printable(credential.name.as_str(), MAX_SHOWN);
    let row = |due: Option<Deadline>| Row {
        id: Some(credential.id),
        name: alike.map_or_else(|| name.clone(), |id| format!("{name} ({id})")),
        owner: printable(&credential.details.owner, MAX_SHOWN),
        search_text: [
            credential.name.as_str(),
            &credential.details.owner,
            &credential.details.tags.join(" "),
            provider.map_or(credential.provider.as_str(), |provider| &provider.name),
            due.map_or(status.word(), |due| due.what.word()),
        ]
        .join(" ")
        .to_lowercase(),
        due,
        status: Some(status),
        announced: provider
            .and_then(|provider| announced(provider, credential, due?))
            .map(|end| format!("{} {}", end.note, end.action)),
    };
    if needs_person {
        rows.push(row(None));
    }
    let lifetimes = provider.map(|provider| lifetimes(provider, credential)).unwrap_or_default();
    let clocks = credential.clocks(&lifetimes).into_iter();
    rows.extend(clocks.filter(|due| !needs_person || ends_without_tokens(due.what)).map(|due| row(Some(due))));
}

/// Whether the deadline still matters if the tokens are no longer valid.
fn ends_without_tokens(what: DeadlineKind) -> bool {
    !matches!(
        what,
        DeadlineKind::AccessToken
            | DeadlineKind::RefreshToken
            | DeadlineKind::UnusedRefreshToken
            | DeadlineKind::MfaTrust
    )
}

fn unreadable(label: &str) -> Row {
    let name = printable(label, MAX_SHOWN);
    let search_text = name.to_lowercase();
    Row { id: None, name, owner: String::new(), search_text, due: None, status: None, announced: None }
}

impl Row {
    /// Identifies the row across snapshots.
    pub(super) fn key(&self) -> (Option<CredentialId>, String, Option<DeadlineKind>) {
        (self.id, self.name.clone(), self.due.map(|due| due.what))
    }

    /// Time left; zero if the credential needs the user's attention now.
    pub(super) fn left(&self, now: Timestamp) -> SignedDuration {
        self.due.map_or(SignedDuration::ZERO, |due| now.duration_until(due.at))
    }

    /// "now", or a day such as "2 Dec", with the year if it is not the current one.
    pub(super) fn day(&self, cx: &Context<'_>) -> String {
        self.due.map_or_else(|| "now".to_owned(), |due| relative_time::day(cx, due.at))
    }

    /// "in 9 days", "3 days ago".
    pub(super) fn distance(&self, now: Timestamp) -> String {
        self.due.map_or_else(String::new, |due| relative_time::distance(now, due.at))
    }

    /// What ends, or the status that needs the user's attention.
    pub(super) fn what(&self) -> &'static str {
        match (self.due, self.status) {
            (Some(due), _) => due.what.word(),
            (None, Some(status)) => status.word(),
            (None, None) => "cannot be read",
        }
    }

    /// The full text of the deadline: its source, and what to do.
    pub(super) fn in_full(&self, cx: &Context<'_>) -> String {
        let name = &self.name;
        match (self.due, self.status) {
            (Some(due), _) => {
                let (what, source) = (due.what.word(), due.source.words());
                let first = format!("{name}: {what} {}, {} ({source}).", self.day(cx), self.distance(cx.now));
                self.announced.iter().fold(first, |text, announced| format!("{text} {announced}"))
            }
            (None, Some(status)) => format!("{name}: {}. Press enter for the reason and what to do.", status.word()),
            (None, None) => format!(
                "{name}: this version cannot read it. It is kept as it is. Use the version that wrote it, or restore an \
                 earlier version of the vault."
            ),
        }
    }
}
