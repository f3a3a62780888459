//! The recovery kit of a team member: a copy of the identity next to `identity.age`, encrypted to the kit.
//!
//! It is the member's spare key on this machine, for a forgotten passphrase or a lost key. The copy does not go stale:
//! of an identity only the store password can change, and that can be entered again.

use std::path::PathBuf;

use age::{Encryptor, x25519};

use super::identity::TeamIdentity;
use super::identity_file::{self, Lock};
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;
use crate::store::error::StoreError;
use crate::store::file::{Location, disk, key};

fn path(paths: &Paths) -> PathBuf {
    paths.data().join("identity-kit.age")
}

/// Whether a recovery kit exists.
pub(super) fn is_kept(at: &Location) -> bool {
    path(&at.paths).exists()
}

/// Encrypts the identity to a kit, which invalidates the previous kit.
pub(super) fn keep(at: &Location, own: &TeamIdentity, recipient: &str) -> Result<(), StoreError> {
    let recipient = recipient.parse::<x25519::Recipient>();
    let recipient = recipient.map_err(|_| Problem::new(Kind::Usage, "This is not an age recipient."))?;
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
    let encryptor = encryptor.map_err(|_| Problem::internal("The identity could not be encrypted."))?;
    let sealed = key::seal(encryptor, &[own.plain().as_bytes()])?;
    disk::replace(&path(&at.paths), &sealed, None)?;
    Ok(())
}

/// Opens the identity with the kit, and locks it with a new passphrase or key.
pub(in crate::store) fn recover(at: &Location, kit: &Secret, lock: Lock<'_>) -> Result<(), StoreError> {
    lock.must_lock()?;
    let path = path(&at.paths);
    if disk::look(&path)?.is_none() {
        return Err(Problem::new(Kind::NotFound, "No recovery kit was made on this machine.")
            .why(format!("{} does not exist.", path.display()))
            .try_this("Join again under another name; an admin lets you in.")
            .into());
    }
    let identity = key::kit(kit)?;
    let (sealed, _) = disk::read(&path)?;
    let text = key::open(&sealed, &identity).map_err(|_| {
        Problem::new(Kind::Refused, "This is not the recovery kit of this identity.")
            .why("It belongs to another vault or machine, or a newer kit has replaced it.")
            .step(NextStep::Recover { generation: None })
    })?;
    let own = TeamIdentity::parse(&text)?;
    identity_file::replace(at, &own, lock)
}
