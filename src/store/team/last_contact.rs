//! When the store last answered, kept next to the local cache.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::store::file::disk;

/// Smaller differences are not written to disk.
const PRECISION: SignedDuration = SignedDuration::from_secs(30);

/// `None` if the store never answered.
pub(super) fn last_answer(state: &Path) -> Option<Timestamp> {
    let bytes = disk::read_small(&state.join("answered"))?;
    std::str::from_utf8(&bytes).ok()?.trim().parse().ok()
}

/// Records that the store answered just now.
pub(super) fn note_answer(state: &Path, before: Option<Timestamp>, now: Timestamp) {
    if before.is_none_or(|before| now.duration_since(before).abs() > PRECISION) {
        // For display only, so it is not synced to disk.
        disk::replace_unsynced(&state.join("answered"), now.to_string().as_bytes());
    }
}
