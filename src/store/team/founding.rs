//! Creates, joins and opens team vaults on this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::admission::JoinRequest;
use super::backend::{Backend, BackendError, Expected, ObjectPath, Write, Written};
use super::envelope::{Envelope, Statement};
use super::handle::{Team, no_vault};
use super::host_folder;
use super::identity::{MemberSecrets, StoreAccess, TeamIdentity, member_id};
use super::identity_file::{self, Lock};
use super::members::member_name;
use super::roster::{self, Roster, RosterEntry};
use crate::problem::{Kind, NextStep, Problem};
use crate::store::error::StoreError;
use crate::store::file::{Location, disk};
use crate::store::members::Role;
use crate::store::reading::Reading;

/// Creates a team vault. `access` is kept in the identity, to open the vault again. Takes about a second with a
/// passphrase.
///
/// # Errors
/// [`StoreError::Unusable`] if the store or this machine already has a vault; [`StoreError::Unreachable`].
pub(in crate::store) fn found(
    at: &Location,
    backend: Arc<dyn Backend>,
    access: StoreAccess<'_>,
    name: &str,
    lock: Lock<'_>,
) -> Result<Team, StoreError> {
    let mut own = new_identity(at, access, name, lock)?;
    let now = at.clock.now();
    let founder = RosterEntry {
        id: own.member.clone(),
        role: Role::Admin,
        recipient: own.key.recipient(),
        signing_key: own.key.signing_key(),
        added_by: own.member.clone(),
        since: now,
        credentials: Vec::new(),
        name: own.name.clone(),
    };
    let body = Roster::body(0, &[founder], &std::collections::BTreeMap::new())?;
    let path = roster::path(0);
    let statement =
        Statement { vault: "", path: &path, revision: 0, parent: "", roster: 0, author: &own.member, at: now };
    let roster = Envelope::sign(&statement, &body, &own.key)?;
    own.vault = Some(roster.hash.clone());
    // The identity is saved first, because nobody could open a vault whose identity was lost.
    identity_file::create(at, &own, lock)?;
    let path = ObjectPath(path);
    let write = Write { path: path.clone(), expected: Expected::Absent, body: Some(roster.bytes().to_vec()) };
    let is_founded = match backend.write(write) {
        Ok(Written::Done(_)) => Ok(true),
        Ok(Written::Conflict(_)) => Ok(false),
        Err(BackendError::Unknown { .. }) => {
            backend.get(&path).map(|found| found.is_some_and(|found| found.body == roster.bytes()))
        }
        Err(error) => Err(error),
    };
    match is_founded {
        Ok(true) => {}
        Ok(false) => {
            identity_file::forget(at);
            return Err(Problem::new(Kind::Refused, "A team vault already exists at this address.")
                .why(format!("It was created in {}.", backend.place()))
                .try_this("Join it, or choose another address.")
                .into());
        }
        Err(error) => {
            identity_file::forget(at);
            return Err(error.into());
        }
    }
    let team = Team::with(at, at.paths.state().to_owned(), Reading::default(), backend, own, roster.hash);
    team.refresh(&mut team.state())?;
    team.first_save()?;
    Ok(team)
}

/// Creates an identity on this machine for a person who asks to join.
///
/// # Errors
/// [`StoreError::Unusable`] if the store has no vault, or this machine already has one; [`StoreError::Unreachable`].
pub(in crate::store) fn join(
    at: &Location,
    backend: Arc<dyn Backend>,
    access: StoreAccess<'_>,
    name: &str,
    lock: Lock<'_>,
) -> Result<JoinRequest, StoreError> {
    let first = backend.get(&ObjectPath(roster::path(0)))?.and_then(|found| Envelope::parse(found.body));
    let first = first.ok_or_else(no_vault)?;
    let mut own = new_identity(at, access, name, lock)?;
    own.vault = Some(first.hash);
    identity_file::create(at, &own, lock)?;
    Ok(JoinRequest::of(own, backend))
}

