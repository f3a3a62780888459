//! What is due next for a credential: who needs a person now, then what ends first.

use jiff::Timestamp;

use crate::engine::ops::due::lifetimes;
use crate::model::credential::{Credential, Due, Status};
use crate::tui::context::Context;

/// The next clock of a credential that runs out; none for what was revoked.
fn next_due(cx: &Context<'_>, credential: &Credential) -> Option<Due> {
    if credential.status(cx.now) == Status::Revoked {
        return None;
    }
    let provider = cx.catalog.by_id(&credential.provider);
    let lifetimes = provider.map(|provider| lifetimes(provider, credential)).unwrap_or_default();
    credential.next_due(&lifetimes)
}

/// "11 Apr 2027 MFA trust expires", or nothing.
pub(super) fn words(cx: &Context<'_>, credential: &Credential) -> String {
    let Some(due) = next_due(cx, credential) else { return String::new() };
    let day = due.at.to_zoned(cx.zone.clone());
    let format = if day.year() == cx.now.to_zoned(cx.zone.clone()).year() { "%-d %b" } else { "%-d %b %Y" };
    format!("{} {}", day.strftime(format), due.what.word())
}

/// Who needs a person now is 0, and what has ended permanently is last; then what ends first.
pub(super) fn urgency(cx: &Context<'_>, credential: &Credential) -> (u8, Timestamp) {
    let at = next_due(cx, credential).map_or(Timestamp::MAX, |due| due.at);
    (severity(credential.status(cx.now)), at)
}

/// 0 for what needs a person now.
pub(super) fn severity(status: Status) -> u8 {
    match status {
        Status::NeedsReauthentication | Status::ProbablyNeedsReauthentication | Status::AnswerUnread => 0,
        Status::NotAuthenticated => 1,
        Status::ExpiringSoon => 2,
        Status::Authenticated => 3,
        Status::Revoked => 4,
    }
}
