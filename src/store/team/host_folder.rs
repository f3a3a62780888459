//! The local state of a vault that is opened with a host's identity file: `hosts/<hash>` in the state folder. Each host
//! has its own folder, because one machine may use several identity files, and their vaults have no local names. Its
//! audit log is there, too.

use std::path::{Path, PathBuf};

use super::cache::{Cache, Entry};
use super::envelope::Envelope;
use super::identity::TeamIdentity;
use super::rescue;
use crate::audit;
use crate::paths::{Paths, create_private};
use crate::problem::Problem;
use crate::store::digest::hex_sha256;
use crate::store::file::{Location, disk};

/// Characters of the folder name, a truncated hash.
const LENGTH: usize = 32;

/// The folder of this host. Migrates what earlier versions kept directly in the state folder.
///
/// # Errors
/// `Kind::Storage`.
pub(super) fn of(at: &Location, own: &TeamIdentity, vault: &str) -> Result<PathBuf, Problem> {
    let state = at.paths.state();
    let folder = path(&at.paths, own, vault);
    if !Cache::at(&folder).exists() {
        create_private(&folder).map_err(|error| disk::failed("could not be created", &folder, &error))?;
        take_over(state, &folder, vault)?;
    }
    rescue::take_from(state, &folder, &own.key)?;
    Ok(folder)
}

/// The same folders with the audit log of the host whose identity is in `file`; `None` for any other file. A machine
/// may have a vault of its own, whose log must not get entries that its key does not authenticate. Migrates the log
/// that earlier versions kept directly in the state folder.
///
/// # Errors
/// `Kind::Storage`.
pub(in crate::store) fn paths_of_host(paths: &Paths, file: &Path) -> Result<Option<Paths>, Problem> {
    let own = disk::read_small(file).and_then(|text| TeamIdentity::parse(&text).ok());
    let Some((own, vault)) = own.and_then(|own| own.vault.clone().map(|vault| (own, vault))) else { return Ok(None) };
    let of_host = paths.clone().logging_in(path(paths, &own, &vault));
    let has_vault = [paths.identity(), paths.vault()].iter().any(|file| file.exists());
    if of_host.log().is_dir() && !has_vault {
        audit::move_log(paths, &of_host)?;
    }
    Ok(Some(of_host))
}

fn path(paths: &Paths, own: &TeamIdentity, vault: &str) -> PathBuf {
    let name: String = hex_sha256(format!("{vault}\n{}", own.member).as_bytes()).chars().take(LENGTH).collect();
    paths.state().join("hosts").join(name)
}

/// Copies the cached objects of this vault; those of other vaults stay. The objects are verified when they are read.
fn take_over(state: &Path, folder: &Path, vault: &str) -> Result<(), Problem> {
    let is_of_vault = |entry: &Entry| {
        let envelope = Envelope::parse(entry.bytes.clone());
        envelope.is_some_and(|envelope| envelope.header.vault == vault || envelope.hash == vault)
    };
    let entries: Vec<Entry> = Cache::at(state).read_new().into_iter().filter(is_of_vault).collect();
    Cache::at(folder).append(&entries).map(drop)
}
