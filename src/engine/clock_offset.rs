//! Remembers the offset of this machine's clock from the last server's: `clock.json` in the state folder, which exists
//! only while the clock is wrong. With it `doctor` can report the offset without a request.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::workspace::Workspace;
use crate::paths::{read_bounded, replace_cache};

/// A larger difference makes signed and dated requests fail.
pub(crate) const TOLERATED: SignedDuration = SignedDuration::from_secs(120);

const MAX: u64 = 4 << 10;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MeasuredOffset {
    pub(crate) host: String,
    /// Seconds by which this machine's clock was ahead; negative if it was behind.
    pub(crate) seconds: i64,
    pub(crate) at: Timestamp,
}

/// Stores the clock offset of the last response if this machine's clock is wrong, and removes the file if it is right.
/// If the file cannot be written, only an error message is less precise.
pub(crate) fn remember(workspace: &Workspace) {
    let Some(clock) = workspace.http.last_clock() else { return };
    let at = workspace.clock.now();
    let offset = clock.offset(at);
    if offset.abs() <= TOLERATED {
        return forget(workspace);
    }
    let measured = MeasuredOffset { host: clock.host, seconds: offset.as_secs(), at };
    if let Ok(bytes) = serde_json::to_vec(&measured) {
        let _ = replace_cache(&workspace.paths.clock(), &bytes);
    }
}

/// The last measured offset, if the clock was wrong then and has not been set back since.
pub(crate) fn known(workspace: &Workspace) -> Option<MeasuredOffset> {
    let measured: MeasuredOffset = serde_json::from_slice(&read_bounded(&workspace.paths.clock(), MAX).ok()?).ok()?;
    (measured.at <= workspace.clock.now()).then_some(measured)
}

/// Forgets what was measured, for a clock that was set since.
pub(crate) fn forget(workspace: &Workspace) {
    // If it cannot be removed, the next response replaces it.
    let _ = fs::remove_file(workspace.paths.clock());
}
