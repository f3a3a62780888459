//! What ends when, one clock a row, for the details; and what to do about a secret that ends.

use crate::engine::ops::due::lifetimes;
use crate::model::credential::{Credential, Due, Lifetimes, Source, What};
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::when;

/// A heading and a row a clock; nothing when nothing is known to end.
pub(super) fn rows(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let lifetimes = cx.catalog.by_id(&credential.provider).map(lifetimes).unwrap_or_default();
    let clocks = credential.clocks(&lifetimes);
    let rows =
        clocks.iter().enumerate().map(|(at, due)| Row::new(if at == 0 { "What ends" } else { "" }, words(cx, due)));
    rows.collect()
}

/// "24 Dec: secret expires (written down by you)".
fn words(cx: &Context<'_>, due: &Due) -> String {
    let source = match due.source {
        Source::Provider => "the provider says so",
        Source::Catalog => "by the provider's rules",
        Source::Person => "written down by you",
    };
    let day = due.at.to_zoned(cx.zone.clone());
    let format = if day.year() == cx.now.to_zoned(cx.zone.clone()).year() { "%-d %b" } else { "%-d %b %Y" };
    let left = cx.now.duration_until(due.at);
    let far = if left.is_positive() { format!("in {}", when::span(left)) } else { format!("{} ago", when::span(left)) };
    format!("{}, {far}: {} ({source})", day.strftime(format), due.what.word())
}

/// Why and what to do when the status comes from the secret's day alone.
pub(super) fn secret_ends(credential: &Credential) -> Option<(String, &'static str)> {
    let first = credential.next_due(&Lifetimes::default())?;
    let day = credential.details.expires_on.filter(|_| first.what == What::Secret)?;
    let why = format!(
        "Its {} ends on {day}, as you wrote down.",
        if credential.is_typed_in() { "key or password" } else { "client secret" }
    );
    Some((why, "make a new secret in the provider's console, then E  edit, and enter it and its day"))
}
