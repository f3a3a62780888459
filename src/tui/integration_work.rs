//! Work about integrations: edits of the vault, and the history of the runs. It blocks; `work` calls it beside.

use crate::engine::Session;
use crate::engine::ops::integrations;
use crate::problem::Problem;
use crate::tui::effect::Work;
use crate::tui::input::Outcome;

/// Does one piece.
pub(super) fn carry_out(session: &Session, work: Work) -> Result<Outcome, Problem> {
    let saved = |()| Outcome::Saved;
    match work {
        Work::AddIntegration(draft) => integrations::add(session, *draft).map(Outcome::IntegrationAdded),
        Work::EditIntegration(id, draft) => integrations::edit(session, id, *draft).map(saved),
        Work::RenameIntegration(id, name) => integrations::rename(session, id, &name).map(saved),
        Work::DuplicateIntegration(id, name) => {
            integrations::duplicate(session, id, &name).map(Outcome::IntegrationAdded)
        }
        Work::PauseIntegration(id, paused) => integrations::pause(session, id, paused).map(saved),
        Work::DeleteIntegration(id) => integrations::delete(session, id).map(saved),
        Work::ChooseCredential(id, credential) => integrations::choose_credential(session, id, credential).map(saved),
        Work::ReadStandings => integrations::standings(session).map(Outcome::Standings),
        Work::ReadSessions(id) => integrations::sessions(session, id).map(Outcome::Sessions),
        _ => Err(Problem::internal("This is no work of the integrations.")),
    }
}
