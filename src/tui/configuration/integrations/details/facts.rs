//! The rows of the details page: the credential, record types, destination and schedule; and the rows of one session.

use super::super::labels::{self, MAX_SHOWN};
use super::super::{credential_of, needs_person, provider_name, results};
use crate::catalog::{Provider, RecordType};
use crate::engine::ops::integrations::{HealthState, next_of, state_of};
use crate::model::integration::{Counts, Field, Integration, Schedule, SyncSession};
use crate::printable::printable;
use crate::tui::changes;
use crate::tui::context::Context;
use crate::tui::present::said_advice;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// All rows except those of the sessions.
pub(super) fn rows(cx: &Context<'_>, one: &Integration, last: Option<&SyncSession>) -> Vec<Row> {
    let heading = |text: &str| Row::new("", text).style(cx.theme.heading);
    let mut text = trouble(cx, one, last);
    text.push(heading("Credential Details"));
    text.extend(credential(cx, one));
    text.extend([Row::blank(), heading("Record types")]);
    text.push(Row::new("Provider", provider_name(cx, &one.provider)));
    let provider = cx.catalog.by_id(&one.provider);
    for id in &one.setup.loads {
        text.extend(load(cx, one, provider, id));
    }
    text.extend(parameters(one, provider));
    text.extend([Row::blank(), heading("Destination and schedule")]);
    let (folder, output) = match one.setup.folder.as_str() {
        "" => ("none yet: press E to choose one".to_owned(), " --output -"),
        folder => (format!("{}, as {}", printable(folder, MAX_SHOWN), one.setup.format.word().to_uppercase()), ""),
    };
    text.push(Row::new("Folder", folder));
    let schedule = labels::schedule(one.setup.schedule);
    text.push(Row::new(
        "Schedule",
        match next_of(cx.snapshot, one, last, cx.zone) {
            _ if one.paused && one.setup.schedule != Schedule::ByHand => {
                format!("{schedule}; paused (press p to resume)")
            }
            Some(next) => format!("{schedule}, next {}", labels::next(cx, next)),
            None => schedule,
        },
    ));
    if one.setup.accept_gone {
        text.push(Row::new("Gone records", "accepted, however many"));
    }
    let last = last.map(|last| format!("{}, {}", relative_time::instant(cx, last.started), labels::outcome(last)));
    text.extend(last.map(|last| Row::new("Last session", last)));
    text.push(Row::new("Created", relative_time::instant(cx, one.created_at)));
    text.extend(changes::last_saved(cx, &one.id.to_string()));
    text.push(
        Row::new("In scripts", format!("credenza integration sync \"{}\"{output}", one.name)).style(cx.theme.accent),
    );
    text
}

/// Why the last session failed and what to do; empty if the integration is not failing.
fn trouble(cx: &Context<'_>, one: &Integration, last: Option<&SyncSession>) -> Vec<Row> {
    let state = state_of(cx.snapshot, one, last);
    let said = last.and_then(|last| last.first_problem());
    if let (HealthState::Failing, Some(said)) = (state, said) {
        let mut text = vec![Row::new("Why", printable(&said.what, MAX_SHOWN)).style(cx.theme.danger)];
        let advice = said_advice(said);
        if !advice.is_empty() {
            text.push(Row::new("What to do", printable(&advice, MAX_SHOWN)));
        }
        text.push(Row::blank());
        return text;
    }
    Vec::new()
}

fn credential(cx: &Context<'_>, one: &Integration) -> Vec<Row> {
    let keys = |text: &str| Row::new("", text).style(cx.theme.muted);
    let Some(credential) = credential_of(cx, one) else {
        let (text, style) = labels::credential(cx, one);
        return vec![Row::new("Credential", text).style(style), keys("press c to choose one, n to create one")];
    };
    let (status, style) = labels::status(cx, credential);
    let mut text = vec![Row::new("Credential", credential.name.to_string()), Row::new("Status", status).style(style)];
    text.extend(
        credential.account.iter().map(|account| Row::new("Signed in as", printable(&account.label, MAX_SHOWN))),
    );
    if let Some(tokens) = &credential.tokens {
        let what = if tokens.refresh.is_some() {
            ("Refresh token", tokens.refresh_expires_at)
        } else {
            ("Access token", tokens.expires_at)
        };
        text.push(Row::new(what.0, relative_time::validity(cx, what.1)));
    }
    let act = if needs_person(cx, credential) { "Press a to authenticate" } else { "Press a to authenticate again" };
    text.push(keys(&format!("{act}, c to choose another, n to create one, o to open it")));
    text
}

/// One record type: its fields, and the host it is pinned to. The token is sent to no other host without confirmation.
fn load(cx: &Context<'_>, one: &Integration, provider: Option<&Provider>, id: &str) -> Vec<Row> {
    let known = provider.and_then(|provider| Some(provider.load_label(provider.load(id)?)));
    let label = match known {
        Some(label) => Row::new("Records", label),
        None => Row::new("Records", format!("{id}: no longer in the catalog")).style(cx.theme.warn),
    };
    let fields = match one.setup.fields.get(id).map(Vec::as_slice).unwrap_or_default() {
        [] => "all fields, unmodified".to_owned(),
        fields => format!("fields {}", fields.iter().map(Field::in_words).collect::<Vec<_>>().join(", ")),
    };
    let mut text = vec![label, Row::new(" ", printable(&fields, MAX_SHOWN)).style(cx.theme.muted)];
    text.extend(
        one.hosts
            .get(id)
            .map(|host| Row::new(" ", format!("only at {}", printable(host, MAX_SHOWN))).style(cx.theme.muted)),
    );
    text
}

fn parameters(one: &Integration, provider: Option<&Provider>) -> Vec<Row> {
    let named = |name: &String| {
        let all = provider.into_iter().flat_map(|provider| &provider.loads).flat_map(RecordType::named);
        let label = all.into_iter().find(|(known, _)| known == name).map_or(name, |(_, label)| label);
        label.split_once(": ").map_or(label.as_str(), |(title, _)| title).to_owned()
    };
    one.setup.parameters.iter().map(|(name, value)| Row::new(&named(name), printable(value, MAX_SHOWN))).collect()
}

/// One session: start time, result, number of records.
pub(super) fn session(cx: &Context<'_>, session: &SyncSession) -> Vec<Row> {
    let told = labels::result(cx.theme, session);
    let started = relative_time::instant(cx, session.started);
    let counted = match session.result {
        None => format!("{} so far", results::several(session.counts().records, "record")),
        Some(_) => counted(&session.counts(), session.error_count()),
    };
    let mut text =
        vec![Row::new(&started, told.in_words()).style(told.style), Row::new(session.trigger.word(), counted)];
    text.extend(labels::trouble(session).map(|trouble| Row::new(" ", trouble).style(cx.theme.muted)));
    text
}

/// "412 records: 3 added, 2 updated, 1 gone, 4 errors".
fn counted(counts: &Counts, errors: u64) -> String {
    let parts = [(counts.added, "added"), (counts.updated, "updated"), (counts.gone, "gone")];
    if counts.records == 0 && errors > 0 {
        return results::several(errors, "error");
    }
    let mut words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", results::number(*count)))
        .collect();
    if errors > 0 {
        words.push(results::several(errors, "error"));
    }
    let records = results::several(counts.records, "record");
    if words.is_empty() { records } else { format!("{records}: {}", words.join(", ")) }
}
