//! The vault in a folder as one process has it open: a store whose errors are the problems that users see.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId};
use credenza::model::integration::{Integration, IntegrationChange};
use credenza::model::record::Base;
use credenza::model::transaction::Transaction;
use credenza::paths::Paths;
use credenza::problem::Problem;
use credenza::secret::{Passphrase, Secret};
use credenza::store::local::{Local, UnlockBy, WORK_FACTOR};
use credenza::store::{Direction, Lease, Purged, Snapshot, Store, VaultAdmin, Version, Wait};

/// An open vault.
#[derive(Clone, Debug)]
pub(crate) struct Vault(pub(crate) Arc<dyn Store>);

fn at(paths: &Paths, clock: &Clock) -> Local {
    Local::at(paths, clock, "test")
}

/// Creates a vault with a cheap scrypt work factor.
pub(crate) fn create_throwaway(
    paths: &Paths,
    passphrase: &Passphrase,
    clock: &Clock,
    work_factor: u8,
) -> Result<Vault, Problem> {
    Ok(Vault(at(paths, clock).create(passphrase, work_factor)?))
}

impl Vault {
    pub(crate) fn create(paths: &Paths, passphrase: &Passphrase, clock: &Clock) -> Result<Self, Problem> {
        create_throwaway(paths, passphrase, clock, WORK_FACTOR)
    }

    pub(crate) fn unlock(paths: &Paths, passphrase: &Passphrase, clock: &Clock) -> Result<Self, Problem> {
        Ok(Self(at(paths, clock).unlock(UnlockBy::Passphrase(passphrase))?))
    }

    pub(crate) fn unlock_with_identity(paths: &Paths, identity: &Secret, clock: &Clock) -> Result<Self, Problem> {
        Ok(Self(at(paths, clock).unlock_with_identity(identity)?))
    }

    pub(crate) fn restore(
        paths: &Paths,
        passphrase: &Passphrase,
        from: Option<&Path>,
        clock: &Clock,
    ) -> Result<Self, Problem> {
        Ok(Self(at(paths, clock).restore(UnlockBy::Passphrase(passphrase), from)?))
    }

    pub(crate) fn snapshot(&self) -> Result<Arc<Snapshot>, Problem> {
        Ok(self.0.snapshot()?)
    }

    pub(crate) fn commit(&self, edit: impl Into<Transaction>) -> Result<Arc<Snapshot>, Problem> {
        Ok(self.0.commit(edit.into())?)
    }

    pub(crate) fn undo(&self) -> Result<String, Problem> {
        Ok(self.0.undo_or_redo(Direction::Undo, None)?)
    }

    pub(crate) fn lease(&self, id: CredentialId) -> Result<Box<dyn Lease>, Problem> {
        Ok(self.0.lease(id, Wait { longest: Duration::ZERO, noticed: &mut || () })?)
    }

    /// Takes the write lock briefly, which also stores what was rescued next to the vault.
    pub(crate) fn touch(&self) -> Result<(), Problem> {
        self.purge(false).map(drop)
    }

    pub(crate) fn purge(&self, for_good: bool) -> Result<Purged, Problem> {
        Ok(self.0.purge(for_good)?)
    }

    pub(crate) fn versions(&self) -> Vec<Version> {
        self.0.versions().unwrap()
    }

    pub(crate) fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<(), Problem> {
        Ok(self.admin().change_passphrase(old, new)?)
    }

    pub(crate) fn add_recovery_recipient(&self, recipient: &str) -> Result<(), Problem> {
        Ok(self.admin().set_recovery_recipient(recipient)?)
    }

    fn admin(&self) -> &dyn VaultAdmin {
        self.0.admin().unwrap()
    }
}

/// The edit that a form would submit after `change`.
pub(crate) fn edit(credential: &Credential, change: impl FnOnce(&mut Credential)) -> Change {
    let mut wanted = credential.clone();
    change(&mut wanted);
    Change::Edit { id: credential.id, fields: Base::of(credential).edits(&wanted, |_| false) }
}

/// As [`edit`], for an integration.
pub(crate) fn edit_integration(one: &Integration, change: impl FnOnce(&mut Integration)) -> IntegrationChange {
    let mut wanted = one.clone();
    change(&mut wanted);
    IntegrationChange::between(one, &wanted)
}
