//! `credenza catalog list|show|check|export|redirect-page`: the integrations of the catalog, and the user's own catalog
//! files.
//!
//! JSON of `list`: `[{"id", "name", "group", "category", "grant_type", "grant" (words), "verification":
//! "vendor"|"two_sources"|"one_source", "read_on": DATE | null, "source"}]`; of `show`: the output of
//! [`complete::json`]; of `check`: `{"valid": true, "id": ID, "notes": [TEXT]}`; of `export`: `{"id": ID, "file":
//! TEXT}`; of `redirect-page`: `{"page": HTML}`.

mod complete;
mod update;

use std::path::Path;

use serde_json::{Value, json};

use super::arguments::Global;
use super::arguments::catalog::Catalog as Command;
use super::opening::{session, workspace};
use super::output::Output;

use crate::catalog::{Catalog, Defect, Export, FactGroup, Provider};
use crate::engine::ops::credentials;
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// The page that redirects a browser to this machine. It contains the hash of the only script that may run, which a
/// test checks.
const REDIRECT_PAGE: &str = include_str!("../../assets/redirect/index.html");

pub(super) fn run(command: &Command, global: &Global, output: Output) -> Result<(), Problem> {
    match command {
        Command::List { words } => list(&words.join(" "), global, output),
        Command::Show { id } => show(id, global, output),
        Command::Export { name, id } => export(name, id.as_deref(), global, output),
        Command::Update { place, accept_new_hosts } => {
            update::update(place.as_deref(), *accept_new_hosts, global, output)
        }
        Command::Diff { place } => update::diff(place.as_deref(), global, output),
        Command::Verify { ids } => update::verify(ids, global, output),
        Command::RedirectPage if output.json => output.value(&json!({ "page": REDIRECT_PAGE })),
        Command::RedirectPage => output.text(REDIRECT_PAGE),
        Command::Check { file } => {
            let checked = Catalog::check_file(file)?.map_err(|defects| invalid(file, &defects))?;
            let (provider, notes) = (checked.provider, checked.notes);
            for note in &notes {
                output.note(&format!("credenza: {}", printable(note, 600)));
            }
            let text = format!("{} is valid: {} ({})", file.display(), provider.name, provider.id);
            output.done(&printable(&text, 400), &json!({ "valid": true, "id": provider.id, "notes": notes }))
        }
    }
}

fn list(words: &str, global: &Global, output: Output) -> Result<(), Problem> {
    let workspace = workspace(global, output)?;
    let providers: Vec<&Provider> = if words.is_empty() {
        workspace.catalog.iter().collect()
    } else {
        workspace.catalog.search(words).into_iter().map(|hit| hit.provider).collect()
    };
    if output.json {
        return output.value(&providers.iter().map(|provider| row(provider)).collect::<Vec<_>>());
    }
    if providers.is_empty() {
        output.note("No integration found.");
        return Ok(());
    }
    let cells = |provider: &&Provider| {
        let read = provider.read_on(FactGroup::Endpoints).map(|day| day.to_string()).unwrap_or_default();
        [&provider.id, &provider.name, &provider.grant_label, provider.verification.label(), &read]
            .map(|cell| printable(cell, 60))
            .to_vec()
    };
    output.table(&["ID", "NAME", "SIGNS IN WITH", "FACTS", "READ"], &providers.iter().map(cells).collect::<Vec<_>>())
}

fn row(provider: &Provider) -> Value {
    json!({
        "id": provider.id, "name": provider.name, "group": provider.group, "category": provider.category,
        "grant": provider.grant_label,
        "grant_type": provider.grant.code(),
        "verification": provider.verification.word().replace('-', "_"),
        "read_on": provider.read_on(FactGroup::Endpoints),
        "source": provider.source_label(),
    })
}

fn show(id: &str, global: &Global, output: Output) -> Result<(), Problem> {
    let workspace = workspace(global, output)?;
    let provider = workspace.catalog.by_id(id).ok_or_else(|| {
        let near: Vec<&str> =
            workspace.catalog.search(id).into_iter().take(3).map(|hit| hit.provider.id.as_str()).collect();
        let problem = Problem::new(Kind::NotFound, format!("The catalog has no integration \"{id}\"."));
        if near.is_empty() { problem } else { problem.try_this(format!("Did you mean {}?", near.join(", "))) }
    })?;
    if output.json {
        return output.value(&complete::json(provider, row(provider)));
    }
    for (label, value) in provider.facts() {
        output.line(&format!("{:<24} {}", printable(&label, 60), printable(&value, 600)))?;
    }
    Ok(())
}

fn export(name: &str, id: Option<&str>, global: &Global, output: Output) -> Result<(), Problem> {
    let session = session(global, output)?;
    let credential = credentials::find(&session, name)?;
    let made = slug(credential.name.as_str());
    let id = id.unwrap_or(&made);
    let setup = &credential.setup;
    let export = Export {
        id,
        name: credential.name.as_str(),
        variables: &setup.variables,
        scopes: &setup.scopes,
        redirect_uri: &setup.redirect_uri,
    };
    let text = session.workspace.catalog.export(session.provider(&credential)?, &export)?;
    if output.json {
        return output.value(&json!({ "id": id, "file": text }));
    }
    output.text(&text)?;
    output.note(&format!(
        "credenza: save it as {}",
        session.workspace.paths.catalog().join(format!("{id}.toml")).display()
    ));
    Ok(())
}

/// An id derived from a name: `ACME Tickets (EU)` becomes `acme-tickets-eu`.
fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() { "exported".to_owned() } else { words.join("-") }
}

/// A problem that lists every defect with its position: `FILE:LINE:COLUMN: what`.
fn invalid(file: &Path, defects: &[Defect]) -> Problem {
    let list = |defect: &Defect| format!("{}:{}:{}: {}", file.display(), defect.line, defect.column, defect.message);
    let why = defects.iter().map(list).collect::<Vec<_>>().join(" ");
    Problem::new(Kind::Usage, format!("{} is not a valid catalog file.", file.display()))
        .why(why)
        .try_this("To list every key: credenza help catalog-files")
}
