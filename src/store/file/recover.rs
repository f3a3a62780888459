//! Opens the vault with the recovery kit if the passphrase is forgotten or `identity.age` is lost.

use super::commit::{LOCK_WAIT, VaultWriter};
use super::document::{Document, OWNER};
use super::fallback::{self, Kept, is_kit};
use super::high_water_mark::Seen;
use super::key::Key;
use super::location::Location;
use super::vault::FileStore;
use super::work_factor::WORK_FACTOR;
use super::{backup, disk};
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::error::StoreError;

impl FileStore {
    /// Opens the vault, or an older version of it, with its recovery kit, and gives it a new identity with a new
    /// passphrase. An older version can be opened whatever happened to `vault.age`. Takes about a second.
    ///
    /// The vault is saved first, encrypted to the new identity and the kit; then `identity.age` is replaced. A crash
    /// in between leaves a vault that the kit still opens, so this can be repeated. The old identity opens old backups
    /// only.
    ///
    /// # Errors
    /// `Kind::Usage` for an empty passphrase or a text that is not an identity, `Kind::Refused` if the identity is not
    /// the kit, `NoVersion`, `Kind::Storage`.
    pub(in crate::store) fn recover(
        at: &Location,
        kit: &Secret,
        passphrase: &Passphrase,
        generation: Option<u64>,
    ) -> Result<Self, StoreError> {
        if passphrase.is_blank() {
            let problem = Problem::new(Kind::Usage, "A new passphrase is needed.");
            return Err(problem.why("An empty one would protect nothing.").into());
        }
        at.paths.create()?;
        let opened = match generation {
            None => Self::unlock_with_identity(at, kit).map_err(|error| explained(&at.paths, kit, error))?,
            Some(number) => {
                let (identity, kept) = (Key::from_identity(kit)?, kept_for_kit(at, kit, number)?);
                Self::without_pin(at, identity, &kept.document)
            }
        };
        // scrypt runs before the lock is acquired, so that the lock is held for the writes only.
        let before = match generation {
            None => (*opened.load()?.document).clone(),
            Some(number) => kept_for_kit(at, kit, number)?.document,
        };
        if !is_kit(&before, &opened.0.identity) {
            return Err(not_the_kit().into());
        }
        let key = Key::generate(before.head.vault_id.clone(), before.head.pin());
        let wrapped = key.wrap(passphrase, WORK_FACTOR)?;
        let (exclusive, document) = match generation {
            None => {
                let exclusive = opened.exclusive(LOCK_WAIT)?;
                let document = exclusive.document().clone();
                (exclusive, document)
            }
            Some(number) => opened.exclusive_over(kept_for_kit(at, kit, number)?)?,
        };
        if !key.pins.contains(&document.head.pin()) {
            let problem = Problem::new(Kind::Temporary, "The vault's secret was changed in the meantime.");
            return Err(problem.try_this("Try again.").into());
        }
        replace_owner(at, exclusive, document, &key, &wrapped)?;
        Ok(Self::with(at, key.identity, key.vault_id, key.pins))
    }
}

/// Saves the vault for the new identity, then replaces the identity file.
fn replace_owner(
    at: &Location,
    mut exclusive: VaultWriter,
    mut document: Document,
    key: &Key,
    wrapped: &[u8],
) -> Result<(), StoreError> {
    for owner in document.head.recipients.iter_mut().filter(|known| known.role == OWNER) {
        owner.recipient = key.identity.to_public().to_string();
    }
    let (generation, now) = (document.head.generation, at.clock.now());
    exclusive.save(document, now)?;
    let kept = backup::identity_path(&at.paths.backups(), generation, now);
    disk::replace(&at.paths.identity(), wrapped, Some(&kept))?;
    Ok(())
}

/// The backup of a version, or `vault.age` if it has that number, opened with the kit.
fn kept_for_kit(at: &Location, kit: &Secret, number: u64) -> Result<Kept, StoreError> {
    let identity = Key::from_identity(kit)?;
    let files = std::iter::once(at.paths.vault()).chain(fallback::files(&at.paths));
    let kept = files.filter_map(|path| fallback::open(path, &identity).ok());
    kept.into_iter()
        .find(|kept| kept.document.head.generation == number && is_kit(&kept.document, &identity))
        .ok_or_else(|| explained(&at.paths, kit, StoreError::NoVersion { number }))
}

/// The error for a kit that does not open the vault: which version it opens, or that it belongs to another vault.
fn explained(paths: &Paths, kit: &Secret, error: StoreError) -> StoreError {
    let Ok(identity) = Key::from_identity(kit) else { return error };
    let kept = fallback::newest_for_kit(paths, &identity);
    match (error, kept) {
        (StoreError::WrongIdentity { .. }, Some(kept)) if is_newest(paths, &kept) => not_of_kit(&kept).into(),
        (StoreError::WrongIdentity { .. }, Some(kept)) => replaced(paths, &kept).into(),
        (StoreError::WrongIdentity { .. } | StoreError::NoVersion { .. }, None) => foreign().into(),
        (error, Some(kept)) => {
            let problem = Problem::from(error);
            let step = NextStep::Recover { generation: Some(kept.document.head.generation) };
            Problem { try_this: String::new(), ..problem }.step(step).into()
        }
        (error, None) => error,
    }
}

/// The problem with a kit that was replaced by a newer one. The day is known if the file after the last one that the
/// kit opens still exists.
fn replaced(paths: &Paths, kept: &Kept) -> Problem {
    let number = kept.document.head.generation;
    let numbers: Vec<u64> = backup::kept(&paths.backups()).into_iter().map(|(number, _)| number).collect();
    let is_next_kept = numbers.contains(&(number + 1)) || numbers.last() == Some(&number);
    let day = is_next_kept.then(|| backup::replaced_on(&kept.path)).flatten();
    let what = day.map_or_else(
        || "This recovery kit is not the current one.".to_owned(),
        |day| format!("This recovery kit was replaced on {day}."),
    );
    Problem::new(Kind::Storage, what)
        .why(format!("It opens backups up to version {number} only."))
        .try_this("Use the newer kit. If there is none, restore that version.")
        .step(NextStep::Recover { generation: Some(number) })
}

/// Whether no newer version was seen on this machine.
fn is_newest(paths: &Paths, kept: &Kept) -> bool {
    Seen::of_any(paths).is_some_and(|seen| seen.generation <= kept.document.head.generation)
}

/// The problem with a `vault.age` that the kit does not open, although it opens the newest version seen here.
fn not_of_kit(kept: &Kept) -> Problem {
    let number = kept.document.head.generation;
    Problem::new(Kind::Storage, "vault.age belongs to another vault than this recovery kit.")
        .why(format!("The kit opens version {number}, the newest seen here."))
        .step(NextStep::Recover { generation: Some(number) })
}

fn foreign() -> Problem {
    Problem::new(Kind::Storage, "This recovery kit does not open this vault.")
        .why("It belongs to another vault, or was replaced before the oldest backup was made.")
        .try_this("Use the current kit of this vault.")
}

fn not_the_kit() -> Problem {
    Problem::new(Kind::Refused, "This identity is not the vault's recovery kit.")
        .why("It opens the vault, but it is not a recovery kit.")
        .try_this("Use the recovery kit, or unlock the vault as usual and make a new kit.")
}
