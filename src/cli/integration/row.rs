//! Integrations as rows and as JSON.
//!
//! ```json
//! { "id": "…", "name": "CMDB", "provider": "manageengine", "credential": { "id": "…", "name": "Zoho EU" },
//!   "loads": ["mdm-devices"], "parameters": {}, "fields": { "mdm-devices": ["device_id", "user.email=email"] },
//!   "folder": "/srv/inventory", "format": "ndjson", "schedule": "6h", "paused": false, "state": "active",
//!   "next_run": "…", "last_session": { … }, "hosts": {}, "created_at": "…" }
//! ```
//! `credential` is `null` if none is chosen, and its `name` is `null` if it was deleted. `state` is one of `running`,
//! `no_credential`, `paused`, `failing`, `active`, `never_run`. A session has the format of `sessions`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::output::Output;
use crate::cli::present;
use crate::engine::ops::credentials;
use crate::engine::ops::integrations::{IntegrationHealth, find, health_of};
use crate::engine::{Session, Snapshot, Workspace};
use crate::model::integration::{Field, Integration, SyncSession};
use crate::problem::{Kind, Problem};

pub(super) fn list(session: &Session, output: Output) -> Result<(), Problem> {
    let snapshot = credentials::snapshot(session)?;
    let list = &snapshot.integrations.list;
    let all_health = list.iter().map(|one| health_of(session, &snapshot, one)).collect::<Result<Vec<_>, _>>()?;
    let all = list.iter().zip(&all_health);
    if output.json {
        return output.value(&all.map(|(one, health)| json(&snapshot, one, health)).collect::<Vec<_>>());
    }
    for one in &snapshot.integrations.unreadable {
        output.note(&format!("credenza: \"{}\" cannot be read by this version; it is kept as it is", one.label()));
    }
    if list.is_empty() && snapshot.integrations.unreadable.is_empty() {
        output.note("No integrations yet. To list what can be loaded: credenza integration loads");
        return Ok(());
    }
    let row = |(one, health): (&Arc<Integration>, &IntegrationHealth)| {
        let when = |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), short);
        vec![
            one.name.to_string(),
            one.setup.loads.join(","),
            credential_name(&snapshot, one).unwrap_or_else(|| "-".to_owned()),
            health.state.word().to_owned(),
            when(health.last.as_ref().map(|last| last.started)),
            health.last.as_ref().map_or_else(|| "-".to_owned(), |last| last.counts().records.to_string()),
            when(health.next),
        ]
    };
    let rows: Vec<Vec<String>> = all.map(row).collect();
    output.table(&["NAME", "LOADS", "CREDENTIAL", "STATE", "LAST SESSION (UTC)", "RECORDS", "NEXT RUN (UTC)"], &rows)
}

pub(super) fn show(session: &Session, word: &str, output: Output) -> Result<(), Problem> {
    let one = find(session, word)?;
    let snapshot = credentials::snapshot(session)?;
    let health = health_of(session, &snapshot, &one)?;
    if output.json {
        return output.value(&json(&snapshot, &one, &health));
    }
    let line = |label: &str, value: &str| match value {
        "" => Ok(()),
        value => output.line(&crate::printable::printable(&format!("{label:<12} {value}"), 2_000)),
    };
    let setup = &one.setup;
    line("Name", &snapshot.integrations.lookalikes().label(one.id, &one.name))?;
    line("Provider", &one.provider)?;
    line("Credential", &credential_name(&snapshot, &one).unwrap_or_else(|| "none".to_owned()))?;
    line("State", health.state.word())?;
    for load in &setup.loads {
        let host = one.hosts.get(load).map(|host| format!(" from {host}")).unwrap_or_default();
        let fields = setup.fields.get(load).map(|fields| format!(", fields {}", field_words(fields).join(",")));
        line("Record type", &format!("{load}{host}{}", fields.unwrap_or_default()))?;
    }
    for (name, value) in &setup.parameters {
        line("Set", &format!("{name}={value}"))?;
    }
    line("Folder", if setup.folder.is_empty() { "none" } else { &setup.folder })?;
    line("Format", setup.format.word())?;
    line("Schedule", &setup.schedule.to_string())?;
    line("Gone records", if setup.accept_gone { "accepted, however many" } else { "" })?;
    line("Next run", &health.next.map(|at| format!("{} UTC", short(at))).unwrap_or_default())?;
    line("Last session", &health.last.as_ref().map(in_words).unwrap_or_default())
}

pub(super) fn loads(workspace: &Workspace, provider: Option<&str>, output: Output) -> Result<(), Problem> {
    let catalog = &workspace.catalog;
    if let Some(id) = provider.filter(|id| catalog.by_id(id).is_none_or(|found| found.loads.is_empty())) {
        return Err(Problem::new(Kind::NotFound, format!("{id} has no record types in the catalog."))
            .try_this("To list what can be loaded: credenza integration loads"));
    }
    let wanted = catalog.iter().filter(|one| provider.is_none_or(|id| one.id == id));
    let all = wanted.flat_map(|one| one.loads.iter().map(move |load| (one, load)));
    if output.json {
        let value = |(one, load): (&crate::catalog::Provider, &crate::catalog::RecordType)| {
            json!({
                "provider": one.id, "load": load.id, "label": one.load_label(load), "scope": load.scope,
                "parameters": load.parameters.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
                "filters": load.filters.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
                "key": load.key,
            })
        };
        return output.value(&all.map(value).collect::<Vec<_>>());
    }
    let row = |(one, load): (&crate::catalog::Provider, &crate::catalog::RecordType)| {
        let set = load.named().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",");
        vec![one.id.clone(), load.id.clone(), one.load_label(load), load.scope.clone().unwrap_or_default(), set]
    };
    let rows: Vec<Vec<String>> = all.map(row).collect();
    output.table(&["PROVIDER", "LOAD", "RECORDS", "SCOPE", "PARAMETERS"], &rows)
}

pub(super) fn json(snapshot: &Snapshot, one: &Integration, health: &IntegrationHealth) -> Value {
    let setup = &one.setup;
    let credential = setup.credential.map(
        |id| json!({ "id": id, "name": snapshot.credentials.by_id(id).map(|credential| credential.name.clone()) }),
    );
    let fields: serde_json::Map<String, Value> =
        setup.fields.iter().map(|(load, fields)| (load.clone(), json!(field_words(fields)))).collect();
    json!({
        "id": one.id, "name": one.name, "provider": one.provider, "credential": credential, "loads": setup.loads,
        "parameters": setup.parameters, "fields": fields, "folder": setup.folder, "format": setup.format.word(),
        "schedule": setup.schedule.code(), "accept_gone": setup.accept_gone, "paused": one.paused, "state": health.state.code(),
        "next_run": health.next, "last_session": health.last.as_ref().map(present::session),
        "hosts": one.hosts, "created_at": one.created_at,
    })
}

/// "2026-11-25 06:00".
pub(super) fn short(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// "2026-11-25 06:00 UTC: Completed, 412 records".
pub(super) fn in_words(session: &SyncSession) -> String {
    let result = session.result.map_or("Running", crate::model::integration::SyncResult::word);
    format!("{} UTC: {result}, {} records", short(session.started), session.counts().records)
}

fn field_words(fields: &[Field]) -> Vec<String> {
    fields.iter().map(Field::in_words).collect()
}

fn credential_name(snapshot: &Snapshot, one: &Integration) -> Option<String> {
    let id = one.setup.credential?;
    let name = snapshot.credentials.by_id(id).map(|credential| credential.name.to_string());
    Some(name.unwrap_or_else(|| "(deleted)".to_owned()))
}
