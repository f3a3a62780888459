//! The deadlines of a credential for the details page, one per row, and what to do about a secret that expires.

use crate::catalog::Provider;
use crate::engine::ops::due::lifetimes;
use crate::model::credential::{Credential, Deadline, DeadlineKind, Lifetimes, Status, Tokens};
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// The deadlines, and what the provider has announced to discontinue.
pub(super) fn rows(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let provider = cx.catalog.by_id(&credential.provider);
    let announced = provider.into_iter().flat_map(|provider| announcement(cx, provider, credential));
    deadlines(cx, credential).into_iter().chain(announced).collect()
}

/// One row per deadline; empty if no deadline is known.
pub(super) fn deadlines(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let provider = cx.catalog.by_id(&credential.provider);
    let lifetimes = provider.map(|provider| lifetimes(provider, credential)).unwrap_or_default();
    let clocks = credential.clocks(&lifetimes);
    let label = |at: usize| if at == 0 { "Deadlines" } else { " " };
    clocks.iter().enumerate().map(|(at, due)| Row::new(label(at), describe(cx, due))).collect()
}

/// How long the access token is valid, and whether it is renewed.
pub(super) fn access_token(cx: &Context<'_>, credential: &Credential, tokens: &Tokens) -> String {
    let works = matches!(credential.status(cx.now), Status::Authenticated | Status::ExpiringSoon);
    let is_renewed = works && (tokens.refresh.is_some() || credential.uses_client_credentials());
    relative_time::access_validity(cx, tokens.expires_at, is_renewed)
}

/// What the provider has announced to discontinue, and what to do about it.
pub(super) fn announcement(cx: &Context<'_>, provider: &Provider, credential: &Credential) -> Vec<Row> {
    let Some(end) = provider.end_of(credential) else { return Vec::new() };
    let retired = provider.retired.as_ref().filter(|text| **text != end.action);
    let action = [Some(&end.action), retired].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    vec![Row::new("Announced", end.note.clone()).style(cx.theme.warn), Row::new("What to do", action)]
}

/// "24 Dec: secret expires (entered by you)".
fn describe(cx: &Context<'_>, due: &Deadline) -> String {
    let (day, source) = (relative_time::day(cx, due.at), due.source.words());
    if due.what == DeadlineKind::MfaTrust {
        // It is not known whether the user postponed MFA, only for how long the provider allows it.
        return format!("{day} at the latest: MFA will be required again, if it was postponed ({source})");
    }
    format!("{day}, {}: {} ({source})", relative_time::distance(cx.now, due.at), due.words())
}

/// Why, and what to do, if the status results from the secret's expiry date alone.
pub(super) fn secret_ends(credential: &Credential) -> Option<(String, &'static str)> {
    let first = credential.next_due(&Lifetimes::default())?;
    let day = credential.details.expires_on.filter(|_| first.what == DeadlineKind::Secret)?;
    let why = format!(
        "Its {} expires on {day} (entered by you).",
        if credential.is_static_secret() { "key or password" } else { "client secret" }
    );
    Some((why, "make a new secret in the provider's console, then E  edit, and enter it with its expiry date"))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn an_expired_access_token_that_is_renewed_says_so() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let end = Some(cx.now - SignedDuration::from_hours(4));
        assert_eq!(relative_time::access_validity(&cx, end, true), "expired 4 h ago; renewed on use");
        assert!(relative_time::access_validity(&cx, end, false).starts_with("expired 4 h ago, "));
        let later = Some(cx.now + SignedDuration::from_hours(4));
        assert!(relative_time::access_validity(&cx, later, true).starts_with("valid 4 h"));
    }
}
