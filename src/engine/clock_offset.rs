//! How far this machine's clock was off when a server answered last: `clock.json` in the state folder, which is there only
//! while it was off. So `doctor` describes it without asking anybody.

use std::fs;
use std::io::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::workspace::Workspace;
use crate::paths::read_bounded;

/// A clock that is off by more makes signed and dated things fail.
pub(crate) const TOLERATED: SignedDuration = SignedDuration::from_secs(120);

const MAX: u64 = 4 << 10;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Measured {
    pub(crate) host: String,
    /// Seconds that ours was ahead; negative: behind.
    pub(crate) seconds: i64,
    pub(crate) at: Timestamp,
}

/// Keeps what the last answer told, if our clock was off; forgets it if it is right. A file that cannot be written only
/// costs that. Blocks.
pub(crate) fn remember(workspace: &Workspace) {
    let Some(clock) = workspace.http.last_clock() else { return };
    let at = workspace.clock.now();
    let offset = clock.offset(at);
    let path = workspace.paths.clock();
    if offset.abs() <= TOLERATED {
        let _ = fs::remove_file(path);
        return;
    }
    let measured = Measured { host: clock.host, seconds: offset.as_secs(), at };
    let written = || -> Option<()> {
        let mut file = tempfile::NamedTempFile::new_in(workspace.paths.state()).ok()?;
        file.write_all(&serde_json::to_vec(&measured).ok()?).ok()?;
        file.persist(path).ok().map(drop)
    };
    let _ = written();
}

/// What was measured last, if our clock was off then, and has not been set back since.
pub(crate) fn known(workspace: &Workspace) -> Option<Measured> {
    let measured: Measured = serde_json::from_slice(&read_bounded(&workspace.paths.clock(), MAX).ok()?).ok()?;
    (measured.at <= workspace.clock.now()).then_some(measured)
}
