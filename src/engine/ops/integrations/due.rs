//! Finds the integrations that are due by their schedules.

use super::health::health_of;
use crate::engine::session::Session;
use crate::model::integration::Integration;
use crate::problem::Problem;

/// The integrations that are due, the longest overdue first. A clock that was set back makes none due twice.
///
/// # Errors
/// `Kind::Storage` if the vault cannot be read.
pub fn due(session: &Session) -> Result<Vec<Integration>, Problem> {
    let (snapshot, now) = (session.store.snapshot()?, session.workspace.clock.now());
    let mut due = Vec::new();
    for one in snapshot.integrations.list.iter().filter(|one| !one.paused) {
        let health = health_of(session, &snapshot, one)?;
        let runs = health.last.as_ref().is_some_and(|last| last.result.is_none());
        if let Some(next) = health.next.filter(|next| *next <= now && !runs) {
            due.push((next, Integration::clone(one)));
        }
    }
    due.sort_by_key(|(next, _)| *next);
    Ok(due.into_iter().map(|(_, one)| one).collect())
}
