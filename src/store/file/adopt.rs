//! Installs a vault from another machine if its recovery kit opens it, and writes the sheet of a recovery kit.

use std::path::Path;

use super::disk;
use super::fallback::{self, is_kit};
use super::key::Key;
use super::location::Location;
use super::presence::{Presence, look};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::store::error::StoreError;

/// Installs the copy. The recovery that follows creates `identity.age`.
pub(in crate::store) fn adopt(at: &Location, from: &Path, kit: &Secret) -> Result<(), StoreError> {
    if !matches!(look(&at.paths), Presence::Absent) {
        return Err(Problem::new(Kind::Refused, "There is a vault, or part of one, on this machine.")
            .why("Nothing is written over it.")
            .into());
    }
    let identity = Key::from_identity(kit)?;
    let kept = fallback::open(from.to_owned(), &identity)?;
    if !is_kit(&kept.document, &identity) {
        return Err(Problem::new(Kind::Refused, "This key is not the recovery kit of that vault.")
            .why("It opens the file, but is not its recovery kit.")
            .into());
    }
    at.paths.create()?;
    disk::create_new(&at.paths.vault(), &kept.bytes)?;
    Ok(())
}

/// Removes the copy again, unless an identity was created for it.
pub(in crate::store) fn abandon(at: &Location) {
    if matches!(disk::look(&at.paths.identity()), Ok(None)) {
        disk::remove(&at.paths.vault());
    }
}

/// Writes the sheet of a recovery kit to a new file with mode 0600.
pub(in crate::store) fn write_sheet(path: &Path, sheet: &Secret) -> Result<(), Problem> {
    disk::create_new(path, sheet.expose().as_bytes())
}
