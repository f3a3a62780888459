//! `credenza list`: the credentials. JSON: an array of what `row` documents.

use super::output::Output;
use super::row;
use crate::engine::Session;
use crate::engine::ops::credentials;
use crate::model::unreadable::Unreadable;
use crate::problem::Problem;

pub(super) fn run(session: &Session, output: Output) -> Result<(), Problem> {
    let snapshot = credentials::snapshot(session)?;
    let now = session.workspace.clock.now();
    for name in &snapshot.unreadable {
        output.note(&format!("credenza: \"{name}\" cannot be read by this version; it is kept as it is"));
    }
    let (list, unreadable) = (&snapshot.credentials.list, &snapshot.credentials.unreadable);
    if output.json {
        return output
            .value(&list.iter().map(|credential| row::json(credential, &session.workspace)).collect::<Vec<_>>());
    }
    if list.is_empty() && unreadable.is_empty() {
        output.note("No credentials yet. Add one with: credenza add --integration ID --name NAME");
        return Ok(());
    }
    let alike = snapshot.credentials.lookalikes();
    let cells = |credential: &std::sync::Arc<crate::model::credential::Credential>| {
        let provider = session.workspace.catalog.by_id(&credential.provider);
        let integration = provider.map_or(credential.provider.as_str(), |provider| provider.name.as_str());
        vec![
            alike.label(credential.id, &credential.name),
            integration.to_owned(),
            provider.map_or("-", |provider| provider.grant.word()).to_owned(),
            credential.status(now).word().to_owned(),
            credential.details.owner.clone(),
        ]
        .into_iter()
        .map(|cell| crate::printable::printable(&cell, 80))
        .collect()
    };
    let dash = || "-".to_owned();
    let not_read =
        |one: &Unreadable| vec![one.label().to_owned(), dash(), dash(), "Cannot be read".to_owned(), String::new()];
    let rows: Vec<Vec<String>> = list.iter().map(cells).chain(unreadable.iter().map(not_read)).collect();
    output.table(&["NAME", "INTEGRATION", "GRANT", "STATUS", "OWNER"], &rows)
}
