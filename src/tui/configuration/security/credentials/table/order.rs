//! A row that fits, and the order of the rows by what is due: who needs a person now, then what ends first.

use jiff::Timestamp;

use crate::engine::ops::due::lifetimes;
use crate::model::credential::{Credential, Due, Status};
use crate::tui::context::Context;

/// One row that fits the filter.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    /// Place in the vault.
    pub(super) index: usize,
    /// Matched characters of the name.
    pub(super) positions: Vec<usize>,
}

/// The next clock of a credential that runs out; none for what was revoked.
pub(super) fn next_due(cx: &Context<'_>, credential: &Credential) -> Option<Due> {
    if credential.status(cx.now) == Status::Revoked {
        return None;
    }
    let provider = cx.catalog.by_id(&credential.provider);
    let lifetimes = provider.map(|provider| lifetimes(provider, credential)).unwrap_or_default();
    credential.next_due(&lifetimes)
}

/// "11 Apr 2027 second factor asked again", or nothing.
pub(super) fn words(cx: &Context<'_>, credential: &Credential) -> String {
    let Some(due) = next_due(cx, credential) else { return String::new() };
    let day = due.at.to_zoned(cx.zone.clone());
    let format = if day.year() == cx.now.to_zoned(cx.zone.clone()).year() { "%-d %b" } else { "%-d %b %Y" };
    format!("{} {}", day.strftime(format), due.what.word())
}

/// Puts what is due first first; rows with nothing due keep their order at the end.
pub(super) fn by_due(cx: &Context<'_>, hits: &mut [Hit]) {
    hits.sort_by_cached_key(|hit| {
        cx.snapshot.credentials.list.get(hit.index).map(|credential| urgency(cx, credential))
    });
}

fn urgency(cx: &Context<'_>, credential: &Credential) -> (u8, Timestamp) {
    let rank = match credential.status(cx.now) {
        Status::NeedsReauthentication | Status::ProbablyNeedsReauthentication | Status::AnswerUnread => 0,
        Status::NotAuthenticated => 1,
        Status::ExpiringSoon => 2,
        Status::Authenticated => 3,
        Status::Revoked => 4,
    };
    (rank, next_due(cx, credential).map_or(Timestamp::MAX, |due| due.at))
}
