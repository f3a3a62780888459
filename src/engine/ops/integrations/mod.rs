//! Adds, changes, pauses, runs and deletes integrations, which load a provider's records.

mod due;
mod health;
mod plan;
mod reader;
mod refused;
pub mod sync;
pub mod test;
mod units;

use std::path::Path;

pub use due::due;
pub(crate) use health::health_of;
pub(crate) use health::next_of;
pub(crate) use health::state_of;
pub use health::{HealthState, IntegrationHealth, all_health};
pub use units::{Unit, units};

use super::credentials;
use crate::catalog::{Provider, RecordType};
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::edit_error::EditError;
use crate::engine::session::Session;
use crate::model::integration::{
    Integration, IntegrationChange, IntegrationField, IntegrationId, IntegrationSetup, Integrations, SyncSession,
};
use crate::model::record::Base;
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::records::RunDir;

/// The content of a form.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The name as typed.
    pub name: String,
    /// Catalog id.
    pub provider: String,
    /// The settings that the user chose.
    pub setup: IntegrationSetup,
}

/// Every record type that the catalog can load, with its provider.
pub fn loadable(session: &Session) -> impl Iterator<Item = (&Provider, &RecordType)> {
    session.workspace.catalog.iter().flat_map(|provider| provider.loads.iter().map(move |load| (provider, load)))
}

/// Resolves an id, a name in any case, or an unambiguous prefix of one.
///
/// # Errors
/// `Kind::NotFound`, with similar or matching names.
pub fn find(session: &Session, word: &str) -> Result<Integration, Problem> {
    let snapshot = session.store.snapshot()?;
    let found = snapshot.integrations.find(word).cloned();
    found
        .map_err(|error| credentials::unresolved(&error, word, "integration", |ids| NextStep::ListIntegrations { ids }))
}

/// Adds an integration.
///
/// # Errors
/// `Kind::Usage` for a bad field, `Kind::NotFound` for an unknown provider or credential, `Kind::Storage`.
pub fn add(session: &Session, draft: Draft) -> Result<IntegrationId, Problem> {
    let name = credentials::name(&draft.name)?;
    let provider = session.workspace.catalog.by_id(&draft.provider).ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("The catalog has no integration \"{}\".", draft.provider))
            .step(NextStep::ListCatalog)
    })?;
    let setup = checked(session, provider, draft.setup, None)?;
    let one = Integration::new(name, &provider.id, setup, session.workspace.clock.now());
    let id = one.id;
    commit(session, Action::Add, &one.clone(), IntegrationChange::Insert { integration: Box::new(one) })?;
    Ok(id)
}

/// What an edit of an integration is based on: the revision of each field when it was begun.
pub type IntegrationBase = Base<Integration>;

/// Saves the fields in which the draft differs from `base`, as one version and one undo step.
///
/// # Errors
/// `Kind::Usage` for a bad field, `Kind::NotFound` if the integration was deleted, `Kind::Refused` for fields that
/// others have changed since, `Kind::Storage`. Nothing is saved then.
pub fn edit(session: &Session, base: &IntegrationBase, draft: Draft) -> Result<(), EditError> {
    let before = by_id(session, base.id)?;
    let provider = provider_of(session, &before)?;
    let setup = checked(session, provider, draft.setup, Some(base.id))?;
    let wanted = Integration { name: credentials::name(&draft.name)?, setup, ..before.clone() };
    let fields = base.edits(&wanted, |field| *field == IntegrationField::Paused);
    if fields.is_empty() {
        return Ok(());
    }
    let mut note = PendingEntry::begin(&session.workspace, Action::Edit, None)?;
    note.about_integration(before.name.to_string());
    let saved = session.store.commit(IntegrationChange::Edit { id: base.id, fields }.into());
    note.end_edit(saved.map(drop).map_err(EditError::from))
}

/// Changes the credential that an integration signs in with; an unfinished run starts over.
///
/// # Errors
/// As [`edit`].
pub fn choose_credential(
    session: &Session,
    id: IntegrationId,
    credential: crate::model::credential::CredentialId,
) -> Result<(), Problem> {
    let before = by_id(session, id)?;
    let setup = IntegrationSetup { credential: Some(credential), ..before.setup.clone() };
    let draft = Draft { name: before.name.to_string(), provider: before.provider.clone(), setup };
    Ok(edit(session, &Base::of(&before), draft)?)
}

/// Renames an integration.
///
/// # Errors
/// `Kind::Usage` for a bad or taken name, `Kind::NotFound`, `Kind::Storage`.
pub fn rename(session: &Session, id: IntegrationId, to: &str) -> Result<(), Problem> {
    let before = by_id(session, id)?;
    let wanted = Integration { name: credentials::name(to)?, ..before.clone() };
    commit(session, Action::Rename, &before, IntegrationChange::between(&before, &wanted))
}

