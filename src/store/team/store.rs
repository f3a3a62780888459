//! Implements the [`Store`] interface on the objects of a team.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::backend::Backend;
use super::draft::{self, Draft};
use super::handle::Team;
use super::lease::TeamLease;
use super::record::{Content, Record, record_paths};
use super::view::View;
use crate::audit::Proof;
use crate::model::credential::{Credential, CredentialId, FindError};
use crate::model::transaction::{Edit, Transaction};
use crate::problem::{Kind, Problem};
use crate::store::contract::{Lease, Store, VaultAdmin, Wait, Watcher};
use crate::store::error::StoreError;
use crate::store::member_logs::MemberLogs;
use crate::store::members::Members;
use crate::store::snapshot::{Head, Purged, Snapshot, Version};
use crate::store::steps::{Direction, Step};

/// The format version of the objects.
const FORMAT: u32 = 1;

impl Store for Team {
    fn head(&self) -> Result<Head, StoreError> {
        let mut state = self.state();
        self.read_some(&mut state, &[])?;
        Ok(Head { format: FORMAT, vault_id: self.0.fingerprint.clone(), generation: state.view.generation() })
    }

    fn credential(&self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        let mut state = self.state();
        self.read_some(&mut state, &record_paths(&id.to_string()))?;
        Ok(state.view.contents.credentials.by_id(id).cloned())
    }

    fn find(&self, word: &str) -> Result<Result<Credential, FindError>, StoreError> {
        let mut state = self.state();
        self.take_cached(&mut state);
        let known = state.view.contents.credentials.find(word).ok();
        match known.map(|found| (found.is_static_secret(), found.id.to_string())) {
            // A key or password is used as it is.
            Some((true, id)) => self.read_some(&mut state, &record_paths(&id))?,
            // Before a token is spent, the objects of the record are compared as well (`credential`).
            Some((false, _)) => self.read_some(&mut state, &[])?,
            None => self.read(&mut state)?,
        }
        Ok(state.view.contents.credentials.find(word).cloned())
    }

    fn cached_credential(&self, word: &str) -> Option<Credential> {
        self.credential_from_cache(word)
    }

    fn cached_snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot_from_cache()
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        let mut state = self.state();
        self.read(&mut state)?;
        Ok(self.shown(&state.view))
    }

    fn commit(&self, transaction: Transaction) -> Result<Arc<Snapshot>, StoreError> {
        self.save_all_rescued()?;
        self.save(&transaction)
    }

    fn cancel_pending_edits(&self) {
        self.0.cancellations.fetch_add(1, Ordering::SeqCst);
    }

    fn undo_or_redo(&self, direction: Direction, only: Option<&Step>) -> Result<String, StoreError> {
        self.save_all_rescued()?;
        let now = self.0.at.clock.now();
        let begun = self.0.cancellations.load(Ordering::SeqCst);
        let stepped = |view: &View| {
            self.check_not_canceled_since(begun)?;
            let mut after = view.contents.clone();
            let label = after.undo_or_redo(direction, only, now, self.0.session)?;
            Ok((draft::between(view, &after, &self.0.own.member, now)?, label))
        };
        self.transact(stepped).map(|(label, _)| label)
    }

    fn lease(&self, id: CredentialId, mut wait: Wait<'_>) -> Result<Box<dyn Lease>, StoreError> {
        let lease: TeamLease = self.acquire_lease(id, &mut wait)?;
        Ok(Box::new(lease))
    }

    fn check_can_save(&self, _wait: Wait<'_>) -> Result<(), StoreError> {
        // A store that cannot be reached now cannot save the provider's response afterwards either, so no token is
        // spent.
        let mut state = self.state();
        if state.view.answered_just_now() { Ok(()) } else { self.refresh(&mut state) }
    }

    fn versions(&self) -> Result<Vec<Version>, StoreError> {
        self.versions_listed()
    }

    fn version(&self, number: u64) -> Result<Snapshot, StoreError> {
        self.snapshot_at(number)
    }

    fn restore(&self, number: u64) -> Result<(), StoreError> {
        self.restore_generation(number)
    }

    fn purge(&self, for_good: bool) -> Result<Purged, StoreError> {
        self.purge_deleted(for_good)
    }

    fn watcher(&self) -> Option<Box<dyn Watcher>> {
        Some(Box::new(TeamWatcher(Arc::clone(&self.0.backend))))
    }

    fn admin(&self) -> Option<&dyn VaultAdmin> {
        None
    }

    fn log_proof(&self) -> Result<Proof, StoreError> {
        Ok(self.local_proof())
    }

    fn acknowledge_log(&self) -> Result<(), StoreError> {
        self.acknowledge_local()
    }

    fn member_logs(&self) -> Option<&dyn MemberLogs> {
        Some(self)
    }

    fn team(&self) -> Option<&dyn Members> {
        Some(self)
    }
}

