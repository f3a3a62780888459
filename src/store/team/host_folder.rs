//! Where a machine keeps what it knows of a vault that a host's identity file opens: a folder in `hosts/` of the state
//! folder, one for each host, since several files may be used on one machine without a name for their vaults.

use std::path::{Path, PathBuf};

use super::cache::{Cache, Entry};
use super::envelope::Envelope;
use super::identity::TeamIdentity;
use super::rescue;
use crate::paths::create_private;
use crate::problem::Problem;
use crate::store::digest::hex_sha256;
use crate::store::file::{Location, disk};

/// Characters of the folder's name.
const LENGTH: usize = 32;

/// The folder of this host. What an earlier version kept in the state folder itself is taken over.
///
/// # Errors
/// `Kind::Storage`.
pub(super) fn of(at: &Location, own: &TeamIdentity, vault: &str) -> Result<PathBuf, Problem> {
    let state = at.paths.state();
    let name: String = hex_sha256(format!("{vault}\n{}", own.member).as_bytes()).chars().take(LENGTH).collect();
    let folder = state.join("hosts").join(name);
    if disk::names(&folder).is_empty() {
        create_private(&folder).map_err(|error| disk::failed("could not be created", &folder, &error))?;
        take_over(state, &folder, vault)?;
    }
    rescue::take_from(state, &folder, &own.key)?;
    Ok(folder)
}

/// The objects of this vault. Another one's stay; what is taken is checked when it is read.
fn take_over(state: &Path, folder: &Path, vault: &str) -> Result<(), Problem> {
    let is_of_vault = |entry: &Entry| {
        let envelope = Envelope::parse(entry.bytes.clone());
        envelope.is_some_and(|envelope| envelope.header.vault == vault || envelope.hash == vault)
    };
    let entries: Vec<Entry> = Cache::at(state).read_new().into_iter().filter(is_of_vault).collect();
    Cache::at(folder).append(&entries).map(drop)
}
