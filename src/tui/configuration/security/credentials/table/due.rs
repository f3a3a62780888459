//! What is due next for a credential: who needs a person now, then what ends first.

use jiff::Timestamp;

use crate::engine::ops::due::lifetimes;
use crate::model::credential::{Credential, Deadline, Status};
use crate::tui::context::Context;
use crate::tui::widgets::relative_time;

/// The next deadline of a credential; none if it was revoked.
fn next_due(cx: &Context<'_>, credential: &Credential) -> Option<Deadline> {
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
    format!("{} {}", relative_time::day(cx, due.at), due.words())
}

/// Sort key: credentials that need a person now, then by deadline; those that have ended last.
pub(super) fn urgency(cx: &Context<'_>, credential: &Credential) -> (u8, Timestamp) {
    let at = next_due(cx, credential).map_or(Timestamp::MAX, |due| due.at);
    (severity(credential.status(cx.now)), at)
}

/// 0 for what needs a person now.
pub(super) fn severity(status: Status) -> u8 {
    match status {
        Status::NeedsReauthentication | Status::ProbablyNeedsReauthentication | Status::ResponseUnread => 0,
        Status::NotAuthenticated => 1,
        Status::ExpiringSoon => 2,
        Status::Authenticated => 3,
        Status::Revoked => 4,
    }
}
