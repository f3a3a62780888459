//! The audit log: whether it can be written, and whether it is as it was written.

use super::Finding;
use crate::audit::check_files;
use crate::engine::audit::{broken, verify};
use crate::engine::{Session, Workspace};

/// Whether something has replaced it; needs no open vault.
pub(super) fn examine_files(workspace: &Workspace) -> Option<Finding> {
    check_files(&workspace.paths).err().map(|problem| Finding::bad("log", problem))
}

/// Whether the vault bears it out. Blocks.
#[must_use]
pub fn examine_log(session: &Session) -> Finding {
    match verify(session) {
        Ok(verdict) => match broken(&verdict) {
            Some(problem) => Finding::bad("log", problem),
            None => Finding::good("log", format!("intact, {} entries", verdict.lines)),
        },
        Err(problem) => Finding::bad("log", problem),
    }
}
