//! Operations in progress that quitting would end: authentications, Test Runs, syncs, changes of a team.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Snapshot;
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::model::integration::IntegrationId;
use crate::tui::effect::OperationId;

#[derive(Debug, Default)]
pub(super) struct Running {
    flows: BTreeMap<OperationId, RunningKind>,
    /// Canceled by the user, so their end is not announced.
    given_up: BTreeSet<OperationId>,
}

/// One operation in progress; runs include the name of their integration.
#[derive(Debug)]
enum RunningKind {
    Authentication,
    TestRun(String),
    Sync(String),
    Team,
    NewTeam,
}

impl Running {
    /// Records that an operation has begun, if quitting has to ask about it.
    pub(super) fn begun(&mut self, id: OperationId, work: &Operation, snapshot: &Snapshot) {
        let of = |id: IntegrationId| {
            snapshot.integrations.by_id(id).map(|one| format!(" of \"{}\"", one.name)).unwrap_or_default()
        };
        let what = match work {
            Operation::Authenticate(..) => RunningKind::Authentication,
            Operation::TestIntegration(integration, _) => RunningKind::TestRun(of(*integration)),
            Operation::SyncIntegration { id, .. } => RunningKind::Sync(of(*id)),
            Operation::Team(operation) if operation.is_edit() => RunningKind::Team,
            Operation::CreateTeam(_) => RunningKind::NewTeam,
            _ => return,
        };
        self.flows.insert(id, what);
    }

    /// Records a control. A canceled authentication ends at once, a run after its current page.
    pub(super) fn note_control(&mut self, id: OperationId, control: &Control) {
        if matches!(control, Control::Cancel) {
            if matches!(self.flows.get(&id), Some(RunningKind::Authentication)) {
                self.flows.remove(&id);
            }
            self.given_up.insert(id);
        }
    }

    /// Records that an operation has ended; returns whether to notify the user.
    pub(super) fn ended(&mut self, id: OperationId) -> bool {
        self.flows.remove(&id);
        !self.given_up.remove(&id)
    }

    /// Ends authentications when the vault locks. Runs continue, but without the names of their integrations, and their
    /// end is not announced.
    pub(super) fn locked(&mut self) {
        self.flows.retain(|_, what| !matches!(what, RunningKind::Authentication));
        for what in self.flows.values_mut() {
            if let RunningKind::TestRun(of) | RunningKind::Sync(of) = what {
                of.clear();
            }
        }
        self.given_up = self.flows.keys().copied().collect();
    }

    /// Describes an operation that quitting would end; `None` if there is none.
    pub(super) fn in_words(&self) -> Option<String> {
        Some(match self.flows.values().next()? {
            RunningKind::Authentication => {
                "A sign-in is running: press esc to cancel it, or ctrl-c again to quit.".to_owned()
            }
            RunningKind::Team => {
                "The team is being changed: press ctrl-c again to quit. What is left can be finished in Team."
                    .to_owned()
            }
            RunningKind::NewTeam => {
                "A team vault is being created: press esc to cancel it, or ctrl-c again to quit.".to_owned()
            }
            RunningKind::TestRun(of) => format!("A Test Run{of} is running: press ctrl-c again to stop it and quit."),
            RunningKind::Sync(of) => {
                format!(
                    "A sync{of} is running: press ctrl-c again to quit. The next one resumes where this one stopped."
                )
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ops::sign_in::Options;
    use crate::model::credential::CredentialId;

    fn begun(works: Vec<Operation>) -> Running {
        let mut running = Running::default();
        for (id, work) in (1..).zip(works) {
            running.begun(OperationId(id), &work, &Snapshot::default());
        }
        running
    }

    #[test]
    fn a_lock_ends_authentications_and_leaves_runs_alone() {
        let authentication = Operation::Authenticate(CredentialId::random(), Options::default());
        let mut running =
            begun(vec![authentication, Operation::SyncIntegration { id: IntegrationId::random(), accept_gone: false }]);
        assert!(running.in_words().unwrap().starts_with("A sign-in"));
        running.locked();
        assert!(running.in_words().unwrap().starts_with("A sync is running"));
        assert!(!running.ended(OperationId(2)), "the end of a run is not told on the screen of a locked vault");
        assert_eq!(running.in_words(), None);
    }

    #[test]
    fn a_canceled_run_is_under_way_until_its_end() {
        let mut running =
            begun(vec![Operation::TestIntegration(IntegrationId::random(), None), Operation::ReadIntegrationHealth]);
        running.note_control(OperationId(1), &Control::Cancel);
        assert!(running.in_words().unwrap().starts_with("A Test Run"));
        assert!(!running.ended(OperationId(1)) && running.ended(OperationId(2)));
        assert_eq!(running.in_words(), None);
    }
}