/// Copies an integration under a new name, paused, so that the two do not write the same files.
///
/// # Errors
/// As [`add`].
pub fn duplicate(session: &Session, id: IntegrationId, to: &str) -> Result<IntegrationId, Problem> {
    let original = by_id(session, id)?;
    let mut copy = Integration::new(
        credentials::name(to)?,
        original.provider.clone(),
        original.setup.clone(),
        session.workspace.clock.now(),
    );
    copy.paused = true;
    // The copy needs its own folder before it can be resumed.
    copy.setup.folder.clear();
    let id = copy.id;
    commit(session, Action::Duplicate, &copy.clone(), IntegrationChange::Insert { integration: Box::new(copy) })?;
    Ok(id)
}

/// Pauses or resumes an integration.
///
/// # Errors
/// `Kind::NotFound`, `Kind::Storage`.
pub fn pause(session: &Session, id: IntegrationId, paused: bool) -> Result<(), Problem> {
    let before = by_id(session, id)?;
    commit(
        session,
        Action::Edit,
        &before,
        IntegrationChange::between(&before, &Integration { paused, ..before.clone() }),
    )
}

/// Deletes an integration; undo restores it. Records kept for its next run are removed; its files and history stay.
///
/// # Errors
/// `Kind::NotFound`, `Kind::Temporary` while it runs, `Kind::Storage`.
pub fn delete(session: &Session, id: IntegrationId) -> Result<(), Problem> {
    let before = by_id(session, id)?;
    let place = RunDir::of(&session.workspace.paths, id);
    if place.is_running() {
        return Err(under_way(&before));
    }
    commit(session, Action::Delete, &before, IntegrationChange::Remove { id })?;
    place.forget_records()
}

/// Whether a run is in progress, in any process.
pub(super) fn is_running(session: &Session, id: IntegrationId) -> bool {
    RunDir::of(&session.workspace.paths, id).is_running()
}

/// Removes the records that were kept for its next run.
///
/// # Errors
/// `Kind::Storage` if they cannot be removed.
pub(super) fn forget_records(session: &Session, id: IntegrationId) -> Result<(), Problem> {
    RunDir::of(&session.workspace.paths, id).forget_records()
}

/// The runs, oldest first; a run in progress is the last, without a result.
///
/// # Errors
/// `Kind::Storage` if the history cannot be read.
pub fn sessions(session: &Session, id: IntegrationId) -> Result<Vec<SyncSession>, Problem> {
    RunDir::of(&session.workspace.paths, id).sessions()
}

fn by_id(session: &Session, id: IntegrationId) -> Result<Integration, Problem> {
    session.store.snapshot()?.integrations.by_id(id).cloned().ok_or_else(|| {
        Problem::new(Kind::NotFound, "The integration is no longer there.")
            .why("It was deleted in the meantime.")
            .try_this("Undo brings a deleted integration back.")
    })
}

fn provider_of<'a>(session: &'a Session, one: &Integration) -> Result<&'a Provider, Problem> {
    session.workspace.catalog.by_id(&one.provider).ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("The catalog has no integration {}.", one.provider))
            .why(format!("\"{}\" was made with a catalog file that is no longer there, or no longer valid.", one.name))
            .try_this(format!("Put the file back into {}.", session.workspace.paths.catalog().display()))
    })
}

fn commit(session: &Session, action: Action, one: &Integration, change: IntegrationChange) -> Result<(), Problem> {
    let mut note = PendingEntry::begin(&session.workspace, action, None)?;
    note.about_integration(one.name.to_string());
    note.end(session.store.commit(change.into()).map(drop).map_err(Problem::from))
}

fn under_way(one: &Integration) -> Problem {
    Problem::new(Kind::Temporary, format!("\"{}\" is already syncing.", one.name))
        .why("Two runs of one integration would overwrite each other's files.")
        .try_this("Wait until it finishes, or cancel it where it is running.")
}

/// Checks the settings against catalog and vault, and normalizes them.
fn checked(
    session: &Session,
    provider: &Provider,
    mut setup: IntegrationSetup,
    own: Option<IntegrationId>,
) -> Result<IntegrationSetup, Problem> {
    let snapshot = session.store.snapshot()?;
    check_loads(provider, &setup)?;
    if let Some(credential) = setup.credential.and_then(|id| snapshot.credentials.by_id(id))
        && credential.provider != provider.id
    {
        let problem =
            Problem::new(Kind::Usage, format!("\"{}\" is a credential for another provider.", credential.name));
        return Err(problem.try_this(format!("Choose one of {}.", provider.name)));
    }
    let loads: Vec<&RecordType> = setup.loads.iter().filter_map(|id| provider.load(id)).collect();
    setup.parameters = setup.parameters.iter().map(|(name, value)| (name.clone(), value.trim().to_owned())).collect();
    setup.parameters.retain(|_, value| !value.is_empty());
    let known = |name: &String| loads.iter().any(|load| load.named().any(|(known, _)| known == name));
    if let Some(name) = setup.parameters.keys().find(|name| !known(name)) {
        let names: Vec<&str> = loads.iter().flat_map(|load| load.named()).map(|(name, _)| name.as_str()).collect();
        let problem = Problem::new(Kind::Usage, format!("{} has no setting named {name}.", provider.name));
        return Err(problem.try_this(match names.as_slice() {
            [] => "It has nothing to set.".to_owned(),
            names => format!("Choose one of: {}.", names.join(", ")),
        }));
    }
    setup.fields.retain(|load, fields| setup.loads.contains(load) && !fields.is_empty());
    setup.folder = folder(&setup.folder)?;
    refuse_own_folder(&session.workspace.paths, Path::new(&setup.folder))?;
    refuse_shared_files(&snapshot.integrations, &setup, own)?;
    Ok(setup)
}

