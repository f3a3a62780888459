//! Edits several records at once: one version, one undo step, and a line of the audit log for each record.
//!
//! A record that cannot be edited, such as one that was deleted meanwhile, is skipped and named in the report; the
//! others are edited.

use super::integrations;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialField, CredentialId};
use crate::model::field::FieldValue;
use crate::model::integration::{Integration, IntegrationChange, IntegrationId};
use crate::model::record::Base;
use crate::model::transaction::{Edit, Transaction};
use crate::problem::Problem;
use crate::store::Snapshot;

/// An edit applied to several records.
#[derive(Clone, Debug)]
pub enum BulkEdit {
    DeleteCredentials(Vec<CredentialId>),
    /// Sets the owner; empty for none.
    SetOwner(Vec<CredentialId>, String),
    /// Adds and removes tags.
    ChangeTags {
        ids: Vec<CredentialId>,
        /// Tags to add where they are missing.
        add: Vec<String>,
        /// Tags to remove, ignoring case.
        remove: Vec<String>,
    },
    /// Deletes integrations, but no record they loaded.
    DeleteIntegrations(Vec<IntegrationId>),
    /// Pauses (true) or resumes (false) integrations.
    PauseIntegrations(Vec<IntegrationId>, bool),
}

/// The result, record by record.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BulkReport {
    /// "Deleted".
    pub verb: &'static str,
    /// "credential".
    pub noun: &'static str,
    /// Names of the records that were edited.
    pub edited: Vec<String>,
    /// Names of the records that were skipped, each with the reason.
    pub left_out: Vec<(String, String)>,
}

impl BulkReport {
    /// "Deleted 3 credentials. Left out: \"Okta\" (it was deleted meanwhile)."
    #[must_use]
    pub fn in_words(&self) -> String {
        let count = self.edited.len();
        let plural = if count == 1 { "" } else { "s" };
        let mut text = format!("{} {count} {}{plural}.", self.verb, self.noun);
        if !self.left_out.is_empty() {
            let each = self.left_out.iter().map(|(name, why)| format!("\"{name}\" ({why})"));
            text = format!("{text} Left out: {}.", each.collect::<Vec<_>>().join(", "));
        }
        text
    }
}

/// The edits that can be made, each with its note in the audit log.
#[derive(Default)]
struct Batch {
    edits: Vec<Edit>,
    notes: Vec<PendingEntry>,
    report: BulkReport,
}

/// Edits every record that can be edited. Blocks.
///
/// # Errors
/// `Kind::Refused` if another process changed one of the records at the same moment; `Kind::Storage`. Nothing is saved
/// then.
pub(crate) fn bulk(session: &Session, edit: BulkEdit) -> Result<BulkReport, Problem> {
    let snapshot = session.store.snapshot()?;
    match edit {
        BulkEdit::DeleteCredentials(ids) => {
            let mut batch = Batch::of("Deleted", "credential");
            for id in &ids {
                let change = |_: &Credential| Some(Change::Remove { id: *id });
                batch.credential(session, &snapshot, *id, Action::Delete, change)?;
            }
            let label = batch.label("delete");
            batch.commit(session, label)
        }
        BulkEdit::SetOwner(ids, owner) => {
            let owner = FieldValue::text(owner.trim(), true);
            let field = |_: &Credential| (CredentialField::Owner, owner.clone());
            edit_field(session, &snapshot, &ids, ("Set the owner of", "set the owner of"), field)
        }
        BulkEdit::ChangeTags { ids, add, remove } => {
            let field = |credential: &Credential| {
                let tags = changed_tags(&credential.details.tags, &add, &remove);
                (CredentialField::Tags, FieldValue::words(&tags))
            };
            edit_field(session, &snapshot, &ids, ("Changed the tags of", "change the tags of"), field)
        }
        BulkEdit::DeleteIntegrations(ids) => delete_integrations(session, &snapshot, &ids),
        BulkEdit::PauseIntegrations(ids, paused) => {
            let (verb, word) = if paused { ("Paused", "pause") } else { ("Resumed", "resume") };
            let mut batch = Batch::of(verb, "integration");
            for id in &ids {
                let change = |one: &Integration| {
                    let wanted = Integration { paused, ..one.clone() };
                    (one.paused != paused).then(|| IntegrationChange::between(one, &wanted))
                };
                batch.integration(session, &snapshot, *id, Action::Edit, change)?;
            }
            let label = batch.label(word);
            batch.commit(session, label)
        }
    }
}

/// The tags plus `add`, minus `remove`, ignoring case.
#[must_use]
pub(crate) fn changed_tags(tags: &[String], add: &[String], remove: &[String]) -> Vec<String> {
    let is = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let mut changed: Vec<String> =
        tags.iter().filter(|tag| !remove.iter().any(|gone| is(gone, tag))).cloned().collect();
    for tag in add {
        if !changed.iter().any(|one| is(one, tag)) {
            changed.push(tag.clone());
        }
    }
    changed
}

