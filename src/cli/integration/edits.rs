//! `credenza integration add`, `edit`, `rename`, `duplicate`, `delete`, `pause`, `resume`. JSON: the integration after
//! the change; of `delete`: `{"deleted": NAME}`.

use serde_json::json;

use super::row;
use crate::cli::arguments::Global;
use crate::cli::arguments::integration::{Add, Edit, SetupArguments};
use crate::cli::edits::must_be_named;
use crate::cli::output::Output;
use crate::cli::prompt;
use crate::engine::Session;
use crate::engine::ops::credentials;
use crate::engine::ops::integrations::{self, Draft, IntegrationBase, find, health_of};
use crate::engine::ops::notes;
use crate::model::integration::{IntegrationId, IntegrationSetup};
use crate::problem::{Kind, Problem};

pub(super) fn add(session: &Session, arguments: Add, output: Output) -> Result<(), Problem> {
    let Add { name, provider, chosen } = arguments;
    let of_credential = match &chosen.credential {
        Some(word) => Some(credentials::find(session, word)?.provider),
        None => None,
    };
    let provider = provider
        .or(of_credential)
        .ok_or_else(|| Problem::internal("The command line has neither a provider nor a credential."))?;
    let setup = apply(session, IntegrationSetup::default(), chosen)?;
    let id = integrations::add(session, Draft { name, provider, setup })?;
    print_integration(session, id, "Added", output)
}

pub(super) fn edit(session: &Session, arguments: Edit, output: Output) -> Result<(), Problem> {
    let one = find(session, &arguments.name)?;
    let base = IntegrationBase::of(&one);
    let setup = apply(session, one.setup, arguments.chosen)?;
    let draft = Draft { name: one.name.to_string(), provider: one.provider, setup };
    integrations::edit(session, &base, draft)?;
    print_integration(session, base.id, "Changed", output)
}

pub(super) fn rename(session: &Session, old: &str, new: &str, output: Output) -> Result<(), Problem> {
    let one = find(session, old)?;
    integrations::rename(session, one.id, new)?;
    print_integration(session, one.id, &format!("Renamed {} to", one.name), output)
}

pub(super) fn duplicate(session: &Session, name: &str, new: &str, output: Output) -> Result<(), Problem> {
    let id = integrations::duplicate(session, find(session, name)?.id, new)?;
    print_integration(session, id, "Added, paused and without a folder:", output)
}

pub(super) fn delete(
    session: &Session,
    name: &str,
    agreed: bool,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let one = find(session, name)?;
    if !agreed && !prompt::is_attended(global) {
        must_be_named(name, &one.name, &one.id.to_string())?;
    } else if !agreed && !prompt::confirm(global, &format!("Delete the integration \"{}\"? Its files stay.", one.name))?
    {
        return Err(Problem::new(Kind::Refused, "Nothing was deleted."));
    }
    integrations::delete(session, one.id)?;
    let text = format!("Deleted {}. `credenza undo` brings it back; its files stay.", one.name);
    output.done(&text, &json!({ "deleted": one.name }))
}

pub(super) fn pause(session: &Session, name: &str, paused: bool, output: Output) -> Result<(), Problem> {
    let one = find(session, name)?;
    integrations::pause(session, one.id, paused)?;
    print_integration(session, one.id, if paused { "Paused" } else { "Resumed" }, output)
}

fn print_integration(session: &Session, id: IntegrationId, done: &str, output: Output) -> Result<(), Problem> {
    let one = find(session, &id.to_string())?;
    let snapshot = credentials::snapshot(session)?;
    let health = health_of(session, &snapshot, &one)?;
    if let Some(note) = notes::on_integration(&snapshot, id) {
        output.note(&format!("credenza: {note}"));
    }
    output.done(&format!("{done} {}", one.name), &row::json(&snapshot, &one, &health))
}

/// Fields given on the command line replace the stored ones.
fn apply(session: &Session, mut setup: IntegrationSetup, chosen: SetupArguments) -> Result<IntegrationSetup, Problem> {
    if let Some(word) = &chosen.credential {
        setup.credential = Some(credentials::find(session, word)?.id);
    }
    if !chosen.loads.is_empty() {
        setup.loads = chosen.loads;
    }
    setup.parameters.extend(chosen.parameters);
    for (load, fields) in chosen.fields {
        if !setup.loads.contains(&load) {
            return Err(Problem::new(
                Kind::Usage,
                format!("--fields names {load}, which this integration does not sync."),
            )
            .try_this(format!("Choose one of: {}.", setup.loads.join(", "))));
        }
        setup.fields.insert(load, fields);
    }
    if let Some(folder) = chosen.folder {
        setup.folder = absolute(&folder)?;
    }
    setup.format = chosen.format.unwrap_or(setup.format);
    setup.schedule = chosen.schedule.unwrap_or(setup.schedule);
    setup.accept_gone = chosen.accept_gone.unwrap_or(setup.accept_gone);
    Ok(setup)
}

/// A folder on the command line is relative to the current folder.
fn absolute(folder: &str) -> Result<String, Problem> {
    if folder.is_empty() || folder.starts_with("~/") {
        return Ok(folder.to_owned());
    }
    let unusable = || Problem::new(Kind::Usage, "The folder cannot be used.").why("Its path is not UTF-8.");
    let path = std::path::absolute(folder).map_err(|_| unusable())?;
    path.to_str().map(str::to_owned).ok_or_else(unusable)
}
