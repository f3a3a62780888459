//! What is under way and would be lost by quitting: authentications, Test Runs, syncs.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Snapshot;
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::model::integration::IntegrationId;
use crate::tui::effect::FlowId;

#[derive(Debug, Default)]
pub(super) struct Running {
    flows: BTreeMap<FlowId, What>,
    /// The person gave them up: their end is not a news.
    given_up: BTreeSet<FlowId>,
}

/// One of them; runs with the name of their integration.
#[derive(Debug)]
enum What {
    Authentication,
    TestRun(String),
    Sync(String),
}

impl Running {
    /// Work is begun: some of it is to be asked about.
    pub(super) fn begun(&mut self, id: FlowId, work: &Operation, snapshot: &Snapshot) {
        let of = |id: IntegrationId| {
            snapshot.integrations.by_id(id).map(|one| format!(" of \"{}\"", one.name)).unwrap_or_default()
        };
        let what = match work {
            Operation::Authenticate(..) => What::Authentication,
            Operation::TestIntegration(integration, _) => What::TestRun(of(*integration)),
            Operation::SyncIntegration { id, .. } => What::Sync(of(*id)),
            _ => return,
        };
        self.flows.insert(id, what);
    }

    /// A cancelled authentication is over; a run goes on to the end of its page.
    pub(super) fn steered(&mut self, id: FlowId, control: &Control) {
        if matches!(control, Control::Cancel) {
            if matches!(self.flows.get(&id), Some(What::Authentication)) {
                self.flows.remove(&id);
            }
            self.given_up.insert(id);
        }
    }

    /// It has come to its end; gives whether that is news to the person.
    pub(super) fn ended(&mut self, id: FlowId) -> bool {
        self.flows.remove(&id);
        !self.given_up.remove(&id)
    }

    /// Authentications end with the lock. Runs go on, but nothing of the vault is named any more, nor their end told.
    pub(super) fn locked(&mut self) {
        self.flows.retain(|_, what| !matches!(what, What::Authentication));
        for what in self.flows.values_mut() {
            if let What::TestRun(of) | What::Sync(of) = what {
                of.clear();
            }
        }
        self.given_up = self.flows.keys().copied().collect();
    }

    /// What quitting would end; `None` when there is nothing.
    pub(super) fn in_words(&self) -> Option<String> {
        Some(match self.flows.values().next()? {
            What::Authentication => "A sign-in is running: press esc to cancel it, or ctrl-c again to quit.".to_owned(),
            What::TestRun(of) => format!("A Test Run{of} is running: press ctrl-c again to stop it and quit."),
            What::Sync(of) => {
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
            running.begun(FlowId(id), &work, &Snapshot::default());
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
        assert!(!running.ended(FlowId(2)), "the end of a run is not told on the screen of a locked vault");
        assert_eq!(running.in_words(), None);
    }

    #[test]
    fn a_cancelled_run_is_under_way_until_its_end() {
        let mut running =
            begun(vec![Operation::TestIntegration(IntegrationId::random(), None), Operation::ReadStandings]);
        running.steered(FlowId(1), &Control::Cancel);
        assert!(running.in_words().unwrap().starts_with("A Test Run"));
        assert!(!running.ended(FlowId(1)) && running.ended(FlowId(2)));
        assert_eq!(running.in_words(), None);
    }
}
