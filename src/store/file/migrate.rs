//! Moves the whole content of a vault to a team's store, and back into a file.

use super::commit::LOCK_WAIT;
use super::create::create;
use super::location::Location;
use super::vault::FileStore;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::store::contents::Contents;
use crate::store::error::StoreError;

impl FileStore {
    /// All records and undo steps.
    ///
    /// # Errors
    /// `Kind::Refused` if only another program version can read some records, which would be left behind.
    pub(in crate::store) fn whole(&self) -> Result<Contents, StoreError> {
        let loaded = self.load()?;
        let unread = &loaded.document.unread;
        let count = unread.credentials.len() + unread.integrations.len() + unread.of_other_kinds.len();
        if count > 0 {
            let problem = Problem::new(Kind::Refused, "Some records of the vault cannot be read by this version.")
                .why(format!("They would be left behind: {count} of them."))
                .try_this("Use the version that wrote them, or delete them first.");
            return Err(problem.into());
        }
        Ok(loaded.document.contents.clone())
    }
}

/// Creates a vault with these contents.
pub(in crate::store) fn create_with(
    at: &Location,
    (passphrase, work_factor): (&Passphrase, u8),
    contents: Contents,
) -> Result<FileStore, StoreError> {
    let vault = create(at, passphrase, work_factor)?;
    let mut exclusive = vault.exclusive(LOCK_WAIT)?;
    let mut document = exclusive.document().clone();
    let ids = contents.credentials.list.iter().map(|one| one.id).collect();
    document.contents = contents;
    document.remember_refresh_tokens(&ids)?;
    exclusive.save(document, at.clock.now())?;
    Ok(vault)
}
