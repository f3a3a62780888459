//! What a member can read of the objects: the ordered records, the member's undo steps, the rotation list.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::authors::Authors;
use super::backend::Version;
use super::identity::TeamIdentity;
use super::objects::Objects;
use super::parallel;
use super::part::Part;
use super::record::{Content, Record, record_paths, with_tokens};
use super::rotation::Rotation;
use crate::clock::SuspendAwareInstant;
use crate::model::change::Change;
use crate::model::credential::Credentials;
use crate::model::integration::Integrations;
use crate::model::transaction::Edit;
use crate::store::contents::Contents;
use crate::store::steps::UndoStep;
use crate::store::stored_undo::{StoredRedo, StoredUndo};

/// How long an answer shows that the store can be reached and is as the view has it.
const JUST_NOW: Duration = Duration::from_secs(5);

/// The vault as it was last read.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) objects: Objects,
    /// By record id.
    pub(super) records: BTreeMap<String, Arc<Record>>,
    pub(super) contents: Contents,
    pub(super) rotation: Rotation,
    pub(super) authors: Authors,
    /// The numbers and versions of the `change/<n>` objects in the store.
    pub(super) changes: BTreeMap<u64, Version>,
    /// When the store last answered; `None` if it never did.
    pub(super) as_of: Option<Timestamp>,
    /// When the store last answered this process, by the monotonic clock.
    pub(super) answered: Option<SuspendAwareInstant>,
    /// The last attempt did not reach the store.
    pub(super) is_offline: bool,
    /// Paths of objects that do not belong to this program.
    pub(super) foreign: Vec<String>,
    /// Hashes of the objects that the undo steps and the rotation list were read from.
    read_from: (String, String),
    /// Some records are newer than `contents`.
    has_new_records: bool,
}

/// The body of `head`.
#[derive(Deserialize, Serialize)]
pub(super) struct HeadBody {
    pub(super) generation: u64,
    /// The generation at which an admin last accepted a restored store, 0 if never. It makes machines send again the
    /// entries that their logs lost.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) accepted: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde demands it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The body of `undo/<member>`, encrypted to that member.
#[derive(Serialize)]
pub(super) struct UndoBody {
    undo: Vec<StoredUndo>,
    redo: Option<StoredRedo>,
}

#[derive(Default, Deserialize)]
struct ReadUndo {
    undo: Vec<Box<RawValue>>,
    redo: Option<Box<RawValue>>,
}

impl UndoBody {
    pub(super) fn of(contents: &Contents) -> Self {
        Self { undo: contents.undo.iter().filter_map(StoredUndo::of).collect(), redo: StoredRedo::of(contents) }
    }
}

pub(super) fn undo_path(member: &str) -> String {
    format!("undo/{member}")
}

impl View {
    /// Incremented by every save.
    pub(super) fn generation(&self) -> u64 {
        self.objects.get("head").map_or(0, |known| known.facts.revision)
    }

    /// Whether the store answered the last request, at most [`JUST_NOW`] ago.
    pub(super) fn answered_just_now(&self) -> bool {
        !self.is_offline && self.answered.is_some_and(|answered| answered.elapsed() < JUST_NOW)
    }

    /// The generation at which a restored store was last accepted; 0 if never.
    pub(super) fn accepted(&self) -> u64 {
        let head = self.objects.get("head").and_then(|known| known.envelope());
        head.and_then(|head| serde_json::from_slice(head.body()).ok()).map_or(0, |head: HeadBody| head.accepted)
    }

    /// The name of the record that the object at this path belongs to.
    pub(super) fn name_at(&self, path: &str) -> Option<String> {
        let id = path.strip_prefix("record/").or(path.strip_prefix("lease/"))?.split('/').next()?;
        Some(self.records.get(id)?.setup.json().get("name")?.as_str()?.to_owned())
    }

    /// Adds records from the index.
    pub(super) fn take_records(&mut self, records: Vec<Record>) {
        self.records = records.into_iter().map(|record| (record.id.clone(), Arc::new(record))).collect();
        self.has_new_records = true;
    }

    /// Removes records whose objects do not exist.
    pub(super) fn drop_strays(&mut self) {
        let objects = &self.objects;
        self.records.retain(|id, _| objects.get(&record_paths(id)[0]).is_some());
    }

