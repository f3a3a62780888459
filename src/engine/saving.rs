//! Saves new tokens: retries a failed save, and finally stores the tokens beside the store.

use std::time::Duration;

use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::transaction::{Edit, Transaction};
use crate::problem::{Kind, Problem};
use crate::store::{Lease, StoreError};

/// How often a save is retried once something was spent.
const MAX_ATTEMPTS: u32 = 5;

/// Attempts that have each waited ten seconds for another process.
const TRIES_OF_BUSY: u32 = 1;

/// Part of the message for a response that could not be read.
pub(crate) const KEPT: &str = "It is kept, encrypted, in the vault.";

/// Why new tokens are not in the store.
#[derive(Debug)]
pub(crate) struct UnsavedTokens {
    pub(crate) problem: Problem,
    /// Whether they are stored durably, in the store or beside it.
    pub(crate) is_kept: bool,
}

/// Saves `change`, which contains tokens, and the changes that belong to it, as one version. Blocks.
pub(crate) fn save(
    session: &Session,
    lease: &mut dyn Lease,
    change: &Change,
    beside: impl IntoIterator<Item = Change>,
) -> Result<(), UnsavedTokens> {
    let edits: Vec<Edit> = std::iter::once(change.clone()).chain(beside).map(Edit::from).collect();
    let mut tries = 0;
    let bring: Vec<Change> = edits.iter().filter_map(tokens_of).collect();
    loop {
        match session.store.commit(Transaction { edits: edits.clone(), label: None }) {
            Ok(snapshot) if snapshot.credentials.by_id(change.id()).is_some() => return Ok(()),
            Ok(_) => return Err(UnsavedTokens { problem: deleted(), is_kept: true }),
            Err(StoreError::Conflict(conflict)) => return Err(unsaved(&conflict.into())),
            Err(StoreError::Busy { .. }) if tries < TRIES_OF_BUSY => tries += 1,
            Err(StoreError::Unusable(_)) if tries < MAX_ATTEMPTS => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(100) * tries);
            }
            Err(error) => return Err(kept_beside(lease, &bring, &error.into())),
        }
    }
}

/// The change in an edit, if it contains tokens.
fn tokens_of(edit: &Edit) -> Option<Change> {
    match edit {
        Edit::Credential(change) => change.brings_tokens().then(|| change.clone()),
        Edit::Integration(_) => None,
    }
}

fn kept_beside(lease: &mut dyn Lease, changes: &[Change], problem: &Problem) -> UnsavedTokens {
    match lease.stash(changes) {
        Ok(place) => {
            let problem = Problem::new(
                Kind::Storage,
                "The vault could not be saved, so the new tokens are kept beside it.",
            )
            .why(format!("{} {} The tokens are kept, encrypted, in {place}.", problem.what, problem.why))
            .try_this(
                "Fix this and run the command again; it moves the tokens into the vault. Do not delete the file.",
            );
            UnsavedTokens { problem, is_kept: true }
        }
        Err(_) => unsaved(problem),
    }
}

fn unsaved(problem: &Problem) -> UnsavedTokens {
    let problem = Problem::new(problem.kind, "The new tokens could not be saved.")
        .why(format!("{} {}", problem.what, problem.why))
        .try_this("Fix this first. Then try again; if the provider rejects the request, authenticate again.");
    UnsavedTokens { problem, is_kept: false }
}

fn deleted() -> Problem {
    Problem::new(Kind::NotFound, "The credential was deleted while its tokens were fetched.")
        .why("Its new tokens are kept, and undo restores them with the credential.")
        .try_this("Undo brings a deleted credential back.")
}