fn check_loads(provider: &Provider, setup: &IntegrationSetup) -> Result<(), Problem> {
    let all = || provider.loads.iter().map(|load| load.id.as_str()).collect::<Vec<_>>().join(", ");
    if provider.loads.is_empty() {
        return Err(Problem::new(Kind::Usage, format!("{} has no record types in the catalog.", provider.name))
            .try_this("Your own catalog file can define them ([[load]]).")
            .step(NextStep::ReadCatalogHelp));
    }
    if setup.loads.is_empty() {
        return Err(
            Problem::new(Kind::Usage, "No record types were chosen.").try_this(format!("Choose one of: {}.", all()))
        );
    }
    for (place, id) in setup.loads.iter().enumerate() {
        if provider.load(id).is_none() {
            return Err(Problem::new(Kind::Usage, format!("{} has no record type {id}.", provider.name))
                .try_this(format!("Choose one of: {}.", all())));
        }
        if setup.loads.iter().take(place).any(|earlier| earlier == id) {
            return Err(Problem::new(Kind::Usage, format!("{id} was chosen twice.")));
        }
    }
    Ok(())
}

/// An absolute path without `.` and `..`; `~/` is the home folder.
///
/// # Errors
/// `Kind::Usage`, saying why it cannot be used.
pub fn folder(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let refused = |why: &str| {
        Problem::new(
            Kind::Usage,
            format!("{} cannot be the folder for records.", crate::printable::printable(text, 200)),
        )
        .why(why)
        .try_this("Use an absolute path such as /srv/inventory, or ~/inventory.")
    };
    if text.chars().any(|c| !crate::printable::is_plain(c)) {
        return Err(refused("It contains invisible characters."));
    }
    let path = match text.strip_prefix("~/") {
        Some(rest) => {
            directories::BaseDirs::new().ok_or_else(|| refused("There is no home folder."))?.home_dir().join(rest)
        }
        None => Path::new(text).to_owned(),
    };
    let climbs = path.components().any(|part| matches!(part, std::path::Component::ParentDir));
    if !path.is_absolute() || climbs {
        return Err(refused("It must be an absolute path without \"..\"."));
    }
    let path: std::path::PathBuf = path.components().collect();
    path.to_str().map(str::to_owned).ok_or_else(|| refused("It is not UTF-8 text."))
}

/// Refuses the program's own folders, which contain the vault: records are meant to be read by others.
fn refuse_own_folder(paths: &Paths, folder: &Path) -> Result<(), Problem> {
    // Resolves the existing part of the path, since a symbolic link in it may lead to the same folder.
    let real = |path: &Path| {
        let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
        there.map_or_else(
            || path.to_owned(),
            |(above, real)| path.strip_prefix(above).map_or(real.clone(), |rest| real.join(rest)),
        )
    };
    let wanted = real(folder);
    let own = [paths.data(), paths.state(), &paths.catalog()].into_iter().map(real).find(|own| wanted.starts_with(own));
    match own {
        Some(own) if !folder.as_os_str().is_empty() => {
            Err(Problem::new(Kind::Refused, format!("{} is a folder that Credenza uses itself.", folder.display()))
                .why(format!("{} contains the vault or its files.", own.display()))
                .try_this("Choose another folder for the records, such as ~/inventory."))
        }
        _ => Ok(()),
    }
}

/// Refuses a file that another integration writes: each would overwrite the other's records.
fn refuse_shared_files(
    all: &Integrations,
    setup: &IntegrationSetup,
    own: Option<IntegrationId>,
) -> Result<(), Problem> {
    let others = all.list.iter().filter(|one| Some(one.id) != own && !setup.folder.is_empty());
    for other in others.filter(|one| one.setup.folder == setup.folder && one.setup.format == setup.format) {
        if let Some(load) = setup.loads.iter().find(|load| other.setup.loads.contains(load)) {
            return Err(Problem::new(Kind::Usage, format!("\"{}\" already writes {load} to that folder.", other.name))
                .why("One would overwrite the other's file.")
                .try_this("Choose another folder."));
        }
    }
    Ok(())
}