    /// Decrypts the objects that changed.
    pub(super) fn rebuild(&mut self, own: &TeamIdentity) {
        let saved = self.read_records(own);
        self.objects.note_authors(&mut self.authors, &saved, own);
        if self.authors.len() < self.records.len() {
            let unknown: Vec<String> =
                self.records.keys().filter(|id| !self.authors.contains_key(*id)).cloned().collect();
            self.objects.note_authors(&mut self.authors, &unknown, own);
        }
        let undo = undo_path(&own.member);
        let read_from = (self.objects.hash(&undo), self.objects.hash("rotation"));
        if !self.has_new_records && read_from == self.read_from {
            return;
        }
        (self.read_from, self.has_new_records) = (read_from, false);
        let open = |path: &str| self.objects.open(path, own);
        self.rotation = open("rotation").and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        let steps = open(&undo).and_then(|json| serde_json::from_slice::<ReadUndo>(&json).ok()).unwrap_or_default();
        self.contents = self.contents_with(&steps);
    }

    /// Decrypts records whose objects changed. Returns the ids of those whose setup changed.
    pub(super) fn read_records(&mut self, own: &TeamIdentity) -> Vec<String> {
        let touched = std::mem::take(&mut self.objects.touched);
        let objects = &self.objects;
        let as_read = |id: &String| record_paths(id).map(|path| objects.hash(&path)).into();
        let is_new = |id: &&String| {
            objects.get(&record_paths(id)[0]).is_some()
                && self.records.get(*id).is_none_or(|record| record.read_from != as_read(id))
        };
        let changed: Vec<&String> = touched.iter().filter(is_new).collect();
        let records = parallel::map(&changed, |id| {
            let [setup, tokens] = record_paths(id).map(|path| objects.open(&path, own).map(Part::of_bytes));
            Arc::new(Record::read(id, setup, tokens, as_read(id)))
        });
        self.has_new_records |= !records.is_empty();
        let mut saved = Vec::new();
        for record in records {
            let id = record.id.clone();
            let former = self.records.insert(id.clone(), Arc::clone(&record));
            // Re-encryption for other members does not count as a change.
            if former.is_none_or(|former| former.setup.json() != record.setup.json()) {
                saved.push(id);
            }
        }
        saved
    }

    fn contents_with(&self, steps: &ReadUndo) -> Contents {
        let (credentials, integrations) = listed(self.records.values());
        let undo: Vec<UndoStep> = steps.undo.iter().filter_map(|raw| StoredUndo::read(raw)).collect();
        let redo = steps.redo.as_ref().map_or_else(Vec::new, |raw| StoredRedo::read(raw, &undo));
        let current = |steps: Vec<UndoStep>| steps.into_iter().map(|step| self.with_late_tokens(step)).collect();
        Contents {
            credentials: Arc::new(credentials),
            integrations: Arc::new(integrations),
            undo: current(undo),
            redo: current(redo),
        }
    }

    /// If tokens arrived after a credential was deleted, undoing the deletion restores it with these tokens.
    fn with_late_tokens(&self, mut step: UndoStep) -> UndoStep {
        let deleted =
            |id: &str| self.records.get(id).filter(|record| matches!(record.content, Content::Deleted { .. }));
        for edit in Arc::make_mut(&mut step.inverses) {
            if let Edit::Credential(Change::Restore { credential, .. }) = edit
                && let Some(record) = deleted(&credential.id.to_string())
                && let Some(newer) = with_tokens(credential, record.tokens.json())
            {
                **credential = newer;
            }
        }
        step
    }
}

/// Sorts the records and separates credentials from integrations.
pub(super) fn listed<'a>(records: impl Iterator<Item = &'a Arc<Record>>) -> (Credentials, Integrations) {
    let mut records: Vec<&Arc<Record>> = records.collect();
    records.sort_by(|a, b| (a.rank(), &a.id).cmp(&(b.rank(), &b.id)));
    let (mut credentials, mut integrations) = (Credentials::default(), Integrations::default());
    for record in records {
        match &record.content {
            Content::Credential(credential) => credentials.list.push(Arc::clone(credential)),
            Content::Integration(integration) => integrations.list.push(Arc::clone(integration)),
            Content::Deleted { tombstone, .. } => credentials.tombstones.extend(tombstone.clone()),
            Content::Unreadable(unreadable) if record.is_integration() => {
                integrations.unreadable.push(unreadable.clone());
            }
            Content::Unreadable(unreadable) => credentials.unreadable.push(unreadable.clone()),
            Content::NotEncryptedToUs => {}
        }
    }
    (credentials, integrations)
}
