//! What is due next for a credential: the user's attention now, or the next deadline.

use jiff::Timestamp;

use crate::engine::ops::due::lifetimes;
use crate::model::credential::{Credential, Deadline, Status};
use crate::tui::context::Context;
use crate::tui::widgets::relative_time;

/// The next deadline of a credential; `None` if its tokens were revoked.
fn next_due(cx: &Context<'_>, credential: &Credential) -> Option<Deadline> {
    if credential.status(cx.now) == Status::Revoked {
        return None;
    }
    let provider = cx.catalog.by_id(&credential.provider);
    let lifetimes = provider.map(|provider| lifetimes(provider, credential)).unwrap_or_default();
    credential.next_due(&lifetimes)
}

/// "11 Apr 2027 MFA trust expires"; empty if there is no deadline.
pub(super) fn words(cx: &Context<'_>, credential: &Credential) -> String {
    let Some(due) = next_due(cx, credential) else { return String::new() };
    format!("{} {}", relative_time::day(cx, due.at), due.words())
}

/// Sort key: credentials that need the user's attention now come first, revoked ones last; then by deadline.
pub(super) fn urgency(cx: &Context<'_>, credential: &Credential) -> (u8, Timestamp) {
    let at = next_due(cx, credential).map_or(Timestamp::MAX, |due| due.at);
    (severity(credential.status(cx.now)), at)
}

/// The rank of a status when sorting: 0 if the credential needs the user's attention now.
pub(super) fn severity(status: Status) -> u8 {
    match status {
        Status::NeedsReauthentication | Status::ProbablyNeedsReauthentication | Status::ResponseUnread => 0,
        Status::NotAuthenticated => 1,
        Status::ExpiringSoon => 2,
        Status::Authenticated => 3,
        Status::Revoked => 4,
    }
}
