//! Glyphs and words for states, schedules and credentials. Color never carries a meaning alone.

use jiff::Timestamp;
use ratatui::style::Style;

use super::credential_of;
use super::results::{ResultLabel, of_result, result_word, several};
use crate::engine::ops::integrations::HealthState;
use crate::model::credential::Credential;
use crate::model::integration::{Integration, Schedule, SyncResult, SyncSession};
use crate::printable::printable;
use crate::tui::context::Context;
use crate::tui::theme::Theme;
use crate::tui::widgets::relative_time;

/// Longest text from the user or from a provider that is shown, in characters.
pub(super) const MAX_SHOWN: usize = 400;

/// The glyph and the color of a state, which are always shown together with its word.
pub(super) fn state(theme: &Theme, state: HealthState) -> (&'static str, Style) {
    let (glyph, ascii, style) = match state {
        HealthState::Running => ("◐", "~", theme.accent),
        HealthState::NoCredential => ("▲", "!", theme.warn),
        HealthState::Paused => ("‖", "=", theme.muted),
        HealthState::Failing => ("✗", "x", theme.danger),
        HealthState::Active => ("●", "*", theme.ok),
        HealthState::NeverRun => ("○", "o", theme.muted),
    };
    (if theme.ascii { ascii } else { glyph }, style)
}

/// The meanings of the states, one per line.
pub(super) fn meanings(theme: &Theme) -> String {
    let all = [
        (HealthState::Active, "its last sync succeeded (possibly with warnings)"),
        (HealthState::Failing, "its last sync failed, and its files were not updated"),
        (HealthState::Running, "a sync is running"),
        (HealthState::Paused, "paused; press p to resume"),
        (HealthState::NeverRun, "it has not run yet"),
        (HealthState::NoCredential, "it has no credential, or it was deleted"),
    ];
    let line = |(one, meaning): (HealthState, &str)| format!("{} {}: {meaning}", state(theme, one).0, one.word());
    all.map(line).join("\n")
}

/// The result of a session, without animation while it runs.
pub(super) fn result(theme: &Theme, session: &SyncSession) -> ResultLabel {
    session.result.map_or_else(
        || {
            let (glyph, style) = state(theme, HealthState::Running);
            ResultLabel { glyph, word: result_word(session), style }
        },
        |result| of_result(theme, result),
    )
}

/// "● Zoho EU", or a text that says that the integration has no credential.
pub(super) fn credential(cx: &Context<'_>, one: &Integration) -> (String, Style) {
    match (credential_of(cx, one), one.setup.credential) {
        (Some(credential), _) => {
            let (glyph, style) = cx.theme.status(credential.status(cx.now));
            (format!("{glyph} {}", cx.tally.credentials_alike.label(credential.id, &credential.name)), style)
        }
        (None, Some(_)) => ("– deleted –".to_owned(), cx.theme.warn),
        (None, None) => ("– none –".to_owned(), cx.theme.warn),
    }
}

/// "▲ Needs re-authentication".
pub(super) fn status(cx: &Context<'_>, credential: &Credential) -> (String, Style) {
    let status = credential.status(cx.now);
    let (glyph, style) = cx.theme.status(status);
    (format!("{glyph} {}", status.word()), style)
}

/// "Completed, 412 records" or "Completed with errors, 1,903 records, 7 errors".
pub(super) fn outcome(session: &SyncSession) -> String {
    let counts = session.counts();
    let mut words = vec![result_word(session).to_owned()];
    if counts.records > 0 || session.result == Some(SyncResult::Completed) {
        words.push(several(counts.records, "record"));
    }
    let errors = session.error_count();
    if errors > 0 {
        words.push(several(errors, "error"));
    }
    words.join(", ")
}

/// "Last session today 05:58: Completed, 412 records".
pub(super) fn last(cx: &Context<'_>, session: &SyncSession) -> String {
    format!("Last session {}: {}", relative_time::instant(cx, session.started), outcome(session))
}

/// The first error, with unprintable characters made visible.
pub(super) fn trouble(session: &SyncSession) -> Option<String> {
    session.first_problem().map(|said| printable(&said.what, MAX_SHOWN))
}

/// "every 6h", "every day at 06:30", "manual".
pub(super) fn schedule(schedule: Schedule) -> String {
    match schedule {
        Schedule::ByHand => "manual".to_owned(),
        Schedule::Every(60) => "every hour".to_owned(),
        Schedule::Every(1_440) => "every day".to_owned(),
        Schedule::Every(_) => format!("every {schedule}"),
        Schedule::Daily(_) => format!("every day at {schedule}"),
    }
}

/// "today 12:00", or "due now".
pub(super) fn next(cx: &Context<'_>, next: Timestamp) -> String {
    if next <= cx.now { "due now".to_owned() } else { relative_time::instant(cx, next) }
}

/// "Mobile devices, Assets": the record types that an integration loads, by their labels in the catalog.
pub(super) fn loads(cx: &Context<'_>, one: &Integration) -> String {
    let provider = cx.catalog.by_id(&one.provider);
    let label =
        |id: &String| provider.and_then(|provider| provider.load(id)).map_or(id.clone(), |load| load.label.clone());
    one.setup.loads.iter().map(label).collect::<Vec<_>>().join(", ")
}