impl Team {
    /// Fails if the waiting edits were canceled since `begun`.
    fn check_not_canceled_since(&self, begun: u64) -> Result<(), Problem> {
        if self.0.cancellations.load(Ordering::SeqCst) == begun {
            return Ok(());
        }
        Err(Problem::new(Kind::Temporary, "The edit was canceled. Nothing was saved.")
            .why(format!("{} had not answered yet.", self.place())))
    }

    /// Applies a transaction to the current contents and saves it.
    fn save(&self, transaction: &Transaction) -> Result<Arc<Snapshot>, StoreError> {
        let brings_tokens =
            transaction.edits.iter().any(|edit| matches!(edit, Edit::Credential(change) if change.brings_tokens()));
        self.save_from(brings_tokens, |_| (transaction.clone(), ())).map(|((), snapshot)| snapshot)
    }

    /// Applies the transaction that `transaction_for` derives from the current contents, and saves it. It is derived
    /// again after a conflict. Unless it `brings_tokens`, it can be canceled.
    pub(super) fn save_from<T>(
        &self,
        brings_tokens: bool,
        transaction_for: impl Fn(&View) -> (Transaction, T),
    ) -> Result<(T, Arc<Snapshot>), StoreError> {
        let now = self.0.at.clock.now();
        let begun = self.0.cancellations.load(Ordering::SeqCst);
        let changed = |view: &View| {
            if !brings_tokens {
                self.check_not_canceled_since(begun)?;
            }
            let (Transaction { edits, label }, result) = transaction_for(view);
            if edits.is_empty() {
                return Ok((Vec::new(), result));
            }
            let (late, edits): (Vec<Edit>, Vec<Edit>) =
                edits.into_iter().partition(|edit| deleted_record_for(view, edit).is_some());
            let mut after = view.contents.clone();
            after.apply(Transaction { edits, label }, now, self.0.session)?;
            let mut drafts = draft::between(view, &after, &self.0.own.member, now)?;
            let mut newer: BTreeMap<CredentialId, (&Record, Credential)> = BTreeMap::new();
            for edit in late {
                if let (Some((record, last)), Edit::Credential(change)) = (deleted_record_for(view, &edit), edit) {
                    let known = newer.entry(change.id()).or_insert_with(|| (record, Credential::clone(last)));
                    change.record(&mut known.1, now);
                }
            }
            for (record, credential) in newer.into_values() {
                let newer = Record::of_credential(&credential, record.rank(), Some(record))?;
                let newer = newer.with_setup_of(record);
                drafts.extend(Draft::of_record(&newer, Some(record))?);
            }
            Ok((drafts, result))
        };
        if brings_tokens { self.transact_at_once(changed) } else { self.transact(changed) }
    }
}

#[derive(Debug)]
struct TeamWatcher(Arc<dyn Backend>);

impl Watcher for TeamWatcher {
    fn wait(&mut self, longest: Duration) -> Result<bool, StoreError> {
        Ok(self.0.wait_for_change(longest)?)
    }
}

/// The deleted record that an edit brings new tokens for. They are saved with it, in case it is restored.
fn deleted_record_for<'a>(view: &'a View, edit: &Edit) -> Option<(&'a Record, &'a Arc<Credential>)> {
    let Edit::Credential(change) = edit else { return None };
    if !change.brings_tokens() {
        return None;
    }
    let record = view.records.get(&change.id().to_string())?;
    match &record.content {
        Content::Deleted { last: Some(last), .. } => Some((record, last)),
        _ => None,
    }
}