/// Opens the identity of a person who asked to join.
///
/// # Errors
/// As [`open`], except that the person need not be a member yet.
pub(in crate::store) fn asked(
    at: &Location,
    lock: Lock<'_>,
    connect: impl FnOnce(&StoreAccess<'_>) -> Result<Arc<dyn Backend>, StoreError>,
) -> Result<JoinRequest, StoreError> {
    let own = identity_file::read(at, lock)?;
    let backend = connect(&own.access())?;
    Ok(JoinRequest::of(own, backend))
}

/// Opens the team vault of this machine. `connect` opens the store that the identity names.
///
/// # Errors
/// [`StoreError::WrongPassphrase`], or `Kind::Locked` for the wrong key; [`StoreError::Tampered`];
/// [`StoreError::Unusable`] if this person is not a member; [`StoreError::Unreachable`] if this machine has no cached
/// copy.
pub(in crate::store) fn open(
    (at, reading): (&Location, &Reading),
    lock: Lock<'_>,
    connect: impl FnOnce(&StoreAccess<'_>) -> Result<Arc<dyn Backend>, StoreError>,
) -> Result<Team, StoreError> {
    opened((at, reading), identity_file::read(at, lock)?, connect, |_, _| Ok(at.paths.state().to_owned()))
}

/// Opens the team vault that a host's identity file names.
///
/// # Errors
/// As [`open`], and [`StoreError::Unusable`] if other users can read the file.
pub(in crate::store) fn open_as_host(
    (at, reading): (&Location, &Reading),
    file: &Path,
    connect: impl FnOnce(&StoreAccess<'_>) -> Result<Arc<dyn Backend>, StoreError>,
) -> Result<Team, StoreError> {
    crate::paths::only_ours(file)?;
    let (text, _) = disk::read(file)?;
    opened((at, reading), TeamIdentity::parse(&text)?, connect, |own, vault| host_folder::of(at, own, vault))
}

/// Whether a file contains the identity of a host of a team vault.
#[must_use]
pub(in crate::store) fn is_identity(file: &Path) -> bool {
    disk::read_small(file).is_some_and(|text| TeamIdentity::parse(&text).is_ok())
}

fn opened(
    (at, reading): (&Location, &Reading),
    own: TeamIdentity,
    connect: impl FnOnce(&StoreAccess<'_>) -> Result<Arc<dyn Backend>, StoreError>,
    folder: impl FnOnce(&TeamIdentity, &str) -> Result<PathBuf, Problem>,
) -> Result<Team, StoreError> {
    let Some(fingerprint) = own.vault.clone() else { return Err(no_vault().into()) };
    let backend = connect(&own.access())?;
    at.paths.create()?;
    let folder = folder(&own, &fingerprint)?;
    let team = Team::with(at, folder, reading.clone(), backend, own, fingerprint);
    // A cached vault opens without a request to the store. Changes, and a revoked membership, show up with the next
    // read.
    if !team.has_copy(&mut team.state()) {
        team.read(&mut team.state())?;
    }
    Ok(team)
}

fn new_identity(
    at: &Location,
    access: StoreAccess<'_>,
    name: &str,
    lock: Lock<'_>,
) -> Result<TeamIdentity, StoreError> {
    lock.must_lock()?;
    let name = member_name(name)?.to_string();
    at.paths.create()?;
    if disk::look(&at.paths.identity())?.is_some() || disk::look(&at.paths.vault())?.is_some() {
        let problem = Problem::new(Kind::Refused, format!("A vault already exists: {}.", at.paths.data().display()));
        return Err(problem
            .try_this("Choose another name for the team vault.")
            .step(NextStep::ChooseVaultFolder)
            .into());
    }
    let key = MemberSecrets::generate();
    let member = member_id(&key.recipient(), &key.signing_key());
    let (store, store_password) = (access.address.to_owned(), access.password.cloned());
    Ok(TeamIdentity { key, vault: None, member, name, store, store_password })
}

/// The path of `roster/0`, which every vault has.
pub(in crate::store) fn first_roster() -> ObjectPath {
    ObjectPath(roster::path(0))
}
