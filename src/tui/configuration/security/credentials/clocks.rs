//! What ends when, one clock a row, for the details; and what to do about a secret that ends.

use crate::catalog::Provider;
use crate::engine::ops::due::lifetimes;
use crate::model::credential::{Credential, Due, Lifetimes, Source, What};
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::when;

/// A heading and a row a clock; nothing when nothing is known to end.
pub(super) fn rows(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let provider = cx.catalog.by_id(&credential.provider);
    let lifetimes = provider.map(|provider| lifetimes(provider, credential)).unwrap_or_default();
    let clocks = credential.clocks(&lifetimes);
    let label = |at: usize| if at == 0 { "Deadlines" } else { "" };
    let mut rows: Vec<Row> = clocks.iter().enumerate().map(|(at, due)| Row::new(label(at), words(cx, due))).collect();
    rows.extend(provider.into_iter().flat_map(|provider| announcement(cx, provider, credential)));
    rows
}

/// What the provider has announced to end and what to do about it.
pub(super) fn announcement(cx: &Context<'_>, provider: &Provider, credential: &Credential) -> Vec<Row> {
    let Some(end) = provider.end_of(credential) else { return Vec::new() };
    let retired = provider.retired.as_ref().filter(|text| **text != end.action);
    let action = [Some(&end.action), retired].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    vec![Row::new("Announced", end.note.clone()).style(cx.theme.warn), Row::new("What to do", action)]
}

/// "24 Dec: secret expires (entered by you)".
fn words(cx: &Context<'_>, due: &Due) -> String {
    let source = match due.source {
        Source::Provider => "the provider says so",
        Source::Catalog => "provider limit",
        Source::Person => "entered by you",
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
        "Its {} expires on {day} (entered by you).",
        if credential.is_typed_in() { "key or password" } else { "client secret" }
    );
    Some((why, "make a new secret in the provider's console, then E  edit, and enter it and its day"))
}
