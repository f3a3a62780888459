//! Creates a vault: both files, or neither.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::commit::{LOCK_WAIT, sealed};
use super::document::Document;
use super::high_water_mark::Seen;
use super::key::Key;
use super::location::Location;
use super::lock::WriteLock;
use super::presence::{Presence, look};
use super::stamps::FileStamps;
use super::vault::{FileStore, Loaded, snapshot_of};
use super::{disk, newest};
use crate::audit;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::contract::Wait;
use crate::store::digest::hex_sha256;
use crate::store::error::StoreError;

/// A random X25519 identity and its recipient, for a recovery kit.
pub(in crate::store) fn recovery_kit() -> (Secret, String) {
    use age::secrecy::ExposeSecret as _;
    let identity = age::x25519::Identity::generate();
    (Secret::new(identity.to_string().expose_secret().to_owned()), identity.to_public().to_string())
}

/// Creates a vault; `work_factor` is scrypt's log2 N. Takes about a second with the usual one.
pub(in crate::store) fn create(
    at: &Location,
    passphrase: &Passphrase,
    work_factor: u8,
) -> Result<FileStore, StoreError> {
    if passphrase.is_blank() {
        let problem = Problem::new(Kind::Usage, "A passphrase is needed.").why("An empty one would protect nothing.");
        return Err(problem.into());
    }
    let paths = &at.paths;
    paths.create()?;
    let lock = WriteLock::acquire(at, Wait { longest: LOCK_WAIT, noticed: &mut || () })?;
    disk::sweep(paths.data());
    match look(paths) {
        Presence::Absent => {}
        Presence::Unusable(problem) => return Err(problem.into()),
        Presence::Locked { path, .. } => {
            let problem = Problem::new(Kind::Refused, format!("A vault already exists: {}.", path.display()));
            return Err(problem.try_this("Unlock it.").step(NextStep::ChooseVaultFolder).into());
        }
    }
    let vault_secret = new_secret();
    let vault_id = uuid::Uuid::new_v4().to_string();
    let key = Key::generate(vault_id.clone(), hex_sha256(vault_secret.as_bytes()));
    let mut document = Document::new(vault_id, vault_secret, key.identity.to_public().to_string());
    // Accept the lines of a former vault's log. A log that cannot be read is reported when it is written.
    document.head.accept_log(audit::head(paths).unwrap_or_default());
    let wrapped = key.wrap(passphrase, work_factor)?;
    let vault = FileStore::with(at, key.identity, key.vault_id, key.pins);
    write_both(&vault, &document, &wrapped)?;
    drop(lock);
    Ok(vault)
}

/// The vault's secret, which proves that a payload was written by a holder of the vault: 244 random bits.
pub(super) fn new_secret() -> Zeroizing<String> {
    let half = || uuid::Uuid::new_v4().simple();
    Zeroizing::new(format!("{}{}", half(), half()))
}

/// Writes both files, or neither. The `founding` mark distinguishes a crash in between from a damaged vault.
fn write_both(store: &FileStore, document: &Document, wrapped: &[u8]) -> Result<(), StoreError> {
    let inner = &store.0;
    let (mark, now) = (inner.paths.founding(), inner.clock.now());
    let (sealed, kept) = sealed(document, &inner.identity, now, disk::MAX_SIZE)?;
    disk::replace(&mark, b"", None)?;
    disk::remove(&inner.paths.vault());
    disk::remove(&inner.paths.identity());
    disk::remove(&inner.paths.recent());
    let vault = disk::replace(&inner.paths.vault(), &sealed, None)?;
    disk::replace(&inner.paths.identity(), wrapped, None)?;
    disk::remove(&mark);
    let _ = Seen::of(&document.head, &sealed, None, Vec::new()).write(&inner.paths);
    newest::write(&inner.paths, &sealed, None);
    let (mark, snapshot) = (document.head.mark(&sealed), Arc::new(snapshot_of(document, Some(inner.session))));
    let document = Arc::new(Document { kept: Arc::new(kept), ..document.clone() });
    let (stamps, base) = (FileStamps { vault, recent: None }, mark.clone());
    *store.last() = Some(Loaded { stamps, mark, base, recent: None, document, snapshot });
    Ok(())
}
