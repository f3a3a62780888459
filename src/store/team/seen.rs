//! When the store last answered, kept beside the copy of its objects.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::store::file::disk;

/// A newer answer than this is not worth a write.
const PRECISION: SignedDuration = SignedDuration::from_secs(30);

/// When it last answered; `None` if it never did.
pub(super) fn last_answer(state: &Path) -> Option<Timestamp> {
    let bytes = disk::read_small(&state.join("answered"))?;
    std::str::from_utf8(&bytes).ok()?.trim().parse().ok()
}

/// Notes that it answers now.
pub(super) fn note_answer(state: &Path, before: Option<Timestamp>, now: Timestamp) {
    if before.is_none_or(|before| now.duration_since(before).abs() > PRECISION) {
        // It is only shown.
        disk::replace_unsynced(&state.join("answered"), now.to_string().as_bytes());
    }
}