fn edit_field(
    session: &Session,
    snapshot: &Snapshot,
    ids: &[CredentialId],
    (verb, word): (&'static str, &str),
    field: impl Fn(&Credential) -> (CredentialField, FieldValue),
) -> Result<BulkReport, Problem> {
    let mut batch = Batch::of(verb, "credential");
    for id in ids {
        let change = |credential: &Credential| {
            let (field, value) = field(credential);
            Base::of(credential).edit(field, value).map(|edit| Change::Edit { id: *id, fields: vec![edit] })
        };
        batch.credential(session, snapshot, *id, Action::Edit, change)?;
    }
    let label = batch.label(word);
    batch.commit(session, label)
}

fn delete_integrations(session: &Session, snapshot: &Snapshot, ids: &[IntegrationId]) -> Result<BulkReport, Problem> {
    let mut batch = Batch::of("Deleted", "integration");
    for id in ids {
        if let Some(one) = snapshot.integrations.by_id(*id)
            && integrations::is_running(session, *id)
        {
            batch.report.left_out.push((one.name.to_string(), "it is being synced right now".to_owned()));
            continue;
        }
        batch.integration(session, snapshot, *id, Action::Delete, |_| Some(IntegrationChange::Remove { id: *id }))?;
    }
    let deleted: Vec<IntegrationId> = batch.edits.iter().filter_map(integration_of).collect();
    let label = batch.label("delete");
    let report = batch.commit(session, label)?;
    for id in deleted {
        integrations::forget_records(session, id)?;
    }
    Ok(report)
}

fn integration_of(edit: &Edit) -> Option<IntegrationId> {
    if let Edit::Integration(change) = edit { Some(change.id()) } else { None }
}

impl Batch {
    fn of(verb: &'static str, noun: &'static str) -> Self {
        Self { report: BulkReport { verb, noun, ..BulkReport::default() }, ..Self::default() }
    }

    /// Adds the edit of a credential. A credential that already has the wanted values counts as edited.
    fn credential(
        &mut self,
        session: &Session,
        snapshot: &Snapshot,
        id: CredentialId,
        action: Action,
        change: impl FnOnce(&Credential) -> Option<Change>,
    ) -> Result<(), Problem> {
        let Some(credential) = snapshot.credentials.by_id(id) else {
            let grave = snapshot.credentials.tombstones.iter().find(|grave| grave.id == id);
            self.gone(grave.map_or_else(|| id.to_string(), |grave| grave.name.to_string()));
            return Ok(());
        };
        if let Some(change) = change(credential) {
            let about = Some((id, credential.name.to_string()));
            self.notes.push(PendingEntry::begin(&session.workspace, action, about)?);
            self.edits.push(change.into());
        }
        self.report.edited.push(credential.name.to_string());
        Ok(())
    }

    /// As [`Batch::credential`], for an integration.
    fn integration(
        &mut self,
        session: &Session,
        snapshot: &Snapshot,
        id: IntegrationId,
        action: Action,
        change: impl FnOnce(&Integration) -> Option<IntegrationChange>,
    ) -> Result<(), Problem> {
        let Some(one) = snapshot.integrations.by_id(id) else {
            self.gone(id.to_string());
            return Ok(());
        };
        if let Some(change) = change(one) {
            let mut note = PendingEntry::begin(&session.workspace, action, None)?;
            note.about_integration(one.name.to_string());
            self.notes.push(note);
            self.edits.push(change.into());
        }
        self.report.edited.push(one.name.to_string());
        Ok(())
    }

    fn gone(&mut self, name: String) {
        self.report.left_out.push((name, "it was deleted meanwhile".to_owned()));
    }

    /// The label of the undo step: "delete 3 credentials"; `None` for a single record, which the store names itself.
    fn label(&self, word: &str) -> Option<String> {
        (self.edits.len() > 1).then(|| format!("{word} {} {}s", self.edits.len(), self.report.noun))
    }

    fn commit(self, session: &Session, label: Option<String>) -> Result<BulkReport, Problem> {
        let Self { edits, notes, report } = self;
        if edits.is_empty() {
            return Ok(report);
        }
        let saved = session.store.commit(Transaction { edits, label }).map(drop).map_err(Problem::from);
        for note in notes {
            note.end(saved.clone())?;
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_added_once_and_removed_in_any_case() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(changed_tags(&words("prod EU"), &words("cmdb PROD"), &words("eu")), words("prod cmdb"));
        assert_eq!(changed_tags(&[], &[], &words("eu")), Vec::<String>::new());
    }

    #[test]
    fn a_report_names_what_was_left_out_and_why() {
        let report = BulkReport {
            verb: "Deleted",
            noun: "credential",
            edited: vec!["A".to_owned()],
            left_out: vec![("B".to_owned(), "it was deleted meanwhile".to_owned())],
        };
        assert_eq!(report.in_words(), "Deleted 1 credential. Left out: \"B\" (it was deleted meanwhile).");
    }
}
