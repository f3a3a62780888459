//! Checks whether the audit log can be written, and is intact.

use super::Finding;
use crate::audit::check_files;
use crate::engine::audit::{broken, verify};
use crate::engine::{Session, Workspace};

/// Checks without an open vault whether the log was replaced.
pub(super) fn examine_files(workspace: &Workspace) -> Option<Finding> {
    check_files(&workspace.paths).err().map(|problem| Finding::bad("log", problem))
}

/// Checks the log against the vault. Blocks.
#[must_use]
pub(crate) fn examine_log(session: &Session) -> Finding {
    match verify(session) {
        Ok(verdict) => match broken(&verdict) {
            Some(problem) => Finding::bad("log", problem),
            None => Finding::good("log", format!("intact, {} entries", verdict.lines)),
        },
        Err(problem) => Finding::bad("log", problem),
    }
}
