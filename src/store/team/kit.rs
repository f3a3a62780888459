//! The recovery kit of a team's member: a copy of the identity beside `identity.age`, encrypted to the kit.
//!
//! It is the member's own second way in, on this machine: for a passphrase that is forgotten, or a key that is lost. The text
//! of an identity never changes but for the store's password, which can be given again.

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

/// Whether a kit opens the identity.
pub(super) fn is_kept(at: &Location) -> bool {
    path(&at.paths).exists()
}

/// Encrypts the identity to a kit, which replaces the one before.
pub(super) fn keep(at: &Location, own: &TeamIdentity, recipient: &str) -> Result<(), StoreError> {
    let recipient = recipient.parse::<x25519::Recipient>();
    let recipient = recipient.map_err(|_| Problem::new(Kind::Usage, "This is not an age recipient."))?;
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
    let encryptor = encryptor.map_err(|_| Problem::internal("The identity could not be encrypted."))?;
    let sealed = key::seal(encryptor, &[own.plain().as_bytes()])?;
    disk::replace(&path(&at.paths), &sealed, None)?;
    Ok(())
}

/// Opens the identity by its kit, and locks it by another passphrase from now on.
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
