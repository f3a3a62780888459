//! Which integrations are to run now, by their schedules.

use super::standing::standing_of;
use crate::engine::session::Session;
use crate::model::integration::Integration;
use crate::problem::Problem;

/// Those whose time has come, the longest overdue first. A clock that was set back makes none of them due twice.
///
/// # Errors
/// Storage.
pub fn due(session: &Session) -> Result<Vec<Integration>, Problem> {
    let (snapshot, now) = (session.store.snapshot()?, session.workspace.clock.now());
    let mut due = Vec::new();
    for one in snapshot.integrations.list.iter().filter(|one| !one.paused) {
        let standing = standing_of(session, &snapshot, one)?;
        let runs = standing.last.as_ref().is_some_and(|last| last.result.is_none());
        if let Some(next) = standing.next.filter(|next| *next <= now && !runs) {
            due.push((next, Integration::clone(one)));
        }
    }
    due.sort_by_key(|(next, _)| *next);
    Ok(due.into_iter().map(|(_, one)| one).collect())
}
